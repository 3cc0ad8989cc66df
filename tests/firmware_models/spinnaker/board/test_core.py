"""One core executing small programs, assembled by hand."""

import struct

import arm_programs as arm
import pytest

from neurodeploy.firmware_models.spinnaker.board import memory_map as at
from neurodeploy.firmware_models.spinnaker.board import state as of
from neurodeploy.firmware_models.spinnaker.board.chip import Chip

pytest.importorskip("unicorn")

from neurodeploy.firmware_models.spinnaker.board.core import Core, CoreError

MILLISECOND = 200_000  # cycles
NUMBER = 3


@pytest.fixture
def chip():
    return Chip((0, 0), None, lambda datagram: None, lambda *what: None)


def load(chip, words, register_0=0, **options):
    chip.memory.write(at.SYSTEM_SDRAM, arm.aplx(words, **options))
    return Core(NUMBER, chip, chip.memory, at.SYSTEM_SDRAM, register_0)


def word(core, offset):
    return int.from_bytes(core.window(at.DTCM + offset, 4), "little")


def expire(core, chip, times):
    for _ in range(times):
        chip.now = core.devices.due
        core.settle()


def test_a_program_starts_in_its_register_0_and_sleeps(chip):
    core = load(chip, arm.KEEP_REGISTERS, register_0=30 | 1 << 8)
    assert not core.started
    core.settle()
    assert core.started and core.asleep
    assert word(core, 0) == 30 | 1 << 8
    assert word(core, 12) == 0  # still asleep


def test_the_timer_s_handler_runs_once_for_every_millisecond(chip):
    core = load(chip, arm.COUNT_TIMER)
    core.settle()
    assert (word(core, 0), core.devices.due) == (0, MILLISECOND)
    expire(core, chip, 5)
    assert (word(core, 0), chip.now) == (5, 5 * MILLISECOND)


def test_a_fast_interrupt_goes_by_its_vector_word(chip):
    handler = arm.ITCM_PROGRAM + 4 * (len(arm.SELECT_FAST) + 14)
    core = load(chip, arm.SELECT_FAST + arm.COUNT_TIMER, fast_handler=handler)
    core.settle()
    expire(core, chip, 3)
    assert word(core, 0) == 3


def test_the_program_goes_on_after_an_interrupt(chip):
    handler = (
        0xE3A0041F,  # mov r0, #0x1f000000
        0xE3A02701,  # mov r2, #0x40000
        0xE580201C,  # str r2, [r0, #0x1c]    take the software interrupt back
        0xE25EF004,  # subs pc, lr, #4
    )
    core = load(chip, arm.KEEP_REGISTERS + handler)
    core.settle()
    words = core.devices.words
    words[of.VECTORS], words[of.SLOTS] = arm.ITCM_PROGRAM + 4 * len(arm.KEEP_REGISTERS), 0x20 | 18
    words[of.ENABLED] = 1 << 18
    for wakes in range(1, 4):
        words[of.SOFTWARE] = 1 << 18
        core.settle()
        assert (word(core, 12), core.asleep) == (wakes, True)


def test_records_copy_and_fill(chip):
    core = load(chip, arm.KEEP_REGISTERS, fill=(at.DTCM + 0x200, 33, 0xCAFEF00D))  # 33 bytes become 64
    assert bytes(core.window(at.DTCM + 0x200, 64)) == struct.pack("<I", 0xCAFEF00D) * 16
    assert bytes(core.window(at.DTCM + 0x240, 4)) == bytes(4)
    core.settle()
    copied = core.engine.mem_read(arm.ITCM_PROGRAM, 4 * len(arm.KEEP_REGISTERS))
    assert bytes(copied) == struct.pack(f"<{len(arm.KEEP_REGISTERS)}I", *arm.KEEP_REGISTERS)


def test_dma_both_ways(chip):
    core = load(chip, arm.TRANSFER)
    content = bytes(range(1, 33))
    core.window(at.DTCM, 32)[:] = content
    core.settle()
    assert chip.memory.read(0x60300000, 36) == content + bytes(4)
    assert bytes(core.window(at.DTCM + 64, 36)) == content + bytes(4)
    assert word(core, 0x100) == 2
    assert word(core, 0x104) == NUMBER << 24 | 1 << 10


def test_packets_are_answered_with_and_without_payload(chip):
    core = load(chip, arm.ECHO)
    core.settle()
    assert core.sent() == []
    core.receive([(0x10, None), (0x20, 7), (0x30, 0), (0x40, None)])
    assert core.sent() == [(0x11, None), (0x21, 14), (0x31, 0), (0x41, None)]
    assert core.sent() == []


def test_more_packets_than_arrive_at_once(chip):
    core = load(chip, arm.ECHO)
    core.settle()
    core.receive([(key, None) for key in range(300)])
    assert core.sent() == [(key + 1, None) for key in range(300)]


def test_sending_before_the_first_sleep(chip):
    core = load(chip, arm.SEND)
    core.settle()
    assert core.sent() == [(0x1000, None), (0x1000, 0x55)]


@pytest.mark.parametrize("words", [arm.ABORT, arm.WRONG_TRANSFER, (0xE7F000F0,)])  # the last one: undefined
def test_what_no_processor_can_do_is_a_run_time_error(chip, words):
    core = load(chip, words)
    with pytest.raises(CoreError, match="0x"):
        core.settle()


@pytest.mark.parametrize(
    "records",
    [
        [(0, 0, 0, 0)],
        [(2, 0x400000, 0x10, 0x8000000)],  # longer than memory
        [(2, 0x80000000, 0x10, 32)],  # nowhere
        [(2, 0x400000, 0xFFFFFFF0, 32)],  # from nowhere
        [(3, 0x80000000, 32, 0)],
        [(3, 0x400000, 0xFFFFFFE0, 0)],
        [(3, 0x400000, 0x20000, 0)],  # more than DTCM
    ],
)
def test_programs_that_cannot_be_loaded(chip, records):
    chip.memory.write(at.SYSTEM_SDRAM, b"".join(struct.pack("<4I", *record) for record in records))
    with pytest.raises(CoreError, match="program"):
        Core(NUMBER, chip, chip.memory, at.SYSTEM_SDRAM, 0)


def test_the_window_is_dtcm_alone(chip):
    core = load(chip, arm.SEND)
    assert len(core.window(at.DTCM + at.DTCM_SIZE - 4, 4)) == 4
    assert core.window(at.DTCM + at.DTCM_SIZE - 3, 4) is None
    assert core.window(at.ITCM, 4) is None


def test_a_loop_until_timer_2_expires_lets_packets_in_and_time_pass(chip):
    core = load(chip, arm.WAIT_FOR_TIMER_2, fast_handler=arm.ITCM_PROGRAM + 4 * 18)
    core.settle()
    assert core.devices.due == 512
    assert (word(core, 0), word(core, 4)) == (0, 0)
    core.receive([(key, None) for key in range(100)])
    core.receive([(7, 1)])
    assert (word(core, 0), word(core, 4)) == (101, 0)
    assert core.devices.due == 512
    expire(core, chip, 1)
    assert (word(core, 0), word(core, 4)) == (101, 1)
    assert core.asleep
    core.receive([(8, None)])
    assert word(core, 0) == 102
