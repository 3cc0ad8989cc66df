"""What decides the figures of an in-memory target, in a sentence each: of time, area, energy's range and tiles."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from neurodeploy.costs import AreaReport, LatencyReport
from neurodeploy.targets.crossbar.mapping import CrossbarMapping
from neurodeploy.wording import quantities, quantity

SPARSE = 0.6
"""Below this share of synapses among the tiles' cells, a hint says how to save tiles."""
_MOST = 0.5
_REASONS = {
    "cells": "the device's read time",
    "spikes": "the neuron circuit's spike at its highest rate, {rate}",
    "converters": "conversions at {rate}",
}


def time_text(mapping: CrossbarMapping, latency: LatencyReport) -> str:
    """A step with its range and what takes most of it, and an inference if the network says how many steps it has."""
    ends = quantities(*latency.seconds_range, "s")
    text = f"A time step takes {quantity(latency.seconds, 's')}{f' ({ends})' if ends else ''}"
    seconds = _by_kind(mapping, ((item.part, item.seconds) for item in latency.items))
    part = max(seconds, key=lambda name: seconds[name], default="")
    if part and seconds[part] > _MOST * latency.seconds:
        one = next(item.constant.value for item in latency.items if item.part.endswith(f": {part}"))
        reason = _REASONS.get(part, part).format(rate=quantity(1 / one, "Hz") if one else "no time")
        text += f", {100 * seconds[part] / latency.seconds:.3g} % of it {reason}"
    encoder = mapping.lowered.encoder
    if encoder is None:
        return f"{text}."
    whole = quantity(encoder.steps * latency.seconds, "s")
    return f"{text}; an inference of {encoder.steps:,} steps {whole}, if one step follows another at once."


def range_text(mapping: CrossbarMapping, cost: Mapping[str, Any]) -> str:
    """Which part of a run's energy is uncertain most; nothing where none is. ``cost``: a report as a dictionary."""
    spans: dict[str, list[float]] = {}
    for item in cost["items"]:
        of_part = spans.setdefault(_kind(mapping, item["part"]), [0.0, 0.0])
        for end, value in enumerate(item["joules_range"]):
            of_part[end] += value
    widths = {name: high - low for name, (low, high) in spans.items()}
    whole = cost["joules_range"][1] - cost["joules_range"][0]
    if whole <= 0:
        return ""
    part = max(widths, key=lambda name: widths[name])
    low, high = (value / max(1, cost["samples"]) for value in spans[part])
    return f"{100 * widths[part] / whole:.0f} % of the range is that of {part}: {quantities(low, high, 'J')} per inference."


def converter_text(mapping: CrossbarMapping, parts: Iterable[tuple[str, float]], what: str) -> str:
    """Where converters are most of ``what`` (``area`` or ``energy``), how to have less of it; else nothing.

    ``parts``: names of items and what each takes.
    """
    sums = _by_kind(mapping, parts)
    share = sums.get("converters", 0.0) / (sum(sums.values()) or 1.0)
    if share <= _MOST:
        return ""
    remedies = {
        "area": "--multiplexing 8 lets 8 columns share one, read one after another",
        "energy": "fewer --converter-bits take less; so do fewer conversions, of outputs split over fewer tiles",
    }
    return (
        f"Converters are {100 * share:.0f} % of the {what}: {remedies[what]}, and --partial-sums analogue needs none."
    )


def area_text(mapping: CrossbarMapping, area: AreaReport) -> str:
    """The converters' part, where they are most of the area."""
    return converter_text(mapping, ((item.part, item.square_metres) for item in area.items), "area")


def tiles_text(mapping: CrossbarMapping) -> str:
    """How fewer tiles would do, where packing saved none and most places hold no synapse; else nothing."""
    rows, columns = mapping.options.tile_size
    tiles, grid, fewest = (sum(getattr(array, name) for array in mapping.arrays) for name in ("tiles", "grid", "bound"))
    synapses = sum(array.synapses * array.tiling.tile.columns_per_output for array in mapping.arrays)
    share = synapses / max(1, tiles * rows * columns)
    if not fewest < tiles == grid or share >= SPARSE:
        return ""
    return (
        f"Synapses take {100 * share:.0f} % of the tiles' cells, and packing saves no tile: removing whole segments does, "
        f"neurodeploy prune --rule tiles --tile-rows {rows} --tile-columns {columns}."
    )


def _kind(mapping: CrossbarMapping, part: str) -> str:
    """A part's name without its array's."""
    arrays = sorted((f"{array.projection}: " for array in mapping.arrays), key=len, reverse=True)
    return part.removeprefix(next((name for name in arrays if part.startswith(name)), ""))


def _by_kind(mapping: CrossbarMapping, parts: Iterable[tuple[str, float]]) -> dict[str, float]:
    sums: dict[str, float] = {}
    for part, value in parts:
        kind = _kind(mapping, part)
        sums[kind] = sums.get(kind, 0.0) + value
    return sums
