"""What simulators, programs and reports exchange: input and output spikes, voltages and counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from neurodeploy.network.arrays import Array, FloatArray, Int32Array, IntArray


@dataclass(frozen=True, eq=False)
class SpikeBatch:
    """Spikes of one population for a batch of samples, sparse.

    ``neurons`` int32 lists the spiking neurons; those of sample s at step t are
    ``neurons[indptr[s * steps + t] : indptr[s * steps + t + 1]]`` (``indptr`` int64, samples * steps + 1). ``values``
    float32 (float64 from a simulation in float64), as long as ``neurons``, makes the events graded (analog frames,
    relays, potentials); None: every one is 1.
    """

    samples: int
    steps: int
    size: int
    indptr: IntArray
    neurons: Int32Array
    values: Array | None = None

    @property
    def total(self) -> int:
        """Number of spikes."""
        return len(self.neurons)

    def problem(self) -> str | None:
        """What is wrong with the arrays, or None: pointers ascend over all events, neurons exist, values are as many."""
        if len(self.indptr) != self.samples * self.steps + 1 or self.indptr[0] != 0 or self.indptr[-1] != self.total:
            return f"its {len(self.indptr)} pointers do not cover {self.samples} x {self.steps} steps and {self.total} events"
        if (np.diff(self.indptr) < 0).any():
            return "its pointers do not ascend"
        if self.total and not (self.neurons.min() >= 0 and self.neurons.max() < self.size):
            return f"neurons {self.neurons.min()} to {self.neurons.max()} of {self.size} spike"
        if self.values is not None and len(self.values) != self.total:
            return f"{len(self.values)} values for {self.total} events"
        return None

    def counts(self) -> IntArray:
        """Spikes of each neuron in each sample, int64 ``(samples, size)``; graded spikes count by their value."""
        ends = self.indptr[:: self.steps] if self.steps else np.zeros(self.samples + 1, np.int64)
        sample = np.repeat(np.arange(self.samples), np.diff(ends))
        flat = np.bincount(sample * self.size + self.neurons, self.values, minlength=self.samples * self.size)
        return flat.reshape(self.samples, self.size).astype(np.int64)

    def dense(self) -> Array:
        """Spikes as bool, graded events as they are stored, ``(samples, steps, size)``: for small batches."""
        result = np.zeros((self.samples * self.steps, self.size), bool if self.values is None else self.values.dtype)
        rows = np.repeat(np.arange(self.samples * self.steps), np.diff(self.indptr))
        result[rows, self.neurons] = True if self.values is None else self.values
        return result.reshape(self.samples, self.steps, self.size)

    def sample(self, index: int) -> SpikeBatch:
        """The spikes of one sample, as a batch of one."""
        return self.part(index, index + 1)

    def part(self, first: int, end: int) -> SpikeBatch:
        """The spikes of samples ``first`` to ``end`` (exclusive)."""
        window = self.indptr[first * self.steps : end * self.steps + 1]
        events = slice(window[0], window[-1])
        values = None if self.values is None else self.values[events]
        return SpikeBatch(end - first, self.steps, self.size, window - window[0], self.neurons[events], values)

    def window(self, first: int, end: int) -> SpikeBatch:
        """A copy of the spikes of steps ``first`` to ``end`` (exclusive) of every sample."""
        rows = np.arange(self.samples)[:, None] * self.steps + np.arange(first, end + 1)
        window = self.indptr[rows]
        indptr = np.concatenate([[0], np.cumsum(np.diff(window, axis=1))]).astype(np.int64)
        events = _ranges(window[:, 0], window[:, -1])
        values = None if self.values is None else self.values[events]
        return SpikeBatch(self.samples, end - first, self.size, indptr, self.neurons[events], values)

    def followed_by(self, later: SpikeBatch) -> SpikeBatch:
        """The same samples and neurons for longer: the steps of this batch, then those of ``later``."""
        tables = [batch.indptr[np.arange(self.samples + 1) * batch.steps] for batch in (self, later)]
        counts = [np.diff(batch.indptr).reshape(self.samples, batch.steps) for batch in (self, later)]
        indptr = np.concatenate([[0], np.cumsum(np.concatenate(counts, axis=1))]).astype(np.int64)
        # Both lie one behind the other; of every sample first the one's events, then the other's.
        starts = np.stack([tables[0][:-1], tables[1][:-1] + self.total], axis=1).ravel()
        ends = np.stack([tables[0][1:], tables[1][1:] + self.total], axis=1).ravel()
        events = _ranges(starts, ends)
        values = None
        if self.values is not None or later.values is not None:
            ones = [np.ones(b.total, np.float32) if b.values is None else b.values for b in (self, later)]
            values = np.concatenate(ones)[events]
        neurons = np.concatenate([self.neurons, later.neurons])[events]
        return SpikeBatch(self.samples, self.steps + later.steps, self.size, indptr, neurons, values)

    @staticmethod
    def from_dense(spikes: Array, *, graded: bool = False) -> SpikeBatch:
        """From an array ``(samples, steps, size)``: non-zero means a spike or, if ``graded``, that value."""
        samples, steps, size = spikes.shape
        flat = spikes.reshape(samples * steps, size)
        rows, neurons = np.nonzero(flat)
        indptr = np.concatenate([[0], np.cumsum(np.bincount(rows, minlength=samples * steps))]).astype(np.int64)
        values = flat[rows, neurons].astype(np.float32) if graded else None
        return SpikeBatch(samples, steps, size, indptr, neurons.astype(np.int32), values)

    @staticmethod
    def concatenate(batches: Sequence[SpikeBatch]) -> SpikeBatch:
        """Batches of the same steps and size, one after the other."""
        first = batches[0]
        if len(batches) == 1:
            return first
        starts = np.cumsum([0, *(batch.total for batch in batches)])
        indptr = np.concatenate([[0], *(b.indptr[1:] + start for b, start in zip(batches, starts, strict=False))])
        neurons = np.concatenate([batch.neurons for batch in batches])
        values = None
        if first.values is not None:
            values = np.concatenate([batch.values for batch in batches if batch.values is not None])
        samples = sum(batch.samples for batch in batches)
        return SpikeBatch(samples, first.steps, first.size, indptr.astype(np.int64), neurons, values)


def _ranges(starts: IntArray, ends: IntArray) -> IntArray:
    """The numbers from each start to its end (exclusive), one range after the other."""
    counts = ends - starts
    before: IntArray = np.repeat(starts - np.cumsum(counts) + counts, counts)
    return before + np.arange(len(before))


@dataclass(frozen=True)
class EventCounts:
    """Totals over ``samples`` presentations of ``steps`` steps: what costs are computed from.

    ``spikes`` by population (events, where they are graded); ``synaptic_events``, ``effective_events``,
    ``saturations`` and ``device_events`` as in :class:`Activity`.
    """

    samples: int
    steps: int
    spikes: Mapping[str, int]
    synaptic_events: Mapping[str, int]
    saturations: Mapping[str, int] = field(default_factory=dict)
    effective_events: Mapping[str, int] = field(default_factory=dict)
    device_events: Mapping[str, float] = field(default_factory=dict)

    def __add__(self, other: EventCounts) -> EventCounts:
        def total(a: Mapping[str, Any], b: Mapping[str, Any]) -> dict[str, Any]:
            return {name: a.get(name, 0) + b.get(name, 0) for name in {**a, **b}}

        return EventCounts(
            self.samples + other.samples,
            max(self.steps, other.steps),
            total(self.spikes, other.spikes),
            total(self.synaptic_events, other.synaptic_events),
            total(self.saturations, other.saturations),
            total(self.effective_events, other.effective_events),
            total(self.device_events, other.device_events),
        )


@dataclass(frozen=True, eq=False)
class Activity:
    """What a run did: spikes per population, synaptic events per projection, voltages where they were recorded.

    ``spikes`` by population name. ``synaptic_events`` by projection name, int64 ``(samples,)``: a spike times the
    synapses that exist on it; ``effective_events`` likewise, of synapses whose weight is not zero. ``voltages`` by
    population name, ``(samples, steps, recorded neurons)`` in mV, where asked for or needed by the readout.
    ``saturations`` by population name: additions that hit a limit of the target's arithmetic. ``device_events``: what
    the target counts besides, under names of its own, float64 ``(samples,)``.
    """

    spikes: Mapping[str, SpikeBatch]
    synaptic_events: Mapping[str, IntArray]
    voltages: Mapping[str, Array] = field(default_factory=dict)
    saturations: Mapping[str, int] = field(default_factory=dict)
    effective_events: Mapping[str, IntArray] = field(default_factory=dict)
    device_events: Mapping[str, FloatArray] = field(default_factory=dict)

    def event_counts(self) -> EventCounts:
        """Totals over the batch."""
        any_batch = next(iter(self.spikes.values()))
        return EventCounts(
            any_batch.samples,
            any_batch.steps,
            {name: batch.total for name, batch in self.spikes.items()},
            {name: int(number.sum()) for name, number in self.synaptic_events.items()},
            dict(self.saturations),
            {name: int(number.sum()) for name, number in self.effective_events.items()},
            {name: float(number.sum()) for name, number in self.device_events.items()},
        )

    @staticmethod
    def concatenate(parts: Sequence[Activity]) -> Activity:
        """The activities of consecutive chunks of samples as one."""
        first = parts[0]
        return Activity(
            {name: SpikeBatch.concatenate([part.spikes[name] for part in parts]) for name in first.spikes},
            {name: np.concatenate([part.synaptic_events[name] for part in parts]) for name in first.synaptic_events},
            {name: np.concatenate([part.voltages[name] for part in parts]) for name in first.voltages},
            {name: sum(part.saturations[name] for part in parts) for name in first.saturations},
            {name: np.concatenate([part.effective_events[name] for part in parts]) for name in first.effective_events},
            {name: np.concatenate([part.device_events[name] for part in parts]) for name in first.device_events},
        )
