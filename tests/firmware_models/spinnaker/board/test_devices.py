"""Devices of a core by their registers, without a processor."""

from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

unicorn = pytest.importorskip("unicorn")

from neurodeploy.firmware_models.spinnaker.board import execution, registers  # noqa: E402
from neurodeploy.firmware_models.spinnaker.board import memory_map as at  # noqa: E402
from neurodeploy.firmware_models.spinnaker.board import state as of  # noqa: E402
from neurodeploy.firmware_models.spinnaker.board.devices import FIXED_ROUTE, Devices  # noqa: E402

LOAD, COUNT, CONTROL, CLEAR, RAW, MASKED, BACKGROUND = range(0, 28, 4)
VECTOR, SLOT, STATUS, SELECT, ENABLE, DISABLE, SOFT, SOFT_CLEAR, CURRENT, DEFAULT = (
    0x100, 0x200, 0x00, 0x0C, 0x10, 0x14, 0x18, 0x1C, 0x30, 0x34,
)  # fmt: skip


@dataclass
class FakeChip:
    flags: int = 0
    now: int = 0
    router: dict[int, int] = field(default_factory=dict)
    interrupted: list[int] = field(default_factory=list)

    def read_router(self, offset):
        return self.router.get(offset, 0)

    def write_router(self, offset, value):
        self.router[offset] = value

    def interrupt_cores(self, mask):
        self.interrupted.append(mask)


class Bench:
    """Registers by name, as a program sees them, and memory for the DMA engine."""

    def __init__(self, core=3):
        self.chip = FakeChip()
        self.block = np.zeros(of.BLOCK_WORDS, np.int64)
        self.words = self.block.data.cast("B").cast("q")
        self.devices = Devices(core, self.chip, self.words)
        self.local, self.sdram = np.arange(at.DTCM_SIZE, dtype=np.uint16), np.zeros(0x2000, np.uint8)
        self.words[of.DATA_MEMORY], self.words[of.SDRAM] = self.local.ctypes.data, self.sdram.ctypes.data

    def set(self, device, offset, value):
        if device in ("system", "router"):
            getattr(self.devices, f"write_{device}")(None, offset, 4, value, None)
        else:
            self.words[of.NOW] = self.chip.now
            getattr(registers, f"write_{device}").ctypes(None, offset, 4, value, self.block.ctypes.data)

    def get(self, device, offset):
        if device in ("system", "router"):
            return getattr(self.devices, f"read_{device}")(None, offset, 4, None)
        self.words[of.NOW] = self.chip.now
        return getattr(registers, f"read_{device}").ctypes(None, offset, 4, self.block.ctypes.data)

    def expire(self, now):
        """Let time pass."""
        self.words[of.NOW] = now
        for timer in (of.TIMERS, of.TIMERS + of.TIMER_WORDS):
            registers.expire(self.block, timer)

    def lines(self):
        return registers.lines(self.block)

    def handler(self):
        return registers.interrupt_handler(self.block)


@pytest.fixture
def bench():
    return Bench()


@given(st.integers(1, 10**6), st.sampled_from([0, 1, 2]), st.booleans(), st.integers(0, 10**9))
@settings(max_examples=50, deadline=None)
def test_a_timer_expires_after_its_load_times_the_prescaling(load, prescale, second, now):
    bench, base = Bench(), 0x20 if second else 0
    bench.chip.now = now
    bench.set("timers", base + LOAD, load)
    assert bench.devices.due is None
    bench.set("timers", base + CONTROL, 0xE2 | prescale << 2)
    cycles = load * (1, 16, 256)[prescale]
    for n in range(1, 4):
        due = now + n * cycles
        assert bench.devices.due == due
        bench.expire(due - 1)
        assert bench.get("timers", base + MASKED) == 0
        bench.expire(due)
        assert bench.get("timers", base + RAW) == bench.get("timers", base + MASKED) == 1
        assert bench.lines() >> (5 if second else 4) & 1
        bench.set("timers", base + CLEAR, 1)
        assert bench.get("timers", base + MASKED) == 0


def test_a_one_shot_timer_stops(bench):
    bench.set("timers", LOAD, 100)
    bench.set("timers", CONTROL, 0xA3)
    bench.expire(100)
    assert bench.get("timers", MASKED) == 1
    assert bench.devices.due is None


def test_a_timer_without_interrupts_raises_none(bench):
    bench.set("timers", LOAD, 100)
    bench.set("timers", CONTROL, 0xC2)
    bench.expire(100)
    assert bench.get("timers", RAW) == 0
    assert bench.devices.due == 200


