"""Steps 1 to 3 of the presentation (see ``presentation.py``), sixteen neurons at a time.

Conductance and membrane of a neuron advance in one pass: the division of the membrane equation
takes as long as the weight rows need to arrive.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from neurodeploy.kernels import inlined, substituted
from neurodeploy.training.two_layer.parameters import StepConstants
from neurodeploy.vectors import LANES, lanes_above, load, splat, store


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


class Addresses(NamedTuple):
    """Where the float32 arrays of a presentation begin."""

    weights: int
    g_excitatory: int
    g_inhibitory: int
    v: int
    threshold: int


@substituted
def integrate(
    constants: StepConstants,
    inhibited: bool,
    keep_inhibitory: np.float32,
    g_e: Any,
    j: np.uint64,
    at: Addresses,
) -> Any:
    """Step 3 of neurons ``j`` to ``j + 15`` without refractoriness; return the lanes whose v exceeds its threshold.

    ``g_e`` is their excitatory conductance, stored as the next step finds it: decayed; the inhibitory one decays by
    ``keep_inhibitory`` now.
    """
    one, gain = splat(np.float32(1.0)), splat(constants.membrane_gain)
    store(at.g_excitatory, j, splat(constants.keep_excitatory) * g_e)
    drive = splat(constants.v_rest) + g_e * splat(constants.e_excitatory)
    leak = one + g_e
    if inhibited:
        g_i = splat(keep_inhibitory) * load(at.g_inhibitory, j)
        store(at.g_inhibitory, j, g_i)
        drive = drive + g_i * splat(constants.e_inhibitory)
        leak = leak + g_i
    new = (load(at.v, j) + gain * drive) / (one + gain * leak)
    store(at.v, j, new)
    return lanes_above(new, load(at.threshold, j))


@inlined
def advance(
    constants: StepConstants,
    inhibited: bool,
    keep_inhibitory: np.float32,
    inputs: NDArray[np.int32],
    begin: int,
    end: int,
    width: np.uint64,
    at: Addresses,
) -> np.uint64:
    """Steps 1 and 3 with the input spikes ``inputs[begin:end]``; return non-zero if some v exceeds its threshold.

    ``width`` is the padded number of neurons.  Excitatory conductances come decayed already.  If ``inhibited``,
    inhibitory ones decay by ``keep_inhibitory`` first (1 after ``inhibit``).
    """
    lanes, above = np.uint64(LANES), np.uint64(0)
    blocks, rows, g = width // lanes, at.weights, at.g_excitatory
    event = begin
    while end - event > 4:
        r0, r1 = np.uint64(inputs[event]) * width, np.uint64(inputs[event + 1]) * width
        r2, r3 = np.uint64(inputs[event + 2]) * width, np.uint64(inputs[event + 3]) * width
        for block in range(blocks):
            j = block * lanes
            total = (load(rows, r0 + j) + load(rows, r1 + j)) + (load(rows, r2 + j) + load(rows, r3 + j))
            store(g, j, load(g, j) + total)
        event += 4
    last = end - event
    r0 = r1 = r2 = r3 = np.uint64(0)
    if last > 0:
        r0 = np.uint64(inputs[event]) * width
    if last > 1:
        r1 = np.uint64(inputs[event + 1]) * width
    if last > 2:
        r2 = np.uint64(inputs[event + 2]) * width
    if last > 3:
        r3 = np.uint64(inputs[event + 3]) * width
        for block in range(blocks):
            j = block * lanes
            total = (load(rows, r0 + j) + load(rows, r1 + j)) + (load(rows, r2 + j) + load(rows, r3 + j))
            above |= integrate(constants, inhibited, keep_inhibitory, load(g, j) + total, j, at)
    elif last == 3:
        for block in range(blocks):
            j = block * lanes
            g_e = ((load(g, j) + load(rows, r0 + j)) + load(rows, r1 + j)) + load(rows, r2 + j)
            above |= integrate(constants, inhibited, keep_inhibitory, g_e, j, at)
    elif last == 2:
        for block in range(blocks):
            j = block * lanes
            g_e = (load(g, j) + load(rows, r0 + j)) + load(rows, r1 + j)
            above |= integrate(constants, inhibited, keep_inhibitory, g_e, j, at)
    elif last == 1:
        for block in range(blocks):
            j = block * lanes
            above |= integrate(constants, inhibited, keep_inhibitory, load(g, j) + load(rows, r0 + j), j, at)
    else:
        for block in range(blocks):
            j = block * lanes
            above |= integrate(constants, inhibited, keep_inhibitory, load(g, j), j, at)
    return above
