"""Hypothesis strategies over the whole IR: every neuron model, connectivity, weight format and step semantics.

Structure is drawn by hypothesis and shrinks; the numbers come from a generator whose seed it draws. Scales are such that
neurons spike, and keep finite, for some tens of steps.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from hypothesis import strategies as st

from neurodeploy.network import (
    IF,
    LIF,
    ConductanceLIF,
    Connectivity,
    Convolution1d,
    Convolution2d,
    Dense,
    Encoder,
    Integrator,
    LateralInhibition,
    LeakyIntegrator,
    Network,
    Neuron,
    OneToOne,
    Pooling2d,
    Population,
    Projection,
    Readout,
    Relay,
    Sparse,
    SpikeSource,
    StepSemantics,
    Threshold,
    Weights,
    has_threshold,
    is_graded,
)

Generator = np.random.Generator
booleans = st.booleans()
generators = st.integers(0, 2**32 - 1).map(np.random.default_rng)
MODELS = (IF, LIF, ConductanceLIF, Integrator, LeakyIntegrator, Relay, Threshold)
NAMES = ("first", "zweite λ", "third", "fourth")


@st.composite
def step_semantics(draw: Any, integrators: list[str], keeps_synapses: Any = booleans) -> StepSemantics:
    """Any step semantics with one of the integrators."""
    return StepSemantics(
        draw(st.sampled_from(integrators)), draw(st.sampled_from(["exact", "euler"])),
        draw(st.sampled_from(["jump", "charge", "decayed", "euler"])), draw(st.sampled_from([">", ">="])),
        draw(st.booleans()), draw(keeps_synapses), reset_timing=draw(st.sampled_from(["same_step", "next_step"])),
    )  # fmt: skip


def parameters(draw: Any, size: int) -> Callable[[float, float], Any]:
    """A function that draws a parameter within limits: one value, or one per neuron."""
    rng = draw(generators)

    def between(low: float, high: float) -> Any:
        return rng.uniform(low, high, size) if draw(st.booleans()) else float(rng.uniform(low, high))

    return between


@st.composite
def neurons(draw: Any, size: int, models: tuple[type[Any], ...] = MODELS) -> Neuron:
    """Any computing neuron of ``size``, with scalar or per-neuron parameters."""
    model, between = draw(st.sampled_from(models)), parameters(draw, size)
    integrators = ["exact", "euler", "propagator", "implicit_euler"]
    if model in (IF, Integrator):
        integrators.remove("implicit_euler")
    if model is ConductanceLIF:
        integrators.remove("propagator")
    semantics = draw(step_semantics(integrators))
    if model is Relay:
        return Relay(between(-0.3, 0.3), semantics)
    if model is Threshold:
        return Threshold(between(0.3, 2), between(-0.3, 0.3), semantics)
    values: dict[str, Any] = {
        "v_init": between(-66, -62), "cm": between(0.5, 2), "i_offset": between(-0.5, 1), "semantics": semantics,
        "tau_syn_E": between(1, 8), "tau_syn_I": between(1, 8),
    }  # fmt: skip
    if draw(st.booleans()):
        values["tau_syn_I"] = values["tau_syn_E"]
    if model not in (IF, Integrator):
        values |= {"tau_m": between(1.5, 20), "v_rest": between(-66, -63)}
        if draw(st.booleans()):  # where the propagator's closed form divides by zero
            values["tau_syn_E"] = values["tau_m"]
    if model is not ConductanceLIF:
        values["synapse"] = draw(st.sampled_from(["delta", "current", "exponential"]))
    if model in (IF, LIF, ConductanceLIF):
        values |= {"v_reset": between(-67, -64), "v_thresh": between(-62, -58), "theta": between(0, 2)}
        values |= {"reset": draw(st.sampled_from(["value", "subtraction", "none"]))}
        values |= {"tau_refrac": draw(st.sampled_from([0.0, 1.0])) * between(0, 4)}
    if model in (IF, LIF) and draw(st.integers(0, 4)) == 0:  # several spikes in a step
        values |= {"max_spikes_per_step": draw(st.integers(2, 5)), "reset": "subtraction", "tau_refrac": 0.0}
        values["semantics"] = replace(semantics, reset_timing="same_step", reset_keeps_synapses=True)
    return model(**values)


@st.composite
def stored_weights(draw: Any, shape: tuple[int, ...], axis: int | None, low: float) -> Weights:
    """Values from ``low`` to 4, or codes with one codebook or one per index of ``axis``; with or without a mask."""
    rng = draw(generators)
    mask = rng.random(shape) < 0.7 if draw(st.booleans()) else None
    kind = draw(st.sampled_from(["float32", "float64", "codes", "codes per owner"]))
    if not kind.startswith("codes"):
        return Weights(values=rng.uniform(low, 4, shape).astype(kind), mask=mask)
    levels, owned = draw(st.integers(2, 9)), kind == "codes per owner" and axis is not None
    book = rng.uniform(low, 4, (shape[axis or 0], levels) if owned else (levels,))
    book[..., 0] = 0
    codes = rng.integers(0, levels, shape).astype(draw(st.sampled_from([np.uint8, np.int16, np.int64])))
    return Weights(codes=codes, levels=book, mask=mask, level_axis=axis if owned and axis is not None else -1)


@st.composite
def windows(draw: Any, spatial: tuple[int, ...], *, dilated: bool = True) -> dict[str, Any]:
    """Kernel, stride, asymmetrical padding (and dilation) of which at least one window fits."""
    choices: dict[str, list[Any]] = {"kernel": [], "stride": [], "padding": [], "dilation": []}
    for size in spatial:
        pad = (draw(st.integers(0, 2)), draw(st.integers(0, 2)))
        dilation = draw(st.integers(1, 2)) if dilated else 1
        kernel = draw(st.integers(1, min(3, (size + sum(pad) - 1) // dilation + 1)))
        for name, value in (("kernel", kernel), ("stride", draw(st.integers(1, 3))), ("padding", pad)):
            choices[name].append(value)
        choices["dilation"].append(dilation)
    if not dilated:
        del choices["dilation"]
    return {name: tuple(values) for name, values in choices.items()}


def random_rows(rng: Generator, sources: int, targets: int) -> Sparse:
    """Any number of synapses on each source, targets in random order."""
    counts = rng.integers(0, targets + 1, sources)
    rows = [rng.permutation(targets)[:count] for count in counts]
    return Sparse(np.concatenate([[0], np.cumsum(counts)]), np.concatenate([np.zeros(0, int), *rows]))


@st.composite
def forward(draw: Any, source: Population) -> tuple[Connectivity, tuple[int, ...]]:
    """A connectivity that ``source`` can have, and the shape of its target."""
    shape, kinds = source.shape, ["dense", "sparse", "one_to_one", "lateral_inhibition"]
    kinds += ["convolution1d"] * 2 if len(shape) == 2 else ["convolution2d", "pooling2d"] * 2 if len(shape) == 3 else []
    kind = draw(st.sampled_from(kinds))
    if kind.startswith("convolution"):
        groups = draw(st.sampled_from([g for g in range(1, shape[0] + 1) if shape[0] % g == 0]))
        cls = Convolution1d if kind == "convolution1d" else Convolution2d
        convolution = cls(**draw(windows(shape[1:])), groups=groups)
        return convolution, convolution.target_shape(shape, groups * draw(st.integers(1, 2)))
    if kind == "pooling2d":
        graded = is_graded(source.neuron)
        function = draw(st.sampled_from(["sum", "average"] if graded else ["sum", "average", "max"]))
        pooling = Pooling2d(function=function, **draw(windows(shape[1:], dilated=False)))
        return pooling, pooling.target_shape(shape)
    target = draw(st.sampled_from([(1,), (4,), (2, 5), (2, 3, 4)])) if kind in ("dense", "sparse") else shape
    return draw(between(source.size, int(np.prod(target)), kind)), target


@st.composite
def between(draw: Any, sources: int, targets: int, kind: str) -> Connectivity:
    """A connectivity without shape."""
    if kind == "sparse":
        return random_rows(draw(generators), sources, targets)
    plain: dict[str, Connectivity] = {
        "dense": Dense(), "one_to_one": OneToOne(), "lateral_inhibition": LateralInhibition(),
    }  # fmt: skip
    return plain[kind]


@st.composite
def connected(
    draw: Any, name: str, source: Population, target: Population, kind: Connectivity, recurrent: bool = False
) -> Projection:
    """A projection with weights, delays and receptor."""
    shape = kind.weights_shape(source.shape, target.shape)
    low = 0.0 if isinstance(target.neuron, ConductanceLIF) else -2.0
    weights = draw(stored_weights(shape, kind.codebook_axis, low))
    zero = not recurrent and target.neuron.semantics.zero_delay
    first = 0 if zero else 1
    delay: Any = draw(st.integers(first, 5))
    if kind.delay_per_synapse and draw(st.booleans()):
        delay = draw(generators).integers(first, 5, shape).astype(np.int32)
    return Projection(
        name, source.name, target.name, kind, weights, delay, draw(st.sampled_from(["excitatory", "inhibitory"]))
    )


@st.composite
def _side_projections(draw: Any, populations: list[Population]) -> list[Projection]:
    """Skips over layers, and loops: within a population, back to an earlier one, lateral inhibition across two."""
    result = []
    for number in range(draw(st.integers(0, 3))):
        a, b = (draw(st.integers(least, len(populations) - 1)) for least in (0, 1))
        source, target = populations[a], populations[b]
        kinds = ["dense", "sparse"] + ["one_to_one", "lateral_inhibition"] * 2 * (source.size == target.size)
        kind = draw(between(source.size, target.size, draw(st.sampled_from(kinds))))
        if a and len(source.shape) == 3 and source.shape == target.shape and draw(st.booleans()):
            kind = Convolution2d(kernel=3, padding=1)
            if not is_graded(source.neuron) and draw(st.booleans()):
                kind = Pooling2d(kernel=3, stride=1, padding=1, function="max")
        if is_graded(source.neuron) and isinstance(target.neuron, ConductanceLIF):
            continue  # negative conductances
        result.append(draw(connected(f"side {number}", source, target, kind, recurrent=b <= a)))
        if b <= a and is_graded(source.neuron):  # a loop of analog values must not explode
            result[-1] = replace(result[-1], weights=result[-1].weights.scaled(1e-3))
    return result


@st.composite
def circuits(draw: Any) -> Network:
    """Any valid network: one or two sources, one to four layers, skips and loops; no encoder, no readout."""
    populations = [Population("input", draw(st.sampled_from([(3,), (2, 5), (2, 4, 5), (4, 3, 3)])), SpikeSource())]
    projections: list[Projection] = []
    for name in NAMES[: draw(st.integers(1, 4))]:
        source = populations[-1]
        kind, shape = draw(forward(source))
        models = tuple(m for m in MODELS if not (m is ConductanceLIF and is_graded(source.neuron)))
        target = Population(name, shape, draw(neurons(int(np.prod(shape)), models)))
        projections.append(draw(connected(f"to {name}", source, target, kind)))
        populations.append(target)
    if draw(st.booleans()):
        other = Population("other", (draw(st.integers(1, 4)),), SpikeSource())
        kind = random_rows(draw(generators), other.size, populations[-1].size)
        projections.append(draw(connected("from other", other, populations[-1], kind)))
    else:
        other = None
    projections += draw(_side_projections(populations))
    return Network(
        (*populations, *([other] if other else [])), tuple(projections), draw(st.sampled_from([0.1, 0.5, 1.0]))
    )


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**40), 2**40) | st.floats(-100, 100, width=32) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)


@st.composite
def networks(draw: Any) -> Network:
    """Any valid network of :func:`circuits`, with encoder, readout, metadata and ancestors."""
    network = draw(circuits())
    if len(network.sources) == 1 and draw(st.booleans()):
        rate = {"maximum_rate_hz": draw(st.floats(0.5, 80))}
        encoder = Encoder("poisson", draw(st.integers(1, 900)), rate, draw(st.integers(0, 99)))
        network = replace(network, encoder=encoder)
    read = draw(st.none() | st.sampled_from([p for p in network.populations if p not in network.sources]))
    if read is not None:
        labels = draw(generators).integers(-1, 3, read.size)
        name = "class_labels" if has_threshold(read.neuron) else "potential"
        network = replace(network, readout=Readout(read.name, labels, 3, name))
    network = replace(
        network,
        metadata=draw(
            st.dictionaries(
                st.text(max_size=5).filter(lambda key: key not in ("history", "test", "data")), json_values, max_size=3
            )
        ),
    )
    for stage in ("pruned", "quantized")[: draw(st.integers(0, 2))]:
        network = network.as_stage(stage, network)
    return network
