"""What a training tells while it goes on."""

from __future__ import annotations

import time
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest
from command_line import call
from small_recipes import small_recipe

from neurodeploy.cli.training_progress import PlainLines, time_left
from neurodeploy.datasets import Dataset, load_images
from neurodeploy.training.progress import Progress, Watch
from neurodeploy.training.train import train
from neurodeploy.training.two_layer.parameters import TrainingParameters
from neurodeploy.training.two_layer.trainer_state import initial_state


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


def test_a_resumed_training_says_where_it_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    arguments = [
        "train",
        "--neurons",
        5,
        "--images",
        60,
        "--epochs",
        1,
        "--checkpoint-every",
        20,
        "-o",
        tmp_path / "net.h5",
    ]

    def stop(state: Progress) -> None:
        if state.images >= 40:
            raise KeyboardInterrupt

    with monkeypatch.context() as changed:
        changed.setattr(PlainLines, "__call__", lambda self, state: stop(state))
        assert call(*arguments).code == 1 and (tmp_path / "net.h5.checkpoint").exists()
    result = call(*arguments, "--resume")
    assert result.code == 0 and "goes on after 40 of 60 images" in result.err and "no checkpoint" not in result.err
    assert "goes on" not in call(*arguments).err


def test_the_training_set_is_loaded_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    loaded = list[str]()

    def load(name: str, split: str, folder: str | None) -> Dataset:
        loaded.append(split)
        return load_images(name, split, folder)

    for module in ("neurodeploy.cli.train", "neurodeploy.training.train"):
        monkeypatch.setattr(import_module(module), "load_images", load)
    assert call("train", "--neurons", 5, "--images", 20, "--epochs", 1, "-o", tmp_path / "net.h5").code == 0
    assert loaded == ["train"]


def test_the_rate_leaves_out_what_compiled_the_kernels() -> None:
    now = [0.0]
    watch = Watch(TrainingParameters(neurons=2, inputs=4), 100, clock=lambda: now[0])
    now[0] = 40.0
    watch.saw(np.zeros((1, 2), np.uint16), np.zeros(1, np.int64))
    watch.start_clock()
    now[0] = 42.0
    watch.saw(np.zeros((20, 2), np.uint16), np.zeros(20, np.int64))
    told = watch.progress(initial_state(watch.parameters), 0.0)
    assert told.images_per_second == 10.0


def test_the_first_image_is_not_in_the_rate(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [0.0]

    def started(watch: Watch) -> None:
        clock.append(float(watch._seen))

    monkeypatch.setattr(Watch, "start_clock", started)
    train(small_recipe(epochs=1, train_images=30), progress=lambda state: None)
    assert clock == [0.0, 1.0]
    seen = list[int]()
    train(small_recipe(epochs=2, train_images=3), checkpoint_every=1, progress=lambda state: seen.append(state.images))
    assert seen == [2, 3, 4, 5, 6]
