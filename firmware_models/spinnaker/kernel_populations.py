"""Compiled step of every neuron of a network."""

from __future__ import annotations

from numba import njit

from neurodeploy.firmware_models.spinnaker.arrays import Int32Array, Int64Array, UInt8Array
from neurodeploy.firmware_models.spinnaker.kernel_neurons import (
    reset_fired_neurons,
    transfer_ring_slot,
    update_conductance_neurons,
    update_current_neurons,
    update_delta_neurons,
)


@njit(cache=True, nogil=True, forceinline=True)  # 10 % faster than a call for small networks
def advance_populations(
    slot: int,
    table: Int32Array,
    model: Int64Array,
    offset: Int64Array,
    shifts: Int64Array,
    ring: Int32Array,
    common: Int32Array,
    used: UInt8Array,
    voltage: Int32Array,
    refractory: Int32Array,
    synapse: Int32Array,
    fired: UInt8Array,
    spikes: Int64Array,
    saturations: Int64Array,
) -> None:
    """One step of every neuron: the ring-buffer slot, the membrane, the threshold; ``spikes`` per population."""
    for p in range(model.size):
        if model[p] < 0:
            continue
        a, b = offset[p], offset[p + 1]
        for receptor in range(2):
            if used[slot, receptor, p]:
                gain = 9 + 4 * receptor
                saturations[p, receptor] += transfer_ring_slot(
                    ring[slot, receptor, a:b],
                    common[slot, receptor, p],
                    shifts[p, receptor],
                    table[gain, a:b],
                    table[gain + 1, a:b],
                    model[p] != 1,
                    synapse[receptor, a:b],
                )
                common[slot, receptor, p] = 0
                used[slot, receptor, p] = 0
        args = (voltage[a:b], refractory[a:b], synapse[0, a:b], synapse[1, a:b], table[:, a:b], fired[a:b])
        if model[p] == 0:
            spikes[p] = update_current_neurons(*args)
        elif model[p] == 1:
            spikes[p] = update_delta_neurons(*args)
        else:
            spikes[p] = update_conductance_neurons(*args)
        if spikes[p]:
            reset_fired_neurons(voltage[a:b], refractory[a:b], table[:, a:b], fired[a:b])
