"""Small networks for tests; random ones of every kind: ``network_strategies.py``."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from neurodeploy.network import (
    DIEHL_COOK,
    IF,
    ConductanceLIF,
    Connectivity,
    Convolution2d,
    Dense,
    Encoder,
    LateralInhibition,
    LeakyIntegrator,
    Network,
    Neuron,
    Pooling2d,
    Population,
    Projection,
    Readout,
    Relay,
    Sparse,
    SpikeBatch,
    SpikeSource,
    StepSemantics,
    Weights,
    hdf5,
)

JUMP = StepSemantics(synaptic_gain="jump")


def spikes_at(steps: int, size: int, events: Mapping[int, Sequence[int]]) -> SpikeBatch:
    """One sample in which the neurons ``events[t]`` spike at step t."""
    dense = np.zeros((1, steps, size), bool)
    for step, neurons in events.items():
        dense[0, step, list(neurons)] = True
    return SpikeBatch.from_dense(dense)


def random_spikes(samples: int, steps: int, size: int, probability: float, seed: int = 0) -> SpikeBatch:
    """Independent Bernoulli spikes."""
    return SpikeBatch.from_dense(np.random.default_rng(seed).random((samples, steps, size)) < probability)


def into(
    neuron: Neuron,
    weights: Any,
    *,
    size: int | None = None,
    dt: float = 1.0,
    delay: int = 1,
    connectivity: Connectivity | None = None,
    sources: int | None = None,
    receptor: Any = "excitatory",
) -> Network:
    """A spike source ``input`` into a population ``neurons``, through the projection ``synapses``."""
    stored = weights if isinstance(weights, Weights) else Weights(values=np.asarray(weights, float))
    shape = stored.shape
    sources = shape[0] if sources is None else sources
    size = shape[-1] if size is None else size
    return Network(
        (Population("input", (sources,), SpikeSource()), Population("neurons", (size,), neuron)),
        (Projection("synapses", "input", "neurons", connectivity or Dense(), stored, delay, receptor),),
        dt,
    )


def two_layer(
    inputs: int = 12, neurons: int = 5, seed: int = 0, lateral: float = 3.0, density: float = 1.0, **parameters: Any
) -> Network:
    """A random Diehl & Cook network with encoder and readout (as the trainer makes them, but small)."""
    rng = np.random.default_rng(seed)
    values = rng.random((inputs, neurons)).astype(np.float32)
    mask = rng.random((inputs, neurons)) < density
    mask[0] = True
    neuron = ConductanceLIF(
        tau_m=100.0, cm=100.0, v_thresh=-72.0, theta=20.0 + rng.random(neurons), tau_refrac=5.0,
        tau_syn_E=1.0, tau_syn_I=2.0, e_rev_I=-100.0, semantics=DIEHL_COOK,
    )  # fmt: skip
    neuron = replace(neuron, **parameters)
    return Network(
        (Population("input", (inputs,), SpikeSource()), Population("excitatory", (neurons,), neuron)),
        (
            Projection(
                "input_to_excitatory", "input", "excitatory", Dense(),
                Weights(values=np.where(mask, values, np.float32(0)), mask=mask), delay=0,
            ),
            Projection(
                "lateral", "excitatory", "excitatory", LateralInhibition(),
                Weights(values=np.array([lateral])), delay=2, receptor="inhibitory",
            ),
        ),
        0.5,
        Encoder("poisson", 100, {"maximum_rate_hz": 100.0, "maximum_pixel": 16}, seed=seed, rest_steps=20),
        Readout("excitatory", np.arange(neurons) % 3, 3),
    )  # fmt: skip


@cache
def digits_network(epochs: int = 2) -> Network:
    """The digits-100 recipe, trained briefly; shared by all tests of a session."""
    from neurodeploy.training.recipe import load_recipe
    from neurodeploy.training.train import train

    return train(replace(load_recipe("digits-100"), epochs=epochs))


@contextmanager
def edited(path: Path) -> Iterator[h5py.File]:
    """The HDF5 stream of a network file (empty for a new one), sealed again at the end: damage with a right checksum."""
    stream = io.BytesIO(path.read_bytes()[512:] if path.exists() else b"")
    with h5py.File(stream, "a" if path.exists() else "w") as file:
        yield file
    path.write_bytes(hdf5.seal(stream.getvalue()))


def layered(seed: int = 0) -> Network:
    """A small convolutional network: codes per channel, a mask, pooling, delays per synapse, a potential read out."""
    rng = np.random.default_rng(seed)
    neuron = IF(v_thresh=1.0, reset="subtraction", semantics=StepSemantics(synaptic_gain="jump", zero_delay=True))
    read = LeakyIntegrator(synapse="current", semantics=StepSemantics(zero_delay=True))
    populations = (
        Population("input", (2, 8, 8), SpikeSource()), Population("features", (4, 4, 4), neuron),
        Population("pooled", (4, 2, 2), Relay()), Population("hidden", (12,), replace(neuron, cm=rng.uniform(1, 2, 12))),
        Population("classes", (3,), read),
    )  # fmt: skip
    book = np.sort(rng.normal(size=(4, 5)))
    book[:, 0] = 0
    kernels = Weights(codes=rng.integers(0, 5, (4, 2, 3, 3)).astype(np.uint8), levels=book, level_axis=0)
    dense = Weights(values=rng.normal(size=(16, 12)).astype(np.float32), mask=rng.random((16, 12)) < 0.8)
    rows = Sparse(np.arange(0, 37, 3), rng.integers(0, 3, 36))
    projections = (
        Projection("convolution", "input", "features", Convolution2d(3, 2, 1), kernels),
        Projection("pooling", "features", "pooled", Pooling2d(2, "average"), Weights(values=np.ones(1)), 0),
        Projection("dense", "pooled", "hidden", Dense(), dense, rng.integers(0, 4, (16, 12)).astype(np.int32)),
        Projection("rows", "hidden", "classes", rows, Weights(values=rng.normal(size=36)), 0),
        Projection("lateral", "hidden", "hidden", LateralInhibition(), Weights(values=-np.ones(1)), 1),
    )
    encoder = Encoder("poisson", 20, {"maximum_rate_hz": 200.0}, seed=3)
    readout = Readout("classes", np.arange(3), 3, "potential")
    return Network(populations, projections, 1.0, encoder, readout, {"accuracy": [0.5, {"test": 0.25}]})
