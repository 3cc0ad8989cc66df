"""Training in chunks, responses of a frozen network, labels and classification."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from neurodeploy.encoding import RATE_CODES, rate_codes
from neurodeploy.training.two_layer.batch import learn_batch, new_copies
from neurodeploy.training.two_layer.image_loop import (
    COUNTERS,
    TEST_STREAM,
    TRAINING_STREAM,
    Presentation,
    present_images,
)
from neurodeploy.training.two_layer.parameters import TrainingParameters, step_constants
from neurodeploy.training.two_layer.presentation import Network
from neurodeploy.training.two_layer.stdp.frozen import Frozen
from neurodeploy.training.two_layer.stdp.interface import StdpRule
from neurodeploy.training.two_layer.synapse_lists import synapse_lists
from neurodeploy.training.two_layer.synapse_states import FROZEN
from neurodeploy.training.two_layer.trainer_state import TrainerState


class Intervention(Protocol):
    """Something done to the network between two images: pruning, weight sharing."""

    def next_boundary(self, images_seen: int) -> int:
        """Return the smallest number of seen images > ``images_seen`` at which to act."""
        ...

    def apply(self, state: TrainerState) -> None:
        """Change the network."""
        ...


def intensity_tables(parameters: TrainingParameters) -> NDArray[np.float64]:
    """Return what the rate code takes for rate dt, [intensities from the start one, 256 levels].

    rate = level / image_maximum * maximum_rate_hz * intensity / start_intensity (Diehl & Cook:
    pixel / 8 * intensity Hz).
    """
    levels = np.minimum(np.arange(256), parameters.image_maximum) / parameters.image_maximum
    ramp = np.arange(parameters.start_intensity, parameters.maximum_intensity + 1)
    rates = levels * parameters.maximum_rate_hz * (ramp / parameters.start_intensity)[:, None]
    return rate_codes.intensities(parameters.encoder, rates * parameters.dt * 1e-3, parameters.inputs)


def presentation_of(parameters: TrainingParameters, rule: StdpRule) -> Presentation:
    """Return what the kernels read of the parameters and the rule."""
    return Presentation(
        rule.constants(parameters.dt), step_constants(parameters), parameters.effective_column_sum,
        np.float32(parameters.weight_maximum), parameters.minimum_spikes, RATE_CODES.index(parameters.encoder),
        intensity_tables(parameters), parameters.seed,
    )  # fmt: skip


def checked_images(images: NDArray[np.uint8], parameters: TrainingParameters) -> NDArray[np.uint8]:
    """Return contiguous images [n, inputs] or raise."""
    if images.dtype != np.uint8 or images.ndim != 2 or images.shape[1] != parameters.inputs:
        raise ValueError(f"images must be uint8 [n, {parameters.inputs}], not {images.shape}")
    if images.size and int(images.max()) > parameters.image_maximum:
        raise ValueError(f"a pixel exceeds image_maximum = {parameters.image_maximum}")
    return np.ascontiguousarray(images)


def train_chunk(
    state: TrainerState,
    parameters: TrainingParameters,
    rule: StdpRule,
    images: NDArray[np.uint8],
    image_indices: NDArray[np.int64],
    *,
    pass_number: int = 0,
    interventions: Sequence[Intervention] = (),
    threads: int = 1,
) -> NDArray[np.uint16]:
    """Train on images [n, inputs] in order; return output spikes [n, neurons] of the last attempts.

    ``state`` is changed in place.  Spike trains depend on (seed, image index, pass_number), so any
    split into chunks gives the same bits.  Interventions act when ``state.images_seen`` reaches
    their next boundary, right after that image.

    With ``batch_images`` above 1 (see ``batch.py``) a batch ends where ``state.images_seen`` is a multiple of it, at
    interventions and at the end of the chunk: then chunks that end at multiples give the same bits.  ``threads`` present
    a batch's images; no result depends on them.
    """
    images = checked_images(images, parameters)
    indices = np.ascontiguousarray(image_indices, np.int64)
    counts = np.zeros((len(images), parameters.neurons), np.uint16)
    presentation = presentation_of(parameters, rule)
    done = 0
    while done < len(images):
        boundaries = [change.next_boundary(state.images_seen) for change in interventions]
        ends, restored = list(boundaries), parameters.restores_sums(state.images_seen)
        if restored and parameters.column_sum_images:
            ends.append(parameters.column_sum_images)
        stop = min([len(images), *(done + b - state.images_seen for b in ends)])
        own, presented = slice(done, stop), presentation if restored else presentation._replace(column_sum=0.0)
        _learn(state, parameters, presented, pass_number, images[own], indices[own], counts[own], threads)
        state.spike_counts += counts[own].sum(axis=0, dtype=np.int64)
        state.images_seen += stop - done
        done = stop
        for change, boundary in zip(interventions, boundaries, strict=True):
            if boundary == state.images_seen:
                change.apply(state)
    return counts


def _learn(
    state: TrainerState, parameters: TrainingParameters, presentation: Presentation, pass_number: int, images: NDArray[np.uint8],
    indices: NDArray[np.int64], counts: NDArray[np.uint16], threads: int,
) -> None:  # fmt: skip
    """Learn images between two interventions, one after the other or in batches; fills ``counts``."""
    network = Network(
        state.weights,
        state.synapses,
        frozen_by_input(state.synapses),
        synapse_lists(state.synapses),
        state.theta,
        state.v,
        state.touched,
    )
    if parameters.batch_images == 1:
        present_images(
            presentation, network, True, TRAINING_STREAM, pass_number, images, indices, counts, state.counters
        )
        return
    copies = new_copies(parameters.batch_images, parameters.inputs, parameters.padded_neurons)
    with ThreadPoolExecutor(threads) as workers:
        pool = workers if threads > 1 else None
        start = 0
        while start < len(images):
            stop = start + parameters.batch_images - (state.images_seen + start) % parameters.batch_images
            own = slice(start, stop)
            learn_batch(
                presentation, network, copies, pool, threads, pass_number, images[own], indices[own], counts[own],
                state.counters,
            )  # fmt: skip
            start = stop


def frozen_by_input(synapses: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return 1 where a synapse is frozen, [inputs, neurons]; [0, 0] when none is."""
    frozen = synapses == FROZEN
    return np.ascontiguousarray(frozen.T, np.uint8) if frozen.any() else np.zeros((0, 0), np.uint8)


