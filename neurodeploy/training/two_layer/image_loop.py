"""Loops over images: encode, normalise, present, repeat while too few neurons spike."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from neurodeploy.encoding.counter_random import random_key
from neurodeploy.encoding.poisson import EVENT_TABLE_LENGTH, GUIDE_CELLS
from neurodeploy.encoding.rate_codes import encode_active
from neurodeploy.kernels import inlined, kernel
from neurodeploy.training.two_layer.inhibitory_layer import new_inhibitory_layer
from neurodeploy.training.two_layer.parameters import StepConstants
from neurodeploy.training.two_layer.presentation import Network, Workspace, column_of, present_image
from neurodeploy.training.two_layer.stdp.interface import Traces
from neurodeploy.training.two_layer.synapse_states import FROZEN, PLASTIC

# entries of the counter array
PRESENTATIONS, REPEATS, INPUT_SPIKES, OUTPUT_SPIKES, SYNAPTIC_EVENTS, STDP_UPDATES, POTENTIATIONS, DEPRESSIONS = range(
    8
)
COUNTERS = 8
TRAINING_STREAM, TEST_STREAM, RULE_STREAM = 1, 2, 3
ATTEMPTS_PER_PASS = 64  # presentation key: pass * 64 + attempt


class Presentation(NamedTuple):
    """How images are presented: what does not change during a training or a test.

    ``intensity_tables`` [intensities, 256] holds what ``RATE_CODES[rate_code]`` takes for rate dt of each pixel level, from
    the start intensity on.
    """

    rule: Any
    constants: StepConstants
    column_sum: float
    weight_maximum: np.float32
    minimum_spikes: int
    rate_code: int
    intensity_tables: NDArray[np.float64]
    seed: int


class Scratch(NamedTuple):
    """What presenting an image works in; nothing in it outlives the image."""

    space: Workspace
    active: NDArray[np.int32]
    intensities: NDArray[np.float64]
    accept: NDArray[np.uint64]
    alias: NDArray[np.int32]
    worklist: NDArray[np.int32]
    last_seen: NDArray[np.int32]
    cumulative: NDArray[np.float64]
    guide: NDArray[np.int32]
    step_indptr: NDArray[np.int32]
    events: NDArray[np.int32]
    columns: NDArray[np.int32]
    scale: NDArray[np.float64]
    present: NDArray[np.int32]


@inlined
def new_workspace(constants: StepConstants, neurons: int, padded: int, inputs: int) -> Workspace:
    """Allocate the state of a presentation."""
    steps = constants.steps + constants.rest_steps
    spike_capacity = neurons * (steps // (constants.refractory_steps + 1) + 1)
    traces = Traces(
        np.empty(inputs, np.int32),
        np.empty(inputs + 1, np.int32),
        np.empty(neurons, np.int32),
        np.empty(neurons, np.int32),
        np.empty(neurons, np.float32),
        np.empty(2, np.uint64),
        np.zeros(2, np.int64),
    )
    return Workspace(
        traces,
        np.zeros(padded, np.float32),
        np.zeros(padded, np.float32),
        np.empty(padded, np.float32),
        np.empty(spike_capacity, np.int32),
        np.empty(spike_capacity, np.int32),
        new_inhibitory_layer(constants.inhibitory, neurons, steps),
    )


@inlined
def new_scratch(constants: StepConstants, neurons: int, padded: int, inputs: int) -> Scratch:
    """Allocate it, for any number of images one after the other."""
    return Scratch(
        new_workspace(constants, neurons, padded, inputs),
        np.empty(inputs + 1, np.int32),
        np.empty(inputs + 1, np.float64),
        np.empty(inputs, np.uint64),
        np.empty(inputs, np.int32),
        np.empty(inputs, np.int32),
        np.empty(inputs, np.int32),
        np.empty(EVENT_TABLE_LENGTH, np.float64),
        np.empty(GUIDE_CELLS, np.int32),
        np.empty(constants.steps + 1, np.int32),
        np.empty(inputs * constants.steps + EVENT_TABLE_LENGTH, np.int32),
        np.empty(neurons, np.int32),
        np.empty(neurons, np.float64),
        np.empty(neurons, np.int32),
    )


@inlined
def target_sum(column_sum: float, weight_maximum: np.float32, present: int) -> float:
    """What a column with so many weights above 0 is scaled to: ``column_sum``, at a mean of ``weight_maximum`` at most.

    Without that limit a neuron left with a few synapses would answer every spike of theirs and inhibit all others.
    """
    return min(column_sum, np.float64(weight_maximum) * present)


@inlined
def normalise_touched(
    network: Network,
    column_sum: float,
    weight_maximum: np.float32,
    columns: NDArray[np.int32],
    scale: NDArray[np.float64],
    present: NDArray[np.int32],
) -> None:
    """Scale the input weights of every touched neuron to :func:`target_sum` (empty columns stay).

    ``columns``, ``scale`` and ``present`` are scratch [neurons]; sums run over the inputs in order, in float64.
    """
    weights, touched = network.weights, network.touched
    count = 0
    for neuron in range(columns.size):
        if touched[neuron]:
            columns[count] = neuron
            scale[count] = 0.0
            present[count] = 0
            count += 1
    for row in range(weights.shape[0]):
        for k in range(count):
            weight = weights[np.uint64(row), np.uint64(columns[k])]
            scale[k] += weight
            present[k] += np.int32(weight > np.float32(0.0))
    for k in range(count):
        scale[k] = target_sum(column_sum, weight_maximum, present[k]) / scale[k] if scale[k] > 0.0 else 1.0
    for row in range(weights.shape[0]):
        for k in range(count):
            column = np.uint64(columns[k])
            weights[np.uint64(row), column] *= np.float32(scale[k])
    touched[:] = 0


@inlined
def normalise_listed(network: Network, column_sum: float, weight_maximum: np.float32) -> None:
    """Do what ``normalise_touched`` does, over the listed synapses alone: the same bits."""
    weights = network.weights
    for neuron in range(network.synapses.shape[0]):
        if not network.touched[neuron]:
            continue
        inputs, column, total, present = column_of(network, neuron), np.uint64(neuron), 0.0, 0
        for position in range(inputs.size):
            weight = weights[np.uint64(inputs[position]), column]
            total += weight
            present += int(weight > np.float32(0.0))
        target = target_sum(column_sum, weight_maximum, present)
        scale = np.float32(target / total if total > 0.0 else 1.0)
        for position in range(inputs.size):
            weights[np.uint64(inputs[position]), column] *= scale
    network.touched[:] = 0


@inlined
def skip_unconnected(
    by_input: NDArray[np.int64], steps: int, step_indptr: NDArray[np.int32], events: NDArray[np.int32]
) -> int:
    """Drop the spikes of inputs without a synapse, in place; return the synaptic events."""
    synaptic = unconnected = 0
    for event in range(np.uint64(step_indptr[steps])):
        synapses = by_input[np.uint64(events[event])]
        synaptic += synapses
        unconnected += int(synapses == 0)
    if unconnected == 0:
        return synaptic
    kept = begin = 0
    for step in range(steps):
        end = step_indptr[step + 1]
        for event in range(begin, end):
            events[np.uint64(kept)] = events[event]
            kept += int(by_input[np.uint64(events[event])] > 0)
        begin = end
        step_indptr[step + 1] = kept
    return synaptic


@inlined
def normalise_plastic(network: Network, column_sum: float, weight_maximum: np.float32) -> None:
    """Scale the plastic weights of every touched neuron so that its whole column sums to :func:`target_sum`.

    A column without plastic weights, or whose frozen weights alone reach the sum, stays as it is.
    """
    weights = network.weights
    for neuron in range(network.synapses.shape[0]):
        if not network.touched[neuron]:
            continue
        column = np.uint64(neuron)
        plastic = fixed = 0.0
        present = 0
        for row in range(weights.shape[0]):
            weight = np.float64(weights[np.uint64(row), column])
            present += int(weight > 0.0)
            if network.synapses[neuron, row] == FROZEN:
                fixed += weight
            else:
                plastic += weight
        target = target_sum(column_sum, weight_maximum, present)
        if plastic > 0.0 and target > fixed:
            scale = np.float32((target - fixed) / plastic)
            for row in range(weights.shape[0]):
                if network.synapses[neuron, row] == PLASTIC:
                    weights[np.uint64(row), column] *= scale
    network.touched[:] = 0


@inlined
def normalise(
    network: Network,
    column_sum: float,
    weight_maximum: np.float32,
    columns: NDArray[np.int32],
    scale: NDArray[np.float64],
    present: NDArray[np.int32],
) -> None:
    """Scale the touched columns, by the way that suits the network's synapses; scratch as ``normalise_touched``.

    A ``column_sum`` of 0 leaves them as they are.
    """
    if column_sum == 0.0:
        return
    if network.frozen.size > 0:
        normalise_plastic(network, column_sum, weight_maximum)
    elif network.lists.column_input.size > 0:
        normalise_listed(network, column_sum, weight_maximum)
    else:
        normalise_touched(network, column_sum, weight_maximum, columns, scale, present)


@inlined
def gather_intensities(
    image: NDArray[np.uint8],
    intensity_by_level: NDArray[np.float64],
    active: NDArray[np.int32],
    intensities: NDArray[np.float64],
) -> int:
    """List the pixels with a positive rate and their intensities; return their number."""
    count = 0
    for pixel in range(image.size):
        active[count] = pixel
        intensities[count] = intensity_by_level[image[pixel]]
        count += int(image[pixel] > 0)
    return count


@inlined
def present_attempts(
    presentation: Presentation,
    network: Network,
    scratch: Scratch,
    learning: bool,
    stream: int,
    pass_number: int,
    image: NDArray[np.uint8],
    image_index: int,
    counts: NDArray[np.uint16],
    counters: NDArray[np.int64],
) -> None:
    """Present one image [inputs], learning again until enough neurons spike; as :func:`present_images`."""
    constants, tables = presentation.constants, presentation.intensity_tables
    attempts = tables.shape[0] if learning else 1
    step_indptr, events = scratch.step_indptr, scratch.events
    for attempt in range(attempts):
        if learning:
            normalise(
                network, presentation.column_sum, presentation.weight_maximum, scratch.columns, scratch.scale,
                scratch.present,
            )  # fmt: skip
        else:
            network.v[:] = constants.v_rest
        count = gather_intensities(image, tables[attempt], scratch.active, scratch.intensities)
        number = pass_number * ATTEMPTS_PER_PASS + attempt
        key = random_key(presentation.seed, stream, image_index, number)
        traces = scratch.space.traces
        traces.keys[0] = random_key(presentation.seed, RULE_STREAM, -1, 0)
        traces.keys[1] = random_key(presentation.seed, RULE_STREAM, image_index, number)
        traces.applied[:] = 0
        drawn = encode_active(
            presentation.rate_code, key, constants.steps, scratch.active, scratch.intensities, count, scratch.accept,
            scratch.alias, scratch.worklist, scratch.last_seen, scratch.cumulative, scratch.guide, step_indptr, events,
        )  # fmt: skip
        counters[INPUT_SPIKES] += drawn
        counters[SYNAPTIC_EVENTS] += skip_unconnected(network.lists.by_input, constants.steps, step_indptr, events)
        counts[:] = 0
        spikes, updates = present_image(
            presentation.rule, constants, network, scratch.space, presentation.weight_maximum, learning, step_indptr,
            events, counts,
        )  # fmt: skip
        counters[PRESENTATIONS] += 1
        counters[REPEATS] += np.int64(attempt > 0)
        counters[OUTPUT_SPIKES] += spikes
        counters[STDP_UPDATES] += updates
        counters[POTENTIATIONS] += traces.applied[0]
        counters[DEPRESSIONS] += traces.applied[1]
        if spikes >= presentation.minimum_spikes:
            break


@kernel
def present_images(
    presentation: Presentation,
    network: Network,
    learning: bool,
    stream: int,
    pass_number: int,
    images: NDArray[np.uint8],
    image_indices: NDArray[np.int64],
    counts: NDArray[np.uint16],
    counters: NDArray[np.int64],
) -> None:
    """Present images [n, inputs] in turn; write output spikes into ``counts`` [n, neurons].

    Learning: v carries over, columns are normalised, a rest follows, and an image with too few
    output spikes is shown again at the next intensity.  Not learning: one attempt from the resting
    state.
    """
    neurons, inputs = network.synapses.shape
    scratch = new_scratch(presentation.constants, neurons, network.v.size, inputs)
    for image in range(images.shape[0]):
        present_attempts(
            presentation, network, scratch, learning, stream, pass_number, images[image], image_indices[image],
            counts[image], counters,
        )  # fmt: skip
