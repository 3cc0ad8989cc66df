"""Rounds of many cores: the same for any number of threads and any length of a slice; cores that never sleep."""

import time

import arm_programs as arm
import pytest
from board_host import route, settle

from neurodeploy.firmware_models.spinnaker.board import SoftwareBoard, rounds
from neurodeploy.firmware_models.spinnaker.board import memory_map as at

pytest.importorskip("unicorn")

KEY = 0x1000
PLACES = [(0, 0), (1, 0), (2, 1), (3, 3)]


def counted(board, place, core):
    return int.from_bytes(board.chips[place].cores[core].window(at.DTCM, 4), "little")


def everything(board):
    """Memory of all chips and cores, and the routers' counters."""
    return [
        (place, bytes(chip.memory.system_ram), bytes(chip.memory.sdram[:0x1000]), tuple(chip.router.counters),
         [(number, bytes(core.local)) for number, core in sorted(chip.cores.items())])
        for place, chip in sorted(board.chips.items())
    ]  # fmt: skip


def busy_board(threads):
    """Sixteen cores on four chips that answer each other's packets, which grow by one in every round, and count time."""
    board = SoftwareBoard(threads=threads)
    for number, place in enumerate(PLACES):
        arm.start(board.chip(place), 0b11110, arm.ECHO)
        arm.start(board.chip(place), 0b100000, arm.COUNT_TIMER)
        for step in range(6):
            links = (0,) if step % 2 else (0, 1, 2)
            route(board, place, KEY + step, links=links, cores=(1 + number, 2, 3))
    settle(board)
    arm.start(board.chip((0, 0)), 1 << 9, arm.SEND)
    arm.start(board.chip((2, 1)), 1 << 9, arm.SEND)
    settle(board)
    for _ in range(3):
        board.advance()
    return board


@pytest.mark.parametrize("threads", [2, 5])
def test_the_number_of_threads_changes_nothing(threads, monkeypatch):
    monkeypatch.setattr(rounds, "WORTH_THREADS", 0)
    expected, board = busy_board(1), busy_board(threads)
    assert sum(expected.chips[(0, 0)].router.counters) > 100
    assert everything(board) == everything(expected)
    board.close()


@pytest.mark.parametrize("instructions", [1, 3, 50])
def test_the_length_of_a_slice_changes_nothing(instructions, monkeypatch):
    expected = everything(busy_board(1))
    monkeypatch.setattr(rounds, "SLICE", instructions)
    assert everything(busy_board(1)) == expected


@pytest.mark.parametrize("instructions", [1, 7])
def test_a_slice_ends_anywhere_in_a_loop_that_lets_packets_in(instructions, monkeypatch):
    monkeypatch.setattr(rounds, "SLICE", instructions)
    board = SoftwareBoard(threads=1)
    arm.start(board.chip((0, 0)), 1 << 1, arm.WAIT_FOR_TIMER_2, fast_handler=arm.ITCM_PROGRAM + 4 * 18)
    route(board, (0, 0), KEY, cores=(1,))
    settle(board)
    arm.start(board.chip((0, 0)), 1 << 2, arm.SEND)
    settle(board)
    assert (board.due, counted(board, (0, 0), 1)) == (512, 2)
    board.advance()
    assert board.chips[(0, 0)].cores[1].local[4] == 1
    assert board.chips[(0, 0)].cores[1].asleep


def test_work_that_is_interrupted_by_the_clock_goes_on():
    board = SoftwareBoard(threads=1)
    for place in PLACES:
        arm.start(board.chip(place), 0b110, arm.COUNT_TIMER)
    while board.settle_one(time.perf_counter()):
        pass
    calls = 0
    while board.now < 2 * 200_000 or board.busy:
        calls += board.advance(time.perf_counter())
    assert calls > 4  # one core at a time
    assert [counted(board, place, core) for place in PLACES for core in (1, 2)] == [2] * 8


@pytest.fixture
def impatient(monkeypatch):
    monkeypatch.setattr(rounds, "PATIENCE", 100_000)
    monkeypatch.setattr(rounds, "SLICE", 10_000)
    monkeypatch.setattr(rounds, "SPINNING_SLICE", 5_000)


@pytest.mark.usefixtures("impatient")
def test_time_goes_on_without_a_core_that_never_sleeps():
    board = SoftwareBoard(threads=1)
    arm.start(board.chip((0, 0)), 1 << 1, arm.SPIN)
    arm.start(board.chip((0, 0)), 1 << 2, arm.COUNT_TIMER)
    settle(board)
    assert board.spinning == [((0, 0), 1)] and board.errors == []
    spinner = board.chips[(0, 0)].cores[1]
    before = spinner.instructions
    for _ in range(4):
        assert board.advance()
    assert (counted(board, (0, 0), 2), board.now) == (4, 4 * 200_000)
    assert before + 4 * 5_000 <= spinner.instructions <= before + 4 * 6_000  # it has its share
    board.chip((0, 0)).signal(at.SIGNAL_STOP << 16 | 0xFF << 8 | 30)
    assert board.chips[(0, 0)].cores == {} and not board.advance() and not board.busy


@pytest.mark.usefixtures("impatient")
def test_a_core_that_never_sleeps_has_its_interrupts():
    board = SoftwareBoard(threads=1)
    arm.start(board.chip((0, 0)), 1 << 1, arm.SPIN_AND_COUNT_TIMER)
    settle(board)
    assert counted(board, (0, 0), 1) == 0
    for step in range(1, 5):
        board.advance()
        assert (counted(board, (0, 0), 1), board.now) == (step, step * 200_000)


@pytest.mark.usefixtures("impatient")
def test_a_core_that_works_for_long_is_waited_for(monkeypatch):
    """Less than the patience: time stands still for it."""
    board = SoftwareBoard(threads=1)
    work = (0xE3A00A0A, 0xE2500001, 0x1AFFFFFD)  # mov r0, #40960; subs r0, r0, #1; bne
    arm.start(board.chip((0, 0)), 1 << 1, work + arm.COUNT_TIMER)
    settle(board)
    assert board.spinning == [] and board.due == 200_000
