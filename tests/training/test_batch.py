"""Batched training against a plain implementation; threads, chunks, checkpoints."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from small_recipes import small_recipe
from two_layer_reference import SMALL, Reference, images

from neurodeploy.errors import NeurodeployError
from neurodeploy.training import train as training
from neurodeploy.training.progress import Progress
from neurodeploy.training.rule_tables import pruning_rule
from neurodeploy.training.train import train
from neurodeploy.training.two_layer.scheduled_rule import scheduled_rules
from neurodeploy.training.two_layer.stdp.triplet import Triplet
from neurodeploy.training.two_layer.synapse_states import FROZEN, PLASTIC, REMOVED
from neurodeploy.training.two_layer.trainer import train_chunk
from neurodeploy.training.two_layer.trainer_state import TrainerState, initial_state

BATCHED = replace(SMALL, batch_images=4)
PRUNING = pruning_rule("x", {"rule": "constant", "threshold": 0.2, "start_image": 300, "batch_images": 110})


def learn(shown: np.ndarray, *ends: int, threads: int = 1, pruned: bool = False) -> TrainerState:
    """The state after the images, in chunks that end at ``ends``."""
    rule = pruning_rule("x", {"rule": "constant", "threshold": 0.1, "start_image": 6, "batch_images": 7})
    changes = scheduled_rules(rule, None, BATCHED, len(shown)) if pruned else []
    state, start = initial_state(BATCHED), 0
    for end in ends:
        own = slice(start, end)
        indices = np.arange(start, end)
        train_chunk(state, BATCHED, Triplet(), shown[own], indices, interventions=changes, threads=threads)
        start = end
    return state


def assert_equal(one: TrainerState, other: TrainerState) -> None:
    """Bit for bit."""
    assert one.images_seen == other.images_seen and one.metrics["stdp_updates"] > 0
    for name, array in one.arrays().items():
        np.testing.assert_array_equal(array, other.arrays()[name], name)


def test_a_batch_adds_the_changes_of_its_images() -> None:
    state, shown = initial_state(BATCHED), images(8)
    state.synapses[0, :20], state.synapses[1:3, ::2] = FROZEN, REMOVED
    state.layer_weights[state.synapses.T == REMOVED] = 0.0
    plain = Reference(BATCHED, Triplet(), state.layer_weights)
    plain.plastic[:], plain.frozen[:] = state.synapses.T == PLASTIC, state.synapses.T == FROZEN
    counts = train_chunk(state, BATCHED, Triplet(), shown, np.arange(8))
    floor = -65.0 + BATCHED.neuron.threshold_margin - BATCHED.neuron.threshold_offset
    for first in (0, 4):
        plain.normalise()
        copies = [deepcopy(plain) for _ in range(4)]
        for index, own in enumerate(copies, first):
            expected = np.zeros(21, int)
            for intensity in range(BATCHED.start_intensity, BATCHED.maximum_intensity + 1):
                expected = own.present(shown[index], index, intensity)
                if expected.sum() >= BATCHED.minimum_spikes:
                    break
                own.normalise()
            np.testing.assert_array_equal(counts[index], expected)
        weights = plain.w + sum(own.w - plain.w for own in copies)
        plain.w = np.clip(weights, 0, np.maximum(plain.w, BATCHED.weight_maximum))
        plain.theta = np.maximum(plain.theta + sum(own.theta - plain.theta for own in copies), np.float32(floor))
        plain.v = copies[-1].v
    np.testing.assert_allclose(state.layer_weights, plain.w, rtol=0, atol=5e-6)
    np.testing.assert_allclose(state.theta[:21], plain.theta, rtol=1e-6)
    np.testing.assert_allclose(state.v[:21], plain.v, rtol=0, atol=1e-5)
    assert counts.sum() > 60 and np.isinf(state.theta[21:]).all()


def test_a_batch_of_one_image_is_the_published_rule() -> None:
    """But for the rounding of w + (w' - w)."""
    one, batch, shown = initial_state(SMALL), initial_state(BATCHED), images(12)
    for index in range(12):
        own = slice(index, index + 1)
        its_counts = train_chunk(one, SMALL, Triplet(), shown[own], np.array([index]))
        counts = train_chunk(batch, BATCHED, Triplet(), shown[own], np.array([index]))
        np.testing.assert_array_equal(counts, its_counts)
    np.testing.assert_allclose(batch.weights, one.weights, rtol=0, atol=2e-6)


@pytest.mark.parametrize("pruned", [False, True])
def test_threads_and_chunks_change_no_bit(pruned: bool) -> None:
    """Chunks that end with batches; pruning acts within batches, and ends them."""
    shown = images(23)
    whole = learn(shown, 23, pruned=pruned)
    for threads in (2, 3, 8):
        assert_equal(whole, learn(shown, 23, threads=threads, pruned=pruned))
    assert_equal(whole, learn(shown, 4, 12, 20, 23, threads=2, pruned=pruned))
    assert not np.array_equal(whole.weights, learn(shown, 1, 23, pruned=pruned).weights)


@pytest.mark.parametrize("batch", [1, 16])
def test_where_chunks_end(batch: int) -> None:
    """At most CHUNK on, where a checkpoint is due, each rounded up to a whole batch, and at the epoch's end."""
    end = training._chunk_end
    assert end(0, 2_000, 10_000, batch) == {1: 500, 16: 512}[batch]
    assert end(320, 2_000, 400, batch) == 400
    assert end(336, 2_000, 350, batch) == {1: 350, 16: 352}[batch]
    assert end(1_984, 2_000, 10_000, batch) == 2_000
    assert end(2_000, 2_001, 10_000, batch) == 2_001


def test_a_resumed_batched_training_equals_an_uninterrupted_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(training, "CHUNK", 70)
    recipe, checkpoint = small_recipe(pruning=PRUNING).with_network(batch_images=16), tmp_path / "net.h5.checkpoint"
    whole = train(recipe)

    def stop(progress: Progress) -> None:
        if progress.images >= 750:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(recipe, checkpoint=checkpoint, checkpoint_every=110, progress=stop)
    resumed = train(recipe, checkpoint=checkpoint, checkpoint_every=90, resume=True)
    assert resumed.digest() == whole.digest()
    assert whole.projections[0].weights.present().mean() < 0.95


@pytest.mark.parametrize("batch", [0, 257])
def test_an_impossible_batch_is_refused(batch: Any) -> None:
    with pytest.raises(NeurodeployError, match=f"ND306.*batch_images is {batch}"):
        train(small_recipe().with_network(batch_images=batch))
