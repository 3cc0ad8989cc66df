"""Integrate-and-fire networks of the IR, stepped in plain numpy with dense matrices: an independent reference."""

from __future__ import annotations

from typing import Any

import numpy as np

from neurodeploy.network import IF, Activity, Network, Pooling2d, Relay, SpikeBatch


def run(network: Network, inputs: SpikeBatch, **_: Any) -> Activity:
    """Spikes and potentials of every population; delta synapses, dt/cm of 1, populations in the order of the network."""
    (source,) = network.sources
    frames = inputs.dense().astype(np.float64)
    samples, steps = frames.shape[:2]
    sent = {source.name: frames}
    spikes: dict[str, SpikeBatch] = {source.name: inputs}
    potentials = {}
    for population in network.populations[1:]:
        neuron: Any = population.neuron
        drive = np.zeros((samples, steps, population.size)) + neuron.i_offset
        for projection in network.projections:
            if projection.target == population.name:
                arrived = _propagated(network, projection, sent[projection.source])
                drive[:, int(projection.delay) :] += arrived[:, : steps - int(projection.delay)]
        v = np.zeros((samples, population.size)) + getattr(neuron, "v_init", 0.0)
        result, potential = np.zeros_like(drive), np.zeros_like(drive)
        for step in range(steps):
            v = v + drive[:, step]
            if isinstance(neuron, IF):
                fired = v >= neuron.v_thresh
                v = v - fired * neuron.v_thresh if neuron.reset == "subtraction" else np.where(fired, neuron.v_reset, v)
                result[:, step] = fired
            potential[:, step] = v
        sent[population.name] = drive if isinstance(neuron, Relay) else result
        potentials[population.name] = potential
        if isinstance(neuron, IF):
            spikes[population.name] = SpikeBatch.from_dense(result)
    return Activity(spikes, {}, potentials)


def _propagated(network: Network, projection: Any, sent: np.ndarray) -> np.ndarray:
    kind = projection.connectivity
    source, target = network.shapes(projection)
    if isinstance(kind, Pooling2d) and kind.function == "max":
        (top, bottom), (left, right) = kind.padding
        images = np.pad(sent.reshape(-1, *source), ((0, 0), (0, 0), (top, bottom), (left, right)))
        views = np.lib.stride_tricks.sliding_window_view(images, kind.kernel, axis=(2, 3))
        views = views[:, :, :: kind.stride[0], :: kind.stride[1]]
        return views.max(axis=(-2, -1)).reshape(*sent.shape[:2], -1)
    rows = network.expand(projection)
    matrix = np.zeros((np.prod(source), np.prod(target)))
    np.add.at(matrix, (np.repeat(np.arange(len(matrix)), np.diff(rows.indptr)), rows.targets), rows.values)
    return sent @ matrix
