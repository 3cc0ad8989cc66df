"""The network description the firmware model runs, and the result it returns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from neurodeploy.firmware_models.spinnaker.arrays import Float64Array, Int32Array, Int64Array, UInt8Array, UInt16Array
from neurodeploy.firmware_models.spinnaker.local_only import (
    ConvolutionFirmwareProjection,
    PoolDenseFirmwareProjection,
    check_local_only,
)

SOURCE_MODEL = "SpikeSourceArray"
NEURON_MODELS = ("IF_curr_exp", "IF_curr_delta", "IF_cond_exp")


@dataclass(frozen=True)
class FirmwarePopulation:
    """One population.

    Attributes:
        label: name used in messages.
        model: "SpikeSourceArray" or one of ``NEURON_MODELS``.
        size: number of neurons.
        parameters: PyNN parameter names and units plus the initial membrane potential "v"; each shape (size,).
        ring_buffer_shifts: left shifts of the excitatory and the inhibitory ring buffer.
    """

    label: str
    model: str
    size: int
    parameters: Mapping[str, Float64Array] = field(default_factory=dict)
    ring_buffer_shifts: tuple[int, int] = (0, 0)


@dataclass(frozen=True)
class FirmwareProjection:
    """Static synapses as stored in the synaptic rows, compressed by source neuron.

    Attributes:
        source, target: indices into the list of populations.
        indptr: shape (source size + 1,); synapses of source neuron i are indptr[i]:indptr[i + 1].
        indices: target neuron of each synapse.
        weights: stored 16-bit weight of each synapse.
        delays: whole time steps >= 1 of each synapse.
        receptor: 0 excitatory, 1 inhibitory.
    """

    source: int
    target: int
    indptr: Int64Array
    indices: Int32Array
    weights: UInt16Array
    delays: UInt8Array
    receptor: int


@dataclass(frozen=True)
class LateralFirmwareProjection:
    """Every neuron i to every neuron but i, of the same or an equally large population, with one weight and one delay.

    Attributes:
        source, target: indices into the list of populations.
        weight: stored 16-bit weight.
        delay: whole time steps >= 1.
        receptor: 0 excitatory, 1 inhibitory.
    """

    source: int
    target: int
    weight: int
    delay: int
    receptor: int


AnyProjection = (
    FirmwareProjection | LateralFirmwareProjection | ConvolutionFirmwareProjection | PoolDenseFirmwareProjection
)


@dataclass(frozen=True)
class FirmwareResult:
    """What one run produced.

    Attributes:
        spike_counts: per population, int64 of shape (samples, size).
        spike_indptr: per population, int64 of shape (samples * steps + 1,): spikes of sample s, step t are entries
            spike_indptr[s * steps + t] up to the next one of ``spike_neurons``.
        spike_neurons: per population, int32 neuron indices, ascending within a step.
        voltages: for recorded populations, s16.15 potentials before each step's update, (samples, steps, size).
        saturations: int64 (populations, 2): ring-buffer entries (neuron and step) that had to be clipped to 65535.
        synaptic_events: int64 per projection: synapses processed.
    """

    spike_counts: tuple[Int64Array, ...]
    spike_indptr: tuple[Int64Array, ...]
    spike_neurons: tuple[Int32Array, ...]
    voltages: Mapping[int, Int32Array]
    saturations: Int64Array
    synaptic_events: Int64Array


def _check_local_only(
    name: str,
    projection: ConvolutionFirmwareProjection | PoolDenseFirmwareProjection,
    populations: tuple[FirmwarePopulation, ...],
) -> None:
    target = populations[projection.target]
    if target.model != "IF_curr_exp":
        raise ValueError(f"{name}: local-only synapses exist for IF_curr_exp only, not for {target.model}")
    try:
        check_local_only(projection, populations[projection.source].size, target.size)
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from error


def check_network(populations: tuple[FirmwarePopulation, ...], projections: tuple[AnyProjection, ...]) -> None:
    """Raise ValueError, saying what and where, when a description cannot be run."""
    if sum(p.model == SOURCE_MODEL for p in populations) != 1:
        raise ValueError("exactly one SpikeSourceArray population is required")
    for population in populations:
        if population.model not in (SOURCE_MODEL, *NEURON_MODELS):
            raise ValueError(f"population {population.label!r}: unknown model {population.model!r}")
        if population.size < 1:
            raise ValueError(f"population {population.label!r} has no neurons")
        if not all(0 <= shift <= 31 for shift in population.ring_buffer_shifts):
            raise ValueError(f"population {population.label!r}: shifts {population.ring_buffer_shifts} not in 0..31")
    for number, projection in enumerate(projections):
        name = f"projection {number}"
        if not (0 <= projection.source < len(populations) and 0 <= projection.target < len(populations)):
            raise ValueError(f"{name}: population index out of range")
        if populations[projection.target].model == SOURCE_MODEL:
            raise ValueError(f"{name}: a SpikeSourceArray cannot be a target")
        if isinstance(projection, ConvolutionFirmwareProjection | PoolDenseFirmwareProjection):
            _check_local_only(name, projection, populations)
            continue
        if projection.receptor not in (0, 1):
            raise ValueError(f"{name}: receptor must be 0 or 1, not {projection.receptor}")
        if isinstance(projection, LateralFirmwareProjection):
            if populations[projection.source].size != populations[projection.target].size:
                raise ValueError(f"{name}: a lateral projection joins populations of the same size")
            if not (1 <= projection.delay <= 255 and 0 <= projection.weight <= 0xFFFF):
                raise ValueError(f"{name}: delay must be 1..255 and weight 0..65535")
            continue
        synapses = projection.indices.size
        if projection.indptr.shape != (populations[projection.source].size + 1,):
            raise ValueError(f"{name}: indptr must have one entry per source neuron plus one")
        if projection.indptr[0] != 0 or projection.indptr[-1] != synapses or np.any(np.diff(projection.indptr) < 0):
            raise ValueError(f"{name}: indptr must rise from 0 to the number of synapses")
        if projection.weights.size != synapses or projection.delays.size != synapses:
            raise ValueError(f"{name}: indices, weights and delays differ in length")
        if (
            synapses
            and not 0 <= projection.indices.min() <= projection.indices.max() < populations[projection.target].size
        ):
            raise ValueError(f"{name}: target index out of range")
        if synapses and projection.delays.min() < 1:
            raise ValueError(f"{name}: delays must be at least one step")
