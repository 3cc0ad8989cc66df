"""Neurons taken out of a network: their synapses masked, or the network made smaller."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from typing import TypeAlias

import numpy as np

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

Survivors: TypeAlias = dict[str, BoolArray]
"""Which neurons of a population stay, bool ``(size,)``, by population name."""


def spread(network: Network, survivors: Mapping[str, BoolArray]) -> Survivors:
    """With the neurons behind that nothing reaches any more: through pooling, one-to-one and depthwise projections.

    A population is followed only when all that reaches it from others is one such projection.
    """
    result, waiting = dict(survivors), list(survivors)
    while waiting:
        source = waiting.pop()
        for p in network.projections:
            others = [q for q in network.projections if q.target == p.target and q.source != p.target]
            if p.source != source or p.target in result or len(others) > 1 or _is_readout(network, p.target):
                continue
            behind = _behind(network, p, result[source])
            if behind is not None:
                result[p.target] = behind
                waiting.append(p.target)
    return result


def mask_neurons(network: Network, survivors: Mapping[str, BoolArray]) -> Network:
    """Without the synapses to and from the other neurons, and without their constant input: they stay silent.

    What stores one weight for all its synapses (pooling, lateral inhibition) keeps it: nothing is sent there.
    """
    changed = []
    for p in network.projections:
        mask = p.weights.present().copy()
        if p.target in survivors:
            mask &= _stored_at(network, p, survivors[p.target], target=True)
        if p.source in survivors:
            mask &= _stored_at(network, p, survivors[p.source], target=False)
        if not np.array_equal(mask, p.weights.present()):
            changed.append(replace(p, weights=replace(p.weights, mask=mask)))
    populations = []
    for name, kept in survivors.items():
        population = network.population(name)
        if np.any(getattr(population.neuron, "i_offset", 0.0)):
            offset = np.where(kept, np.asarray(population.neuron.i_offset, float), 0.0)  # type: ignore[union-attr]
            populations.append(replace(population, neuron=with_parameters(population.neuron, i_offset=offset)))
    return network.with_projections(*changed).with_populations(*populations)


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
        readout = replace(readout, labels=readout.labels[survivors[readout.population]])
    smaller = network.with_populations(*populations).with_projections(*projections)
    return replace(smaller, readout=readout)


def _is_readout(network: Network, name: str) -> bool:
    return network.readout is not None and network.readout.population == name


def _channels(network: Network, name: str, kept: BoolArray) -> BoolArray | None:
    """``kept`` by channel, or None when a channel is kept in part."""
    by_channel = kept.reshape(network.population(name).shape[0], -1)
    return by_channel[:, 0] if bool((by_channel == by_channel[:, :1]).all()) else None


def _behind(network: Network, projection: Projection, kept: BoolArray) -> BoolArray | None:
    """The target neurons that still receive something, or None when the projection mixes its sources."""
    kind, (source, target) = projection.connectivity, network.shapes(projection)
    if isinstance(kind, OneToOne):
        return kept
    channels = _channels(network, projection.source, kept)
    depthwise = isinstance(kind, Convolution1d | Convolution2d) and kind.groups == source[0]
    if channels is None or not (isinstance(kind, Pooling2d) or depthwise):
        return None
    return np.repeat(channels, int(np.prod(target)) // source[0])


def _stored_at(network: Network, projection: Projection, kept: BoolArray, *, target: bool) -> BoolArray:
    """Which stored weights end on (or leave) kept neurons, broadcast to the stored shape."""
    kind, everything = projection.connectivity, np.ones(projection.weights.shape, bool)
    if isinstance(kind, Dense):
        return everything & (kept if target else kept[:, None])
    if isinstance(kind, Sparse):
        return kept[kind.indices] if target else np.repeat(kept, np.diff(kind.indptr))
    if isinstance(kind, OneToOne):
        return kept
    if not isinstance(kind, Convolution1d | Convolution2d):
        return everything
    channels = _channels(network, projection.target if target else projection.source, kept)
    if channels is None:
        return everything
    axes = (1,) * (everything.ndim - (1 if target else 2))
    if target:
        return everything & channels.reshape(-1, *axes)
    by_group = channels.reshape(kind.groups, -1).repeat(len(everything) // kind.groups, axis=0)
    return everything & by_group.reshape(*by_group.shape, *axes)


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
        channels = _channels(network, population.name, kept)
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
    behind = _behind(network, p, source)
    if isinstance(kind, Pooling2d) and behind is not None and np.array_equal(behind, target):
        return p
    raise _impossible(p)


def _smaller_convolution(network: Network, p: Projection, source: BoolArray, target: BoolArray) -> Projection:
    kind = p.connectivity
    assert isinstance(kind, Convolution1d | Convolution2d)
    into, out = _channels(network, p.source, source), _channels(network, p.target, target)
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
