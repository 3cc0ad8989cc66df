"""Neurons taken out of a network for good: everything that knows their number shrinks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace

import numpy as np

from neurodeploy.compression.pruning.survivors import behind, channels_kept
from neurodeploy.compression.selection import with_parameters
from neurodeploy.errors import NeurodeployError
from neurodeploy.network import (
    Convolution1d,
    Convolution2d,
    Dense,
    LateralInhibition,
    Network,
    OneToOne,
    Pooling2d,
    Population,
    Projection,
    Sparse,
    Weights,
)
from neurodeploy.network.arrays import Array, BoolArray


def remove_neurons(network: Network, survivors: Mapping[str, BoolArray]) -> Network:
    """Without the other neurons: populations, their parameters, projections, codebooks, delays and read-out shrink.

    Raises:
        NeurodeployError: ND220 when a structured projection cannot express the smaller shape.
    """
    populations = [_smaller(network, network.population(name), kept) for name, kept in survivors.items()]
    projections = []
    for p in network.projections:
        if p.source in survivors or p.target in survivors:
            source, target = (
                survivors.get(name, np.ones(network.population(name).size, bool)) for name in (p.source, p.target)
            )
            projections.append(_without(network, p, source, target))
    readout = network.readout
    if readout is not None and readout.population in survivors:
        stay = survivors[readout.population]
        parameters = dict(readout.parameters)
        if readout.name == "linear":
            parameters["coefficients"] = np.array(parameters["coefficients"])[:, stay].tolist()
        readout = replace(readout, labels=readout.labels[stay], parameters=parameters)
    smaller = network.with_populations(*populations).with_projections(*projections)
    return replace(smaller, readout=readout)


def _smaller(network: Network, population: Population, kept: BoolArray) -> Population:
    """The population with the kept neurons; layers of channels lose whole channels."""
    values = {}
    for entry in fields(population.neuron):
        value = getattr(population.neuron, entry.name)
        if isinstance(value, np.ndarray) and value.ndim:
            values[entry.name] = value[kept]
    joined = [p for p in network.projections if population.name in (p.source, p.target)]
    shape: tuple[int, ...] = (int(kept.sum()),)
    if any(isinstance(p.connectivity, Convolution1d | Convolution2d | Pooling2d) for p in joined):
        channels = channels_kept(network, population.name, kept)
        if channels is None:
            raise NeurodeployError(
                "ND220",
                f"Single neurons cannot be removed from '{population.name}': its layers share kernels between positions.",
                "Remove 'filters', or mask the neurons (without --remove).",
            )
        shape = (int(channels.sum()), *population.shape[1:])
    return Population(population.name, shape, with_parameters(population.neuron, **values))


def _without(network: Network, p: Projection, source: BoolArray, target: BoolArray) -> Projection:
    """A projection between the kept neurons."""
    kind = p.connectivity
    if isinstance(kind, Dense):
        return _picked(p, (np.flatnonzero(source), np.flatnonzero(target)))
    if isinstance(kind, Sparse):
        row = np.repeat(np.arange(len(source)), np.diff(kind.indptr))
        stays = source[row] & target[kind.indices]
        counts = np.bincount(row[stays], minlength=len(source))[source]
        column = np.cumsum(target) - 1
        smaller = Sparse(np.concatenate([[0], np.cumsum(counts)]), column[kind.indices[stays]].astype(np.int32))
        return replace(_picked(p, (np.flatnonzero(stays),)), connectivity=smaller)
    if isinstance(kind, Convolution1d | Convolution2d):
        return _smaller_convolution(network, p, source, target)
    if isinstance(kind, OneToOne) and np.array_equal(source, target):
        return _picked(p, (np.flatnonzero(source),))
    if isinstance(kind, LateralInhibition) and np.array_equal(source, target):
        return p
    reached = behind(network, p, source)
    if isinstance(kind, Pooling2d) and reached is not None and np.array_equal(reached, target):
        return p
    raise _impossible(p)


def _smaller_convolution(network: Network, p: Projection, source: BoolArray, target: BoolArray) -> Projection:
    kind = p.connectivity
    assert isinstance(kind, Convolution1d | Convolution2d)
    into, out = channels_kept(network, p.source, source), channels_kept(network, p.target, target)
    if into is None or out is None:
        raise _impossible(p)
    if kind.groups == 1:
        return _picked(p, (np.flatnonzero(out), np.flatnonzero(into)))
    if kind.groups == len(into) and np.array_equal(np.repeat(into, len(out) // len(into)), out):
        smaller = replace(kind, groups=int(into.sum()))
        return replace(_picked(p, (np.flatnonzero(out),)), connectivity=smaller)
    raise _impossible(p)


def _impossible(projection: Projection) -> NeurodeployError:
    return NeurodeployError(
        "ND220",
        f"The {projection.connectivity.kind} projection '{projection.name}' cannot be made smaller: the neurons that "
        "stay on its two sides do not correspond.",
        "Mask the neurons (without --remove).",
    )


def _picked(projection: Projection, chosen: tuple[Array, ...]) -> Projection:
    """A projection whose stored weights, mask, codebooks and delays are those at the chosen indices of the first axes."""

    def pick(stored: Array | None) -> Array | None:
        if stored is None:
            return None
        for axis, indices in enumerate(chosen):
            stored = np.take(stored, indices, axis=axis)
        return stored

    weights, levels = projection.weights, projection.weights.levels
    if levels is not None and levels.ndim == 2:
        axis = weights.level_axis % len(weights.shape)
        levels = levels[chosen[axis]] if axis < len(chosen) else levels
    made = Weights(pick(weights.values), pick(weights.codes), levels, pick(weights.mask), weights.level_axis)
    delay = projection.delay
    if isinstance(delay, np.ndarray) and delay.ndim:
        delay = pick(delay)  # type: ignore[assignment]
    return replace(projection, weights=made, delay=delay)
