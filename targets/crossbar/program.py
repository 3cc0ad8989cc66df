"""A network compiled for arrays of memory cells."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

from neurodeploy.compiler import Program, Usage
from neurodeploy.costs import CostReport
from neurodeploy.errors import NeurodeployError
from neurodeploy.network import Activity, EventCounts, Network, SpikeBatch
from neurodeploy.simulation import simulate
from neurodeploy.targets.crossbar.array_simulation import run_on_chip
from neurodeploy.targets.crossbar.bundle_files import write_bundle_files
from neurodeploy.targets.crossbar.checks import usages
from neurodeploy.targets.crossbar.chip import Chip, make_chip
from neurodeploy.targets.crossbar.device_counts import device_events
from neurodeploy.targets.crossbar.estimates import Estimates, energy_of, origins_of, supply
from neurodeploy.targets.crossbar.mapping import CrossbarMapping
from neurodeploy.targets.crossbar.origins import named
from neurodeploy.targets.crossbar.presentation import CrossbarPresentation


class CrossbarProgram(Program):
    """Runs on the float reference (ideal arrays) and on the model of one chip (``--device-seed``)."""

    executors: ClassVar[tuple[str, ...]] = ("reference", "model")

    def __init__(self, mapping: CrossbarMapping, network: Network) -> None:
        self.mapping = mapping
        self.estimates = Estimates(mapping)
        self._network = network

    @property
    def target(self) -> str:  # type: ignore[override]
        """Which of the in-memory targets."""
        return self.mapping.target

    @property
    def network(self) -> Network:
        """The network before the target's passes."""
        return self._network

    @property
    def lowered(self) -> Network:
        """The network with the levels of the cells, on ideal arrays."""
        return self.mapping.lowered

    @property
    def manifest(self) -> Mapping[str, Any]:
        """Options, what the cells made of the weights, area, latency and programming, and which numbers no source gives."""
        return self._described

    @cached_property
    def _described(self) -> Mapping[str, Any]:
        mapping = self.mapping
        found, estimates = origins_of(mapping), self.estimates
        return {
            "options": asdict(mapping.options),
            "weights": mapping.weights(),
            "arrays": [
                {"projection": array.projection, "tiles": array.tiles, "dense_grid": array.grid, "bound": array.bound}
                for array in mapping.arrays
            ],
            "converters": {name: list(asdict(converter).values()) for name, converter in mapping.converters.items()},
            "area": estimates.area.as_dict(),
            "latency": estimates.latency.as_dict(),
            "programming": estimates.programming.as_dict(),
            "supply_volts": supply(mapping),
            "assumed": named(found, "assumed"),
            "unsourced": named(found, "the file's own"),
            "defaults": named(found, "default"),
        }

    def resources(self) -> list[Usage]:
        """Tiles, cells, levels and area."""
        return [*self._usages, Usage("area", 1e6 * self.estimates.area.square_metres, None, "mm²")]

    @cached_property
    def _usages(self) -> list[Usage]:
        return usages(self.mapping)

    @cached_property
    def chip(self) -> Chip:
        """The chip that ``model`` runs."""
        return make_chip(self.mapping)

    def run(self, inputs: SpikeBatch, executor: str) -> Activity:
        """Run a chunk of samples on ``reference`` or ``model``."""
        if executor == "model":
            return self.run_chip(self.chip, inputs)
        if executor == "reference":
            found = simulate(self.lowered, inputs)
            return replace(found, device_events=device_events(self.mapping, found.spikes))
        raise NeurodeployError(
            "ND502", f"The target {self.target} does not run on '{executor}'.", "Use 'reference' or 'model'."
        )

    def run_chip(self, chip: Chip, inputs: SpikeBatch) -> Activity:
        """Run a chunk of samples on a chip of this program (:func:`~neurodeploy.targets.crossbar.chip.make_chip`)."""
        found = run_on_chip(chip, self.lowered, inputs)
        return replace(found, device_events=device_events(self.mapping, found.spikes, chip))

    def costs(self, events: EventCounts, correct: int | None) -> list[CostReport]:
        """Energy of the arrays, itemised."""
        return energy_of(self.mapping, events, correct)

    def presentation(self) -> CrossbarPresentation:
        """Tiles, area, latency, programming and the device."""
        return CrossbarPresentation(self.mapping, self.estimates)

    def write(self, folder: Path) -> None:
        """The device, and the conductances of every tile."""
        write_bundle_files(self.mapping, folder)
