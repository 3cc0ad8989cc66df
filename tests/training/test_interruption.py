"""``kill -9`` at any moment loses nothing: the resumed training ends with the same bits, on 1 thread or 2."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from small_recipes import accuracy, small_recipe

from neurodeploy.network import Network, load_network
from neurodeploy.training.checkpoint import remove_leftovers
from neurodeploy.training.progress import Progress
from neurodeploy.training.train import train

ROOT = Path(__file__).resolve().parents[2]
TRAINING = [
    "train", "--recipe", "digits-100", "--epochs", "12", "--pruning", "adaptive_time_neurons", "--threshold", "0.03", "--checkpoint-every", "700",
]  # fmt: skip


def start(output: Path, threads: int, *more: str) -> subprocess.Popen[bytes]:
    """A real process of the command line."""
    command = [sys.executable, "-c", "from neurodeploy.cli import main; main()", *TRAINING, *more, "-o", str(output)]
    environment = {**os.environ, "NUMBA_NUM_THREADS": str(threads)}
    return subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


def finish(process: subprocess.Popen[bytes]) -> None:
    _, said = process.communicate(timeout=120)
    assert process.returncode == 0, said.decode()


def equal(one: Network, other: Network) -> bool:
    """Every weight, mask, threshold, label and counter."""
    assert one.readout is not None and other.readout is not None
    np.testing.assert_array_equal(one.projections[0].weights.decoded(), other.projections[0].weights.decoded())
    np.testing.assert_array_equal(one.projections[0].weights.present(), other.projections[0].weights.present())
    np.testing.assert_array_equal(
        one.population("excitatory").neuron.theta, other.population("excitatory").neuron.theta
    )
    np.testing.assert_array_equal(one.readout.labels, other.readout.labels)
    return one.metadata["training"] == other.metadata["training"] and one.digest() == other.digest()


def test_killed_at_random_moments_and_resumed(tmp_path: Path) -> None:
    moments = random.Random(20)
    finish(start(tmp_path / "whole.h5", threads=2))
    output, checkpoint, kills, positions = tmp_path / "net.h5", tmp_path / "net.h5.checkpoint", 0, set()
    while kills < 3:
        process = start(output, 1 + kills % 2, "--resume")
        before = checkpoint.stat().st_mtime_ns if checkpoint.exists() else 0
        while process.poll() is None and (checkpoint.stat().st_mtime_ns if checkpoint.exists() else 0) == before:
            time.sleep(0.002)  # at least one checkpoint further, then anywhere
        time.sleep(moments.uniform(0, 0.15))
        process.send_signal(signal.SIGKILL)
        process.communicate()
        if process.returncode != -signal.SIGKILL:  # it was done before the signal came
            break
        kills += 1
        if checkpoint.exists():
            with np.load(checkpoint, allow_pickle=False) as stored:
                positions.add(int(stored["images_seen"]))
    assert kills >= 2 and len(positions) >= 2
    if not output.exists() or checkpoint.exists():
        finish(start(output, 2, "--resume"))
    assert equal(load_network(output), load_network(tmp_path / "whole.h5"))
    assert {path.name for path in tmp_path.iterdir()} == {"whole.h5", "net.h5"}


def test_held_out_images_are_not_trained_on_and_looking_changes_nothing(tmp_path: Path) -> None:
    seen: list[Progress] = []
    recipe = small_recipe(train_images=None, epochs=1)
    watched = train(recipe, held_out=238, checkpoint_every=400, progress=seen.append)
    plain = train(replace(recipe, train_images=1200))
    assert watched.digest() == plain.digest() and watched.metadata["training"] == plain.metadata["training"]
    measured = {state.images: state.held_out_accuracy for state in seen}
    assert measured[1200] == pytest.approx(
        accuracy(watched, "digits"), abs=0.1
    )  # three standard deviations of 238 images
    assert {images for images, value in measured.items() if value is None} == set()
    again: list[Progress] = []
    train(recipe, held_out=238, checkpoint_every=400, progress=again.append)
    assert [state.held_out_accuracy for state in again] == [state.held_out_accuracy for state in seen]
    assert seen[-1].images == seen[-1].total == 1200 and seen[-1].images_per_second > 0 == seen[-1].seconds_left


def test_what_a_killed_process_leaves_is_removed(tmp_path: Path) -> None:
    (tmp_path / ".net.h5.checkpoint.abc.part").write_bytes(b"half")
    (tmp_path / ".other.h5.checkpoint.abc.part").write_bytes(b"half")
    remove_leftovers(tmp_path / "net.h5.checkpoint")
    assert [path.name for path in tmp_path.iterdir()] == [".other.h5.checkpoint.abc.part"]


def test_holding_out_everything_is_refused() -> None:
    from neurodeploy.errors import NeurodeployError

    with pytest.raises(NeurodeployError, match="ND306.*held out"):
        train(small_recipe(), held_out=1438)
