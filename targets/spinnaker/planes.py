"""Channels of a population as planes of their own, as sPyNNaker's convolutions need them, and back together again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import isqrt

import numpy as np

from neurodeploy.network import Population, SpikeBatch
from neurodeploy.network.arrays import FloatArray
from neurodeploy.targets.spinnaker.pynn_network import Plane, PynnPopulation, PynnProjection

SOURCES_PER_CORE = 2048
"""Spikes of a SpikeSourceArray are sent by cores of at most this many sources (reverse_ip_tag_multi_cast_source)."""


def core_shape(width: int, height: int, most: int) -> tuple[int, int]:
    """The largest core of at most ``most`` neurons whose sides divide the plane's, nearest to a square.

    sPyNNaker accepts no other (``application_vertex.py``).
    """
    fitting = [(w, h) for w in _divisors(width) for h in _divisors(height) if w * h <= most]
    return max(fitting, key=lambda core: (core[0] * core[1], -abs(core[0] - core[1])))


def _divisors(number: int) -> list[int]:
    small = [d for d in range(1, isqrt(number) + 1) if number % d == 0]
    return sorted({*small, *(number // d for d in small)})


def as_planes(whole: PynnPopulation, population: Population, neurons_per_core: int) -> list[PynnPopulation]:
    """One population for every channel of a population of shape (channels, height, width)."""
    channels, height, width = population.shape
    most = SOURCES_PER_CORE if whole.model == "SpikeSourceArray" else neurons_per_core
    plane, size = Plane(width, height, core_shape(width, height, most)), width * height
    parts = []
    for channel in range(channels):
        label = whole.label if channels == 1 else f"{whole.label}[{channel}]"
        inside = slice(channel * size, (channel + 1) * size)
        parameters = {name: _part(value, inside) for name, value in whole.parameters.items()}
        parts.append(
            replace(
                whole, label=label, size=size, parameters=parameters, initial_v=_part(whole.initial_v, inside),
                first=channel * size, plane=plane,
            )
        )  # fmt: skip
    return parts


def _part(value: float | FloatArray, inside: slice) -> float | FloatArray:
    return value[inside] if isinstance(value, np.ndarray) else value


def cut(
    rows: PynnProjection, populations: Sequence[PynnPopulation], sources: Sequence[int], targets: Sequence[int]
) -> list[PynnProjection]:
    """Synapses of a whole projection between every two of its populations' parts; pairs without a synapse are left out."""
    if len(sources) == len(targets) == 1:
        return [replace(rows, source=sources[0], target=targets[0])]
    source_of = np.repeat(np.arange(len(rows.indptr) - 1), np.diff(rows.indptr))
    parts = []
    for s in sources:
        for t in targets:
            pre, post = populations[s], populations[t]
            inside = (source_of >= pre.first) & (source_of < pre.first + pre.size)
            inside &= (rows.indices >= post.first) & (rows.indices < post.first + post.size)
            if not inside.any():
                continue
            counts = np.bincount(source_of[inside] - pre.first, minlength=pre.size)
            between = "-".join(
                str(at.index(number)) for at, number in ((list(sources), s), (list(targets), t)) if len(at) > 1
            )
            parts.append(
                replace(
                    rows, label=f"{rows.label}[{between}]", source=s, target=t,
                    indptr=np.concatenate([[0], np.cumsum(counts)]), indices=rows.indices[inside] - np.int32(post.first),
                    weights=rows.weights[inside], stored=rows.stored[inside],
                    delay_steps=rows.delay_steps if isinstance(rows.delay_steps, int) else rows.delay_steps[inside],
                )
            )  # fmt: skip
    return parts


def parts_by_name(populations: Sequence[PynnPopulation]) -> dict[str, list[int]]:
    """Indices of the parts of every population of the lowered network, in the order of their neurons."""
    found: dict[str, list[int]] = {}
    for index, population in enumerate(populations):
        found.setdefault(population.part_of or population.label, []).append(index)
    return found


def put_together(populations: Sequence[PynnPopulation], spikes: Mapping[int, SpikeBatch]) -> dict[str, SpikeBatch]:
    """Spikes under the names of the lowered network, from those of every part of the populations that are there."""
    whole = {}
    for name, parts in parts_by_name(populations).items():
        if all(part in spikes for part in parts):
            batches = [spikes[part] for part in parts]
            whole[name] = (
                batches[0] if len(parts) == 1 else _side_by_side(batches, [populations[p].first for p in parts])
            )
    return whole


def _side_by_side(batches: Sequence[SpikeBatch], firsts: Sequence[int]) -> SpikeBatch:
    one = batches[0]
    steps = np.concatenate([np.repeat(np.arange(len(b.indptr) - 1), np.diff(b.indptr)) for b in batches])
    neurons = np.concatenate([b.neurons + np.int32(first) for b, first in zip(batches, firsts, strict=True)])
    order = np.lexsort((neurons, steps))
    indptr = np.concatenate([[0], np.cumsum(np.bincount(steps, minlength=len(one.indptr) - 1))]).astype(np.int64)
    return SpikeBatch(one.samples, one.steps, sum(b.size for b in batches), indptr, neurons[order].astype(np.int32))
