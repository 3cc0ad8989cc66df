"""What ``record.py`` wrote, and the numbers that a comparison with it counts."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

COLOURS = 16
SOURCES = ("SpikeSourceArray", "SpikeSourcePoisson", "SpikeSourcePoissonVariable")
Spikes = tuple[NDArray[np.int64], NDArray[np.int32]]  # steps and neurons


@dataclass
class Comparison:
    """Numbers compared and equal; spikes: those that either side fired, and those that both fired; drawn: of Poisson sources."""

    voltages: int = 0
    same_voltages: int = 0
    spikes: int = 0
    same_spikes: int = 0
    weights: int = 0
    same_weights: int = 0
    drawn: int = 0
    same_drawn: int = 0
    first_difference: str = ""

    @property
    def identical(self) -> bool:
        """Whether nothing differs."""
        counted = (self.voltages, self.spikes, self.weights, self.drawn)
        return counted == (self.same_voltages, self.same_spikes, self.same_weights, self.same_drawn)


class Recorded:
    """What ``record.py`` wrote."""

    def __init__(self, folder: Path) -> None:
        self.network: dict[str, Any] = json.loads((folder / "network.json").read_text())
        with np.load(folder / "arrays.npz") as arrays:
            self.arrays = dict(arrays)
        self.populations: list[dict[str, Any]] = self.network["populations"]
        self.projections: list[dict[str, Any]] = self.network["projections"]
        self.time_step: float = self.network["time_step_ms"]
        self.sources = [n for n, p in enumerate(self.populations) if p["model"] in SOURCES]
        self.neurons = [n for n, p in enumerate(self.populations) if "shifts" in p]
        sizes = [self.populations[n]["size"] for n in self.sources]
        self.first = dict(zip(self.sources, np.concatenate([[0], np.cumsum(sizes)]).tolist(), strict=False))
        self.n_sources = max(1, sum(sizes))

    @property
    def unmodelled(self) -> list[str]:
        """Models that the firmware model has not."""
        return [p["model"] for n, p in enumerate(self.populations) if n not in self.sources + self.neurons]

    def spikes(self, population: int, segment: int) -> Spikes:
        """Recorded spikes; none when the population was not recorded."""
        name = f"{population}_{segment}"
        if f"t{name}" not in self.arrays:
            return np.zeros(0, np.int64), np.zeros(0, np.int32)
        return self.arrays[f"t{name}"], self.arrays[f"n{name}"]

    def steps(self, segment: int) -> int:
        """Time steps between the start or a reset and the next reset or the end."""
        return round(sum(self.network["runs_ms"][segment]) / self.time_step)

    def steps_lost(self, segment: int) -> int:
        """Steps by which delays between neurons are shorter after a reset.

        A neuron core marks its spikes with the "colour" of its step, which counts on through ``sim.reset()``; the receiving
        core compares it with its own time, which starts at 0 again, and takes the spike for one that is late.
        """
        return -sum(self.steps(before) for before in range(segment)) % COLOURS


def raster(spikes: Spikes, steps: int, size: int) -> NDArray[np.bool_]:
    """Spikes as an array of shape (steps, size)."""
    made = np.zeros((steps, size), np.bool_)
    made[spikes] = True
    return made


def note(comparison: Comparison, different: NDArray[np.bool_], what: str) -> None:
    """Keep the first difference of all."""
    if different.any() and not comparison.first_difference:
        step, neuron = (int(x) for x in np.argwhere(different)[0])
        comparison.first_difference = f"{what}: step {step}, neuron {neuron}"
