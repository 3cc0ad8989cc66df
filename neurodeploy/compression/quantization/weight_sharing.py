"""Weight sharing (rathi2019, section III-B): surviving weights are split by rank and each part shares its mean.

2 levels are {0, w} with w the mean of the survivors; 3 levels {0, w1, w2} split them at the median. N levels continue
the pattern: N - 1 parts of equal number.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np

from neurodeploy.compression.quantization.codebooks import PER_HELP, Per, require_synapses
from neurodeploy.errors import NeurodeployError
from neurodeploy.network.arrays import Array, BoolArray, FloatArray


@dataclass(frozen=True)
class WeightSharing:
    """Share ``levels`` values (2 to 256, zero included), one codebook per target ``neuron`` or per ``projection``.

    Of a convolution, per neuron means per output channel; sparse and one-to-one projections have one codebook.

    Per neuron keeps the sum of each neuron's weights, which the training normalises: on MNIST the difference is many
    points (docs/results/two_layer.md). Per projection is rathi2019's, for arrays that have one set of states.
    """

    name: ClassVar[str] = "weight_sharing"
    levels: int = field(default=3, metadata={"help": "Number of levels, zero included."})
    per: Per = field(default="neuron", metadata={"help": PER_HELP})

    def __post_init__(self) -> None:
        if not 2 <= self.levels <= 256:
            raise NeurodeployError(
                "ND204", f"The number of levels is {self.levels}.", "Use 2 to 256; zero is one of them."
            )

    def share(
        self, weights: FloatArray, present: BoolArray, axis: int | None = None, importance: FloatArray | None = None
    ) -> tuple[Array, FloatArray]:
        """Codes uint8 in the weights' shape and levels, ``(levels,)`` or ``(owners, levels)`` along ``axis``.

        The rule is by rank alone: ``importance`` changes nothing.

        Raises:
            NeurodeployError: ND205 when no synapse is present.
        """
        require_synapses(present)
        codes = np.zeros(weights.shape, np.uint8)
        if self.per == "projection" or axis is None:
            codes[present], levels = _share(weights[present], self.levels)
            return codes, levels
        rows = [np.moveaxis(part, axis, 0) for part in (weights, present, codes)]
        books = np.zeros((len(rows[0]), self.levels))
        for owner, (values, there, row_codes) in enumerate(zip(*rows, strict=True)):
            row_codes[there], books[owner] = _share(values[there], self.levels)
        return codes, books


def _share(values: FloatArray, levels: int) -> tuple[Array, FloatArray]:
    book = np.zeros(levels)
    distinct, nearest = np.unique(values, return_inverse=True)
    if len(distinct) < levels:  # shared already, by training: nothing is lost
        book[1 : 1 + len(distinct)] = distinct
        return (1 + nearest).astype(np.uint8), book
    rank = np.empty(len(values), np.int64)
    rank[np.argsort(values, kind="stable")] = np.arange(len(values))
    codes = 1 + rank * (levels - 1) // max(len(values), 1)
    totals = np.bincount(codes, values, minlength=levels)
    numbers = np.bincount(codes, minlength=levels)
    book[1:] = totals[1:] / np.maximum(numbers[1:], 1)
    return codes.astype(np.uint8), book
