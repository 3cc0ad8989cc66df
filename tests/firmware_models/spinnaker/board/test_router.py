"""The router: its list of entries against a set of intervals, its matching against a plain search."""

import struct

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neurodeploy.firmware_models.spinnaker.board import memory_map as at
from neurodeploy.firmware_models.spinnaker.board import router as routing
from neurodeploy.firmware_models.spinnaker.board.boot import boot
from neurodeploy.firmware_models.spinnaker.board.memory import ChipMemory
from neurodeploy.firmware_models.spinnaker.board.router import Destinations, Router

TABLE = at.SDRAM + 0x1000


def empty_router():
    memory = ChipMemory()
    boot(memory, (0, 0), None)
    return Router(memory, memory.word(at.SYSTEM_VARIABLES + at.SV_ROUTER_COPY))


def load(router, entries, first=1, application=30):
    """Load ``(key, mask, route)`` as SARK's table, in which an entry names its own place."""
    table = b"".join(struct.pack("<2H3I", n, 0, route, key, mask) for n, (key, mask, route) in enumerate(entries))
    router.memory.write(TABLE, table + struct.pack("<2H3I", 0xFFFF, 0, 0, 0, 0))
    return router.load(TABLE, len(entries), first, application)


class Intervals:
    """The same list of entries without memory."""

    def __init__(self):
        self.gaps, self.blocks = [(1, 1024)], {}

    def allocate(self, size, application):
        for index, (start, end) in enumerate(self.gaps):
            if size and end - start >= size:
                self.gaps[index : index + 1] = [(start + size, end)] if start + size < end else []
                self.blocks[start] = (start + size, application)
                return start
        return 0

    def free(self, entry):
        merged: list[tuple[int, int]] = []
        for start, end in sorted([*self.gaps, (entry, self.blocks.pop(entry)[0])]):
            if merged and merged[-1][1] == start:
                merged[-1] = (merged[-1][0], end)
            else:
                merged.append((start, end))
        self.gaps = merged


OPERATION = st.one_of(
    st.tuples(st.just("allocate"), st.integers(0, 400), st.integers(16, 18)),
    st.tuples(st.just("free"), st.integers(0, 30), st.booleans()),
    st.tuples(st.just("free application"), st.integers(16, 18), st.booleans()),
    st.tuples(st.just("free nothing"), st.integers(0, 1100), st.booleans()),
    st.tuples(st.just("load"), st.integers(0, 30), st.booleans()),
)


@given(st.lists(OPERATION, max_size=40))
@settings(max_examples=100, deadline=None)
def test_entries_equal_the_model(operations):
    router, model = empty_router(), Intervals()
    for operation, number, extra in operations:
        if operation == "allocate":
            assert router.allocate(number, extra) == model.allocate(number, extra)
        elif operation == "free nothing":
            if number not in model.blocks:
                router.free(number, extra)
        elif operation == "free application":
            mine = [entry for entry, block in model.blocks.items() if block[1] == number]
            assert router.free_application(number, extra) == len(mine)
            for entry in mine:
                model.free(entry)
        elif model.blocks:
            entry = sorted(model.blocks)[number % len(model.blocks)]
            if operation == "free":
                router.free(entry, extra)
                model.free(entry)
            else:
                end, application = model.blocks[entry]
                assert load(router, [(0, 0xFFFFFFFF, 1)] * (end - entry), entry, application)
        assert router.largest_free() == max((end - start for start, end in model.gaps), default=0)
    for entry in list(model.blocks):
        router.free(entry, clear=True)
    assert router.largest_free() == 1023
    assert router.allocate(1023, 16) == 1
    assert router.allocate(1, 16) == 0


def test_a_virtual_board_has_as_many_entries(virtual_board):
    assert {chip.router.n_available_multicast_entries for chip in virtual_board.chips} == {
        empty_router().largest_free()
    }


WORD = st.integers(0, 0xFFFFFFFF)
ENTRY = st.tuples(st.integers(0, 15), st.integers(0, 15), st.integers(0, 0xFFFFFF))  # few keys, so that many match


def first_match(entries, key):
    for wanted, mask, route in entries:
        if key & mask == wanted:
            return (
                tuple(link for link in range(6) if route >> link & 1),
                tuple(core for core in range(18) if route >> (6 + core) & 1),
            )
    return None


