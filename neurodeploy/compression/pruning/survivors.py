"""Which neurons stay, what follows from it behind them, and the masks that silence the others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TypeAlias

import numpy as np

from neurodeploy.compression.selection import with_parameters
from neurodeploy.network import (
    Convolution1d,
    Convolution2d,
    Dense,
    Network,
    OneToOne,
    Pooling2d,
    Projection,
    Sparse,
)
from neurodeploy.network.arrays import BoolArray

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
            reached = behind(network, p, result[source])
            if reached is not None:
                result[p.target] = reached
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


def _is_readout(network: Network, name: str) -> bool:
    return network.readout is not None and network.readout.population == name


def channels_kept(network: Network, name: str, kept: BoolArray) -> BoolArray | None:
    """``kept`` by channel, or None when a channel is kept in part."""
    by_channel = kept.reshape(network.population(name).shape[0], -1)
    return by_channel[:, 0] if bool((by_channel == by_channel[:, :1]).all()) else None


def behind(network: Network, projection: Projection, kept: BoolArray) -> BoolArray | None:
    """The target neurons that still receive something, or None when the projection mixes its sources."""
    kind, (source, target) = projection.connectivity, network.shapes(projection)
    if isinstance(kind, OneToOne):
        return kept
    channels = channels_kept(network, projection.source, kept)
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
    channels = channels_kept(network, projection.target if target else projection.source, kept)
    if channels is None:
        return everything
    axes = (1,) * (everything.ndim - (1 if target else 2))
    if target:
        return everything & channels.reshape(-1, *axes)
    by_group = channels.reshape(kind.groups, -1).repeat(len(everything) // kind.groups, axis=0)
    return everything & by_group.reshape(*by_group.shape, *axes)
