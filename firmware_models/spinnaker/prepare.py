"""From PyNN parameters and projections to the integer tables of the compiled kernel."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from neurodeploy.firmware_models.spinnaker import fixed_point as fixed
from neurodeploy.firmware_models.spinnaker.arrays import Int32Array, Int64Array, UInt8Array, UInt16Array
from neurodeploy.firmware_models.spinnaker.local_only import ConvolutionFirmwareProjection, PoolDenseFirmwareProjection
from neurodeploy.firmware_models.spinnaker.network import (
    NEURON_MODELS,
    SOURCE_MODEL,
    AnyProjection,
    FirmwarePopulation,
    LateralFirmwareProjection,
)
from neurodeploy.firmware_models.spinnaker.prepare_local_only import (
    local_only_codes,
    local_only_numbers,
    local_only_row,
)

TABLE_ROWS = (
    "membrane_decay", "resistance", "v_rest", "v_thresh", "i_offset", "v_reset", "refractory_steps",
    "decay_E", "decay_E_mask", "gain_E", "gain_E_mask", "decay_I", "decay_I_mask", "gain_I", "gain_I_mask",
    "e_rev_E", "e_rev_I", "delta_scale", "v",
)  # fmt: skip
CSR, CONTIGUOUS, LATERAL = 0, 1, 2


@dataclass(frozen=True)
class Tables:
    """Kernel inputs; the neurons of population p have the numbers ``offset[p]`` up to ``offset[p + 1]``."""

    neuron_table: Int32Array  # (len(TABLE_ROWS), neurons)
    model: Int64Array  # per population: index into NEURON_MODELS, -1 for the source
    offset: Int64Array  # (populations + 1,)
    shifts: Int64Array  # (populations, 2)
    projection: Int64Array  # (projections, 16): source, target, receptor, kind, delay, weight, row start, data start,
    # then 8 words of 32 bits: which delays occur; local-only projections: kernel_local_only
    indptr: Int64Array
    indices: Int32Array
    weights: UInt16Array
    delays: UInt8Array
    slots: int  # power of two, more than the longest delay


def _u032(value: int) -> tuple[int, int]:
    return fixed.wrap_int32(value), -1 if value >= 1 << 31 else 0


def _neuron_row(model: str, p: dict[str, int], time_step: int) -> list[int]:
    shaped = model != "IF_curr_delta"
    synapse: list[int] = []
    for receptor in ("E", "I"):
        decay, gain = fixed.synaptic_decay_and_gain(time_step, p[f"tau_syn_{receptor}"]) if shaped else (0, 0)
        synapse += [*_u032(decay), *_u032(gain)]
    conductance = model == "IF_cond_exp"
    return [
        fixed.membrane_decay_s1615(time_step, p["tau_m"]),
        fixed.divide_s1615(p["tau_m"], p["cm"]),
        p["v_rest"], p["v_thresh"], p["i_offset"], p["v_reset"],
        fixed.ceiling_of_s1615(fixed.divide_s1615(p["tau_refrac"], time_step)),
        *synapse,
        p["e_rev_E"] if conductance else 0, p["e_rev_I"] if conductance else 0,
        fixed.divide_s1615(fixed.S1615_ONE, time_step), p["v"],
    ]  # fmt: skip


def neuron_table(population: FirmwarePopulation, time_step_ms: float) -> Int32Array:
    """Integer state constants of one population, shape (len(TABLE_ROWS), size).

    Raises:
        ValueError: a parameter is missing, has the wrong shape, is outside s16.15, or makes the chip divide by zero.
    """
    names = ["v_rest", "v_thresh", "i_offset", "v_reset", "tau_refrac", "tau_m", "cm", "v"]
    if population.model != "IF_curr_delta":
        names += ["tau_syn_E", "tau_syn_I"]
    if population.model == "IF_cond_exp":
        names += ["e_rev_E", "e_rev_I"]
    encoded = np.empty((len(names), population.size), dtype=np.int32)
    for row, name in enumerate(names):
        if name not in population.parameters:
            raise ValueError(f"population {population.label!r}: parameter {name!r} is missing")
        values = np.asarray(population.parameters[name], dtype=np.float64)
        if values.shape != (population.size,):
            raise ValueError(
                f"population {population.label!r}: {name} has shape {values.shape}, not ({population.size},)"
            )
        try:
            encoded[row] = fixed.encode_s1615_array(values)
        except ValueError as error:
            raise ValueError(f"population {population.label!r}, {name}: {error}") from error
    time_step = fixed.encode_s1615(time_step_ms)
    unique, inverse = np.unique(encoded, axis=1, return_inverse=True)
    columns = [
        _neuron_row(population.model, dict(zip(names, map(int, column), strict=True)), time_step) for column in unique.T
    ]
    table: Int32Array = np.array(columns, dtype=np.int32).T[:, inverse.ravel()]
    return np.ascontiguousarray(table)


def prepare(
    populations: tuple[FirmwarePopulation, ...], projections: tuple[AnyProjection, ...], time_step_ms: float
) -> Tables:
    """Build the kernel's tables from a checked network."""
    sizes = [0 if p.model == SOURCE_MODEL else p.size for p in populations]
    offset = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
    parts = [neuron_table(p, time_step_ms) for p in populations if p.model != SOURCE_MODEL]
    table = np.concatenate(parts, axis=1) if parts else np.zeros((len(TABLE_ROWS), 0), dtype=np.int32)
    rows = np.zeros((len(projections), 16), dtype=np.int64)
    indptr, indices = [np.zeros(0, np.int64)], [np.zeros(0, np.int32)]
    weights, delays = [np.zeros(0, np.uint16)], [np.zeros(0, np.uint8)]
    longest, pointer_at, data_at = 1, 0, 0
    local_only: list[int] = []
    for number, projection in enumerate(projections):
        if isinstance(projection, LateralFirmwareProjection):
            longest = max(longest, projection.delay)
            rows[number, :6] = (
                projection.source, projection.target, projection.receptor, LATERAL, projection.delay, projection.weight,
            )  # fmt: skip
            continue
        if isinstance(projection, ConvolutionFirmwareProjection | PoolDenseFirmwareProjection):
            local_only.append(number)
            continue
        kind, delay = _kind(projection.indptr, projection.indices, projection.delays)
        longest = max(longest, int(projection.delays.max(initial=1)))
        rows[number, :8] = (
            projection.source, projection.target, projection.receptor, kind, delay, 0, pointer_at, data_at,
        )  # fmt: skip
        for value in np.unique(projection.delays).tolist():
            rows[number, 8 + (value >> 5)] |= 1 << (value & 31)
        indptr.append(projection.indptr.astype(np.int64))
        indices.append(projection.indices.astype(np.int32))
        weights.append(projection.weights.astype(np.uint16))
        delays.append(projection.delays.astype(np.uint8))
        pointer_at += projection.indptr.size
        data_at += projection.indices.size
    for number in local_only:  # their codes, which have neither indices nor delays, come last
        projection = projections[number]
        assert isinstance(projection, ConvolutionFirmwareProjection | PoolDenseFirmwareProjection)
        longest = max(longest, projection.delay)
        rows[number] = local_only_row(projection, pointer_at, data_at)
        indptr.append(local_only_numbers(projection))
        weights.append(local_only_codes(projection))
        pointer_at += indptr[-1].size
        data_at += weights[-1].size
    model = np.array(
        [-1 if p.model == SOURCE_MODEL else NEURON_MODELS.index(p.model) for p in populations], dtype=np.int64
    )
    return Tables(
        table, model, offset, np.array([p.ring_buffer_shifts for p in populations], dtype=np.int64), rows,
        np.concatenate(indptr), np.concatenate(indices), np.concatenate(weights), np.concatenate(delays),
        1 << longest.bit_length(),
    )  # fmt: skip


def _kind(indptr: Int64Array, indices: Int32Array, delays: UInt8Array) -> tuple[int, int]:
    """CONTIGUOUS and the delay when all delays are equal and every row targets consecutive neurons, else CSR and 0."""
    if indices.size == 0 or delays.min() != delays.max():
        return CSR, 0
    inside = np.ones(indices.size, dtype=bool)
    inside[indptr[:-1][indptr[:-1] < indices.size]] = False
    steps = np.diff(indices.astype(np.int64), prepend=indices[0] - 1)
    return (CONTIGUOUS, int(delays[0])) if bool(np.all(steps[inside] == 1)) else (CSR, 0)
