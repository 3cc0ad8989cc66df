"""Where a run on a board is: counted, timed and told."""

from __future__ import annotations

import numpy as np
import pytest

from neurodeploy.cli.board_progress import BoardLines, described
from neurodeploy.compiler import BoardState
from neurodeploy.run_progress import RunProgress, RunWatch


class Clock:
    """Seconds that a test sets."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


def watched() -> tuple[Clock, RunWatch, list[RunProgress]]:
    clock, states = Clock(), list[RunProgress]()
    return clock, RunWatch(10, states.append, clock), states


def test_samples_accuracy_rate_and_time_left() -> None:
    clock, watch, states = watched()
    watch.board(BoardState("mapping"))
    assert states[-1].accuracy is None and states[-1].seconds_left is None
    clock.now += 8
    watch.finished(np.array([1, 2, -1, 0]), np.array([1, 2, 3, 0]))
    assert states[-1].samples == 4 and states[-1].correct == 3 and states[-1].accuracy == 0.75
    assert states[-1].samples_per_second == 0.5 and states[-1].seconds_left == 12
    clock.now += 100  # the rate is that of finished chunks
    watch.board(BoardState("running", 100, 200))
    assert states[-1].samples_per_second == 0.5


def test_samples_of_an_earlier_call_do_not_count_for_the_rate() -> None:
    clock, watch, states = watched()
    watch.board(BoardState("going on after an earlier call", resumed=6))
    clock.now += 1
    watch.finished(np.zeros(6, int), np.zeros(6, int))
    assert states[-1].samples == 6 and states[-1].samples_per_second == 0 and states[-1].seconds_left is None
    clock.now += 3
    watch.finished(np.zeros(2, int), np.zeros(2, int))
    assert states[-1].samples_per_second == 0.5 and states[-1].seconds_left == 4


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        (RunProgress(0, 10, 0, 0.0, BoardState("mapping", 3.2)), "mapping (3 s)"),
        (RunProgress(0, 10, 0, 0.0, BoardState("loading", 0.2)), "loading"),
        (
            RunProgress(4, 10, 3, 0.5, BoardState("running", 12.0, 83.0, restarts=2)),
            "0.5 images/s, accuracy 75.00 %, 2 restarts, running 83 s of board time (12 s so far)",
        ),
        (RunProgress(10, 10, 3, 0.5, BoardState("reading", 12.0)), "0.5 images/s, accuracy 30.00 %"),
        (RunProgress(0, 10, 0, 0.0), ""),
    ],
)
def test_in_words(state: RunProgress, expected: str) -> None:
    assert described(state) == expected


def test_a_line_now_and_then() -> None:
    clock, lines = Clock(), list[str]()
    follow = BoardLines("running on here", lines.append, 10, clock)
    for now in (101, 109, 110, 115, 121):
        clock.now = now
        follow(RunProgress(4, 10, 3, 0.5, BoardState("mapping")))
    assert lines == ["running on here: 4 of 10 images, 0:12 left, 0.5 images/s, accuracy 75.00 %, mapping\n"] * 2
