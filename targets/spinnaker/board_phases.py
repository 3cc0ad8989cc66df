"""What sPyNNaker is doing, for whoever waits for it: told when it changes and every second; runs beside sPyNNaker."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

PHASES = ("building", "mapping", "loading", "running", "reading")
"""In their order; a chunk goes through them once."""
BEAT_SECONDS = 1.0
_PHASE_OF_WORK = {
    "GET_MACHINE": "mapping", "LOADING": "loading", "LOADING_DATA": "loading", "SYNAPSE": "loading",
    "EXTRACTING": "reading", "EXTRACT_DATA": "reading",
}  # fmt: skip


class Phases:
    """Calls ``tell`` with ``{"phase": name, "seconds": in it so far, "expected": of it in all, or None}``."""

    def __init__(self, tell: Callable[[Mapping[str, Any]], None]) -> None:
        self._tell = tell
        self._phase: str | None = None
        self._since, self._running_s = 0.0, 0.0
        threading.Thread(target=self._beat, daemon=True).start()

    def begin(self, running_s: float) -> None:
        """A chunk begins, which will run for ``running_s`` seconds of the board's time."""
        self._running_s, self._phase = running_s, None
        self.enter(PHASES[0])

    def enter(self, phase: str) -> None:
        """Go on to a phase; one that lies behind is not entered again."""
        if self._phase is None or PHASES.index(phase) > PHASES.index(self._phase):
            self._phase, self._since = phase, time.monotonic()
            self._say()

    def end(self) -> None:
        """The chunk is over."""
        self._phase = None

    def listen(self) -> None:
        """Take note of the algorithms that sPyNNaker starts: each is given its name and kind of work by its timer."""
        from spinn_front_end_common.interface.provenance import FecTimer

        original = FecTimer.__init__

        def noted(timer: Any, algorithm: str, work: Any) -> None:
            if self._phase is not None:
                phase = _PHASE_OF_WORK.get(work.name, PHASES[0])
                if algorithm == FecTimer.APPLICATION_RUNNER:
                    self.enter("running")
                elif phase != "reading" or self._phase == "running":  # diagnostics are read before too
                    self.enter(phase)
            original(timer, algorithm, work)

        FecTimer.__init__ = noted  # pyright: ignore[reportAttributeAccessIssue]

    def _say(self) -> None:
        phase = self._phase
        if phase is not None:
            expected = self._running_s if phase == "running" else None
            self._tell({"phase": phase, "seconds": round(time.monotonic() - self._since, 1), "expected": expected})

    def _beat(self) -> None:
        while True:
            time.sleep(BEAT_SECONDS)
            self._say()