def respond(
    weights: NDArray[np.float32],
    theta: NDArray[np.float32],
    parameters: TrainingParameters,
    images: NDArray[np.uint8],
    image_indices: NDArray[np.int64],
    *,
    stream: int = TEST_STREAM,
    threads: int = 1,
) -> tuple[NDArray[np.uint16], NDArray[np.int64]]:
    """Return output spikes [n, neurons] of the frozen network, and the counters.

    ``weights`` is [inputs, neurons], ``theta`` [neurons] mV; one attempt from the resting state at
    the start intensity, weights used as they are.  A weight of 0 counts as no synapse.  Results do
    not depend on ``threads``.
    """
    images = checked_images(images, parameters)
    indices = np.ascontiguousarray(image_indices, np.int64)
    padded, neurons = parameters.padded_neurons, parameters.neurons
    rows = np.zeros((parameters.inputs, padded), np.float32)
    rows[:, :neurons] = weights[:, :neurons]
    thresholds = np.full(padded, np.inf, np.float32)
    thresholds[:neurons] = theta[:neurons]
    mask = np.ascontiguousarray(weights[:, :neurons].T != 0.0).astype(np.uint8)
    lists = synapse_lists(mask)
    presentation = presentation_of(parameters, Frozen())
    constants = presentation.constants._replace(theta_plus=np.float32(0.0))
    presentation = presentation._replace(constants=constants, minimum_spikes=0)
    counts = np.zeros((len(images), neurons), np.uint16)
    blocks = max(1, min(threads, len(images)))
    bounds = [len(images) * block // blocks for block in range(blocks + 1)]

    def present(block: int) -> NDArray[np.int64]:
        own = slice(bounds[block], bounds[block + 1])
        counters = np.zeros(COUNTERS, np.int64)
        network = Network(
            rows,
            mask,
            np.zeros((0, 0), np.uint8),
            lists,
            thresholds.copy(),
            np.zeros(padded, np.float32),
            np.zeros(padded, np.uint8),
        )
        present_images(presentation, network, False, stream, 0, images[own], indices[own], counts[own], counters)
        return counters

    with ThreadPoolExecutor(blocks) as pool:
        parts = list(pool.map(present, range(blocks)))
    return counts, np.sum(parts, axis=0)
