"""Measuring a pass on calibration input: the spikes of each population before and after."""

from __future__ import annotations

import numpy as np

from neurodeploy.compiler.context import Context
from neurodeploy.network import Network, SpikeBatch
from neurodeploy.network.neurons import has_threshold


def compare_spikes(before: Network, after: Network, inputs: SpikeBatch, held: bool, context: Context) -> None:
    """Note the spikes of every spiking population in two networks that may differ in their time step."""
    from neurodeploy.simulation import simulate

    later, merged = in_other_steps(inputs, before.dt / after.dt, held=held)
    if merged:
        context.note(f"calibration: {merged} of {inputs.total} input spikes fell into a step that had one already")
    one, other = simulate(before, inputs), simulate(after, later)
    sources = {population.name for population in before.sources}
    for population in before.populations:
        if population.name in sources or not has_threshold(population.neuron):
            continue
        spikes = [_number(activity.spikes[population.name]) for activity in (one, other)]
        change = f" ({spikes[1] / spikes[0] - 1:+.1%})" if spikes[0] else ""
        context.note(f"calibration: spikes of '{population.name}' {spikes[0]} -> {spikes[1]}{change}")


def _number(batch: SpikeBatch) -> int:
    """Spikes of a batch; where several may share an event, its value counts them."""
    return batch.total if batch.values is None else int(batch.values.sum())


def in_other_steps(batch: SpikeBatch, ratio: float, *, held: bool) -> tuple[SpikeBatch, int]:
    """A batch in steps ``1 / ratio`` as long, and how many spikes fell together.

    Spikes keep their time; ``held`` values are presented as long as before.
    """
    steps = max(1, round(batch.steps * ratio))
    if held:
        chosen = np.minimum(((np.arange(steps) + 0.5) / ratio).astype(np.int64), batch.steps - 1)
        return SpikeBatch.from_dense(batch.dense()[:, chosen], graded=batch.values is not None), 0
    at = np.repeat(np.arange(batch.samples * batch.steps), np.diff(batch.indptr))
    sample, step = np.divmod(at, max(batch.steps, 1))
    step = np.minimum((step * ratio + 1e-9).astype(np.int64), steps - 1)
    keys = np.unique((sample * steps + step) * batch.size + batch.neurons)
    rows, neurons = np.divmod(keys, batch.size)
    indptr = np.concatenate([[0], np.cumsum(np.bincount(rows, minlength=batch.samples * steps))]).astype(np.int64)
    return SpikeBatch(batch.samples, steps, batch.size, indptr, neurons.astype(np.int32)), batch.total - len(keys)
