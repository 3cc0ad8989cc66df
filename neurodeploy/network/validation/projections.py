"""Rules on projections: their ends, connectivity, weights, signs and delays."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from neurodeploy.network.connectivity import Pooling2d
from neurodeploy.network.network import Network, Projection
from neurodeploy.network.neurons import ConductanceLIF, SpikeSource, StepSemantics, is_graded
from neurodeploy.network.validation.order import connected, evaluation_order
from neurodeploy.network.validation.problem import Problem


def projections_connect(network: Network) -> Iterator[Problem]:
    """A projection joins two populations that exist, and ends on a receptor of neurons."""
    names = {p.name for p in network.populations}
    for projection in network.projections:
        if projection.receptor not in ("excitatory", "inhibitory"):
            yield Problem(
                f"projection '{projection.name}'",
                f"its receptor is '{projection.receptor}'",
                "use 'excitatory' or 'inhibitory'",
            )
        for role, name in (("source", projection.source), ("target", projection.target)):
            if name not in names:
                yield Problem(
                    f"projection '{projection.name}'",
                    f"its {role} '{name}' does not exist",
                    f"use one of {sorted(names)}",
                )
            elif role == "target" and isinstance(network.population(name).neuron, SpikeSource):
                yield Problem(
                    f"projection '{projection.name}'", f"it ends on the spike source '{name}'", "change its target"
                )


def weights_fit(network: Network) -> Iterator[Problem]:
    """Weights are stored once, in the shape of the connectivity, finite, with codes inside their codebook."""
    for projection in connected(network):
        where, weights = f"projection '{projection.name}'", projection.weights
        shapes = network.shapes(projection)
        if projection.connectivity.misfit(*shapes):
            continue  # reported by connectivity_fits
        if (weights.values is None) == (weights.codes is None) or (weights.codes is None) != (weights.levels is None):
            yield Problem(where, "weights must be either values, or codes with levels", "store one of the two")
            continue
        expected = projection.connectivity.weights_shape(*shapes)
        if weights.shape != expected:
            yield Problem(where, f"its weights have shape {weights.shape}", f"{expected} is needed")
            continue
        if weights.mask is not None and (weights.mask.shape != expected or weights.mask.dtype != bool):
            yield Problem(where, f"its mask is {weights.mask.dtype} {weights.mask.shape}", f"bool {expected} is needed")
            continue
        stored = weights.levels if weights.levels is not None else weights.values
        assert stored is not None
        if stored.dtype.kind != "f":
            yield Problem(where, f"its weights are {stored.dtype}", "use float32 or float64")
        elif not np.isfinite(stored).all():
            first = np.argwhere(~np.isfinite(stored))[0].tolist()
            yield Problem(
                where,
                f"{int((~np.isfinite(stored)).sum())} of {stored.size} weights are NaN or infinite, the first at {first}",
                "retrain or repair it; only finite weights can be deployed",
            )
        if weights.codes is not None and weights.levels is not None:
            yield from _codes_fit(where, projection)


def _codes_fit(where: str, projection: Projection) -> Iterator[Problem]:
    codes, levels, axis = projection.weights.codes, projection.weights.levels, projection.connectivity.codebook_axis
    assert codes is not None and levels is not None
    owners = 0 if axis is None else codes.shape[axis]
    if levels.ndim == 2 and axis is None:
        yield Problem(
            where,
            "a codebook per neuron needs dense weights, one per channel a convolution",
            "use one codebook, levels of shape (levels,)",
        )
    elif (levels.ndim == 2 and levels.shape[0] != owners) or levels.ndim not in (1, 2) or not levels.size:
        yield Problem(where, f"its levels have shape {levels.shape}", f"use (levels,) or ({owners}, levels)")
    elif levels.ndim == 2 and projection.weights.level_axis != axis:
        yield Problem(where, f"its level axis is {projection.weights.level_axis}", f"use {axis} for this connectivity")
    elif codes.dtype.kind not in "iu":
        yield Problem(where, f"its codes are {codes.dtype}", "use integers")
    elif codes.size and (codes.min() < 0 or codes.max() >= levels.shape[-1]):
        yield Problem(
            where, f"codes run from {codes.min()} to {codes.max()}", f"0 to {levels.shape[-1] - 1} index its levels"
        )


def connectivity_fits(network: Network) -> Iterator[Problem]:
    """A connectivity can join the shapes of its two populations; a maximum is taken over spikes."""
    for projection in connected(network):
        where = f"projection '{projection.name}'"
        if misfit := projection.connectivity.misfit(*network.shapes(projection)):
            yield Problem(where, *misfit)
        kind, source = projection.connectivity, network.population(projection.source)
        if isinstance(kind, Pooling2d) and kind.function == "max" and is_graded(source.neuron):
            yield Problem(where, f"max pooling over the graded values of '{source.name}'", "use sum or average pooling")


def signs_fit_receptors(network: Network) -> Iterator[Problem]:
    """Conductances are not negative."""
    for projection in connected(network):
        target = network.population(projection.target).neuron
        stored = projection.weights.levels if projection.weights.levels is not None else projection.weights.values
        if isinstance(target, ConductanceLIF) and stored is not None and stored.size and stored.min() < 0:
            yield Problem(
                f"projection '{projection.name}'",
                f"a conductance weight is {stored.min():g} µS",
                "conductances are >= 0: put negative weights on the inhibitory receptor, with their sign removed",
            )


def delays_are_legal(network: Network) -> Iterator[Problem]:
    """Delays are whole steps >= 1, or >= 0 where the target's semantics allow it; and no spike runs in circles."""
    for projection in connected(network):
        where, delay = f"projection '{projection.name}'", np.asarray(projection.delay)
        semantics = getattr(network.population(projection.target).neuron, "semantics", StepSemantics())
        least = 0 if semantics.zero_delay else 1
        if delay.dtype.kind not in "iu":
            yield Problem(where, f"its delays are {delay.dtype}", "use whole steps")
        elif delay.ndim and delay.shape != projection.weights.shape:
            yield Problem(where, f"its delays have the shape {delay.shape}", f"use {projection.weights.shape}")
        elif delay.ndim and not projection.connectivity.delay_per_synapse:
            yield Problem(where, "one delay per synapse of a structure that stores one weight", "use one delay")
        elif projection.shortest_delay < least:
            yield Problem(where, f"its delay is {projection.shortest_delay} steps", f"use {least} or more")
    for name in _zero_delay_cycle(network):
        yield Problem(
            f"population '{name}'",
            "its spikes would come back within the same step",
            "give one projection of the cycle a delay of 1 or more",
        )


def _zero_delay_cycle(network: Network) -> list[str]:
    ordered = {population.name for population in evaluation_order(network)}
    return [population.name for population in network.populations if population.name not in ordered][:1]
