"""Rate code: independent Bernoulli spikes, one trial per neuron and time step.

Neuron i spikes in a step with probability ``p_i = rate_i * dt``.  Drawn exactly, at a cost per
*spike* rather than per trial: let ``lambda_i = -ln(1 - p_i)``.  If a Poisson(sum lambda) number of
events falls into a step and each event picks neuron i with probability ``lambda_i / sum lambda``,
the event counts of the neurons are independent Poisson(lambda_i) (thinning), and the indicator of
"at least one event" is Bernoulli(1 - exp(-lambda_i)) = Bernoulli(p_i).  Repeated events of a neuron
in a step are dropped.  The number of events comes from a table of the Poisson distribution, the
neuron from an alias table (Walker 1977, Vose 1991); resolution of both 2**-32 or finer.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from neurodeploy.datasets import Dataset
from neurodeploy.encoding import STREAMS
from neurodeploy.encoding.blocks import Block, check_samples, encode_in_blocks, gather_active
from neurodeploy.encoding.counter_random import GOLDEN_GAMMA, mix, random_key
from neurodeploy.kernels import inlined, kernel
from neurodeploy.network import Encoder, SpikeBatch

EVENT_TABLE_LENGTH = 1024  # events of one step
MAXIMUM_EVENTS_PER_STEP = 600.0  # expected; exp(-mean) must not underflow, nor the table overflow
GUIDE_CELLS = 256
_GUIDE_SHIFT = np.uint64(56)
_LOW_WORD = np.uint64(0xFFFFFFFF)
_WORD_BITS = np.uint64(32)
_TWO_POW_32 = 4294967296.0
_FRACTION_SHIFT = np.uint64(11)
_FRACTION_UNIT = 2.0**-53


@inlined
def fill_alias_table(
    intensities: NDArray[np.float64],
    count: int,
    total: float,
    accept: NDArray[np.uint64],
    alias: NDArray[np.int32],
    worklist: NDArray[np.int32],
) -> None:
    """Fill ``accept`` (32-bit acceptance threshold) and ``alias`` of ``count`` outcomes (Vose)."""
    small, large = 0, count  # two stacks growing towards each other
    for outcome in range(count):
        intensities[outcome] *= count / total
        alias[outcome] = outcome
        if intensities[outcome] < 1.0:
            worklist[small] = outcome
            small += 1
        else:
            large -= 1
            worklist[large] = outcome
    while small > 0 and large < count:
        small -= 1
        poor, rich = worklist[small], worklist[large]
        accept[poor] = np.uint64(intensities[poor] * _TWO_POW_32)
        alias[poor] = rich
        intensities[rich] -= 1.0 - intensities[poor]
        if intensities[rich] < 1.0:
            large += 1
            worklist[small] = rich
            small += 1
    for position in range(small):
        accept[worklist[position]] = np.uint64(_TWO_POW_32)
    for position in range(large, count):
        accept[worklist[position]] = np.uint64(_TWO_POW_32)


@inlined
def fill_poisson_table(mean: float, cumulative: NDArray[np.float64]) -> None:
    """Fill ``cumulative[n] = P(events <= n)`` up to where it rounds to 1 (last entry 2: a stop)."""
    probability = math.exp(-mean)
    total = probability
    cumulative[0] = total
    for events in range(1, cumulative.size):
        probability *= mean / events
        total += probability
        cumulative[events] = total
        if events > mean and probability < 1e-17:
            cumulative[events] = 2.0
            return
    cumulative[cumulative.size - 1] = 2.0


@inlined
def fill_guide_table(cumulative: NDArray[np.float64], guide: NDArray[np.int32]) -> None:
    """Fill ``guide[k]``: the number of events at which the search for a uniform of k / 256 or more starts."""
    events = 0
    for cell in range(GUIDE_CELLS):
        while cumulative[events] <= cell * (1.0 / GUIDE_CELLS):
            events += 1
        guide[cell] = events


@inlined
def encode_active(
    key: np.uint64,
    steps: int,
    active: NDArray[np.int32],
    intensities: NDArray[np.float64],
    count: int,
    accept: NDArray[np.uint64],
    alias: NDArray[np.int32],
    worklist: NDArray[np.int32],
    last_seen: NDArray[np.int32],
    cumulative: NDArray[np.float64],
    guide: NDArray[np.int32],
    step_indptr: NDArray[np.int32],
    neurons: NDArray[np.int32],
) -> int:
    """Draw the spikes of one presentation; return their number, or -1 if ``neurons`` is too short.

    ``active[:count]`` are the neurons with a positive rate and ``intensities[:count]`` their
    lambda per step (overwritten).  Writes ``step_indptr[steps + 1]`` and, ordered by step, the
    ``neurons`` that spike.  ``last_seen`` must be as long as the largest active neuron + 1.
    """
    total = 0.0
    for position in range(count):
        total += intensities[position]
        last_seen[active[position]] = -1
    step_indptr[0] = 0
    if count == 0:
        step_indptr[1 : steps + 1] = 0
        return 0
    fill_alias_table(intensities, count, total, accept, alias, worklist)
    fill_poisson_table(total, cumulative)
    fill_guide_table(cumulative, guide)
    outcomes = np.uint64(count)
    spikes = 0
    for step in range(steps):
        key += GOLDEN_GAMMA
        word = mix(key)
        uniform = np.float64(word >> _FRACTION_SHIFT) * _FRACTION_UNIT
        events = guide[word >> _GUIDE_SHIFT]
        while uniform >= cumulative[events]:
            events += 1
        if spikes + events > neurons.size:
            return -1
        for _ in range(events):
            key += GOLDEN_GAMMA
            word = mix(key)
            outcome = ((word >> _WORD_BITS) * outcomes) >> _WORD_BITS
            other = np.uint64(alias[outcome])
            outcome = other if (word & _LOW_WORD) >= accept[outcome] else outcome
            neuron = np.uint64(active[outcome])
            neurons[np.uint64(spikes)] = neuron
            spikes += int(last_seen[neuron] != step)
            last_seen[neuron] = step
        step_indptr[step + 1] = spikes
    return spikes


def intensities(spikes_per_step: NDArray[np.float64], neurons: int) -> NDArray[np.float64]:
    """Return what the kernel takes for rate * dt: lambda = -ln(1 - rate * dt).

    Raises:
        ValueError: when so many neurons at the largest rate are more than can be drawn.
    """
    table: NDArray[np.float64] = -np.log1p(-spikes_per_step)
    if table.max() * neurons > MAXIMUM_EVENTS_PER_STEP:
        raise ValueError("more input spikes per step than the encoder can draw: shorten dt")
    return table


@kernel
def _encode_block(
    rates_hz: NDArray[np.float32],
    dt: float,
    steps: int,
    seed: int,
    stream: int,
    sample_indices: NDArray[np.int64],
    presentation: int,
    step_indptr: NDArray[np.int32],
    neurons: NDArray[np.int32],
) -> int:
    """Encode consecutive samples into one buffer; return the spikes, or -1 if it is too short."""
    samples, width = rates_hz.shape
    active = np.empty(width, np.int32)
    intensities = np.empty(width, np.float64)
    accept = np.empty(width, np.uint64)
    alias = np.empty(width, np.int32)
    worklist = np.empty(width, np.int32)
    last_seen = np.empty(width, np.int32)
    cumulative = np.empty(EVENT_TABLE_LENGTH, np.float64)
    guide = np.empty(GUIDE_CELLS, np.int32)
    spikes = 0
    for sample in range(samples):
        count = gather_active(rates_hz[sample], active, intensities)
        for position in range(count):
            intensities[position] = -math.log1p(-intensities[position] * dt * 1e-3)
        key = random_key(seed, stream, sample_indices[sample], presentation)
        drawn = encode_active(
            key, steps, active, intensities, count, accept, alias, worklist, last_seen,
            cumulative, guide, step_indptr[sample], neurons[spikes:],
        )  # fmt: skip
        if drawn < 0:
            return -1
        spikes += drawn
    return spikes


def _encode_samples(
    rates_hz: NDArray[np.float32], dt: float, steps: int, seed: int, stream: int,
    sample_indices: NDArray[np.int64], presentation: int,
) -> Block:  # fmt: skip
    """Return (spikes after each step of each sample, neurons) of a block of samples."""
    step_indptr = np.empty((len(rates_hz), steps + 1), np.int32)
    events = -np.log1p(-rates_hz.astype(np.float64) * dt * 1e-3).sum() * steps
    capacity = int(events + 10.0 * math.sqrt(events)) + 2 * EVENT_TABLE_LENGTH
    while True:
        neurons = np.empty(capacity, np.int32)
        spikes = _encode_block(rates_hz, dt, steps, seed, stream, sample_indices, presentation, step_indptr, neurons)
        if spikes >= 0:
            return step_indptr, neurons[:spikes]
        capacity *= 2


def encode_poisson(
    rates_hz: NDArray[np.float32],
    *,
    dt: float,
    steps: int,
    seed: int,
    stream: int,
    sample_indices: NDArray[np.int64],
    presentation: int = 0,
    threads: int = 1,
) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Encode rates into spikes, Bernoulli(rate * dt) per step and neuron, all independent.

    ``rates_hz`` is float32 [samples, neurons] in Hz, ``dt`` the step in ms.  Returns ``indptr``
    int64 [samples * steps + 1] and ``neurons`` int32: the neurons that spike in step t of sample s
    are ``neurons[indptr[s * steps + t] : indptr[s * steps + t + 1]]``, in no particular order.
    A sample's spikes depend on (seed, stream, its index, presentation) and its rates alone: not on
    the other samples and not on ``threads``.
    """
    rates = np.ascontiguousarray(rates_hz, np.float32)
    indices = np.ascontiguousarray(sample_indices, np.int64)
    check_samples(rates, indices, rates.max(initial=0.0) * dt * 1e-3)
    if rates.size and -np.log1p(-rates.astype(np.float64) * dt * 1e-3).sum(axis=1).max() > MAXIMUM_EVENTS_PER_STEP:
        raise ValueError("more input spikes per step than can be drawn: shorten dt")

    def encode(own: slice) -> Block:
        return _encode_samples(rates[own], dt, steps, seed, stream, indices[own], presentation)

    return encode_in_blocks(encode, len(rates), steps, threads)


def encode_samples(encoder: Encoder, dataset: Dataset, dt: float) -> SpikeBatch:
    """Rate code: pixel / maximum x ``maximum_rate_hz``, Bernoulli at every step."""
    rates = dataset.images.astype(np.float32) * np.float32(encoder.parameters["maximum_rate_hz"] / dataset.maximum)
    indptr, neurons = encode_poisson(
        rates, dt=dt, steps=encoder.steps, seed=encoder.seed, stream=STREAMS[dataset.split],
        sample_indices=dataset.indices, threads=2,
    )  # fmt: skip
    return SpikeBatch(len(dataset), encoder.steps, rates.shape[1], indptr, neurons)