@given(st.lists(ENTRY, max_size=20), st.integers(1, 900), st.integers(0, 5))
@settings(max_examples=60, deadline=None)
def test_the_first_matching_entry_decides(entries, first, link):
    router = empty_router()
    assert load(router, entries, first)
    for key in range(16):
        expected = first_match(entries, key)
        assert router.destinations(key, None) == (expected or ((), ()))
        assert router.destinations(key, link) == (expected or (((link + 3) % 6,), ()))


def test_an_empty_table_matches_no_key():
    router = empty_router()
    for key in (0, 1, 0xFFFFFFFF, 0xFF000000):
        assert router.destinations(key, None) == Destinations((), ())


def test_counters():
    router = empty_router()
    load(router, [(5, 0xFFFFFFFF, 1 << 6)])
    for key, link in ((5, None), (5, 2), (6, None), (6, 2), (6, 2)):
        router.destinations(key, link)
    assert [router.read_register(0x300 + 4 * n) for n in (0, 1, 8)] == [2, 3, 1]
    router.write_register(0x2C, 0x3)
    assert [router.read_register(0x300 + 4 * n) for n in (0, 1, 8)] == [0, 0, 1]


@given(st.lists(st.tuples(WORD, WORD, st.integers(0, 0xFFFFFF)), min_size=1, max_size=10), st.integers(1, 1000))
@settings(max_examples=30, deadline=None)
def test_registers_do_what_loading_does(entries, first):
    loaded, written = empty_router(), empty_router()
    assert load(loaded, entries, first)
    for number, (key, mask, route) in enumerate(entries, first):
        for table, value in ((routing.KEYS, key), (routing.MASKS, mask), (routing.RAM, route)):
            written.write_register(table + 4 * number, value)
            assert loaded.read_register(table + 4 * number) == written.read_register(table + 4 * number) == value
    for key, _, _ in entries:
        assert loaded.destinations(key, None) == written.destinations(key, None)


def test_a_register_written_later_counts_for_keys_seen_before():
    router = empty_router()
    assert router.destinations(7, None) == Destinations((), ())
    load(router, [(7, 0xFFFFFFFF, 1 << 3 | 1 << 9)])
    assert router.destinations(7, None) == Destinations((3,), (3,))
    router.write_register(routing.RAM + 4, 1 << 23)
    assert router.destinations(7, None) == Destinations((), (17,))
    router.clear(1, 1)
    assert router.destinations(7, None) == Destinations((), ())


def test_the_copy_in_memory_names_the_owner():
    router = empty_router()
    first = router.allocate(2, 30)
    load(router, [(1, 2, 0x41), (3, 4, 0xFF000042)], first)
    entries = [struct.unpack("<2H3I", router.memory.read(router.copy + 16 * (first + n), 16)) for n in (0, 1)]
    assert entries == [(3, 0x8000 | 30, 0x41, 1, 2), (0, 0x8000 | 30, 0x42, 3, 4)]


def test_loading_without_an_application_takes_the_one_in_the_route():
    router = empty_router()
    load(router, [(1, 2, 40 << 24 | 0x41)], application=0)
    assert struct.unpack("<2H3I", router.memory.read(router.copy + 16, 16))[1:3] == (0x8000 | 40, 0x41)


def test_loading_a_table_that_says_how_long_it_is():
    router = empty_router()
    router.memory.write(TABLE, struct.pack("<2H3I", 0, 2, 1, 1, 1) + struct.pack("<2H3I", 1, 0, 2, 2, 2))
    assert router.load(TABLE, 0, 5, 30)
    np.testing.assert_array_equal(router.keys[4:8], [0xFFFFFFFF, 1, 2, 0xFFFFFFFF])


@pytest.mark.parametrize(
    ("start", "count", "possible"), [(1, 1023, True), (1023, 1, True), (1024, 1, False), (0, 1025, False)]
)
def test_entries_that_do_not_exist(start, count, possible):
    router = empty_router()
    assert router.clear(start, count) is possible
    assert load(router, [(0, 0, 0)], start) is (start < 1024)
    assert router.load(TABLE, 1025, 0, 30) is False


def test_initialising_keeps_the_monitor_s_entry():
    router = empty_router()
    load(router, [(1, 0xFFFFFFFF, 1), (2, 0xFFFFFFFF, 2)], first=0)
    router.allocate(100, 30)
    router.initialise()
    assert router.destinations(1, None).links == (0,)
    assert router.destinations(2, None).links == ()
    assert router.largest_free() == 1023
