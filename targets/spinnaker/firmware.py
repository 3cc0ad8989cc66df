"""Running a mapping on the bit-exact firmware model."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from neurodeploy.errors import NeurodeployError
from neurodeploy.firmware_models.spinnaker import (
    ConvolutionFirmwareProjection,
    FirmwarePopulation,
    FirmwareProjection,
    LateralFirmwareProjection,
    run_firmware,
)
from neurodeploy.network import Activity, SpikeBatch
from neurodeploy.simulation import effective_events, synaptic_events
from neurodeploy.targets.spinnaker.mapping import SpinnakerMapping, firmware_population
from neurodeploy.targets.spinnaker.planes import parts_by_name, put_together
from neurodeploy.targets.spinnaker.pynn_network import PynnConvolution, PynnProjection

AnyProjection = FirmwareProjection | LateralFirmwareProjection | ConvolutionFirmwareProjection


def firmware_network(mapping: SpinnakerMapping) -> tuple[list[FirmwarePopulation], list[AnyProjection]]:
    """The mapping as the firmware model takes it: with one source, whatever planes the input has on a board."""
    place = _places(mapping)
    populations: list[FirmwarePopulation] = []
    for index, population in enumerate(mapping.populations):
        if place[index] == len(populations):
            size = _size(mapping, index)
            populations.append(firmware_population(replace(population, label=_name(mapping, index), size=size)))
    projections: list[AnyProjection] = [_projection(mapping, p, place) for p in mapping.projections]
    return populations, projections + [c for p in mapping.convolutions for c in _convolution(mapping, p, place)]


def _is_source(mapping: SpinnakerMapping, index: int) -> bool:
    return mapping.populations[index].model == "SpikeSourceArray"


def _name(mapping: SpinnakerMapping, index: int) -> str:
    population = mapping.populations[index]
    return population.part_of if _is_source(mapping, index) else population.label


def _size(mapping: SpinnakerMapping, index: int) -> int:
    """Neurons of a population, of all input where it is part of it."""
    if not _is_source(mapping, index):
        return mapping.populations[index].size
    return sum(p.size for p in mapping.populations if p.model == "SpikeSourceArray")


def _places(mapping: SpinnakerMapping) -> list[int]:
    """Number in the firmware model of every population of the mapping."""
    places: list[int] = []
    for index in range(len(mapping.populations)):
        sources = [i for i in range(index) if _is_source(mapping, i)] if _is_source(mapping, index) else []
        places.append(places[sources[0]] if sources else len(set(places)))
    return places


def run_on_model(mapping: SpinnakerMapping, inputs: SpikeBatch, *, record_voltages: bool = False) -> Activity:
    """Run a batch, every sample from the initial state; voltages in mV, before each step's update.

    Raises:
        NeurodeployError: ND501 for graded input.
    """
    if inputs.values is not None:
        raise NeurodeployError(
            "ND501", "The input is graded; SpiNNaker's sources send spikes.", "Encode the samples as spikes."
        )
    populations, projections = firmware_network(mapping)
    place = _places(mapping)
    recorded = tuple(i for i, p in enumerate(populations) if p.model != "SpikeSourceArray" and record_voltages)
    result = run_firmware(
        populations, projections, time_step_ms=mapping.lowered.dt, steps=inputs.steps, samples=inputs.samples,
        source_indptr=inputs.indptr, source_neurons=inputs.neurons, record_voltages=recorded,
    )  # fmt: skip
    neurons = [i for i in range(len(mapping.populations)) if not _is_source(mapping, i)]
    found = {
        i: SpikeBatch(
            inputs.samples, inputs.steps, mapping.populations[i].size, result.spike_indptr[place[i]],
            result.spike_neurons[place[i]],
        )
        for i in neurons
    }  # fmt: skip
    together = put_together(mapping.populations, found)
    spikes = {population.name: together.get(population.name, inputs) for population in mapping.lowered.populations}
    voltages = {}
    saturations = {population.name: 0 for population in mapping.lowered.populations}
    for name, parts in parts_by_name(mapping.populations).items():
        saturations[name] = sum(int(result.saturations[number].sum()) for number in {place[i] for i in parts})
        if place[parts[0]] in result.voltages:
            voltages[name] = np.concatenate([result.voltages[place[i]] for i in parts], axis=2) / 32768.0
    lowered = mapping.lowered
    present, effective = synaptic_events(lowered, spikes), effective_events(lowered, spikes)
    return Activity(spikes, present, voltages, saturations, effective)


def _projection(
    mapping: SpinnakerMapping, projection: PynnProjection, place: list[int]
) -> FirmwareProjection | LateralFirmwareProjection:
    ends = (place[projection.source], place[projection.target])
    if projection.all_but_self:
        return LateralFirmwareProjection(
            *ends, int(projection.stored[0]), projection.longest_delay, projection.receptor
        )
    delays = np.broadcast_to(np.asarray(projection.delay_steps), projection.indices.shape).astype(np.uint8)
    source, size = mapping.populations[projection.source], _size(mapping, projection.source)
    indptr = np.zeros(size + 1, np.int64) + len(projection.indices)
    indptr[: source.first] = 0
    if not _is_source(mapping, projection.source):
        indptr = projection.indptr
    else:
        indptr[source.first : source.first + source.size + 1] = projection.indptr
    return FirmwareProjection(
        *ends, indptr, projection.indices, projection.stored.astype(np.uint16), delays, projection.receptor
    )


def _convolution(
    mapping: SpinnakerMapping, convolution: PynnConvolution, place: list[int]
) -> Iterator[ConvolutionFirmwareProjection]:
    for o, i, target, source in convolution.pairs():
        before, after = mapping.populations[source], mapping.populations[target]
        assert before.plane is not None and after.plane is not None
        yield ConvolutionFirmwareProjection(
            place[source], place[target], (before.plane.width, before.plane.height), (after.plane.width, after.plane.height),
            convolution.chip_kernel(o, i), convolution.delay_steps, convolution.padding,
            source_first=before.first if _is_source(mapping, source) else 0,
        )  # fmt: skip
