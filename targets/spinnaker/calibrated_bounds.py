"""How large the summed input of one step was on sample data: usually far below what any bound from the network alone allows.

The largest sum of a sample (any neuron, any step) is the maximum of many, so over the samples it follows a Gumbel
distribution with the scale ``std sqrt(6) / pi`` and the location ``mean - 0.5772 scale`` (method of moments; Gumbel 1958,
*Statistics of Extremes*).  Its quantile of ``1 - 1e-6`` is the bound: one sample in a million goes beyond it, if they are
like those measured.  What goes beyond saturates the ring buffer, which the firmware model counts; it never wraps.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from scipy import sparse

from neurodeploy.network import LateralInhibition, Network, Projection, SpikeBatch
from neurodeploy.network.arrays import FloatArray
from neurodeploy.simulation import build_plan, simulate

TAIL_PROBABILITY = 1e-6
_CHUNK = 16

Bounds = Mapping[str, tuple[float, float]]


def calibrated_bounds(network: Network, inputs: SpikeBatch) -> Bounds:
    """Excitatory and inhibitory bound of each population, in the units of the weights, from a run of ``inputs``.

    The network runs in the float reference simulator, 16 samples at a time, each from the initial state.
    """
    plan = build_plan(network)
    receptors = {(p.target, 0 if p.receptor == "excitatory" else 1) for p in network.projections}
    largest: dict[tuple[str, int], list[FloatArray]] = {key: [] for key in sorted(receptors)}
    for first in range(0, inputs.samples, _CHUNK):
        spikes = simulate(network, inputs.part(first, min(first + _CHUNK, inputs.samples)), plan=plan).spikes
        for (population, receptor), found in largest.items():
            found.append(_largest_sums(network, population, receptor, spikes))
    bounds = {key: gumbel_quantile(np.concatenate(found)) for key, found in largest.items()}
    return {p.name: (bounds.get((p.name, 0), 0.0), bounds.get((p.name, 1), 0.0)) for p in network.populations}


def gumbel_quantile(maxima: FloatArray, tail_probability: float = TAIL_PROBABILITY) -> float:
    """What a Gumbel distribution of the moments of ``maxima`` exceeds with ``tail_probability``; at least the largest."""
    scale = float(np.std(maxima)) * math.sqrt(6) / math.pi
    location = float(np.mean(maxima)) - np.euler_gamma * scale
    return max(float(np.max(maxima)), location - scale * math.log(-math.log1p(-tail_probability)))


def _largest_sums(network: Network, population: str, receptor: int, spikes: Mapping[str, SpikeBatch]) -> FloatArray:
    """The largest sum of absolute weights that arrive at a neuron in one step, for each sample."""
    samples, steps = next((batch.samples, batch.steps) for batch in spikes.values())
    size = network.population(population).size
    sums = np.zeros((samples, steps, size))
    for projection in network.projections:
        if projection.target == population and (projection.receptor != "excitatory") == bool(receptor):
            for delay, arriving in _arriving(network, projection, spikes[projection.source]):
                sums[:, delay:] += arriving.reshape(samples, steps, size)[:, : max(steps - delay, 0)]
    largest: FloatArray = sums.max(axis=(1, 2), initial=0.0)
    return largest


def _arriving(network: Network, projection: Projection, batch: SpikeBatch) -> Iterator[tuple[int, FloatArray]]:
    """Summed absolute weights of the spikes of each step, ``(samples * steps, targets)``, by delay in steps."""
    rows = batch.samples * batch.steps
    raster = sparse.csr_array((np.ones(batch.total), batch.neurons, batch.indptr), shape=(rows, batch.size))
    if isinstance(projection.connectivity, LateralInhibition):
        weight = float(np.abs(projection.weights.decoded()).max(initial=0.0))
        yield projection.shortest_delay, weight * (raster.sum(axis=1)[:, None] - raster.toarray())
        return
    indptr, targets, values, at = network.expand(projection)
    sources = np.repeat(np.arange(batch.size), np.diff(indptr))
    one = isinstance(projection.delay, int)
    delays = np.full(len(values), projection.delay) if one else np.ravel(projection.delay)[at]
    shape = (batch.size, network.population(projection.target).size)
    for delay in np.unique(delays):
        here = delays == delay
        weights = sparse.csr_array((np.abs(values[here]), (sources[here], targets[here])), shape=shape)
        product: Any = raster @ weights
        yield int(delay), product.toarray()
