"""Where a run on a board is: samples, accuracy and rate so far, and what the board is doing."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from neurodeploy.compiler import BoardState
from neurodeploy.network.arrays import IntArray


class RunProgress(NamedTuple):
    """``samples`` of ``total`` are finished and ``correct`` of them right; ``samples_per_second`` of this call alone.

    ``board``: what it is doing (None before it was asked); it also counts restarts and the samples of an earlier call.
    """

    samples: int
    total: int
    correct: int
    samples_per_second: float
    board: BoardState | None = None

    @property
    def accuracy(self) -> float | None:
        """Share of the finished samples whose class was found; None before any."""
        return self.correct / self.samples if self.samples else None

    @property
    def seconds_left(self) -> float | None:
        """Estimate from the chunks that this call has finished; None before any."""
        return (self.total - self.samples) / self.samples_per_second if self.samples_per_second > 0 else None


@dataclass
class RunWatch:
    """Puts together what the board says and what :func:`~neurodeploy.inference.infer` finds, and calls ``tell``."""

    total: int
    tell: Callable[[RunProgress], None]
    clock: Callable[[], float] = time.monotonic
    _samples: int = 0
    _correct: int = 0
    _board: BoardState | None = None
    _rate: float = 0.0
    _started: float = field(init=False)

    def __post_init__(self) -> None:
        self._started = self.clock()

    def board(self, state: BoardState) -> None:
        """The board does something."""
        self._board = state
        self._tell()

    def finished(self, predicted: IntArray, labels: IntArray) -> None:
        """A chunk is finished."""
        self._samples += len(labels)
        self._correct += int(np.sum(predicted == labels))
        seconds, own = self.clock() - self._started, self._samples - (self._board.resumed if self._board else 0)
        self._rate = own / seconds if seconds > 0 else 0.0
        self._tell()

    def _tell(self) -> None:
        self.tell(RunProgress(self._samples, self.total, self._correct, self._rate, self._board))