def test_stopping_a_timer(bench):
    bench.set("timers", LOAD, 100)
    bench.set("timers", CONTROL, 0xE2)
    bench.set("timers", CONTROL, 0)
    assert bench.devices.due is None


def test_a_background_load_counts_from_the_next_expiry(bench):
    bench.set("timers", LOAD, 100)
    bench.set("timers", CONTROL, 0xE2)
    bench.set("timers", BACKGROUND, 300)
    assert bench.devices.due == 100
    bench.expire(100)
    assert bench.devices.due == 400


def test_waiting_for_a_timer_to_count_down_ends(bench):
    bench.set("timers", LOAD, 10000)
    bench.set("timers", CONTROL, 0xE2)
    seen = [bench.get("timers", COUNT) for _ in range(600)]
    assert seen[0] <= 10000
    assert min(seen) < 100
    assert all(value > 0 for value in seen)


def test_the_first_slot_whose_line_is_up_and_enabled_wins(bench):
    bench.set("interrupts", SOFT, 1 << 2 | 1 << 9)
    for slot, line, handler in ((0, 7, 0x700), (1, 9, 0x900), (2, 2, 0x200)):
        bench.set("interrupts", VECTOR + 4 * slot, handler)
        bench.set("interrupts", SLOT + 4 * slot, 0x20 | line)
    assert bench.handler() == -1
    bench.set("interrupts", ENABLE, 1 << 2 | 1 << 7)
    bench.set("interrupts", ENABLE, 1 << 9)
    assert bench.get("interrupts", ENABLE) == 1 << 2 | 1 << 7 | 1 << 9
    assert bench.get("interrupts", CURRENT) == 0x900
    bench.set("interrupts", DISABLE, 1 << 9)
    assert bench.get("interrupts", CURRENT) == 0x200
    assert bench.get("interrupts", STATUS) == 1 << 2
    bench.set("interrupts", SLOT + 8, 2)  # not enabled
    assert bench.handler() == -1
    bench.set("interrupts", DEFAULT, 0x1234)
    assert bench.get("interrupts", CURRENT) == 0x1234
    bench.set("interrupts", SOFT_CLEAR, 1 << 2)
    assert bench.get("interrupts", STATUS) == 0


def test_a_line_is_either_fast_or_normal(bench):
    bench.set("interrupts", VECTOR, 0x900)
    bench.set("interrupts", SLOT, 0x29)
    bench.set("interrupts", SOFT, 1 << 9)
    bench.set("interrupts", ENABLE, 1 << 9)
    assert (registers.fast_interrupt(bench.block), bench.handler()) == (False, 0x900)
    bench.set("interrupts", SELECT, 1 << 9)
    assert (registers.fast_interrupt(bench.block), bench.handler()) == (True, -1)


@pytest.mark.parametrize("to_sdram", [True, False])
def test_dma_goes_both_ways(bench, to_sdram):
    local, sdram = bench.local.view(np.uint8), bench.sdram
    sdram[0x40:0x1040] = 77
    before = local.copy()
    bench.set("dma", 0x18, 0x400)
    bench.set("dma", 0x04, 0x70000040)
    bench.set("dma", 0x08, 0x400100)
    assert np.array_equal(local, before) and sdram[0x40] == 77
    bench.set("dma", 0x0C, 0x3 << 21 | to_sdram << 19 | 0x1000)  # the width and burst bits change nothing
    if to_sdram:
        before[:] = local
        assert np.array_equal(sdram[0x40:0x1040], local[0x100:0x1100]) and sdram[0x1040] == 0
    else:
        assert (local[0x100:0x1100] == 77).all()
        before[0x100:0x1100] = 77
    assert np.array_equal(local, before)
    assert bench.get("dma", 0x14) == 3 << 24 | 1 << 10
    assert bench.lines() >> 12 & 1
    bench.set("dma", 0x10, 8)
    assert bench.get("dma", 0x14) == 3 << 24
    assert not bench.lines() >> 12 & 1


@pytest.mark.parametrize(
    ("shared", "local", "wrong"),
    [(0x67FFFFFD, 0x400000, 0x67FFFFFD), (0x60000000, 0x40FFFD, 0x40FFFD), (0, 0x400000, 0)],
)
def test_dma_where_there_is_no_memory_fails(bench, shared, local, wrong):
    bench.set("dma", 0x04, shared)
    bench.set("dma", 0x08, local)
    engine = unicorn.Uc(unicorn.UC_ARCH_ARM, unicorn.UC_MODE_ARM)  # to be stopped
    bench.words[of.ENGINE] = engine._uch.value
    bench.set("dma", 0x0C, 4)
    assert bench.words[of.FAILURE] == of.NO_MEMORY
    assert (bench.words[of.WRONG_ADDRESS], bench.words[of.WRONG_SIZE]) == (wrong, 4)
    assert bench.get("dma", 0x14) >> 10 & 1 == 0


