"""Ranges of the converters behind tiles: from calibration spikes, or the sum of all cells."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from neurodeploy.network import SpikeBatch
from neurodeploy.network.arrays import FloatArray
from neurodeploy.simulation import simulate
from neurodeploy.targets.crossbar.mapping import ArrayMapping, CrossbarMapping
from neurodeploy.targets.crossbar.nonidealities import AnalogToDigital

MARGIN = 0.04
"""Of the span of the currents on ideal cells, on both ends: cells as programmed carry a little more or less, and where weights have no
sign their differences from the reference column are then sometimes below 0."""


def with_converters(mapping: CrossbarMapping, calibration: SpikeBatch | None) -> CrossbarMapping:
    """The mapping with a range for every array, if its partial sums are digital.

    With ``calibration`` spikes the range is that of the currents they make on ideal arrays; without, all rows of a tile may be on;
    :data:`MARGIN` is added in both cases.
    """
    if mapping.options.partial_sums != "digital":
        return mapping
    spikes = None if calibration is None else dict(simulate(mapping.lowered, calibration).spikes)
    converters = {}
    for array in mapping.arrays:
        source = mapping.lowered.projection(array.projection).source
        low, high = _range(array, None if spikes is None else spikes[source])
        voltage, margin = mapping.device.read_voltage, MARGIN * (high - low)
        converters[array.projection] = AnalogToDigital(
            mapping.options.converter_bits, (low - margin) * voltage, (high + margin) * voltage
        )
    return replace(mapping, converters=converters)


def _range(array: ArrayMapping, spikes: SpikeBatch | None) -> tuple[float, float]:
    """Lowest and highest sum of any tile and output, in S; 0 is between them."""
    low, high = 0.0, 0.0
    for rows, block in _blocks(array):
        if spikes is None:
            low = min(low, float(np.minimum(block, 0).sum(axis=0).min(initial=0)))
            high = max(high, float(np.maximum(block, 0).sum(axis=0).max(initial=0)))
            continue
        for sample in range(spikes.samples):
            dense = spikes.sample(sample).dense()[0][:, rows]
            sums = dense[dense.any(axis=1)].astype(float) @ block
            low, high = min(low, float(sums.min(initial=0))), max(high, float(sums.max(initial=0)))
    return (low, high) if high > low else (0.0, 1e-12)  # an array without weights: any range will do


def _blocks(array: ArrayMapping) -> list[tuple[np.ndarray, FloatArray]]:
    """Rows of every tile, and what its outputs get from each after the subtraction, in S."""
    mapped, result = array.mapped, []
    for tile, block in zip(array.tiling.tiles, array.tiling.blocks(mapped.conductances), strict=True):
        if mapped.scheme == "pair":
            block = block[:, 0::2] - block[:, 1::2]
        elif mapped.reference is not None:
            block = block - mapped.reference[tile.rows, None]
        result.append((tile.rows, block))
    return result
