"""Hypothesis strategies over small convolutional networks with pooling, relays and delays, and their float64 runs."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import strategies as st

from neurodeploy.network import (
    LIF,
    Connectivity,
    Convolution2d,
    Dense,
    Network,
    Pooling2d,
    Population,
    Projection,
    Relay,
    SpikeBatch,
    SpikeSource,
    StepSemantics,
    Weights,
    problems,
)
from neurodeploy.simulation import build_plan, simulate

LAYERED = StepSemantics(zero_delay=True)


def dense_spikes(network: Network, inputs: SpikeBatch, population: str) -> np.ndarray:
    """Spikes of a population in float64 arithmetic, ``(samples, steps, size)``."""
    return simulate(network, inputs, plan=build_plan(network, np.float64)).spikes[population].dense()


def potentials(network: Network, inputs: SpikeBatch, population: str) -> np.ndarray:
    """Potentials of a population in float64 arithmetic, ``(samples, steps, size)``."""
    plan = build_plan(network, np.float64)
    return simulate(network, inputs, plan=plan, record_voltages=[population]).voltages[population]


@st.composite
def weights(draw: Any, shape: tuple[int, ...], level_axis: int = -1, codebooks: bool = True) -> Weights:
    """Multiples of 1/64 (sums are exact), or codes with one codebook, or one per index of ``level_axis``; masked or not."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    mask = rng.random(shape) < 0.7 if draw(st.booleans()) else None
    kinds = ["values", "codes"] + (["codebooks"] if codebooks else [])
    kind = draw(st.sampled_from(kinds))
    if kind == "values":
        return Weights(values=rng.integers(-32, 96, shape) / 64, mask=mask)
    owners = (shape[level_axis],) if kind == "codebooks" else ()
    book = rng.integers(-32, 96, (*owners, 5)) / 64
    book[..., 0] = 0
    return Weights(codes=rng.integers(0, 5, shape).astype(np.uint8), levels=book, mask=mask, level_axis=level_axis)


@st.composite
def delays(draw: Any, stored: Weights, least: int) -> Any:
    """One delay, or one for each stored weight."""
    if draw(st.booleans()):
        return draw(st.integers(least, 3))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    return rng.integers(least, 4, stored.shape).astype(np.int32)


@st.composite
def convolutional(draw: Any, relays: bool = True) -> Network:
    """input -> convolution -> (relay or neurons) -> pooling -> (relay or neurons) -> dense -> neurons named ``output``."""
    channels, size = draw(st.integers(1, 2)), draw(st.integers(5, 6))
    convolution = Convolution2d(
        (draw(st.integers(1, 3)), draw(st.integers(1, 3))), draw(st.integers(1, 2)), draw(st.integers(0, 1)),
        groups=draw(st.sampled_from([1, channels])),
    )  # fmt: skip
    pooling = Pooling2d(
        (1, draw(st.integers(1, 2))), draw(st.sampled_from(["sum", "average"])), draw(st.integers(1, 2))
    )
    source = Population("input", (channels, size, size), SpikeSource())
    middle = Population("middle", convolution.target_shape(source.shape, 2 * channels), _model(draw, relays))
    pooled = Population("pooled", pooling.target_shape(middle.shape), _model(draw, relays))
    output = Population("output", (draw(st.integers(1, 3)),), _neuron(draw))
    chain: list[tuple[Population, Population, Connectivity]] = [
        (source, middle, convolution), (middle, pooled, pooling), (pooled, output, Dense()),
    ]  # fmt: skip
    projections = []
    for before, after, kind in chain:
        axis = kind.codebook_axis
        shape = kind.weights_shape(before.shape, after.shape)
        stored = draw(weights(shape, -1 if axis is None else axis, axis is not None))
        one = draw(st.integers(0, 3)) if not kind.delay_per_synapse else draw(delays(stored, 0))
        projections.append(Projection(f"to_{after.name}", before.name, after.name, kind, stored, one))
    network = Network((source, middle, pooled, output), tuple(projections), draw(st.sampled_from([0.5, 1.0])))
    assert problems(network) == []
    return network


def _model(draw: Any, relays: bool) -> Any:
    if relays and draw(st.booleans()):
        return Relay()
    return _neuron(draw)


def _neuron(draw: Any) -> LIF:
    """Any linear spiking neuron around 0 mV with layers evaluated within a step."""
    synapse = draw(st.sampled_from(["delta", "current", "exponential"]))
    return LIF(
        draw(st.sampled_from([5.0, 20.0])), draw(st.sampled_from([1.0, 8.0])), 0.0, 0.0,
        draw(st.sampled_from([0.3137, 1.0173])), 0.0, draw(st.sampled_from([0.0, 2.0])), synapse,
        i_offset=draw(st.sampled_from([0.0, 0.02])), semantics=LAYERED,
    )  # fmt: skip
