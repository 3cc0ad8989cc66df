"""Compiled per-step neuron updates in the chip's integer arithmetic.

Every array is int32 and has shape (number of neurons,).  A product of two s16.15 numbers is the low 32 bits of
``(a * b) >> 15`` (floor, no saturation), as the ARM compiler's ``accum`` arithmetic does; sums wrap.
An unsigned u0.32 factor ``u`` is stored as the int32 with the same bits plus a mask that is -1 where ``u >= 2**31``:
``(s * u) >> 32 == high_half(s * int32(u)) + (s & mask)``, which compilers turn into vector instructions.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from neurodeploy.firmware_models.spinnaker.arrays import Int32Array, Scalar, UInt8Array

RING_BUFFER_MAXIMUM = 65535
SHIFT_CONDUCTANCE = 10  # undoes the factor 1024 that the host applies to conductance weights


@njit(cache=True, inline="always")
def multiply_s1615(a: Scalar, b: Scalar) -> Scalar:
    """Low 32 bits of floor(a * b / 2^15)."""
    return np.int32((np.int64(a) * np.int64(b)) >> 15)


@njit(cache=True, inline="always")
def multiply_u032(value: Scalar, factor: Scalar, mask: Scalar) -> Scalar:
    """floor(value * u / 2^32) for the u0.32 factor stored as (factor, mask)."""
    high = np.int32((np.int64(value) * np.int64(factor)) >> 32)
    return np.int32(high + (value & mask))


@njit(cache=True, nogil=True)
def transfer_ring_slot(
    slot: Int32Array,
    common: Scalar,
    shift: Scalar,
    gain: Int32Array,
    gain_mask: Int32Array,
    shaped: bool,
    synapse: Int32Array,
) -> int:
    """Add one ring-buffer slot to the synaptic state and clear it; returns how many entries had saturated.

    ``slot`` holds unclipped sums of the 16-bit weights, to which ``common`` (the same for every neuron) is added.
    Clipping the sum once equals the chip's saturating additions because weights are never negative.
    """
    saturated = 0
    for i in range(slot.size):
        total = np.int32(slot[i] + common)
        saturated += 1 if total > RING_BUFFER_MAXIMUM else 0
        value: Scalar = np.int32(min(total, np.int32(RING_BUFFER_MAXIMUM)) << shift)
        slot[i] = 0
        if shaped:
            value = multiply_u032(value, gain[i], gain_mask[i])
        synapse[i] = np.int32(synapse[i] + value)
    return saturated


@njit(cache=True, inline="always")
def _integrate(current: Scalar, voltage: Scalar, decay: Scalar, resistance: Scalar, rest: Scalar) -> Scalar:
    """Closed-form step of the membrane: alpha - decay * (alpha - voltage) with alpha = current * resistance + rest."""
    alpha = np.int32(multiply_s1615(current, resistance) + rest)
    return np.int32(alpha - multiply_s1615(decay, np.int32(alpha - voltage)))


@njit(cache=True, nogil=True)
def update_current_neurons(
    voltage: Int32Array,
    refractory: Int32Array,
    excitatory: Int32Array,
    inhibitory: Int32Array,
    table: Int32Array,
    fired: UInt8Array,
) -> int:
    """One step of IF_curr_exp; ``table`` has the rows of ``prepare.TABLE_ROWS``. Returns the number of spikes."""
    decay, resistance, rest, threshold, offset = table[0], table[1], table[2], table[3], table[4]
    decay_e, mask_e, decay_i, mask_i = table[7], table[8], table[11], table[12]
    spikes = 0
    for i in range(voltage.size):
        current = np.int32(excitatory[i] - inhibitory[i] + offset[i])
        new = _integrate(current, voltage[i], decay[i], resistance[i], rest[i])
        active = refractory[i] <= 0
        new = new if active else voltage[i]
        refractory[i] = refractory[i] if active else np.int32(refractory[i] - 1)
        voltage[i] = new
        spike = new >= threshold[i]
        fired[i] = spike
        spikes += spike
        excitatory[i] = multiply_u032(excitatory[i], decay_e[i], mask_e[i])
        inhibitory[i] = multiply_u032(inhibitory[i], decay_i[i], mask_i[i])
    return spikes


@njit(cache=True, nogil=True)
def update_conductance_neurons(
    voltage: Int32Array,
    refractory: Int32Array,
    excitatory: Int32Array,
    inhibitory: Int32Array,
    table: Int32Array,
    fired: UInt8Array,
) -> int:
    """One step of IF_cond_exp: conductances (stored times 1024) become currents through the reversal potentials."""
    decay, resistance, rest, threshold, offset = table[0], table[1], table[2], table[3], table[4]
    decay_e, mask_e, decay_i, mask_i = table[7], table[8], table[11], table[12]
    reversal_e, reversal_i = table[15], table[16]
    spikes = 0
    for i in range(voltage.size):
        before = voltage[i]
        conductance_e = np.int32(excitatory[i] >> SHIFT_CONDUCTANCE)
        conductance_i = np.int32(inhibitory[i] >> SHIFT_CONDUCTANCE)
        current_e = multiply_s1615(conductance_e, np.int32(reversal_e[i] - before))
        current_i = multiply_s1615(np.int32(-conductance_i), np.int32(reversal_i[i] - before))
        current = np.int32(current_e - current_i + offset[i])
        new = _integrate(current, before, decay[i], resistance[i], rest[i])
        active = refractory[i] <= 0
        new = new if active else before
        refractory[i] = refractory[i] if active else np.int32(refractory[i] - 1)
        voltage[i] = new
        spike = new >= threshold[i]
        fired[i] = spike
        spikes += spike
        excitatory[i] = multiply_u032(excitatory[i], decay_e[i], mask_e[i])
        inhibitory[i] = multiply_u032(inhibitory[i], decay_i[i], mask_i[i])
    return spikes


@njit(cache=True, nogil=True)
def update_delta_neurons(
    voltage: Int32Array,
    refractory: Int32Array,
    excitatory: Int32Array,
    inhibitory: Int32Array,
    table: Int32Array,
    fired: UInt8Array,
) -> int:
    """One step of IF_curr_delta: the input of this step alone, times 1 / time step, acts as a current."""
    decay, resistance, rest, threshold, offset, scale = table[0], table[1], table[2], table[3], table[4], table[17]
    spikes = 0
    for i in range(voltage.size):
        current_e = multiply_s1615(excitatory[i], scale[i])
        current_i = multiply_s1615(inhibitory[i], scale[i])
        current = np.int32(current_e - current_i + offset[i])
        new = _integrate(current, voltage[i], decay[i], resistance[i], rest[i])
        active = refractory[i] <= 0
        new = new if active else voltage[i]
        refractory[i] = refractory[i] if active else np.int32(refractory[i] - 1)
        voltage[i] = new
        spike = new >= threshold[i]
        fired[i] = spike
        spikes += spike
        excitatory[i] = 0
        inhibitory[i] = 0
    return spikes


@njit(cache=True, nogil=True)
def reset_fired_neurons(voltage: Int32Array, refractory: Int32Array, table: Int32Array, fired: UInt8Array) -> None:
    """A neuron that fired starts its refractory countdown at the reset potential."""
    for i in range(voltage.size):
        if fired[i]:
            voltage[i] = table[5, i]
            refractory[i] = table[6, i]
