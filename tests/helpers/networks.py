"""Small networks for tests, and hypothesis strategies over all kinds of them."""

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
from hypothesis import strategies as st

from neurodeploy.network import (
    DIEHL_COOK,
    IF,
    LIF,
    ConductanceLIF,
    Connectivity,
    Dense,
    Encoder,
    LateralInhibition,
    Network,
    Neuron,
    OneToOne,
    Population,
    Projection,
    Readout,
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


finite = st.floats(-100, 100, width=32)
positive = st.floats(0.125, 50, width=32)


def _parameter(size: int, values: st.SearchStrategy[float]) -> st.SearchStrategy[Any]:
    arrays = st.lists(values, min_size=size, max_size=size).map(lambda v: np.array(v, np.float64))
    return st.one_of(values, arrays)


@st.composite
def neurons(draw: Any, size: int) -> Neuron:
    """Any spiking neuron of ``size`` with scalar or per-neuron parameters."""
    model = draw(st.sampled_from([IF, LIF, ConductanceLIF]))
    semantics = StepSemantics(
        draw(st.sampled_from(["exact", "euler"] + (["implicit_euler"] if model is not IF else []))),
        draw(st.sampled_from(["exact", "euler"])), draw(st.sampled_from(["jump", "charge"])),
        draw(st.sampled_from([">", ">="])), zero_delay=True,
    )  # fmt: skip
    values: dict[str, Any] = {"v_reset": -70.0, "v_init": draw(_parameter(size, finite)), "semantics": semantics}
    values["v_thresh"] = draw(_parameter(size, st.floats(-60, 50, width=32)))
    values["theta"] = draw(_parameter(size, st.floats(0, 30, width=32)))
    for name in ("cm", "tau_syn_E", "tau_syn_I", *(() if model is IF else ("tau_m",))):
        values[name] = draw(_parameter(size, positive))
    if model is not ConductanceLIF:
        values["synapse"] = draw(st.sampled_from(["delta", "exponential"]))
    neuron: Neuron = model(**values)
    return neuron


@st.composite
def stored_weights(draw: Any, shape: tuple[int, ...], targets: int, signed: bool) -> Weights:
    """Float values, or codes with one codebook or one per target; with or without a mask."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    low = -1.0 if signed else 0.0
    mask = rng.random(shape) < 0.7 if draw(st.booleans()) else None
    kind = draw(st.sampled_from(["float32", "float64", "codes", "codes per neuron"]))
    if kind.startswith("codes"):
        levels = draw(st.integers(2, 9))
        per_neuron = kind == "codes per neuron" and len(shape) == 2
        book = rng.uniform(low, 1, (targets, levels) if per_neuron else (levels,))
        book[..., 0] = 0
        codes = rng.integers(0, levels, shape).astype(draw(st.sampled_from([np.uint8, np.int16])))
        return Weights(codes=codes, levels=book, mask=mask)
    return Weights(values=rng.uniform(low, 1, shape).astype(kind), mask=mask)


@st.composite
def connected(draw: Any, name: str, source: Population, target: Population, kind: str) -> Projection:
    """A projection of one connectivity kind."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    if kind == "sparse":
        counts = rng.integers(0, target.size + 1, source.size)
        rows = [np.sort(rng.permutation(target.size)[:count]) for count in counts]
        connectivity: Connectivity = Sparse(
            np.concatenate([[0], np.cumsum(counts)]), np.concatenate([np.zeros(0, int), *rows])
        )
    else:
        plain: dict[str, Connectivity] = {
            "dense": Dense(),
            "one_to_one": OneToOne(),
            "lateral_inhibition": LateralInhibition(),
        }
        connectivity = plain[kind]
    shape = connectivity.weights_shape(source.shape, target.shape)
    weights = draw(stored_weights(shape, target.size, signed=not isinstance(target.neuron, ConductanceLIF)))
    delay = draw(st.integers(0 if isinstance(source.neuron, SpikeSource) else 1, 5))
    return Projection(
        name,
        source.name,
        target.name,
        connectivity,
        weights,
        delay,
        draw(st.sampled_from(["excitatory", "inhibitory"])),
    )


@st.composite
def networks(draw: Any) -> Network:
    """Any valid network of one source and two spiking populations, with every connectivity kind."""
    size = draw(st.integers(1, 5))
    source = Population("input", (draw(st.integers(1, 3)), draw(st.integers(1, 3))), SpikeSource())
    first, second = (Population(n, (size,), draw(neurons(size))) for n in ("first", "zweite λ"))
    projections = (
        draw(connected("dense", source, first, "dense")),
        draw(connected("sparse", source, second, "sparse")),
        draw(connected("one", first, second, "one_to_one")),
        draw(connected("lateral", second, second, "lateral_inhibition")),
    )
    encoder = Encoder(
        "poisson", draw(st.integers(1, 900)), {"maximum_rate_hz": draw(st.floats(0.5, 80))}, draw(st.integers(0, 99))
    )
    readout = Readout("first", draw(st.lists(st.integers(-1, 2), min_size=size, max_size=size)), 3)
    json_values = st.recursive(
        st.none() | st.booleans() | st.integers(-(2**40), 2**40) | finite | st.text(max_size=8),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
        max_leaves=6,
    )
    network = Network(
        (source, first, second), projections, draw(st.sampled_from([0.1, 0.5, 1.0])),
        draw(st.none() | st.just(encoder)), draw(st.none() | st.just(readout)),
        draw(st.dictionaries(st.text(max_size=5), json_values, max_size=3)),
    )  # fmt: skip
    stages = draw(st.integers(0, 2))
    for stage in ("pruned", "quantized")[:stages]:
        network = network.as_stage(stage, network)
    return network


@contextmanager
def edited(path: Path) -> Iterator[h5py.File]:
    """The HDF5 stream of a network file (empty for a new one), sealed again at the end: damage with a right checksum."""
    stream = io.BytesIO(path.read_bytes()[512:] if path.exists() else b"")
    with h5py.File(stream, "a" if path.exists() else "w") as file:
        yield file
    path.write_bytes(hdf5.seal(stream.getvalue()))
