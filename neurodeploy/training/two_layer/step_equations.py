"""Steps 1 to 3 of the presentation (see ``presentation.py``), vectorised over the neurons."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from neurodeploy.kernels import substituted
from neurodeploy.training.two_layer.parameters import StepConstants


@substituted
def deliver(
    weights: NDArray[np.float32],
    inputs: NDArray[np.int32],
    begin: int,
    end: int,
    keep: np.float32,
    g_excitatory: NDArray[np.float32],
) -> None:
    """Step 1: decay of the conductance and the input spikes' weights, four rows at a time."""
    width = np.uint64(g_excitatory.size)
    event = begin
    if end - event >= 4:
        r0, r1 = np.uint64(inputs[event]), np.uint64(inputs[event + 1])
        r2, r3 = np.uint64(inputs[event + 2]), np.uint64(inputs[event + 3])
        for j in range(width):
            total = (weights[r0, j] + weights[r1, j]) + (weights[r2, j] + weights[r3, j])
            g_excitatory[j] = keep * g_excitatory[j] + total
        event += 4
    elif end - event == 3:
        r0, r1 = np.uint64(inputs[event]), np.uint64(inputs[event + 1])
        r2 = np.uint64(inputs[event + 2])
        for j in range(width):
            pair = (keep * g_excitatory[j] + weights[r0, j]) + weights[r1, j]
            g_excitatory[j] = pair + weights[r2, j]
        event += 3
    elif end - event == 2:
        r0, r1 = np.uint64(inputs[event]), np.uint64(inputs[event + 1])
        for j in range(width):
            g_excitatory[j] = (keep * g_excitatory[j] + weights[r0, j]) + weights[r1, j]
        event += 2
    elif end - event == 1:
        r0 = np.uint64(inputs[event])
        for j in range(width):
            g_excitatory[j] = keep * g_excitatory[j] + weights[r0, j]
        event += 1
    else:
        for j in range(width):
            g_excitatory[j] = keep * g_excitatory[j]
    while end - event >= 4:
        r0, r1 = np.uint64(inputs[event]), np.uint64(inputs[event + 1])
        r2, r3 = np.uint64(inputs[event + 2]), np.uint64(inputs[event + 3])
        for j in range(width):
            total = (weights[r0, j] + weights[r1, j]) + (weights[r2, j] + weights[r3, j])
            g_excitatory[j] = g_excitatory[j] + total
        event += 4
    while event < end:
        r0 = np.uint64(inputs[event])
        for j in range(width):
            g_excitatory[j] = g_excitatory[j] + weights[r0, j]
        event += 1


@substituted
def inhibit(
    constants: StepConstants,
    spike_neuron: NDArray[np.int32],
    first: int,
    last: int,
    own: NDArray[np.float32],
    g_inhibitory: NDArray[np.float32],
) -> None:
    """Step 2: decay, and the delayed output spikes ``spike_neuron[first:last]``.

    ``own`` is scratch for as many values as neurons.
    """
    keep = constants.keep_inhibitory
    for position in range(first, last):
        own[position - first] = g_inhibitory[spike_neuron[position]]
    inhibition = constants.lateral_weight * np.float32(last - first)
    for j in range(np.uint64(g_inhibitory.size)):
        g_inhibitory[j] = keep * g_inhibitory[j] + inhibition
    inhibition = constants.lateral_weight * np.float32(last - first - 1)
    for position in range(first, last):
        g_inhibitory[spike_neuron[position]] = keep * own[position - first] + inhibition


@substituted
def integrate(
    constants: StepConstants,
    inhibited: bool,
    g_excitatory: NDArray[np.float32],
    g_inhibitory: NDArray[np.float32],
    v: NDArray[np.float32],
    threshold: NDArray[np.float32],
) -> np.uint32:
    """Step 3 without refractoriness; return non-zero if some v exceeds its threshold."""
    gain, v_rest = constants.membrane_gain, constants.v_rest
    e_excitatory, e_inhibitory = constants.e_excitatory, constants.e_inhibitory
    one = np.float32(1.0)
    above = np.uint32(0)
    width = np.uint64(v.size)
    if inhibited:
        for j in range(width):
            g_e, g_i = g_excitatory[j], g_inhibitory[j]
            drive = v[j] + gain * ((v_rest + g_e * e_excitatory) + g_i * e_inhibitory)
            new = drive / (one + gain * ((one + g_e) + g_i))
            v[j] = new
            above = np.uint32(above | np.uint32(new > threshold[j]))
    else:
        for j in range(width):
            g_e = g_excitatory[j]
            new = (v[j] + gain * (v_rest + g_e * e_excitatory)) / (one + gain * (one + g_e))
            v[j] = new
            above = np.uint32(above | np.uint32(new > threshold[j]))
    return above
