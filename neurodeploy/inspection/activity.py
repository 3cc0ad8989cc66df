"""What the layers of a network do on samples, neuron by neuron."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from neurodeploy.datasets import AnyDataset
from neurodeploy.encoding import encode_in_chunks
from neurodeploy.network import Network, has_threshold
from neurodeploy.simulation import build_plan, simulate
from neurodeploy.simulation.membranes import refractory_steps

CHUNK = 50


@dataclass(frozen=True)
class LayerActivity:
    """Means per sample over ``samples`` samples of ``steps`` steps.

    ``spikes`` of the layer (events, where they are graded); ``operations``: synaptic operations that ended on it
    (effective: weight and input not zero). ``silent``: neurons that never spiked; ``saturated``: neurons that spiked in
    nine of ten steps that their refractory period leaves. ``rate``: share of steps in which a neuron spiked, the mean
    over neurons. ``histogram``: neurons by rate, in tenths. The last four are None or empty for layers without threshold.
    """

    samples: int
    steps: int
    spikes: float
    operations: float
    rate: float | None
    silent: int | None
    saturated: int | None
    histogram: tuple[int, ...]


def measure(
    network: Network, dataset: AnyDataset, progress: Callable[[int], None] = lambda samples: None
) -> dict[str, LayerActivity]:
    """Run samples in the float reference simulator and measure every population, by name."""
    plan = build_plan(network)
    counts = {p.name: np.zeros(p.size, np.int64) for p in network.populations}
    events = dict.fromkeys(counts, 0.0)
    steps = network.encoder.steps if network.encoder else 0
    for _, inputs in encode_in_chunks(network, dataset, CHUNK, progress):
        activity = simulate(network, inputs, plan=plan)
        for name, batch in activity.spikes.items():
            counts[name] += np.bincount(batch.neurons, minlength=batch.size)
        for projection in network.projections:
            events[projection.target] += float(activity.effective_events[projection.name].sum())
    return {
        p.name: _layer(network, p.name, counts[p.name], events[p.name], len(dataset), steps)
        for p in network.populations
    }


def _layer(
    network: Network, name: str, counts: np.ndarray, operations: float, samples: int, steps: int
) -> LayerActivity:  # fmt: skip
    neuron = network.population(name).neuron
    per_sample = float(counts.sum()) / max(samples, 1), operations / max(samples, 1)
    if not has_threshold(neuron):
        return LayerActivity(samples, steps, *per_sample, None, None, None, ())
    pause = refractory_steps(neuron, len(counts), network.dt)  # type: ignore[arg-type]
    share = counts / max(samples * steps, 1)
    bins = np.histogram(np.clip(share, 0, 1), bins=10, range=(0, 1))[0]
    return LayerActivity(
        samples, steps, *per_sample, float(share.mean()), int((counts == 0).sum()),
        int((share * (1 + pause) >= 0.9).sum()), tuple(int(count) for count in bins),
    )  # fmt: skip
