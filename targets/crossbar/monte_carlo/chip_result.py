"""What one chip made of the samples."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from neurodeploy.datasets import AnyDataset
from neurodeploy.inference import infer
from neurodeploy.network import SpikeBatch
from neurodeploy.targets.crossbar.chip import make_chip
from neurodeploy.targets.crossbar.monte_carlo.intervals import Interval, wilson
from neurodeploy.targets.crossbar.program import CrossbarProgram


@dataclass(frozen=True)
class ChipResult:
    """Chip ``number``: counts over all samples; ``silent``: samples without an output spike.

    ``spikes`` and ``saturations`` by population (the input, which is every chip's, left out); ``joules`` by method of
    :meth:`~neurodeploy.compiler.Program.costs`.
    """

    number: int
    samples: int
    correct: int
    silent: int
    spikes: Mapping[str, int]
    saturations: Mapping[str, int]
    joules: Mapping[str, float]

    @property
    def accuracy(self) -> float:
        """Share of samples whose class was found."""
        return self.correct / self.samples

    def interval(self, confidence: float) -> Interval:
        """Of this chip's accuracy on samples drawn as these were, by Wilson's score."""
        return wilson(self.correct, self.samples, confidence)

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON, which :meth:`of` reads."""
        return asdict(self)

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> ChipResult:
        """What :meth:`as_dict` gave; ValueError or TypeError for anything else."""
        found = cls(**stored)
        numbers = (found.number, found.samples, found.correct, found.silent)
        if not all(isinstance(n, int) for n in numbers) or not 0 <= found.correct <= found.samples or not found.samples:
            raise ValueError("not a chip's result")
        if not all(isinstance(part, dict) for part in (found.spikes, found.saturations, found.joules)):
            raise ValueError("not a chip's result")
        return found


def run_chip(
    program: CrossbarProgram,
    number: int,
    dataset: AnyDataset,
    encoded: Iterable[tuple[AnyDataset, SpikeBatch]] | None = None,
) -> ChipResult:
    """Run the samples on chip ``number`` of those that could be made (0: the one that ``neurodeploy run`` runs).

    ``encoded``: the samples in parts with their input, where that is at hand.
    """
    chip = make_chip(program.mapping, number)
    found = infer(
        program.network, dataset, lambda inputs: program.run_chip(chip, inputs), executed=program.lowered, encoded=encoded
    )  # fmt: skip
    inputs = {source.name for source in program.lowered.sources}
    return ChipResult(
        number, found.samples, found.correct, found.silent,
        {name: int(total) for name, total in found.events.spikes.items() if name not in inputs},
        {name: int(total) for name, total in found.events.saturations.items()},
        {cost.method: float(cost.joules) for cost in program.costs(found.events, found.correct)},
    )  # fmt: skip
