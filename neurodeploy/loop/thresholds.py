"""Thresholds that bring spike counts to a reference's: one factor for each population, or also one for each neuron.

A factor c scales the distance from reset to threshold (:mod:`neurodeploy.compression.balance`), which is scaling all weights
into the population by 1 / c.  What a factor does to the counts is measured on the executor, whatever that is; the search for
it is one of the regula falsi on logarithms: counts are nearly a power of c.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from neurodeploy.compression.balance import scaled_threshold, signal_order
from neurodeploy.loop.measuring import Measured, paired
from neurodeploy.network import Network, SpikingNeuron, Threshold
from neurodeploy.network.arrays import FloatArray

ROUNDS = 5
"""Measurements of one population's search at most, beside the first."""
FIRST_SLOPE = -1.5
"""d log(spikes) / d log(factor) before it is measured."""
LONGEST_STEP = np.log(2.0)
NEAR = 0.01
"""Counts as near as this share of the reference's are near enough."""
ERRORS = 2.0
"""Standard errors below which a difference may be chance."""
NEURON_ERRORS, DAMPING, NEURON_ROUNDS = 3.0, 0.25, 3

Measure = Callable[[Network], Measured]


def spiking(network: Network) -> list[str]:
    """Populations with thresholds, in the order of the signal."""
    return [p.name for p in signal_order(network) if isinstance(p.neuron, SpikingNeuron | Threshold)]


def scaled(network: Network, name: str, factor: float | FloatArray) -> Network:
    """The network with a population's thresholds ``factor`` (one, or one for each neuron) times as far from the reset."""
    return network.with_populations(scaled_threshold(network.population(name), factor))


def match_population(
    network: Network, name: str, aim: Measured, before: Measured, measure: Measure
) -> tuple[Network, Measured, float]:
    """The network with the factor for one population whose total is nearest the aim, what was measured, and the factor.

    Ends when the totals differ by no more than chance or 1 %; the factor 1 is among those tried.
    """
    tried = {0.0: before}
    slope, at = FIRST_SLOPE, 0.0

    def off(found: Measured) -> float:
        total, wanted = float(found.totals[name].sum()), float(aim.totals[name].sum())
        return float(np.log(max(total, 0.5) / max(wanted, 0.5)))

    def near(found: Measured) -> bool:
        difference = paired((found.totals[name] - aim.totals[name]).astype(float))
        return abs(off(found)) <= NEAR or abs(difference.mean) <= ERRORS * difference.error

    for _ in range(ROUNDS):
        if near(tried[at]):
            break
        low = max((x for x, found in tried.items() if off(found) > 0), default=None)
        high = min((x for x, found in tried.items() if off(found) < 0), default=None)
        step = float(np.clip(-off(tried[at]) / slope, -LONGEST_STEP, LONGEST_STEP))
        following = at + step
        if low is not None and high is not None and low < high and not low < following < high:
            following = (low + high) / 2
        if following in tried:
            break
        tried[following] = measure(scaled(network, name, float(np.exp(following))))
        change = (off(tried[following]) - off(tried[at])) / (following - at)
        slope = change if change < 0 else FIRST_SLOPE  # more threshold, fewer spikes; else chance decided
        at = following
    best = min(tried, key=lambda x: (abs(off(tried[x])), abs(x)))
    factor = float(np.exp(best))
    return (scaled(network, name, factor) if best else network), tried[best], factor


def match_neurons(
    network: Network, name: str, aim: Measured, before: Measured, measure: Measure
) -> tuple[Network, Measured, int]:
    """The network with thresholds of single neurons adjusted, damped, where their counts differ by more than chance.

    Counts of n and m differ by chance by about the square root of n + m.  Returns how many neurons differed at first.
    """
    best, least, first, found = (network, before), _distance(before, aim, name), 0, before
    for turn in range(NEURON_ROUNDS):
        counts, wanted = found.counts[name], aim.counts[name]
        differ = np.abs(counts - wanted) > NEURON_ERRORS * np.sqrt(counts + wanted + 1.0)
        first = int(differ.sum()) if turn == 0 else first
        if not differ.any():
            break
        factors = np.where(differ, ((counts + 1.0) / (wanted + 1.0)) ** DAMPING, 1.0)
        network = scaled(network, name, factors)
        found = measure(network)
        if _distance(found, aim, name) < least:
            best, least = (network, found), _distance(found, aim, name)
    return *best, first


def _distance(found: Measured, aim: Measured, name: str) -> float:
    return float(np.abs(found.counts[name] - aim.counts[name]).sum())
