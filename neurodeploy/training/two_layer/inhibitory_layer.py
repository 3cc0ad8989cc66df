"""Diehl & Cook 2015's inhibitory population, neuron by neuron: what the direct form of the inhibition stands for.

Each excitatory neuron drives one inhibitory neuron, which inhibits all excitatory neurons but that one.  In step t, before
the excitatory neurons move:

1. ``g <- (1 - dt/tau_e) g``, plus ``weight`` for an excitatory spike of its own neuron in step t - 1;
2. outside of refractory steps, forward Euler as in the authors' code with ``a = dt / tau_m``:
   ``v <- v + a ((v_rest - v) + g (e_excitatory - v))``;
3. ``v > threshold``: it spikes, ``v <- v_reset``, held in the next ``refractory_steps``.

Nothing inhibits these neurons.

**When one excitatory spike gives exactly one inhibitory spike, in the step it arrives.**  That step takes v to
``v (1 - a (1 + weight)) + a (v_rest + weight e_excitatory)`` or higher: with the default parameters and dt = 0.5 ms
0.43 v - 3 mV, above the threshold of -40 mV from every v above -86 mV.  An inhibitory neuron is never below its rest, -60 mV,
so there is no first transient.  What is left of g after the refractory steps (0.33) is too little to lift v from -45 mV, so no
second spike follows.  Two spikes of an excitatory neuron are 11 steps apart or more, and the inhibitory one is held for 4.  So
the inhibition arrives ``1 + (lateral_delay_steps - 1)`` steps after the excitatory spike: one step to the inhibitory neuron,
none in it, the others back.  :func:`folding_is_exact` says whether that holds for other parameters: not for dt = 0.25 ms.  An
implicit Euler step would end at -40.1 mV from rest, and the first spike after some 45 ms of silence would come one step
later than the others: the folding is exact for the authors' integrator.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from neurodeploy.kernels import inlined
from neurodeploy.training.two_layer.parameters import InhibitoryConstants, TrainingParameters, step_constants


class InhibitoryLayer(NamedTuple):
    """State of the inhibitory neurons in the running presentation; they start from rest in every one."""

    v: NDArray[np.float32]  # [neurons] mV
    g_excitatory: NDArray[np.float32]  # [neurons]
    held_until: NDArray[np.int32]  # [neurons]; last refractory step
    spike_step: NDArray[np.int32]  # spikes in order
    spike_neuron: NDArray[np.int32]


@inlined
def new_inhibitory_layer(constants: InhibitoryConstants, neurons: int, steps: int) -> InhibitoryLayer:
    """Allocate the layer; arrays of no length where inhibition is direct."""
    size = neurons if constants.explicit else 0
    capacity = size * (steps // (constants.refractory_steps + 1) + 1)
    return InhibitoryLayer(
        np.empty(size, np.float32),
        np.empty(size, np.float32),
        np.empty(size, np.int32),
        np.empty(capacity, np.int32),
        np.empty(capacity, np.int32),
    )


@inlined
def rest_inhibitory_layer(constants: InhibitoryConstants, layer: InhibitoryLayer) -> None:
    """Bring all neurons to rest."""
    layer.v[:] = constants.v_rest
    layer.g_excitatory[:] = np.float32(0.0)
    layer.held_until[:] = -1


@inlined
def step_inhibitory_layer(
    constants: InhibitoryConstants,
    layer: InhibitoryLayer,
    step: int,
    excitatory: NDArray[np.int32],
    first: int,
    last: int,
    sent: int,
) -> int:
    """One step; ``excitatory[first:last]`` spiked in the last one.  Return the inhibitory spikes, ``sent`` before."""
    v, g = layer.v, layer.g_excitatory
    for j in range(g.size):
        g[j] *= constants.keep_excitatory
    for position in range(first, last):
        g[excitatory[position]] += constants.weight
    for j in range(v.size):
        if step <= layer.held_until[j]:
            continue
        v[j] += constants.membrane_gain * ((constants.v_rest - v[j]) + g[j] * (constants.e_excitatory - v[j]))
        if v[j] > constants.threshold:
            v[j] = constants.v_reset
            layer.held_until[j] = step + constants.refractory_steps
            layer.spike_step[sent] = step
            layer.spike_neuron[sent] = j
            sent += 1
    return sent


def folding_is_exact(parameters: TrainingParameters) -> bool:
    """Whether every excitatory spike gives one inhibitory spike in the step it arrives, whatever came before.

    Then ``inhibition = "population"`` gives the bits of ``"direct"``.  Checked: from ``v_rest`` and ``v_reset`` (v stays
    between them and the threshold) one spike's conductance crosses the threshold at once, the conductance left after the
    refractory steps does not, and an excitatory neuron is refractory for longer.
    """
    constants, excitatory = step_constants(parameters).inhibitory, step_constants(parameters).refractory_steps
    a, keep = float(constants.membrane_gain), float(constants.keep_excitatory)
    v_rest, e_excitatory = float(constants.v_rest), float(constants.e_excitatory)
    threshold, weight = float(constants.threshold), float(constants.weight)

    def moved(v: float, g: float) -> float:
        return v + a * ((v_rest - v) + g * (e_excitatory - v))

    crosses = all(moved(v, weight) > threshold for v in (v_rest, float(constants.v_reset), threshold))
    # the most that spikes every ``excitatory`` + 1 steps leave in g
    left = weight / (1.0 - keep ** (excitatory + 1)) * keep ** (constants.refractory_steps + 1)
    v, quiet = float(constants.v_reset), True
    for _ in range(10_000):
        v, left = moved(v, left), left * keep
        quiet = quiet and v <= threshold
    return crosses and quiet and 0.0 <= keep < 1.0 and excitatory >= constants.refractory_steps
