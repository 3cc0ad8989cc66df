"""Running a mapping on the bit-exact firmware model."""

from __future__ import annotations

import numpy as np

from neurodeploy.errors import NeurodeployError
from neurodeploy.firmware_models.spinnaker import (
    FirmwarePopulation,
    FirmwareProjection,
    LateralFirmwareProjection,
    run_firmware,
)
from neurodeploy.network import Activity, SpikeBatch
from neurodeploy.simulation import effective_events, synaptic_events
from neurodeploy.targets.spinnaker.mapping import PynnProjection, SpinnakerMapping, firmware_population


def firmware_network(
    mapping: SpinnakerMapping,
) -> tuple[list[FirmwarePopulation], list[FirmwareProjection | LateralFirmwareProjection]]:
    """The mapping as the firmware model takes it."""
    return [firmware_population(p) for p in mapping.populations], [_projection(p) for p in mapping.projections]


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
    recorded = tuple(i for i, p in enumerate(mapping.populations) if p.model != "SpikeSourceArray" and record_voltages)
    result = run_firmware(
        populations, projections, time_step_ms=mapping.lowered.dt, steps=inputs.steps, samples=inputs.samples,
        source_indptr=inputs.indptr, source_neurons=inputs.neurons, record_voltages=recorded,
    )  # fmt: skip
    spikes = {}
    for i, population in enumerate(mapping.populations):
        spikes[population.label] = (
            inputs
            if population.model == "SpikeSourceArray"
            else SpikeBatch(
                inputs.samples, inputs.steps, population.size, result.spike_indptr[i], result.spike_neurons[i]
            )
        )
    voltages = {mapping.populations[i].label: v / 32768.0 for i, v in result.voltages.items()}
    saturations = {p.label: int(result.saturations[i].sum()) for i, p in enumerate(mapping.populations)}
    lowered = mapping.lowered
    present, effective = synaptic_events(lowered, spikes), effective_events(lowered, spikes)
    return Activity(spikes, present, voltages, saturations, effective)


def _projection(projection: PynnProjection) -> FirmwareProjection | LateralFirmwareProjection:
    ends = (projection.source, projection.target)
    if projection.all_but_self:
        return LateralFirmwareProjection(
            *ends, int(projection.stored[0]), projection.longest_delay, projection.receptor
        )
    delays = np.broadcast_to(np.asarray(projection.delay_steps), projection.indices.shape).astype(np.uint8)
    return FirmwareProjection(
        *ends, projection.indptr, projection.indices, projection.stored.astype(np.uint16), delays, projection.receptor
    )
