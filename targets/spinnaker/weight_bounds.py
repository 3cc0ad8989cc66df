"""How large the summed input of one step can be: it decides how many of the 16 weight bits are left for precision.

sPyNNaker's own guess wastes bits (or, set too low, wraps silently); a bound from the network itself does neither.
"""

from __future__ import annotations

import math
from typing import Literal

import numpy as np

from neurodeploy.network import LateralInhibition, Network, Population, SpikeSource
from neurodeploy.network.arrays import Array, FloatArray

TAIL_PROBABILITY = 1e-12


def summed_weight_bounds(
    network: Network,
    population: Population,
    method: Literal["statistical", "worst_case", "calibrated"],
    lateral_spikes: int = 31,
    measured: tuple[float, float] | None = None,
) -> tuple[float, float]:
    """Bounds on the summed absolute weights that reach a neuron in one step: excitatory, inhibitory.

    ``worst_case``: every synapse at once. ``statistical``: inputs of a rate encoder are independent events of at most
    its maximum rate, so Bernstein's inequality bounds their sum but for a probability of 1e-12 per neuron and step;
    lateral inhibition counts ``lateral_spikes`` simultaneous spikes (more saturate the ring buffer, which the
    firmware model counts: far fewer silence the neurons); everything else as in the worst case. ``calibrated``: what was
    ``measured`` on sample data (:mod:`neurodeploy.targets.spinnaker.calibrated_bounds`), at most the worst case.
    """
    bounds = [0.0, 0.0]
    largest = [0.0, 0.0]
    for projection in network.projections:
        if projection.target != population.name:
            continue
        receptor = 0 if projection.receptor == "excitatory" else 1
        if isinstance(projection.connectivity, LateralInhibition):
            weight = float(np.abs(projection.weights.decoded()).max())
            others = population.size - 1
            bound = weight * (min(others, lateral_spikes) if method == "statistical" else others)
        else:
            rows = network.expand(projection)
            weight = float(np.abs(rows.values).max(initial=0.0))
            sums, squares = (
                np.bincount(rows.targets, np.abs(rows.values) ** power, minlength=population.size) for power in (1, 2)
            )
            source = network.population(projection.source)
            probability = _event_probability(network) if isinstance(source.neuron, SpikeSource) else 1.0
            bound = float(np.max(sums, initial=0.0))
            if method == "statistical" and probability < 1:
                bound = min(bound, float(np.max(_bernstein(sums, squares, weight, probability), initial=0.0)))
        bounds[receptor] += bound
        largest[receptor] = max(largest[receptor], weight)
    if measured is not None:
        bounds = [min(bound, seen) for bound, seen in zip(bounds, measured, strict=True)]
    # 16 bits must hold the largest single weight whatever the sum is expected to be.
    return max(bounds[0], largest[0]), max(bounds[1], largest[1])


def _event_probability(network: Network) -> float:
    """Largest probability of an input spike per step; 1 when the encoder does not say."""
    rate = network.encoder.parameters.get("maximum_rate_hz") if network.encoder else None
    return 1.0 if rate is None else min(1.0, rate * network.dt / 1000)


def _bernstein(sums: Array, squares: Array, largest: float, probability: float) -> FloatArray:
    """t with P(sum of w_i B_i >= t) <= 1e-12 for independent events B_i of at most ``probability``."""
    exponent = -math.log(TAIL_PROBABILITY)
    third = largest * exponent / 3
    return probability * sums + third + np.sqrt(third**2 + 2 * exponent * probability * (1 - probability) * squares)
