"""Split projections with weights of both signs: hardware whose synapses are unsigned keeps the sign in the receptor."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from neurodeploy.compiler.context import Context
from neurodeploy.compiler.passes.membrane import LinearNeuron
from neurodeploy.compiler.passes.scaling import scaled_by_target
from neurodeploy.network import ConductanceLIF, Network, Neuron, Projection
from neurodeploy.network.arrays import BoolArray, FloatArray


@dataclass(frozen=True)
class SplitWeightsBySign:
    """Positive current weights go to the excitatory receptor, negative ones to the inhibitory: two masks of one structure, so
    that codes, delays and structure stay.

    Exact where both receptors of a neuron have the same time constant. Where they differ, moved weights are scaled so that
    each spike injects the same charge, which is noted with the factor: the current's course differs.
    """

    def __call__(self, network: Network, context: Context) -> Network:
        projections: list[Projection] = []
        for projection in network.projections:
            target = network.population(projection.target).neuron
            weights = projection.weights.decoded()
            wrong = weights < 0 if projection.receptor == "excitatory" else weights > 0
            if isinstance(target, ConductanceLIF) or not wrong.any():
                projections.append(projection)
                continue
            present = projection.weights.present()
            halves: tuple[tuple[Literal["excitatory", "inhibitory"], BoolArray], ...]
            halves = (("excitatory", present & (weights >= 0)), ("inhibitory", present & (weights < 0)))
            for receptor, chosen in halves:
                if chosen.any():
                    part = replace(projection.weights, mask=chosen)
                    name = f"{projection.name}_{receptor}"
                    projections.append(replace(projection, name=name, weights=part, receptor=receptor))
            told = ""
            factor = _charge_ratio(target, projection.receptor)
            if not np.allclose(factor, 1):
                moved = next(p for p in reversed(projections) if p.receptor != projection.receptor)
                projections[projections.index(moved)] = scaled_by_target(network, moved, factor)
                told = f", x {factor.min():.4g} to {factor.max():.4g} (same charge through another time constant: not exact)"
            context.note(f"'{projection.name}': {int(wrong.sum())} weights moved to the receptor of their sign{told}")
        return replace(network, projections=tuple(projections))


def _charge_ratio(target: Neuron, receptor: str) -> FloatArray:
    """Charge of a weight of 1 on the receptor it had over that on the other one: (1 or neurons,)."""
    if getattr(target, "synapse", "") != "exponential" or not isinstance(target, LinearNeuron):
        return np.ones(1)
    own, other = ("E", "I") if receptor == "excitatory" else ("I", "E")
    return np.atleast_1d(np.asarray(getattr(target, f"tau_syn_{own}"), float) / getattr(target, f"tau_syn_{other}"))
