"""The heap against a plain list of gaps that is filled first fit."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neurodeploy.firmware_models.spinnaker.board import memory_map as at
from neurodeploy.firmware_models.spinnaker.board.boot import boot
from neurodeploy.firmware_models.spinnaker.board.heap import HEADER, RETRY_TAG, Heap
from neurodeploy.firmware_models.spinnaker.board.memory import ChipMemory

BASE, SIZE = at.SDRAM + 0x1000, 2048


class Gaps:
    """The same heap without memory: free stretches in order, blocks with their owners."""

    def __init__(self):
        self.gaps = [(BASE + 16, BASE + SIZE - HEADER)]
        self.blocks = {}  # address: (end, application, tag, size asked for)

    def allocate(self, size, application, tag, flags):
        if size == 0 or tag > 255:
            return 0
        for address, (end, owner, known, _) in self.blocks.items():
            if tag and (owner, known) == (application, tag):
                return address if flags & RETRY_TAG and end - address == size else 0
        needed = (size + 3) // 4 * 4 + HEADER
        for index, (start, end) in enumerate(self.gaps):
            if end - start >= needed:
                split = start + needed if end - start > needed + HEADER else end
                self.gaps[index : index + 1] = [(split, end)] if split < end else []
                self.blocks[start + HEADER] = (split, application, tag, size)
                return start + HEADER
        return 0

    def free(self, address):
        merged: list[tuple[int, int]] = []
        for start, end in sorted([*self.gaps, (address - HEADER, self.blocks.pop(address)[0])]):
            if merged and merged[-1][1] == start:
                merged[-1] = (merged[-1][0], end)
            else:
                merged.append((start, end))
        self.gaps = merged

    def free_application(self, application):
        mine = [address for address, block in self.blocks.items() if block[1] == application]
        for address in mine:
            self.free(address)
        return len(mine)


def booted():
    memory = ChipMemory()
    boot(memory, (0, 0), None)
    heap = Heap(memory, BASE)
    heap.initialise(BASE + SIZE)
    return heap


def sum_of_gaps(heap):
    """Free bytes by following the blocks themselves."""
    total, block = 0, heap.memory.word(heap.base + 4)
    while following := heap.memory.word(block):
        if heap.memory.word(block + 4) >> 16 != 0xFFFF:
            total += following - block
        block = following
    return total


ALLOCATE = st.tuples(
    st.just("allocate"), st.one_of(st.integers(0, 40), st.integers(0, SIZE)), st.integers(0, 3), st.integers(0, 3),
    st.sampled_from([0, RETRY_TAG]),
)  # fmt: skip
FREE = st.tuples(st.just("free"), st.integers(0, 100))
FREE_APPLICATION = st.tuples(st.just("free application"), st.integers(0, 3))


@given(st.lists(st.one_of(ALLOCATE, ALLOCATE, ALLOCATE, FREE, FREE, FREE_APPLICATION), max_size=60))
@settings(max_examples=100, deadline=None)
def test_addresses_blocks_and_gaps_equal_the_model(operations):
    heap, model = booted(), Gaps()
    for operation, *arguments in operations:
        if operation == "allocate":
            size, application, tag, flags = arguments
            address = heap.allocate(size, application, tag, flags)
            assert address == model.allocate(size, application, tag, flags)
            assert address % 4 == 0
        elif operation == "free" and model.blocks:
            address = sorted(model.blocks)[arguments[0] % len(model.blocks)]
            assert heap.holds(address)
            heap.free(address)
            assert not heap.holds(address)
            model.free(address)
        elif operation == "free application":
            assert heap.free_application(arguments[0]) == model.free_application(arguments[0])
        tags = heap.memory.word(at.SYSTEM_VARIABLES + at.SV_ALLOCATION_TAGS)
        for address, (_, application, tag, _) in model.blocks.items():
            assert heap.holds(address)
            if tag:
                assert heap.memory.word(tags + 4 * (application << 8 | tag)) == address
        assert heap.largest() == max((end - start - HEADER for start, end in model.gaps), default=0)
        assert sum_of_gaps(heap) == sum(end - start for start, end in model.gaps)
    for address in list(model.blocks):
        heap.free(address)
    first = BASE + 16
    assert [heap.memory.word(BASE), heap.memory.word(first), heap.memory.word(first + 4)] == [
        first, BASE + SIZE - HEADER, 0,
    ]  # fmt: skip


def test_free_bytes_fall_and_rise():
    heap = booted()
    before = heap.memory.word(BASE + 12)
    assert before == SIZE - 16 - 2 * HEADER == heap.largest()
    addresses = [heap.allocate(size) for size in (4, 5, 100)]
    assert before - heap.memory.word(BASE + 12) == (4 + 8 + 100) + 3 * HEADER
    for address in addresses:
        heap.free(address)
    assert heap.memory.word(BASE + 12) == before


def test_a_block_that_leaves_only_a_header_is_not_split():
    heap = booted()
    first, _ = heap.allocate(32), heap.allocate(32)
    heap.free(first)
    assert heap.allocate(24) == first
    assert heap.memory.word(first - HEADER) == first + 32  # 24 were asked for; 8 could hold nothing but a header


def test_tags():
    heap = booted()
    address = heap.allocate(64, application=30, tag=7)
    assert address
    assert heap.allocate(64, application=30, tag=7) == 0
    assert heap.allocate(64, application=30, tag=7, flags=RETRY_TAG) == address
    assert heap.allocate(60, application=30, tag=7, flags=RETRY_TAG) == 0
    assert heap.allocate(64, application=31, tag=7) not in (0, address)
    heap.free(address)
    assert heap.allocate(60, application=30, tag=7) == address
    assert heap.allocate(4, application=30, tag=256) == 0


@pytest.mark.parametrize("address", [0, 8, BASE, BASE + 16, BASE + 28, BASE + SIZE, 0xFFFFFFFC])
def test_holds_only_what_was_allocated(address):
    heap = booted()
    assert heap.allocate(100) == BASE + 24
    assert not heap.holds(address)


def test_free_memory_is_that_of_a_real_chip(virtual_board):
    memory = ChipMemory()
    boot(memory, (3, 3), None)
    assert Heap(memory, at.SDRAM_HEAP).largest() == 123_469_792
    assert {chip.sdram for chip in virtual_board.chips} == {Heap(memory, at.SDRAM_HEAP).largest()}
