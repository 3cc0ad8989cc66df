"""A training by back-propagation as a record: rectified and spiking accuracy, and spikes by layer, in two kinds of circuit."""

from __future__ import annotations

import time
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import numpy as np

from neurodeploy.datasets import Dataset, load_images
from neurodeploy.inference import Inference, infer
from neurodeploy.network import Network, Relay
from neurodeploy.simulation import simulate
from neurodeploy.training.backpropagation.from_recipe import conversion_of, parameters_of
from neurodeploy.training.backpropagation.spiking import spiking_network, with_thresholds_of
from neurodeploy.training.backpropagation.trainer import train_network
from neurodeploy.training.parallel import TrainingRecord
from neurodeploy.training.recipe import Recipe
from neurodeploy.training.train import split_held_out


def measure_recipe(recipe: Recipe, data_dir: str | Path | None, test_images: int | None) -> TrainingRecord:
    """Train, convert, test on the first ``test_images`` (None: all).

    ``accuracy``, ``spikes`` and ``inference_sops`` are those of circuits balanced on the network's own activations.
    ``more`` has ``relu_accuracy``; ``hidden`` and ``output``, spikes of the hidden layers and of the output per image;
    and ``fixed_accuracy``, ``fixed_hidden``, ``fixed_output``, the same in circuits that keep the firing thresholds of the
    unpruned network of the same seed, which is trained too. ``training_sops`` is 0: the chip does not train.
    """
    started = time.perf_counter()
    data = split_held_out(recipe, load_images(recipe.data, "train", data_dir), 0)[0]
    test = load_images(recipe.data, "test", data_dir).limit(test_images)
    cpu = time.process_time()
    trained = train_network(
        data, parameters_of(recipe), pruning=recipe.pruning, inhibitory_pruning=recipe.inhibitory_pruning
    )
    cpu = time.process_time() - cpu
    network = spiking_network(trained, data, conversion_of(recipe))
    found = _tested(network, test)
    fixed = found
    if recipe.pruning is not None:
        whole = replace(recipe, pruning=None, inhibitory_pruning=None)
        fixed = _tested(with_thresholds_of(network, _unpruned(_Key(whole), data_dir)), test)
    images = max(len(test), 1)
    more = {"relu_accuracy": trained.accuracy(test)}
    for prefix, inference in (("", found), ("fixed_", fixed)):
        spikes = {
            p.name: inference.events.spikes[p.name] / images
            for p in network.populations[1:]
            if not isinstance(p.neuron, Relay)
        }
        more |= {f"{prefix}output": spikes.pop("output"), f"{prefix}hidden": sum(spikes.values())}
    more["fixed_accuracy"] = fixed.accuracy
    more["input"] = found.events.spikes[network.populations[0].name] / images
    return TrainingRecord(
        recipe=recipe.name, seed=recipe.seed, accuracy=found.accuracy, connectivity=trained.connectivity(),
        unpruned=float(np.mean(np.concatenate([mask.ravel() for mask in trained.masks]))), training_sops=0.0,
        inference_sops=sum(found.events.synaptic_events.values()) / images, spikes=more["hidden"] + more["output"],
        cpu_seconds=cpu, rule_seconds=0.0, seconds=time.perf_counter() - started,
        training_images=len(data) * recipe.epochs, test_images=len(test), metrics={}, more=more,
    )  # fmt: skip


def _tested(network: Network, test: Dataset) -> Inference:
    return infer(network, test, lambda spikes: simulate(network, spikes))


class _Key:
    """A recipe that can be a cache's key: equal when its plain values are."""

    def __init__(self, recipe: Recipe) -> None:
        self.recipe, self._text = recipe, repr(recipe.as_dict())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Key) and self._text == other._text

    def __hash__(self) -> int:
        return hash(self._text)


@lru_cache(maxsize=4)
def _unpruned(key: _Key, data_dir: str | Path | None) -> Network:
    """The network without pruning; trainings of one seed that follow each other in a process share it."""
    data = split_held_out(key.recipe, load_images(key.recipe.data, "train", data_dir), 0)[0]
    return spiking_network(train_network(data, parameters_of(key.recipe)), data, conversion_of(key.recipe))
