"""Digits are learned; the same bits on any number of threads and after any interruption; masks stay."""

from __future__ import annotations

import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from neurodeploy.datasets import Dataset, load_dataset
from neurodeploy.errors import NeurodeployError
from neurodeploy.training.backpropagation import (
    BackpropagationParameters,
    BackpropagationProgress,
    TrainedNetwork,
    train_network,
    trainer,
)
from neurodeploy.training.checkpoint import save_checkpoint
from neurodeploy.training.pruning.constant import ConstantPruning
from neurodeploy.training.pruning.soft import SoftPruning
from neurodeploy.training.pruning.to_minimum import ToMinimum

ROOT = Path(__file__).resolve().parents[3]
SMALL = BackpropagationParameters(hidden=(40,), epochs=6, batch_images=50, learning_rate=0.01)
PRUNING: dict[str, Any] = {
    "pruning": ConstantPruning(threshold=0.1), "inhibitory_pruning": ConstantPruning(threshold=0.05)
}  # fmt: skip


@pytest.fixture(scope="module")
def digits() -> tuple[Dataset, Dataset]:
    train, test = load_dataset("digits", "train"), load_dataset("digits", "test")
    assert isinstance(train, Dataset) and isinstance(test, Dataset)
    return train, test


def equal(one: TrainedNetwork, other: TrainedNetwork) -> bool:
    """Every weight, bias, mask and counter, to the bit."""
    for own, its in zip((*one.layers, *zip(one.masks)), (*other.layers, *zip(other.masks)), strict=True):
        for a, b in zip(own, its, strict=True):
            if (a is None) != (b is None) or (a is not None and a.tobytes() != b.tobytes()):
                return False
    return one.record == other.record


@pytest.mark.parametrize(
    "changes",
    [{}, {"biases": True}, {"activation": "clipped_relu"}, {"optimizer": "sgd", "learning_rate": 0.1},
     {"hidden": (30, 20), "decay": "none"}, {"hidden": (), "epochs": 12}],
    ids=str,
)  # fmt: skip
def test_digits_are_learned(digits: tuple[Dataset, Dataset], changes: dict[str, Any]) -> None:
    trained = train_network(digits[0], replace(SMALL, **changes))
    assert trained.accuracy(digits[1]) > (0.93 if changes.get("hidden", 1) else 0.9)
    assert all((layer.bias is not None and layer.bias.any()) == bool(changes.get("biases")) for layer in trained.layers)
    assert equal(trained, train_network(digits[0], replace(SMALL, **changes)))
    other = train_network(digits[0], replace(SMALL, seed=1, **changes))
    assert not equal(trained, other)


def test_progress_and_held_out_images(digits: tuple[Dataset, Dataset]) -> None:
    seen: list[BackpropagationProgress] = []
    trained = train_network(digits[0], SMALL, held_out=digits[1], progress=seen.append)
    assert [state.images for state in seen] == [5014, 6 * len(digits[0])]  # the first mini-batch that ends there
    assert seen[0].loss > seen[1].loss > 0 and 0.8 < seen[0].accuracy < seen[1].accuracy <= 1
    assert seen[1].held_out_accuracy == trained.accuracy(digits[1]) and seen[1].seconds_left == 0
    assert equal(trained, train_network(digits[0], SMALL))


def test_removed_synapses_stay_removed_and_frozen_weights_stay(digits: tuple[Dataset, Dataset], tmp_path: Path) -> None:
    masks, weights = [], []
    for epochs in (1, 2):  # the second half of two epochs follows the pruning at the end of the first
        rule = ConstantPruning(threshold=0.1, start_image=len(digits[0]), batch_images=10 * len(digits[0]))
        trained = train_network(digits[0], replace(SMALL, epochs=epochs, decay="none"), pruning=rule)
        assert all(not layer.weights[~mask].any() for layer, mask in zip(trained.layers, trained.masks, strict=True))
        masks.append(np.concatenate([mask.ravel() for mask in trained.masks]))
        weights.append(np.concatenate([layer.weights.ravel() for layer in trained.layers]))
    np.testing.assert_array_equal(masks[0], masks[1])
    assert 0.2 < masks[0].mean() < 0.9 and trained.record["pruned"]["removed"] == np.count_nonzero(~masks[0])
    assert (weights[0] != weights[1])[masks[0]].mean() > 0.8  # what is left learns on (but at dark pixels)
    soft = SoftPruning(threshold=0.1, start_image=len(digits[0]), batch_images=10 * len(digits[0]))
    frozen = [
        train_network(digits[0], replace(SMALL, epochs=e, decay="none"), pruning=soft).layers[0].weights for e in (1, 2)
    ]
    small = np.abs(frozen[0]) < 0.1 * np.abs(frozen[0]).max()
    np.testing.assert_array_equal(frozen[0][small], frozen[1][small])
    assert (frozen[0] != frozen[1])[~small].mean() > 0.8


