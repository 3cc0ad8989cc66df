"""What quantizers share: groups of weights with a codebook each, and the nearest level."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, TypeAlias

import numpy as np

from neurodeploy.errors import NeurodeployError
from neurodeploy.network.arrays import Array, BoolArray, FloatArray

Per: TypeAlias = Literal["projection", "neuron"]
PER_HELP = "One codebook for the projection, or for each target neuron (of a convolution: output channel)."
MakeLevels: TypeAlias = Callable[[FloatArray, FloatArray], FloatArray]
"""From the weights of one group, ``(n,)``, and their importance, ``(n,)``, to its levels, ``(levels,)``, 0 first."""


def require_synapses(present: BoolArray) -> None:
    """Refuse a projection that has no synapse (ND205)."""
    if not present.any():
        raise NeurodeployError("ND205", "A projection without synapses cannot be quantized.")


def code_type(levels: int) -> type[np.uint8] | type[np.uint16]:
    """The smallest unsigned integers that number the levels."""
    return np.uint8 if levels <= 256 else np.uint16


def nearest(values: FloatArray, levels: FloatArray) -> Array:
    """Index of the nearest level of each value; half-way values go to the lower level, equal levels are the first."""
    distinct, first = np.unique(levels, return_index=True)
    between = (distinct[1:] + distinct[:-1]) / 2
    return first[np.searchsorted(between, values, side="left")].astype(code_type(len(levels)))


def share_nearest(
    weights: FloatArray, present: BoolArray, axis: int | None, importance: FloatArray | None, levels: int,
    make: MakeLevels,
) -> tuple[Array, FloatArray]:  # fmt: skip
    """Codes (the weights' shape) and codebooks: ``(levels,)``, or ``(owners, levels)`` along ``axis``.

    ``make`` gives the levels of one group; fewer than ``levels`` are filled up with zeros. A group without synapses has
    only zeros. Codes of absent synapses are 0.
    """
    require_synapses(present)
    weight = np.ones(weights.shape) if importance is None else np.broadcast_to(importance, weights.shape)
    codes = np.zeros(weights.shape, code_type(levels))
    rows = [
        np.moveaxis(part, axis, 0) if axis is not None else part[None] for part in (weights, present, weight, codes)
    ]
    books = np.zeros((len(rows[0]), levels))
    for values, there, relevance, row_codes, book in zip(*rows, books, strict=True):
        if there.any():
            made = make(values[there], relevance[there])
            book[: len(made)] = made
            row_codes[there] = nearest(values[there], book)
    return codes, books[0] if axis is None else books
