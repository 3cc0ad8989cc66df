"""Lines on what hosts do, and the log of a core."""

import struct

import arm_programs as arm
import pytest
from board_host import settle

from neurodeploy.firmware_models.spinnaker.board import SoftwareBoard, log, rounds
from neurodeploy.firmware_models.spinnaker.board import memory_map as at

pytest.importorskip("unicorn")

BUFFER, SECOND = 0x60300000, 0x60301000


@pytest.fixture
def told(monkeypatch):
    monkeypatch.setattr(log, "QUIET_S", 0.0)
    lines: list[str] = []
    board = SoftwareBoard(threads=1)
    return board, log.BoardLog(board, lines.append), lines


def write_log(chip, core, *parts):
    """What a program logged, in chained buffers."""
    places = [BUFFER, SECOND][: len(parts)]
    for place, following, part in zip(places, [*places[1:], 0], parts, strict=True):
        chip.memory.write(place, struct.pack("<4I", following, 0, 0, len(part)) + part)
    chip.memory.set_words(chip.block(core) + at.CORE_LOG, BUFFER)


def test_programs_are_named_and_counted_once(told):
    board, watch, lines = told
    for place, cores, name in (((0, 0), 0b110, b"IF_curr_exp"), ((1, 1), 0b10, b"poisson")):
        arm.start(board.chip(place), cores, arm.SEND)
        for core in (1, 2):
            board.chip(place).memory.write(board.chip(place).block(core) + at.CORE_NAME, name.ljust(16, b"\0"))
    watch.look()
    assert lines == []  # they have not run yet
    settle(board)
    watch.look()
    watch.look()
    assert lines == ["loaded: IF_curr_exp on 2 cores, poisson on 1 core (2 chips)"]
    for chip in board.chips.values():
        chip.signal(at.SIGNAL_STOP << 16 | 0xFF << 8 | 30)
    watch.look()
    assert lines[1:] == ["stopped: 3 cores freed"]


def test_a_run_is_told_at_its_begin_and_end(told):
    board, watch, lines = told
    arm.start(board.chip((0, 0)), 1 << 1, arm.COUNT_TIMER)
    settle(board)
    board.advance()
    watch.look()
    board.advance()
    watch.look()
    board.chip((0, 0)).signal(at.SIGNAL_STOP << 16 | 0xFF << 8 | 30)
    watch.look()
    assert lines[:3] == ["loaded: no name on 1 core (1 chip)", "run began at 0 ms", "stopped: 1 core freed"]
    assert lines[3].startswith("run ended at 2 ms: 2 ms in ") and lines[3].endswith(" than real time")


def test_a_death_is_told_with_the_end_of_the_core_s_log(told):
    board, watch, lines = told
    chip = board.chip((2, 1))
    arm.start(chip, 1 << 4, arm.ABORT)
    write_log(chip, 4, b"one\ntwo\nthree\n", b"four\nfive\n")
    settle(board)
    watch.look()
    watch.look()
    assert lines[0].startswith("core 4 of chip 2,1 (no name) died: Invalid memory read")
    assert lines[1:] == [f"    it had logged: {word}" for word in ("two", "three", "four", "five")]


def test_a_damaged_log_is_read_as_far_as_it_goes():
    chip = SoftwareBoard(threads=1).chip((0, 0))
    write_log(chip, 3, b"good\n", b"lost")
    chip.memory.set_words(BUFFER, 0x10)
    assert log.core_log(chip, 3) == "good\n(the rest is damaged)"
    chip.memory.set_words(BUFFER, BUFFER)  # in a circle
    assert log.core_log(chip, 3).startswith("good\ngood\n")


def test_a_core_that_never_sleeps_and_a_reboot_are_told(told, monkeypatch):
    monkeypatch.setattr(rounds, "PATIENCE", 10_000)
    monkeypatch.setattr(rounds, "SLICE", 1000)
    board, watch, lines = told
    arm.start(board.chip((0, 0)), 1 << 1, arm.SPIN)
    settle(board)
    watch.look()
    assert "core 1 of chip 0,0 (no name) never sleeps: time goes on without it" in lines
    board.reboot()
    watch.look()
    assert lines[-1] == "the board was booted again: everything on it is lost"