def test_weights_at_the_minimum_learn_on(digits: tuple[Dataset, Dataset]) -> None:
    first = ToMinimum(threshold=0.15, learning_batches=1, batch_images=len(digits[0]))
    trained = train_network(digits[0], SMALL, pruning=first)
    assert all(mask.all() for mask in trained.masks) and trained.accuracy(digits[1]) > 0.9
    assert trained.record["pruned"]["zero"] > 0.3 * trained.record["pruned"]["synapses"]
    once = replace(SMALL, epochs=2, decay="none")
    halfway = ToMinimum(threshold=0.15, learning_batches=1, batch_images=len(digits[0]))
    back = train_network(digits[0].limit(500), once, pruning=halfway)
    assert 0 < back.connectivity() < 1


class StopError(Exception):
    """Ends a training from outside."""


def test_checkpoints_resume_bit_for_bit(
    digits: tuple[Dataset, Dataset], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = train_network(digits[0], SMALL, **PRUNING)
    path, resumed_at = tmp_path / "net.checkpoint", []
    for moment in (1438, 3000, 4314):

        def save(where: Path, key: str, state: Any, moment: int = moment) -> None:
            save_checkpoint(where, key, state)
            if state.images_seen >= moment:
                raise StopError

        monkeypatch.setattr(trainer, "save_checkpoint", save)
        with pytest.raises(StopError):
            train_network(digits[0], SMALL, checkpoint=path, checkpoint_every=500, resume=True, **PRUNING)
    monkeypatch.undo()
    done = train_network(
        digits[0], SMALL, checkpoint=path, checkpoint_every=500, resume=True, **PRUNING,
        progress=lambda state: resumed_at.append(state.resumed_at),
    )  # fmt: skip
    assert equal(whole, done) and resumed_at[0] >= 4314
    with pytest.raises(NeurodeployError, match="ND307"):
        train_network(digits[0], replace(SMALL, seed=2), checkpoint=path, resume=True, **PRUNING)
    with pytest.raises(NeurodeployError, match="ND307"):
        train_network(digits[0], SMALL, checkpoint=path, resume=True, pruning=PRUNING["pruning"])


SCRIPT = """
import sys
from pathlib import Path
import numpy as np
sys.path.insert(0, sys.argv[2])
from neurodeploy.datasets import load_dataset
from neurodeploy.training.backpropagation import BackpropagationParameters, train_network
from neurodeploy.training.backpropagation import trainer
from neurodeploy.training.checkpoint import save_checkpoint
from neurodeploy.training.pruning.constant import ConstantPruning
parameters = BackpropagationParameters(hidden=(40,), epochs=6, batch_images=50, learning_rate=0.01)
path = Path(sys.argv[1])
trained = train_network(load_dataset("digits", "train"), parameters, pruning=ConstantPruning(threshold=0.1),
                      inhibitory_pruning=ConstantPruning(threshold=0.05), checkpoint=path, checkpoint_every=200, resume=True)
np.savez(path.with_suffix(".npz"), *(layer.weights for layer in trained.layers))
"""


def test_a_killed_process_resumes_to_the_same_bits(digits: tuple[Dataset, Dataset], tmp_path: Path) -> None:
    whole = train_network(digits[0], SMALL, **PRUNING)
    path = tmp_path / "net.checkpoint"
    command = [sys.executable, "-c", SCRIPT, str(path), str(ROOT)]
    process = subprocess.Popen(command, cwd=tmp_path)
    while process.poll() is None and not path.exists():
        time.sleep(0.001)
    process.kill()
    process.wait()
    with np.load(path) as stored:
        assert 0 < int(stored["images_seen"]) <= 6 * len(digits[0])
    subprocess.run(command, cwd=tmp_path, check=True)
    with np.load(path.with_suffix(".npz")) as stored:
        for name, layer in zip(stored.files, whole.layers, strict=True):
            assert stored[name].tobytes() == layer.weights.tobytes()


def test_threads_of_blas_change_nothing(digits: tuple[Dataset, Dataset]) -> None:
    from threadpoolctl import threadpool_limits

    found = []
    for threads in (1, 2):
        with threadpool_limits(threads):
            found.append(train_network(digits[0], replace(SMALL, hidden=(300,), epochs=1), **PRUNING))
    assert equal(*found)


def test_mistakes_are_named(digits: tuple[Dataset, Dataset]) -> None:
    for wrong in ({"hidden": (0,)}, {"epochs": 0}, {"learning_rate": 0.0}, {"activation": "tanh"}, {"momentum": 1.0}):
        with pytest.raises(NeurodeployError, match=f"ND306.*{next(iter(wrong))}"):
            BackpropagationParameters(**wrong)
    with pytest.raises(NeurodeployError, match="ND306.*loss is"), np.errstate(all="ignore"):
        train_network(digits[0], replace(SMALL, optimizer="sgd", learning_rate=1e30))
    with pytest.raises(NeurodeployError, match="ND306.*no images"):
        train_network(digits[0].limit(0), SMALL)