def test_dma_without_its_interrupt_is_silent(bench):
    bench.set("dma", 0x04, 0x60000000)
    bench.set("dma", 0x08, 0x400000)
    bench.set("dma", 0x0C, 4)
    assert bench.get("dma", 0x14) >> 10 & 1
    assert not bench.lines() >> 12 & 1


def test_packets_with_and_without_payload(bench):
    bench.set("packets", 0x04, 5)
    bench.set("packets", 0x08, 0xAAAA)
    bench.set("packets", 0x08, 0xBBBB)
    assert bench.devices.take_sent() == [(0xAAAA, 5), (0xBBBB, None)]
    assert bench.devices.arrive([(1, None), (2, 0)]) == 2
    assert bench.lines() >> 24 & bench.lines() >> 6 & 1
    assert bench.get("packets", 0x0C) == 1 << 31
    assert bench.get("packets", 0x14) == 1
    assert bench.get("packets", 0x0C) == 1 << 31 | 1 << 17
    assert (bench.get("packets", 0x10), bench.get("packets", 0x14)) == (0, 2)
    assert bench.get("packets", 0x0C) == bench.get("packets", 0x14) == 0
    assert not bench.lines() >> 24 & 1


def test_the_transmitter_is_always_empty(bench):
    bench.set("packets", 0x00, 0x04FFFFFF)
    assert bench.get("packets", 0x00) == 1 << 31 | 1 << 28 | 0x04FFFFFF


def test_the_chip_s_system_controller(bench):
    bench.set("system", 0x08, 0x5EC00000 | 0x24)  # writes carry a security code
    assert bench.chip.interrupted == [0x24]
    bench.set("system", 0x58, 0x5EC00000 | 0x3)
    bench.set("system", 0x5C, 0x5EC00000 | 0x1)
    assert bench.get("system", 0x58) == bench.get("system", 0x5C) == 2
    bench.devices.raise_processor_interrupt()
    bench.set("system", 0x0C, 1 << 4)  # another core's
    assert bench.lines() >> 18 & 1
    bench.set("system", 0x0C, 1 << 3)
    assert not bench.lines() >> 18 & 1
    assert bench.get("system", 0x100) == 0  # a lock is free


def test_the_chip_s_router(bench):
    bench.set("router", 0x8004, 77)
    assert bench.chip.router == {0x8004: 77}
    assert bench.get("router", 0x8004) == 77


def test_windows_do_not_overlap():
    maps = Bench().devices.chip_register_maps() + execution.windows()
    windows = sorted((base, size) for base, size, _, _ in maps)
    assert all(base + size <= following for (base, size), (following, _) in pairwise(windows))
    assert all(base % 0x1000 == 0 for base, _ in windows)


def test_packets_that_take_the_fixed_route(bench):
    """They are marked as sent, raise a line of their own and say in the status register what they are."""
    bench.set("packets", 0x00, 0x00C00000)
    bench.set("packets", 0x04, 77)
    bench.set("packets", 0x08, 0x1234)
    bench.set("packets", 0x00, 0)
    bench.set("packets", 0x08, 0x5678)
    sent = bench.devices.take_sent()
    assert sent == [(FIXED_ROUTE | 0x1234, 77), (0x5678, None)]
    bench.devices.arrive(sent)
    assert bench.lines() >> 27 & 1 == 1 and bench.lines() >> 24 & 1 == 0
    assert bench.get("packets", 0x0C) == 0x80C20000
    assert (bench.get("packets", 0x10), bench.get("packets", 0x14)) == (77, 0x1234)
    assert bench.lines() >> 27 & 1 == 0 and bench.lines() >> 24 & 1 == 1
    assert bench.get("packets", 0x0C) == 0x80000000 and bench.get("packets", 0x14) == 0x5678


def test_packets_that_are_not_taken_stay_before_those_that_come(bench):
    assert bench.devices.arrive([(key, None) for key in range(60)]) == 60
    assert [bench.get("packets", 0x14) for _ in range(50)] == list(range(50))
    assert bench.devices.arrive([(key, 5) for key in range(60, 160)]) == of.PACKETS_AT_ONCE - 10
    assert [bench.get("packets", 0x14) for _ in range(65)] == [*range(50, 114), 0]
