"""The step equations of one presentation (Diehl & Cook 2015, guo2020 eq. 1-2), exactly.

In step t = 0, 1, ... of a presentation, in float32 and this order:

1. ``g_e <- (1 - dt/tau_e) g_e + sum of w[i, j] over inputs i that spike in t`` (events in order,
   four at a time: ``((w0 + w1) + (w2 + w3))``, then the remaining ones singly);
2. ``g_i <- (1 - dt/tau_i) g_i + lateral_weight * (number of other neurons' spikes in t - 2)``:
   the inhibitory population folded into a delay, or with ``inhibition = "population"`` stepped itself
   (``inhibitory_layer.py``) and its spikes in t - 1 counted: the same bits;
3. plasticity of the input spikes; then, implicit Euler with ``a = dt / tau_m``,
   ``v <- (v + a (v_rest + g_e E_exc + g_i E_inh)) / (1 + a ((1 + g_e) + g_i))``;
   v is held at v_reset in the refractory steps s + 1 ... s + 10 after a spike in step s;
4. a neuron with ``v > theta + threshold_offset`` spikes, in ascending order of neurons:
   ``v <- v_reset``, plasticity of the output spike, ``theta <- theta + theta_plus``.

The rest follows with no input: the same steps for ``rest_simulated``, then v relaxes towards
v_rest in closed form and the conductances are set to 0.  All of theta decays
once, no further than ``theta_floor``: a silent neuron's threshold stays above its resting potential.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from neurodeploy.kernels import inlined
from neurodeploy.training.two_layer.inhibitory_layer import (
    InhibitoryLayer,
    rest_inhibitory_layer,
    step_inhibitory_layer,
)
from neurodeploy.training.two_layer.parameters import StepConstants
from neurodeploy.training.two_layer.stdp.interface import Traces, on_input_spikes, on_output_spike
from neurodeploy.training.two_layer.step_equations import Addresses, advance, inhibit
from neurodeploy.training.two_layer.synapse_lists import SynapseLists
from neurodeploy.vectors import LANES, address_of, lanes_above, load, only_explicit_vectors


class Network(NamedTuple):
    """Arrays of a network; rows are padded to a multiple of 16 neurons that never spike."""

    weights: NDArray[np.float32]  # [inputs, padded]
    synapses: NDArray[np.uint8]  # [neurons, inputs]; REMOVED, PLASTIC or FROZEN
    frozen: NDArray[np.uint8]  # [inputs, neurons]; 1: frozen; size 0 when nothing is
    lists: SynapseLists
    theta: NDArray[np.float32]  # [padded] mV
    v: NDArray[np.float32]  # [padded] mV
    touched: NDArray[np.uint8]  # [padded]; 1: weights changed since the last normalisation


class Workspace(NamedTuple):
    """State of the running presentation."""

    traces: Traces
    g_excitatory: NDArray[np.float32]  # [padded]
    g_inhibitory: NDArray[np.float32]  # [padded]
    threshold: NDArray[np.float32]  # [padded] mV
    spike_step: NDArray[np.int32]  # [neurons * steps]; output spikes in order
    spike_neuron: NDArray[np.int32]
    inhibitory: InhibitoryLayer


@inlined
def column_of(network: Network, neuron: int) -> NDArray[np.int32]:
    """Return the listed inputs of ``neuron``; none when columns are not listed."""
    lists = network.lists
    if lists.column_input.size == 0:
        return lists.column_input
    return lists.column_input[lists.column_start[neuron] : lists.column_start[neuron + 1]]


@inlined
def forget_old_outputs(traces: Traces, recent: int, step: int, memory: int) -> int:
    """Drop the neurons at the front whose spike is older than ``memory``; return how many stay."""
    old = 0
    while old < recent and step - traces.last_output_step[traces.recent_neurons[old]] > memory:
        old += 1
    if old > 0:
        for position in range(old, recent):
            traces.recent_neurons[position - old] = traces.recent_neurons[position]
    return recent - old


@inlined
def append_output(traces: Traces, recent: int, neuron: int) -> int:
    """Move or add ``neuron`` to the end of the recent ones; return their number."""
    kept = 0
    for position in range(recent):
        other = traces.recent_neurons[position]
        if other != neuron:
            traces.recent_neurons[kept] = other
            kept += 1
    traces.recent_neurons[kept] = neuron
    return kept + 1


@inlined
def present_image(
    rule: Any,
    constants: StepConstants,
    network: Network,
    space: Workspace,
    weight_maximum: np.float32,
    learning: bool,
    step_indptr: NDArray[np.int32],
    inputs: NDArray[np.int32],
    counts: NDArray[np.uint16],
) -> tuple[int, int]:
    """Run one presentation; return (output spikes during the input, STDP updates).

    ``inputs[step_indptr[t] : step_indptr[t + 1]]`` spike in step t.  Adds to ``counts`` [neurons]
    the output spikes during the input, not those of the rest.  Not learning: no rest, and no spike times of
    inputs are kept for the rule.
    """
    only_explicit_vectors()
    traces, neurons = space.traces, network.synapses.shape[0]
    g_excitatory, g_inhibitory, v = space.g_excitatory, space.g_inhibitory, network.v
    for j in range(v.size):
        space.threshold[j] = network.theta[j] + constants.threshold_offset
    width = np.uint64(v.size)
    addresses = Addresses(
        address_of(network.weights), address_of(g_excitatory), address_of(g_inhibitory), address_of(v),
        address_of(space.threshold),
    )  # fmt: skip
    traces.last_input_step[:] = -1
    traces.last_output_step[:] = -1
    active = recent = spikes = counted = updates = 0
    refractory_from = delayed = 0  # positions in the list of output spikes
    explicit = constants.inhibitory.explicit
    heard = inhibitory_spikes = 0
    lateral_delay = constants.lateral_delay_steps - int(explicit)  # the way from the neurons that inhibit
    sent_step = space.inhibitory.spike_step if explicit else space.spike_step
    sent_neuron = space.inhibitory.spike_neuron if explicit else space.spike_neuron
    rest_inhibitory_layer(constants.inhibitory, space.inhibitory)
    inhibited_until = -1
    total_steps = constants.steps + (constants.rest_steps if learning else 0)
    for step in range(total_steps):
        begin = end = 0
        if step < constants.steps:
            begin, end = step_indptr[step], step_indptr[step + 1]
        sent = spikes
        if explicit:
            inhibitory_spikes = sent = step_inhibitory_layer(
                constants.inhibitory, space.inhibitory, step, space.spike_neuron, heard, spikes, inhibitory_spikes
            )
            heard = spikes
        first = delayed
        while delayed < sent and sent_step[delayed] == step - lateral_delay:
            delayed += 1
        keep_inhibitory = constants.keep_inhibitory
        if delayed > first:
            inhibited_until = step + constants.inhibition_memory
            inhibit(constants, sent_neuron, first, delayed, traces.amounts, g_inhibitory)
            keep_inhibitory = np.float32(1.0)
        if step == inhibited_until:
            g_inhibitory[:] = np.float32(0.0)
        above = advance(constants, step < inhibited_until, keep_inhibitory, inputs, begin, end, width, addresses)
        if learning:
            for event in range(begin, end):
                row = np.uint64(inputs[event])
                traces.active_inputs[active] = inputs[event]
                active += int(traces.last_input_step[row] < 0)
                traces.last_input_step[row] = step
        if recent > 0:
            recent = forget_old_outputs(traces, recent, step, rule.output_memory)
            if recent > 0 and end > begin:
                updates += on_input_spikes(
                    rule, network.weights, traces, step, inputs, begin, end, recent, network.frozen
                )
        while refractory_from < spikes and step - space.spike_step[refractory_from] > constants.refractory_steps:
            refractory_from += 1
        for position in range(refractory_from, spikes):
            v[space.spike_neuron[position]] = constants.v_reset
        if above == 0:
            continue
        for first in range(0, neurons, LANES):
            block = np.uint64(first)
            if lanes_above(load(addresses.v, block), load(addresses.threshold, block)) == 0:
                continue
            for neuron in range(first, min(first + LANES, neurons)):
                if not v[neuron] > space.threshold[neuron]:
                    continue
                v[neuron] = constants.v_reset
                updates += on_output_spike(
                    rule, network.weights, network.synapses[neuron], weight_maximum, traces,
                    step, neuron, active, column_of(network, neuron),
                )  # fmt: skip
                traces.last_output_step[neuron] = step
                if rule.output_memory >= 0:
                    recent = append_output(traces, recent, neuron)
                network.theta[neuron] += constants.theta_plus
                space.threshold[neuron] = network.theta[neuron] + constants.threshold_offset
                network.touched[neuron] = 1
                space.spike_step[spikes] = step
                space.spike_neuron[spikes] = neuron
                spikes += 1
                if step < constants.steps:
                    counts[neuron] += 1
                    counted += 1
    if learning:
        for j in range(v.size):
            v[j] = constants.v_rest + (v[j] - constants.v_rest) * constants.rest_keep
            network.theta[j] = max(network.theta[j] * constants.theta_keep, constants.theta_floor)
    g_excitatory[:] = np.float32(0.0)
    g_inhibitory[:] = np.float32(0.0)
    return counted, updates
