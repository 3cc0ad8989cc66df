"""A chip with running programs: starting, signals, death, messages between monitor and cores."""

import arm_programs as arm
import pytest

from neurodeploy.firmware_models.spinnaker.board import memory_map as at
from neurodeploy.firmware_models.spinnaker.board import state as of
from neurodeploy.firmware_models.spinnaker.board.chip import Chip
from neurodeploy.firmware_models.spinnaker.board.sdp import Datagram

pytest.importorskip("unicorn")

SYNC0, SYNC1, START, STOP, POWER_DOWN = 4, 5, 3, 2, 1


class Bench(Chip):
    def __init__(self):
        self.sent: list[Datagram] = []
        self.died: list[tuple[tuple[int, int], int, str]] = []
        super().__init__((0, 0), None, self.sent.append, lambda place, core, why: self.died.append((place, core, why)))


@pytest.fixture
def chip():
    return Bench()


def command_of(chip, core):
    return chip.memory.read(chip.block(core) + at.MAILBOX_IN_COMMAND, 1)[0]


def free_buffers(chip):
    buffer, count = chip.memory.word(at.SYSTEM_VARIABLES + at.SV_FREE_MESSAGE), 0
    while buffer:
        buffer, count = chip.memory.word(buffer), count + 1
    return count


def test_starting(chip):
    arm.start(chip, 1 << 2 | 1 << 9, arm.KEEP_REGISTERS)
    assert sorted(chip.cores) == [2, 9]
    assert chip.awake == {2, 9}
    assert [chip.state(core) for core in (1, 2, 9)] == [at.IDLE, at.INITIALISING, at.INITIALISING]
    assert [chip.application(core) for core in (1, 2, 9)] == [0, 30, 30]
    chip.settle(2)
    assert chip.awake == {9}
    assert int.from_bytes(chip.cores[2].window(at.DTCM, 4), "little") == 30


def test_a_core_that_dies_is_reported(chip):
    arm.start(chip, 1 << 5 | 1 << 6, arm.ABORT)
    chip.settle(5)
    assert [(place, core) for place, core, _ in chip.died] == [((0, 0), 5)]
    assert "0x104" in chip.died[0][2]  # where in the program
    assert (chip.state(5), chip.application(5)) == (at.RUNTIME_ERROR, 30)
    assert sorted(chip.cores) == [6]


def test_a_core_that_dies_of_a_packet(chip):
    arm.start(chip, 1 << 5, arm.ECHO)
    chip.settle(5)
    chip.cores[5].devices.words[of.VECTORS] = 0x80000000
    chip.receive(5, [(1, None)])
    assert chip.state(5) == at.RUNTIME_ERROR
    chip.receive(5, [(1, None)])  # nobody listens any more
    assert len(chip.died) == 1


def test_a_dead_core_cannot_be_started(chip):
    chip.memory.write(chip.block(4) + at.CORE_STATE, bytes([at.DEAD]))
    arm.start(chip, 1 << 4, arm.SEND)
    assert chip.cores == {}


@pytest.mark.parametrize(("signal", "state"), [(STOP, at.IDLE), (POWER_DOWN, at.POWERED_DOWN)])
def test_stopping(chip, signal, state):
    arm.start(chip, 1 << 2, arm.SEND, application=30)
    arm.start(chip, 1 << 3, arm.SEND, application=31)
    mine, other = chip.sdram_heap.allocate(100, 30), chip.sdram_heap.allocate(100, 31)
    chip.memory.set_words(chip.block(2) + at.CORE_USER, 0x1234)
    chip.signal(signal << 16 | 0xFF << 8 | 30)
    assert sorted(chip.cores) == [3]
    assert (chip.state(2), chip.application(2)) == (state, 0)
    assert chip.memory.word(chip.block(2) + at.CORE_USER) == 0x1234
    assert chip.sdram_heap.holds(mine) == (signal != STOP)
    assert chip.sdram_heap.holds(other)


def test_a_signal_s_mask_selects_applications(chip):
    arm.start(chip, 1 << 2, arm.SEND, application=0x20)
    arm.start(chip, 1 << 3, arm.SEND, application=0x21)
    arm.start(chip, 1 << 4, arm.SEND, application=0x31)
    chip.signal(START << 16 | 0xF0 << 8 | 0x20)
    assert [command_of(chip, core) for core in (2, 3, 4)] == [at.MAILBOX_SIGNAL, at.MAILBOX_SIGNAL, at.MAILBOX_IDLE]
    assert chip.memory.word(chip.block(3) + at.MAILBOX_IN) == START
    assert chip.cores[3].devices.words[of.PROCESSOR_PENDING]


def test_synchronisation_sets_and_clears_flags(chip):
    arm.start(chip, 0b110, arm.SEND)
    assert chip.flags == 0b110
    chip.signal(SYNC0 << 16 | 0xFF << 8 | 30)
    assert chip.flags == 0
    chip.signal(SYNC1 << 16 | 0xFF << 8 | 30)
    assert chip.flags == 0b110


def test_datagrams_reach_a_core_one_after_the_other(chip):
    arm.start(chip, 1 << 7, arm.SEND)
    chip.settle(7)
    first, second = (Datagram(0x07, 255, 1 << 5 | 7, 255, 0, 0, content) for content in (b"first", b"second"))
    assert chip.deliver(first)
    assert chip.deliver(second)
    buffer = chip.memory.word(chip.block(7) + at.MAILBOX_IN)
    assert command_of(chip, 7) == at.MAILBOX_MESSAGE
    length = int.from_bytes(chip.memory.read(buffer + 4, 2), "little")
    assert Datagram.unpack(chip.memory.read(buffer + 8, length)) == first
    assert free_buffers(chip) == 6
    chip._return_buffer(buffer)  # what SARK on the core does
    chip.memory.write(chip.block(7) + at.MAILBOX_IN_COMMAND, b"\0")
    chip.settle(7)
    buffer = chip.memory.word(chip.block(7) + at.MAILBOX_IN)
    assert Datagram.unpack(chip.memory.read(buffer + 8, 8 + len(b"second"))) == second
    assert not chip.deliver(Datagram(0x07, 255, 8, 255, 0, 0, b"nobody"))


def test_datagrams_of_a_core_are_collected(chip):
    datagram = Datagram(0x07, 3, 255, 1 << 5 | 7, 0, 0, b"from a core")
    buffer = chip._take_buffer()
    chip.memory.write(buffer + 4, len(datagram.pack()).to_bytes(2, "little") + b"\0\0" + datagram.pack())
    chip.memory.set_words(chip.block(7) + at.MAILBOX_OUT, buffer)
    chip.memory.write(chip.block(7) + at.MAILBOX_OUT_COMMAND, bytes([at.MAILBOX_MESSAGE]))
    chip.memory.set_words(at.SYSTEM_VARIABLES + at.SV_MAILBOX_FLAGS, 1 << 7)
    chip.interrupt_cores(1)
    assert chip.sent == [datagram]
    assert free_buffers(chip) == 7
    assert chip.memory.read(chip.block(7) + at.MAILBOX_OUT_COMMAND, 1)[0] == at.MAILBOX_IDLE
    assert chip.memory.word(at.SYSTEM_VARIABLES + at.SV_MAILBOX_FLAGS) == 0
    assert chip.memory.word(at.SYSTEM_VARIABLES + at.SV_MESSAGES_IN_USE) & 0xFFFF == 0
