"""What hosts do with a board, in short lines: programs loaded, runs, cores that died."""

from __future__ import annotations

import struct
import time
from collections import Counter
from collections.abc import Callable

from neurodeploy.firmware_models.spinnaker.board import memory_map as at
from neurodeploy.firmware_models.spinnaker.board.board import CYCLES_PER_SECOND, SoftwareBoard
from neurodeploy.firmware_models.spinnaker.board.chip import Chip
from neurodeploy.firmware_models.spinnaker.board.core import Core
from neurodeploy.firmware_models.spinnaker.board.rounds import Target

QUIET_S = 0.2  # without a new program, before those that were loaded are named
REPORT_S = 10.0  # between two lines on a run that goes on
LOG_LINES = 4  # of what a dead core had logged


class BoardLog:
    """Looks at a board between two units of its work and tells ``say`` what has changed."""

    def __init__(self, board: SoftwareBoard, say: Callable[[str], None]) -> None:
        self.board, self.say = board, say
        self._known: dict[Target, Core] = {}
        self._new: list[Target] = []
        self._changed_at = 0.0
        self._died = self._spun = 0
        self._chips = board.chips
        self._run: tuple[float, int] | None = None  # clock and simulated time when a run began
        self._last_now, self._moved_at, self._reported_at = board.now, 0.0, 0.0

    def look(self) -> None:
        """Tell what is new."""
        clock = time.perf_counter()
        if self.board.chips is not self._chips:
            self.say("the board was booted again: everything on it is lost")
            self._chips, self._last_now, self._run, self._known, self._new = self.board.chips, 0, None, {}, []
        self._look_at_programs(clock)
        self._look_at_time(clock)
        for place, core, reason in self.board.errors[self._died :]:
            self._tell_death(self.board.chip(place), core, reason)
        self._died = len(self.board.errors)
        for place, core in self.board.spinning[self._spun :]:
            name = _name(self.board.chip(place), core)
            self.say(f"core {core} of chip {place[0]},{place[1]} ({name}) never sleeps: time goes on without it")
        self._spun = len(self.board.spinning)

    def _look_at_programs(self, clock: float) -> None:
        if sum(len(chip.cores) for chip in self._chips.values()) != len(self._known) or self._replaced():
            found = {(place, n): core for place, chip in self._chips.items() for n, core in chip.cores.items()}
            stopped = [target for target in self._known if target not in found]
            if stopped and not found:
                self.say(f"stopped: {_cores(len(stopped))} freed")
            self._new = [t for t in found if found[t] is not self._known.get(t) or t in self._new]
            self._known, self._changed_at = found, clock
        elif self._new and clock - self._changed_at > QUIET_S and not self.board.busy:
            self._tell_programs()

    def _replaced(self) -> bool:
        return any(self._chips[place].cores.get(n) is not core for (place, n), core in self._known.items())

    def _tell_programs(self) -> None:
        names = Counter(_name(self._chips[place], core) for place, core in self._new)
        chips = len({place for place, _ in self._new})
        what = ", ".join(f"{name} on {_cores(count)}" for name, count in sorted(names.items()))
        self.say(f"loaded: {what} ({chips} chip{'s' * (chips > 1)})")
        self._new = []

    def _look_at_time(self, clock: float) -> None:
        now = self.board.now
        if now != self._last_now:
            if self._run is None:
                if self._new:
                    self._tell_programs()
                self._run, self._reported_at = (clock, self._last_now), clock
                self.say(f"run began at {_milliseconds(self._last_now)}")
            self._last_now, self._moved_at = now, clock
            if clock - self._reported_at >= REPORT_S:
                self._reported_at = clock
                self._tell_run("running: at", clock)
        elif self._run is not None and self.board.due is None and not self.board.busy:
            self._tell_run("run ended at", self._moved_at)
            self._run = None

    def _tell_run(self, what: str, clock: float) -> None:
        assert self._run is not None
        began, first = self._run
        simulated, took = (self._last_now - first) / CYCLES_PER_SECOND, clock - began
        speed = ""
        if simulated and took:
            slower = took / simulated
            speed = f", {slower:.1f} times slower" if slower > 1 else f", {1 / slower:.1f} times faster"
            speed += " than real time"
        self.say(
            f"{what} {_milliseconds(self._last_now)}: {_milliseconds(self._last_now - first)} in {took:.1f} s{speed}"
        )

    def _tell_death(self, chip: Chip, core: int, reason: str) -> None:
        x, y = chip.place
        self.say(f"core {core} of chip {x},{y} ({_name(chip, core)}) died: {reason}")
        for line in core_log(chip, core).splitlines()[-LOG_LINES:]:
            self.say(f"    it had logged: {line}")


def core_log(chip: Chip, core: int) -> str:
    """Everything that the program on a core has logged (its IOBUF)."""
    parts: list[str] = []
    try:
        place = chip.memory.word(chip.block(core) + at.CORE_LOG)
        while place and len(parts) < at.SYSTEM_BUFFER_WORDS:
            following, _, _, used = struct.unpack("<4I", chip.memory.read(place, 16))
            parts.append(chip.memory.read(place + 16, min(used, at.LOG_BYTES)).decode("latin1"))
            place = following
    except IndexError:  # the program has overwritten the list
        parts.append("(the rest is damaged)")
    return "".join(parts)


def _name(chip: Chip, core: int) -> str:
    """What SARK calls the program; 15 characters."""
    return chip.memory.read(chip.block(core) + at.CORE_NAME, 16).split(b"\0")[0].decode("ascii", "replace") or "no name"


def _cores(count: int) -> str:
    return f"{count:,} core{'s' * (count != 1)}"


def _milliseconds(cycles: int) -> str:
    return f"{cycles / (CYCLES_PER_SECOND // 1000):,.0f} ms"
