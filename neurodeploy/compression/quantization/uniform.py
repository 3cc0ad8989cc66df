"""Equally spaced levels: integers times a step, as digital hardware multiplies; with a power of two for a step, fixed point.

Signed, b bits: ``q in {-n, ..., n} step`` with ``n = 2^(b-1) - 1`` (symmetric: 2^b - 1 levels, as Krishnamoorthi 2018,
"Quantizing deep convolutional networks for efficient inference", section 2.2). Without negative weights: ``{0, ..., n}
step`` with ``n = 2^b - 1``. A weight takes the nearest level; beyond ``n step`` it is clipped.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import ClassVar, Literal

import numpy as np

from neurodeploy.compression.quantization.clipping import best_step, weighted_percentile
from neurodeploy.compression.quantization.codebooks import PER_HELP, Per, share_nearest
from neurodeploy.errors import NeurodeployError
from neurodeploy.network.arrays import Array, BoolArray, FloatArray


@dataclass(frozen=True)
class Uniform:
    """A uniform grid of ``bits`` (or of so many ``levels``, 0 among them; an even number of signed ones has one less).

    ``clipping`` chooses the range ``c = n step`` from the weights w and their importance a (1, or with calibration data
    the rate of the source, see :mod:`neurodeploy.compression.calibration`): ``max`` |w|; the ``percentile`` of |w|,
    weighted by a; or what minimises the ``mean_square_error`` ``sum a (w - q(w))^2``. ``step``: any, or a
    ``power_of_two`` (the next that reaches c; for the mean square error the best). ``grid``: ``unsigned`` has no
    negative levels; ``auto`` is unsigned where no weight is negative (conductances).
    """

    name: ClassVar[str] = "uniform"
    bits: int = field(default=8, metadata={"help": "Bits of a weight, 2 to 16."})
    levels: int = field(default=0, metadata={"help": "Number of levels, zero included; 0: by --bits."})
    clipping: Literal["mean_square_error", "percentile", "max"] = field(
        default="mean_square_error", metadata={"help": "How the range of the grid is chosen."}
    )
    percentile: float = field(default=99.9, metadata={"help": "For --clipping percentile."})
    step: Literal["free", "power_of_two"] = field(
        default="free", metadata={"help": "power_of_two: weights are fixed-point numbers."}
    )
    grid: Literal["auto", "signed", "unsigned"] = field(default="auto", metadata={"help": "Whether levels have signs."})
    per: Per = field(default="projection", metadata={"help": PER_HELP})

    def __post_init__(self) -> None:
        if self.levels and not 2 <= self.levels <= 65536:
            raise NeurodeployError("ND204", f"The number of levels is {self.levels}.", "Use 2 to 65536, zero included.")
        if not 2 <= self.bits <= 16:
            raise NeurodeployError("ND204", f"The number of bits is {self.bits}.", "Use 2 to 16.")
        if not 0 < self.percentile <= 100:
            raise NeurodeployError("ND204", f"The percentile is {self.percentile}.", "Use more than 0, at most 100.")

    def share(
        self, weights: FloatArray, present: BoolArray, axis: int | None = None, importance: FloatArray | None = None
    ) -> tuple[Array, FloatArray]:
        """Codes and codebooks ``step * [0, 1, ..., n, -n, ..., -1]`` (unsigned: without the negative ones).

        Raises:
            NeurodeployError: ND205 without synapses, ND204 when the grid has no room for the weights' signs.
        """
        negative = bool((weights[present] < 0).any())
        if negative and self.grid == "unsigned":
            raise NeurodeployError("ND204", "An unsigned grid has no level for negative weights.", "Use grid 'signed'.")
        signed = self.grid == "signed" or (self.grid == "auto" and negative)
        count = self.levels or 2**self.bits
        largest = (count - 1) // 2 if signed else count - 1
        if largest < 1:
            raise NeurodeployError("ND204", "2 signed levels are 0 and nothing else.", "Use 3 or more.")
        integers = np.concatenate([np.arange(largest + 1.0), np.arange(-largest if signed else 0, 0.0)])
        make = partial(self._levels, integers=integers, largest=largest)
        return share_nearest(weights, present, axis if self.per == "neuron" else None, importance, len(integers), make)

    def _levels(self, values: FloatArray, importance: FloatArray, *, integers: FloatArray, largest: int) -> FloatArray:
        magnitudes, powers = abs(values), self.step == "power_of_two"
        top = float(magnitudes.max())
        if top == 0:
            return integers * 1.0
        if self.clipping == "mean_square_error":
            return integers * best_step(magnitudes, importance, largest, powers)
        reach = top
        if self.clipping == "percentile":
            reach = weighted_percentile(magnitudes, importance, self.percentile) or top
        step = reach / largest
        return integers * (2.0 ** np.ceil(np.log2(step)) if powers else step)
