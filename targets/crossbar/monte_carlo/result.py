"""What many chips say of all that could be made."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from neurodeploy.targets.crossbar.monte_carlo.chip_result import ChipResult
from neurodeploy.targets.crossbar.monte_carlo.intervals import Interval, clopper_pearson, mean_interval

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)


@dataclass(frozen=True)
class Spread:
    """One quantity over chips: ``quantity`` (of a population or method ``of``) in ``unit``.

    ``standard_deviation`` is the sample's, with n - 1; ``interval``: of the mean over all chips that could be made, by Student's
    t. Both None for one chip. ``quantiles`` interpolate linearly.
    """

    quantity: str
    of: str
    unit: str
    mean: float
    standard_deviation: float | None
    interval: Interval | None
    minimum: float
    maximum: float
    quantiles: tuple[float, ...]

    @classmethod
    def over(cls, quantity: str, of: str, unit: str, values: Sequence[float], confidence: float) -> Spread:
        """Of the chips' values."""
        array = np.asarray(values, np.float64)
        deviation = float(np.std(array, ddof=1)) if len(array) > 1 else None
        points = tuple(float(q) for q in np.quantile(array, QUANTILES))
        return cls(
            quantity, of, unit, float(array.mean()), deviation, mean_interval(array, confidence), float(array.min()),
            float(array.max()), points,
        )  # fmt: skip

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "quantity": self.quantity, "of": self.of, "unit": self.unit, "mean": self.mean,
            "standard_deviation": self.standard_deviation,
            "interval_of_mean": None if self.interval is None else list(self.interval),
            "minimum": self.minimum, "maximum": self.maximum,
            "quantiles": [[share, value] for share, value in zip(QUANTILES, self.quantiles, strict=True)],
        }  # fmt: skip


@dataclass(frozen=True)
class Yield:
    """Chips that reach the accuracy ``at``, of all; ``interval``: of the share of all that could be made, by Clopper and Pearson."""

    at: float
    reached: int
    chips: int
    interval: Interval

    @property
    def share(self) -> float:
        """Of the chips that were run."""
        return self.reached / self.chips

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "at": self.at, "reached": self.reached, "chips": self.chips, "share": self.share, "interval": list(self.interval),
        }  # fmt: skip


@dataclass(frozen=True)
class MonteCarlo:
    """The chips 0 to N - 1, in that order, on the same samples of ``data``; ``resumed``: of them an earlier call had finished."""

    target: str
    data: str
    split: str
    chips: tuple[ChipResult, ...]
    confidence: float = 0.95
    yield_at: float | None = None
    resumed: int = 0

    @property
    def samples(self) -> int:
        """Samples of each chip."""
        return self.chips[0].samples

    @property
    def spreads(self) -> tuple[Spread, ...]:
        """Accuracy, silent samples, spikes and clipped conversions of each population, energy by each method."""
        return (
            Spread.over("accuracy", "", "", [chip.accuracy for chip in self.chips], self.confidence),
            Spread.over("silent samples", "", "", [chip.silent for chip in self.chips], self.confidence),
            *self._per_sample("spikes per sample", "", lambda chip: chip.spikes),
            *self._per_sample("clipped conversions per sample", "", lambda chip: chip.saturations),
            *self._per_sample("energy per sample", "J", lambda chip: chip.joules),
        )

    def _per_sample(
        self, quantity: str, unit: str, totals: Callable[[ChipResult], Mapping[str, float]]
    ) -> Iterator[Spread]:
        for name in totals(self.chips[0]):
            values = [totals(chip)[name] / self.samples for chip in self.chips]
            yield Spread.over(quantity, name, unit, values, self.confidence)

    @property
    def accuracy(self) -> Spread:
        """Of the chips' accuracies."""
        return self.spreads[0]

    @property
    def yielded(self) -> Yield | None:
        """At ``yield_at``, if one was named; an accuracy just as high counts."""
        if self.yield_at is None:
            return None
        reached = sum(chip.accuracy >= self.yield_at for chip in self.chips)
        interval = clopper_pearson(reached, len(self.chips), self.confidence)
        return Yield(self.yield_at, reached, len(self.chips), interval)

    @property
    def alike(self) -> bool:
        """Whether several chips do all the same: nothing varies among them."""
        return len(self.chips) > 1 and all(spread.minimum == spread.maximum for spread in self.spreads)

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> MonteCarlo:
        """What :meth:`as_dict` gave; ``resumed`` is not in it."""
        names = [field.name for field in fields(ChipResult)]
        chips = tuple(ChipResult.of({name: chip[name] for name in names}) for chip in stored["chips"])
        at = None if stored["yield"] is None else stored["yield"]["at"]
        return cls(stored["target"], stored["data"], stored["split"], chips, stored["confidence"], at)

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON: the same for the same chips, whoever ran them."""
        found = self.yielded
        return {
            "kind": "monte_carlo", "target": self.target, "data": self.data, "split": self.split, "samples": self.samples,
            "confidence": self.confidence,
            "summary": [spread.as_dict() for spread in self.spreads],
            "yield": None if found is None else found.as_dict(),
            "chips": [
                {**chip.as_dict(), "accuracy": chip.accuracy, "accuracy_interval": list(chip.interval(self.confidence))}
                for chip in self.chips
            ],
        }  # fmt: skip
