"""Balancing: thresholds scaled, population by population, until the mean firing rates are those of the reference.

Compression changes how strongly a layer is driven; the layer behind sees other rates than it was trained for. For each
spiking population in the order of the signal, with everything before it balanced already, a scalar c is sought with

    v_thresh + theta  <-  v_reset + c (v_thresh + theta - v_reset)      (memoryless thresholds: v_thresh <- c v_thresh)

such that the mean rate on sample data is the reference's: a data-based threshold balancing (Diehl et al. 2015, "Fast-classifying,
high-accuracy spiking deep networks through weight and threshold balancing") with the rate of the uncompressed network as
its aim. Scaling the distance to the threshold by c is scaling weights by 1 / c, and leaves levels and codes as they are.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from neurodeploy.compression.calibration import Calibration, Samples, describe, input_chunks
from neurodeploy.network import (
    Network,
    Population,
    SpikeBatch,
    SpikeSource,
    SpikingNeuron,
    Threshold,
    is_graded,
    validate,
)
from neurodeploy.network.arrays import FloatArray
from neurodeploy.network.history import with_step
from neurodeploy.simulation import build_plan, simulate

LARGEST_EXPONENT = 3.0
"""c lies between 2^-3 and 2^3."""
BISECTIONS = 10


def balance_thresholds(
    network: Network, reference: Calibration, samples: Samples, progress: Callable[[int], None] = lambda done: None
) -> Network:
    """``network`` with each spiking population's threshold scaled so that its mean rate is that of ``reference``.

    c is found by bisection on its logarithm between 1/8 and 8, 10 halvings; of all values tried the one whose rate is
    nearest is taken, 1 among them, so no population ends farther from its aim than it was. ``samples`` must be those
    of ``reference``. Memory grows with the samples: the spikes between layers are kept. ``progress`` is called after
    each population. Recorded in the network's history; its stage stays.
    """
    known = _inputs(network, samples)
    record = []
    for population in signal_order(network):
        if is_graded(population.neuron):
            progress(1)
            continue
        part = _part(network, population.name)
        fed = {source.name: known[source.name] for source in part.sources}
        if isinstance(population.neuron, SpikingNeuron | Threshold) and population.name in reference.totals:
            changed, found = _balanced(part, population, reference.mean_rate(population.name), fed)
            record.append(found)
            network, part = (net.with_populations(changed) for net in (network, part))
        known |= {name: batch for name, batch in simulate(part, fed).spikes.items() if name not in fed}
        progress(1)
    entry: dict[str, Any] = {"step": "balance", "thresholds": record, "calibration": reference.provenance()}
    entry["calibration"] |= describe(samples)
    return validate(with_step(network, entry))


def populations_to_balance(network: Network) -> int:
    """How often :func:`balance_thresholds` will call ``progress``."""
    return len(network.populations) - len(network.sources)


def _balanced(
    part: Network, population: Population, aim: float, fed: Mapping[str, SpikeBatch]
) -> tuple[Population, dict[str, Any]]:
    """The population with its best factor, and what was found."""

    def rate(exponent: float) -> float:
        changed = part.with_populations(scaled_threshold(population, 2.0**exponent))
        spikes = simulate(changed, fed, plan=build_plan(changed)).spikes[population.name]
        return spikes.total / max(spikes.samples * spikes.steps * spikes.size, 1)

    before = rate(0.0)
    best, after = 0.0, before
    low, high = (0.0, LARGEST_EXPONENT) if before > aim else (-LARGEST_EXPONENT, 0.0)
    for _ in range(BISECTIONS if before != aim else 0):
        middle = (low + high) / 2
        found = rate(middle)
        if abs(found - aim) < abs(after - aim):
            best, after = middle, found
        low, high = (middle, high) if found > aim else (low, middle)
    found_here = {
        "population": population.name, "factor": 2.0**best, "reference_rate": aim, "rate_before": before,
        "rate_after": after,
    }  # fmt: skip
    return scaled_threshold(population, 2.0**best), found_here


def scaled_threshold(population: Population, factor: float | FloatArray) -> Population:
    """With thresholds ``factor`` (one, or one for each neuron) times as far from the reset."""
    neuron = population.neuron
    if isinstance(factor, float) and factor == 1.0:
        return population
    if isinstance(neuron, Threshold):
        return replace(population, neuron=replace(neuron, v_thresh=neuron.v_thresh * factor))
    assert isinstance(neuron, SpikingNeuron)
    v_thresh = neuron.v_reset + factor * (neuron.v_thresh - neuron.v_reset)
    return replace(population, neuron=replace(neuron, v_thresh=v_thresh, theta=factor * neuron.theta))


def _inputs(network: Network, samples: Samples) -> dict[str, SpikeBatch]:
    """All input spikes by spike source."""
    chunks = list(input_chunks(network, samples))
    if isinstance(chunks[0], SpikeBatch):
        return {network.sources[0].name: SpikeBatch.concatenate(chunks)}
    return dict(chunks[0])


def _reached(network: Network) -> dict[str, set[str]]:
    """The populations that each one's signal reaches."""
    result = {p.name: {q.target for q in network.projections if q.source == p.name} for p in network.populations}
    for _ in result:
        for name, found in result.items():
            result[name] = found.union(*(result[other] for other in found))
    return result


def _loop(reached: Mapping[str, set[str]], name: str) -> set[str]:
    """The population and those that it reaches and that reach it."""
    return {name, *(other for other in reached[name] if name in reached[other])}


def _before(reached: Mapping[str, set[str]], name: str) -> set[str]:
    """The populations whose signal reaches this one, without those of its loop."""
    return {other for other, found in reached.items() if name in found} - _loop(reached, name)


def signal_order(network: Network) -> list[Population]:
    """Computing populations, each after all that feed it; those of a recurrent loop in their own order."""
    reached = _reached(network)
    waiting = [p for p in network.populations if not isinstance(p.neuron, SpikeSource)]
    ordered: list[Population] = []
    while waiting:
        names = {p.name for p in waiting}
        ready = next(p for p in waiting if not _before(reached, p.name) & names)
        ordered.append(ready)
        waiting.remove(ready)
    return ordered


def _part(network: Network, name: str) -> Network:
    """The population, the loop it is in, relays and integrators that feed it, and spike sources in place of the rest."""
    reached = _reached(network)
    members: set[str] = set()
    waiting = {name}
    while waiting:
        members |= set().union(*(_loop(reached, member) for member in waiting))
        feeding = {p.source for p in network.projections if p.target in members}
        waiting = {source for source in feeding - members if is_graded(network.population(source).neuron)}
    projections = tuple(p for p in network.projections if p.target in members)
    needed = members | {p.source for p in projections} | {p.name for p in network.sources}
    populations = tuple(
        p if p.name in members else replace(p, neuron=SpikeSource()) for p in network.populations if p.name in needed
    )
    return replace(network, populations=populations, projections=projections, readout=None, ancestors=())
