"""Rate code: every neuron spikes periodically at its rate, from a random phase; no other noise.

Neuron i is an integrate-and-fire accumulator of ``p_i = rate_i * dt`` spikes per step (below 1) that starts at a phase
u_i, uniform in [0, 1): it spikes in step t = 0, 1, … when ``floor(u_i + p_i (t + 1)) > floor(u_i + p_i t)``, that is
``floor(u_i + p_i T) - floor(u_i)`` times in T steps, the expected number up or down to a whole one.

Phases and rates are whole numbers of 2**-32, so all of this is exact: ``u_i`` is the upper half of draw i of the
presentation's key (``counter_random.py``), ``p_i`` is rounded to the nearest. With ``2**32 = n p_i + m`` two spikes are n
or n + 1 steps apart, which the accumulator's rest after the first decides: a division per neuron, an addition per spike.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurodeploy.datasets import Dataset
from neurodeploy.encoding import STREAMS
from neurodeploy.encoding.blocks import Block, check_samples, encode_in_blocks, gather_active
from neurodeploy.encoding.counter_random import GOLDEN_GAMMA, mix, random_key
from neurodeploy.kernels import inlined, kernel
from neurodeploy.network import Encoder, SpikeBatch

ONE = 2**32
"""A spike, in units of phase."""
_ONE = np.uint64(ONE)
_UNIT = np.uint64(1)
_WORD_BITS = np.uint64(32)


@inlined
def phase_increment(spikes_per_step: float) -> np.uint64:
    """Return rate * dt (0 to 1) in units of 2**-32, rounded to the nearest."""
    return np.uint64(spikes_per_step * 4294967296.0 + 0.5)


@inlined
def initial_phase(key: np.uint64, neuron: int) -> np.uint64:
    """Return the phase of a neuron in this presentation, in units of 2**-32: it depends on no other neuron."""
    return mix(key + np.uint64(neuron + 1) * GOLDEN_GAMMA) >> _WORD_BITS


@inlined
def visit_spikes(
    key: np.uint64,
    steps: int,
    neuron: int,
    increment: np.uint64,
    placing: bool,
    step_indptr: NDArray[np.int32],
    neurons: NDArray[np.int32],
) -> None:
    """Count the neuron's spikes into ``step_indptr[step + 1]``; or, ``placing``, take the places that this points at."""
    phase = initial_phase(key, neuron)
    if phase + increment * np.uint64(steps) < _ONE:
        return
    interval = _ONE // increment
    remainder = _ONE - interval * increment
    after = (_ONE - phase + increment - _UNIT) // increment  # steps up to the first spike's end
    rest = phase + after * increment - _ONE  # below the increment
    while after <= np.uint64(steps):
        if placing:
            neurons[np.uint64(step_indptr[after])] = neuron
        step_indptr[after] += 1
        late = rest < remainder
        after += interval + np.uint64(late)
        rest = rest - remainder + (increment if late else np.uint64(0))


@inlined
def encode_active(
    key: np.uint64,
    steps: int,
    active: NDArray[np.int32],
    spikes_per_step: NDArray[np.float64],
    count: int,
    step_indptr: NDArray[np.int32],
    neurons: NDArray[np.int32],
) -> int:
    """Write the spikes of one presentation; return their number, or -1 if ``neurons`` is too short.

    ``active[:count]`` are the neurons with a positive rate, ascending, and ``spikes_per_step[:count]`` their rate * dt.
    Writes ``step_indptr[steps + 1]`` and, ordered by step and then by neuron, the ``neurons`` that spike: a counting sort.
    """
    step_indptr[: steps + 1] = 0
    for position in range(count):
        increment = phase_increment(spikes_per_step[position])
        visit_spikes(key, steps, active[position], increment, False, step_indptr, neurons)
    spikes = 0
    for step in range(steps):
        of_step = step_indptr[step + 1]
        step_indptr[step + 1] = spikes
        spikes += of_step
    if spikes > neurons.size:
        return -1
    for position in range(count):
        increment = phase_increment(spikes_per_step[position])
        visit_spikes(key, steps, active[position], increment, True, step_indptr, neurons)
    return spikes


def intensities(spikes_per_step: NDArray[np.float64], neurons: int) -> NDArray[np.float64]:
    """Return what the kernel takes for rate * dt: just that, of any number of neurons."""
    return spikes_per_step


@kernel
def _encode_block(
    spikes_per_step: NDArray[np.float64],
    steps: int,
    seed: int,
    stream: int,
    sample_indices: NDArray[np.int64],
    presentation: int,
    step_indptr: NDArray[np.int32],
    neurons: NDArray[np.int32],
) -> int:
    """Encode consecutive samples into one buffer; return the spikes, or -1 if it is too short."""
    samples, width = spikes_per_step.shape
    active = np.empty(width, np.int32)
    rates = np.empty(width, np.float64)
    spikes = 0
    for sample in range(samples):
        count = gather_active(spikes_per_step[sample], active, rates)
        key = random_key(seed, stream, sample_indices[sample], presentation)
        drawn = encode_active(key, steps, active, rates, count, step_indptr[sample], neurons[spikes:])
        if drawn < 0:
            return -1
        spikes += drawn
    return spikes


def encode_regular(
    spikes_per_step: NDArray[np.float64],
    *,
    steps: int,
    seed: int,
    stream: int,
    sample_indices: NDArray[np.int64],
    presentation: int = 0,
    threads: int = 1,
) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Encode rate * dt, float64 [samples, neurons] of 0 up to 1, into periodic spikes.

    Returns ``indptr`` int64 [samples * steps + 1] and ``neurons`` int32: those that spike in step t of sample s are
    ``neurons[indptr[s * steps + t] : indptr[s * steps + t + 1]]``, ascending. A neuron's spikes depend on (seed, stream,
    index of the sample, presentation, its number) and its rate alone: not on other neurons, samples and ``threads``.
    """
    rates = np.ascontiguousarray(spikes_per_step, np.float64)
    indices = np.ascontiguousarray(sample_indices, np.int64)
    check_samples(rates, indices, rates.max(initial=0.0))

    def encode(own: slice) -> Block:
        most = int(np.ceil(rates[own] * steps).sum()) + np.count_nonzero(rates[own])
        step_indptr, neurons = np.empty((own.stop - own.start, steps + 1), np.int32), np.empty(most, np.int32)
        spikes = _encode_block(rates[own], steps, seed, stream, indices[own], presentation, step_indptr, neurons)
        assert spikes >= 0
        return step_indptr, neurons[:spikes]

    return encode_in_blocks(encode, len(rates), steps, threads)


def encode_samples(encoder: Encoder, dataset: Dataset, dt: float) -> SpikeBatch:
    """Periodic spikes at pixel / maximum x ``maximum_rate_hz``; the arithmetic is the two-layer trainer's, to the bit."""
    levels: NDArray[Any] = dataset.images.astype(np.float64) / dataset.maximum
    rates = levels * encoder.parameters["maximum_rate_hz"] * dt * 1e-3
    indptr, neurons = encode_regular(
        rates, steps=encoder.steps, seed=encoder.seed, stream=STREAMS[dataset.split], sample_indices=dataset.indices,
        threads=2,
    )  # fmt: skip
    return SpikeBatch(len(dataset), encoder.steps, dataset.size, indptr, neurons)
