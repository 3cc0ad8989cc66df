"""What a training tells while it goes on."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from command_line import call

from neurodeploy.cli.training_progress import PlainLines, time_left
from neurodeploy.training.progress import Progress


def test_plain_lines_come_at_intervals_and_say_everything() -> None:
    now, lines = [0.0], list[str]()
    plain = PlainLines("training", lines.append, seconds=10.0, clock=lambda: now[0])
    for images in range(0, 10_000, 500):
        now[0] += 2.0
        plain(Progress(images, 10_000, 0.25, 12.34, 250.0, 0.815))
    assert len(lines) == 4
    assert lines[0] == (
        "training: 2,000 of 10,000 images, 0:32 left, 250 images/s, connectivity 25.0%, 12.3 spikes/image, "
        "held-out accuracy 81.50 %\n"
    )


def test_time_left() -> None:
    assert [time_left(value) for value in (None, 0.2, 61, 3723)] == ["?", "0:00", "1:01", "1:02:03"]
    assert Progress(10, 110, 1.0, 1.0, 50.0).seconds_left == 2.0 and Progress(0, 1, 1.0, 1.0).seconds_left is None


def test_a_call_without_a_terminal_prints_plain_lines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(PlainLines.__init__, "__defaults__", (0.0, time.monotonic))
    arguments = ["train", "--images", 300, "--epochs", 2, "--held-out", 100, "--checkpoint-every", 200]
    result = call(*arguments, "-o", tmp_path / "net.h5")
    assert result.code == 0 and "net.h5: 100 neurons, 600 images" in result.out.replace("\n", " ")
    lines = result.err.splitlines()
    assert len(lines) == 4 and "600 of 600 images, 0:00 left" in lines[-1] and "held-out accuracy" in lines[-1]
