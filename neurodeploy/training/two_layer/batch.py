"""Batched training: several images learned from the same network on threads, their changes merged.  Never the default.

A batch of B images is presented like this (``TrainingParameters.batch_images``; 1 is the published rule, without any of it):

1. the columns touched by the last batch are normalised, once;
2. each image is presented to a copy of the network: the same weights, thresholds theta and potentials v for all.  In its copy
   everything is as in the published rule: plasticity, theta, the rest, and repeats at a higher intensity with normalisation
   between them;
3. ``w <- min(max(w + sum of (w_b - w), 0), max(w, weight_maximum))`` and ``theta <- max(theta + sum of (theta_b - theta),
   theta_floor)``, both summed in the order of the images in float32; v is that of the last image; a column touched in any
   copy is touched.

No image sees what the others of its batch taught, so neurons win several images of a batch that would have raised their
threshold in between.  Elements are summed in image order whoever adds them up: results do not depend on the number of threads.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from neurodeploy.kernels import inlined, kernel
from neurodeploy.training.two_layer.image_loop import (
    COUNTERS,
    TRAINING_STREAM,
    Presentation,
    new_scratch,
    normalise,
    present_attempts,
)
from neurodeploy.training.two_layer.presentation import Network


class Copies(NamedTuple):
    """What the images of a batch change, one copy each."""

    weights: NDArray[np.float32]  # [images, inputs, padded]
    theta: NDArray[np.float32]  # [images, padded] mV
    v: NDArray[np.float32]  # [images, padded] mV
    touched: NDArray[np.uint8]  # [images, padded]
    counters: NDArray[np.int64]  # [images, COUNTERS]


def new_copies(images: int, inputs: int, padded: int) -> Copies:
    """Allocate the copies for batches of up to so many images."""
    return Copies(
        np.empty((images, inputs, padded), np.float32),
        np.empty((images, padded), np.float32),
        np.empty((images, padded), np.float32),
        np.empty((images, padded), np.uint8),
        np.empty((images, COUNTERS), np.int64),
    )


def learn_batch(
    presentation: Presentation,
    network: Network,
    copies: Copies,
    pool: ThreadPoolExecutor | None,
    threads: int,
    pass_number: int,
    images: NDArray[np.uint8],
    indices: NDArray[np.int64],
    counts: NDArray[np.uint16],
    counters: NDArray[np.int64],
) -> None:
    """Learn one batch of images [n, inputs], n up to the number of copies; ``network`` and ``counters`` in place."""
    size, inputs = len(images), len(network.weights)
    normalise_once(network, presentation.column_sum, presentation.weight_maximum)

    def present(first: int, last: int) -> None:
        present_to_copies(presentation, network, copies, pass_number, first, last, images, indices, counts)

    def merge(first: int, last: int) -> None:
        merge_weights(network.weights, copies.weights, size, presentation.weight_maximum, first, last)

    _in_parts(present, size, pool, threads)
    _in_parts(merge, inputs, pool, threads)
    merge_neurons(network, copies, size, presentation.constants.theta_floor)
    counters += copies.counters[:size].sum(axis=0)


def _in_parts(work: Callable[[int, int], None], size: int, pool: ThreadPoolExecutor | None, threads: int) -> None:
    """``work(first, last)`` for parts of ``range(size)``, one for each thread; the caller's thread takes the first."""
    parts = min(threads, size)
    bounds = [size * part // parts for part in range(parts + 1)]
    others = [] if pool is None else [pool.submit(work, *own) for own in pairwise(bounds[1:])]
    work(0, bounds[1] if pool else size)
    for other in others:
        other.result()


@kernel
def normalise_once(network: Network, column_sum: float, weight_maximum: np.float32) -> None:
    """Scale the touched columns."""
    neurons = network.synapses.shape[0]
    columns, scale, present = np.empty(neurons, np.int32), np.empty(neurons, np.float64), np.empty(neurons, np.int32)
    normalise(network, column_sum, weight_maximum, columns, scale, present)


@inlined
def copy_rows(source: NDArray[np.float32], target: NDArray[np.float32]) -> None:
    """``target[:] = source``, several times as fast."""
    for row in range(source.shape[0]):
        old, new = source[row], target[row]
        for j in range(np.uint64(old.size)):
            new[j] = old[j]


@kernel
def present_to_copies(
    presentation: Presentation,
    network: Network,
    copies: Copies,
    pass_number: int,
    first: int,
    last: int,
    images: NDArray[np.uint8],
    indices: NDArray[np.int64],
    counts: NDArray[np.uint16],
) -> None:
    """Copy the network for each of the images ``first`` to ``last`` - 1 and present it."""
    neurons, inputs = network.synapses.shape
    scratch = new_scratch(presentation.constants, neurons, network.v.size, inputs)
    for image in range(first, last):
        copy_rows(network.weights, copies.weights[image])
        copies.theta[image, :] = network.theta
        copies.v[image, :] = network.v
        copies.touched[image, :] = 0
        copies.counters[image, :] = 0
        own = Network(
            copies.weights[image], network.synapses, network.frozen, network.lists,
            copies.theta[image], copies.v[image], copies.touched[image],
        )  # fmt: skip
        present_attempts(
            presentation, own, scratch, True, TRAINING_STREAM, pass_number, images[image], indices[image], counts[image],
            copies.counters[image],
        )  # fmt: skip


@kernel
def merge_weights(
    weights: NDArray[np.float32],
    copies: NDArray[np.float32],
    images: int,
    weight_maximum: np.float32,
    first: int,
    last: int,
) -> None:
    """Step 3 for the weights of the inputs ``first`` to ``last`` - 1."""
    change = np.empty(weights.shape[1], np.float32)
    for row in range(first, last):
        own = weights[row]
        change[:] = np.float32(0.0)
        for image in range(images):
            other = copies[image, row]
            for j in range(np.uint64(own.size)):
                change[j] += other[j] - own[j]
        for j in range(np.uint64(own.size)):
            own[j] = min(max(own[j] + change[j], np.float32(0.0)), max(own[j], weight_maximum))


@kernel
def merge_neurons(network: Network, copies: Copies, images: int, theta_floor: np.float32) -> None:
    """Step 3 for thresholds, potentials and marks; the padding's theta is infinite and stays."""
    for neuron in range(network.synapses.shape[0]):
        start, change = network.theta[neuron], np.float32(0.0)
        for image in range(images):
            change += copies.theta[image, neuron] - start
            network.touched[neuron] |= copies.touched[image, neuron]
        network.theta[neuron] = max(start + change, theta_floor)
    network.v[:] = copies.v[images - 1]
