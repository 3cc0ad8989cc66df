"""The progress of a training: a bar on a terminal, else a plain line now and then; both to standard error."""

from __future__ import annotations

import sys
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Generic, TypeVar

from neurodeploy.cli.output import percent, progress_bar
from neurodeploy.training.progress import Progress
from neurodeploy.wording import counted

State = TypeVar("State")
LINE_SECONDS = 10.0
"""Time between two plain lines."""


def described(state: Progress) -> str:
    """Rate, connectivity, spikes or loss and, where it is measured, accuracy."""
    parts = [f"{state.images_per_second:,.0f} images/s", f"connectivity {state.connectivity:.1%}"]
    if state.spikes_per_image is not None:
        parts.append(f"{state.spikes_per_image:.1f} spikes/image")
    if state.loss is not None:
        parts.append(f"loss {state.loss:.4f}")
    if state.held_out_accuracy is not None:
        parts.append(f"held-out accuracy {percent(state.held_out_accuracy)}")
    return ", ".join(parts)


def time_left(seconds: float | None) -> str:
    """As ``1:02:03`` or ``2:03``."""
    if seconds is None:
        return "?"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


class TimedLines(ABC, Generic[State]):
    """Writes a line at most every ``seconds`` of ``clock``; nothing for work that is done before."""

    def __init__(
        self, label: str, write: Callable[[str], object], seconds: float = LINE_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        self._label, self._write, self._seconds, self._clock = label, write, seconds, clock
        self._last = clock()

    def __call__(self, state: State) -> None:
        """Take note of where the work is."""
        if self._clock() - self._last < self._seconds:
            return
        self._last = self._clock()
        done, total, seconds_left, rest = self.parts(state)
        self._write(f"{self._label}: {done:,} of {counted(total, 'image')}, {time_left(seconds_left)} left, {rest}\n")

    @abstractmethod
    def parts(self, state: State) -> tuple[int, int, float | None, str]:
        """Images done and in all, seconds left, and what else there is to say."""


class PlainLines(TimedLines[Progress]):
    """Lines of a training."""

    def parts(self, state: Progress) -> tuple[int, int, float | None, str]:
        """As :meth:`TimedLines.parts`."""
        return state.images, state.total, state.seconds_left, described(state)


@contextmanager
def training_progress(label: str, images: int) -> Iterator[Callable[[Progress], None]]:
    """Give the callback for :func:`neurodeploy.training.train.train`."""
    if not sys.stderr.isatty():
        yield PlainLines(label, lambda line: (sys.stderr.write(line), sys.stderr.flush()))
        return
    with progress_bar(label, images) as bar:
        yield lambda state: bar.update(state.images, described(state))
