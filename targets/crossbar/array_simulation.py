"""Spiking inference on a chip: binary vectors, currents, neuron circuits, spikes, layer by layer.

A chip whose arrays are linear computes a network of other weights: the float simulator runs it. Otherwise (read noise, converters, inputs
on gates behind resistive lines) each array is read for every step in which a row is on, and what it gives goes into the membranes as a
graded input; the neurons' equations are the simulator's in both cases.

Noise is drawn for each sample from the chip's seed and the sample's own input spikes, so that results depend neither on the batch nor
on threads; two samples with the same spikes meet the same noise.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from zlib import crc32

import numba
import numpy as np

from neurodeploy.network import (
    Activity,
    Network,
    OneToOne,
    Population,
    Projection,
    SpikeBatch,
    SpikeSource,
    Weights,
)
from neurodeploy.network.arrays import FloatArray
from neurodeploy.network.validation import evaluation_order
from neurodeploy.simulation import effective_events, simulate, synaptic_events
from neurodeploy.targets.crossbar.chip import Chip, ProgrammedArray

MOST_CURRENTS = 1 << 24
"""Of all samples that are read together: 128 MB of graded events."""


def run_on_chip(chip: Chip, lowered: Network, inputs: SpikeBatch) -> Activity:
    """Run samples, each from the initial state; synaptic events are those of ``lowered``: spikes times synapses that exist.

    ``saturations``: conversions that were clipped, under the population that they were made for.
    """
    if chip.linear:
        found = simulate(chip.effective, inputs, plan=chip.plan)
    else:
        found = Activity.concatenate([_read_every_step(chip, part) for part in groups(chip, inputs)])
    return replace(
        found,
        synaptic_events=synaptic_events(lowered, found.spikes),
        effective_events=effective_events(lowered, found.spikes),
    )


def groups(chip: Chip, inputs: SpikeBatch) -> Iterator[SpikeBatch]:
    """Samples in groups whose read currents, one for each step and output, are at most :data:`MOST_CURRENTS`."""
    widest = max((array.mapping.tiling.shape[1] for array in chip.arrays.values()), default=1)
    together = max(1, MOST_CURRENTS // max(1, inputs.steps * widest))
    for first in range(0, max(1, inputs.samples), together):
        yield inputs.part(first, min(first + together, inputs.samples))


def _read_every_step(chip: Chip, inputs: SpikeBatch) -> Activity:
    network = chip.network
    keys = sample_keys(inputs)
    spikes = {network.sources[0].name: inputs}
    voltages: dict[str, FloatArray] = {}
    saturations: dict[str, int] = {}
    for population in evaluation_order(network):
        if population.name in spikes:
            continue
        arrays = [p for p in network.projections if p.target == population.name and p.name in chip.arrays]
        drives = {}
        for number, projection in enumerate(network.projections):
            if projection in arrays:
                drives[projection.name], clipped = _driven(
                    chip.arrays[projection.name], spikes[projection.source], keys, chip.seed, number
                )
                saturations[population.name] = saturations.get(population.name, 0) + clipped
        if not drives:  # nothing reaches it but its own inhibition
            drives = {population.name + " ": SpikeBatch.from_dense(np.zeros((inputs.samples, inputs.steps, 1), bool))}
        found = simulate(layer_of(network, population, arrays), drives)
        spikes[population.name] = found.spikes[population.name]
        voltages |= {name: values for name, values in found.voltages.items() if name == population.name}
    return Activity({p.name: spikes[p.name] for p in network.populations}, {}, voltages, saturations)


def layer_of(network: Network, population: Population, arrays: list[Projection]) -> Network:
    """A population with its own lateral inhibition; each of ``arrays`` is a source that sends what the array gave."""
    ones = Weights(values=np.ones(population.size, np.float32))
    sources = [Population(p.name, (population.size,), SpikeSource()) for p in arrays]
    feeds = [replace(p, source=p.name, connectivity=OneToOne(), weights=ones, delay=p.shortest_delay) for p in arrays]
    if not sources:
        sources = [Population(population.name + " ", (1,), SpikeSource())]
    own = [p for p in network.projections if p.target == population.name == p.source]
    readout = network.readout if network.readout and network.readout.population == population.name else None
    return Network((*sources, population), (*feeds, *own), network.dt, readout=readout)


def sample_keys(inputs: SpikeBatch) -> list[int]:
    """A number of each sample that only its spikes decide."""
    result = []
    for sample in range(inputs.samples):
        part = inputs.sample(sample)
        result.append(crc32(part.neurons.tobytes(), crc32(part.indptr.tobytes())))
    return result


def _driven(
    array: ProgrammedArray, spikes: SpikeBatch, keys: list[int], seed: int, number: int
) -> tuple[SpikeBatch, int]:
    """What an array gives for every step of every sample, as graded events of its outputs; and the clipped conversions."""

    def one(sample: int) -> tuple[SpikeBatch, int]:
        dense = spikes.sample(sample).dense()[0]
        active = np.flatnonzero(dense.any(axis=1))
        mixed = (seed << 40) + (keys[sample] << 8) + number
        values, clipped = array.drive(dense[active], mixed)
        outputs = values.shape[1]
        counts = np.zeros(spikes.steps, np.int64)
        counts[active] = outputs
        neurons = np.tile(np.arange(outputs, dtype=np.int32), len(active))
        indptr = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
        return SpikeBatch(1, spikes.steps, outputs, indptr, neurons, values.ravel().astype(np.float32)), clipped

    if not keys:
        nothing = np.zeros((0, spikes.steps, array.mapping.tiling.shape[1]))
        return SpikeBatch.from_dense(nothing, graded=True), 0
    with ThreadPoolExecutor(numba.get_num_threads()) as pool:
        found = list(pool.map(one, range(spikes.samples)))
    return SpikeBatch.concatenate([batch for batch, _ in found]), sum(clipped for _, clipped in found)
