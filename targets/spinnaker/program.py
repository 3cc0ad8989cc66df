"""A network compiled for SpiNNaker."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from neurodeploy.compiler import BoardState, Program, Usage
from neurodeploy.costs import CostReport
from neurodeploy.errors import NeurodeployError
from neurodeploy.network import Activity, EventCounts, Network, SpikeBatch
from neurodeploy.simulation import simulate
from neurodeploy.targets.spinnaker.emission import time_scale_factor, write_board_files
from neurodeploy.targets.spinnaker.energy import energy_reports
from neurodeploy.targets.spinnaker.firmware import run_on_model
from neurodeploy.targets.spinnaker.mapping import SpinnakerMapping
from neurodeploy.targets.spinnaker.preflight import estimate_cores, preflight
from neurodeploy.targets.spinnaker.presentation import SpinnakerPresentation
from neurodeploy.targets.spinnaker.spec import board_spec
from neurodeploy.targets.spinnaker.vendor_mapping import weights_beside_default

if TYPE_CHECKING:
    from neurodeploy.targets.spinnaker.board_session import BoardSession


class SpinnakerProgram(Program):
    """Runs on the float reference, on the bit-exact model of sPyNNaker's binaries, and on boards."""

    target: ClassVar[str] = "spinnaker"
    executors: ClassVar[tuple[str, ...]] = ("reference", "model", "board")

    def __init__(self, mapping: SpinnakerMapping, network: Network) -> None:
        self.mapping = mapping
        self._network = network

    @property
    def network(self) -> Network:
        """The network before the target's passes."""
        return self._network

    @property
    def lowered(self) -> Network:
        """The network with the target's equations."""
        return self.mapping.lowered

    @property
    def manifest(self) -> Mapping[str, Any]:
        """Options, what the weights lost, and what sPyNNaker reported."""
        return {
            "options": asdict(self.mapping.options),
            "weights": weights_beside_default(self.mapping),
            "calibrated_bounds": {name: list(bounds) for name, bounds in self.mapping.calibrated.items()},
            "busiest_step": dict(self.mapping.busiest),
            "vendor_mapping": dict(self.mapping.vendor),
        }

    def resources(self) -> list[Usage]:
        """Our estimate, and beside it what sPyNNaker's own mapping reported."""
        return preflight(self.mapping) + vendor_usages(self.mapping)

    def run(self, inputs: SpikeBatch, executor: str) -> Activity:
        """Run a chunk of samples on ``reference`` or ``model``."""
        if executor == "reference":
            return simulate(self.lowered, inputs)
        if executor == "model":
            return run_on_model(self.mapping, inputs)
        raise NeurodeployError(
            "ND502",
            f"The target spinnaker does not run on '{executor}' like this.",
            "Use 'reference' or 'model'; for a board name its address (--machine), or run the bundle's run_on_board.py on it.",
        )

    def on_board(
        self,
        machine: str,
        *,
        checkpoint: Path | None = None,
        progress: Callable[[BoardState], None] = lambda state: None,
        live_input: bool = False,
    ) -> BoardSession:
        """Open the board at an address, or ``configured`` for what the user's own ~/.spynnaker.cfg says."""
        from neurodeploy.targets.spinnaker.board_session import BoardSession

        return BoardSession(self.mapping, machine, checkpoint=checkpoint, progress=progress, live_input=live_input)

    def costs(self, events: EventCounts, correct: int | None) -> list[CostReport]:
        """Energy by sPyNNaker's constants and in elbez2022's way."""
        network = self.lowered
        steps = events.steps + (network.encoder.rest_steps if network.encoder else 0)
        cores, chips = self.cores_and_chips()
        sources = {population.name for population in network.sources}
        return energy_reports(
            machine_version=self.mapping.options.machine_version,
            boards=self.mapping.options.boards,
            seconds=events.samples * steps * network.dt / 1000 * time_scale_factor(network.dt),
            cores=cores,
            chips=chips,
            packets=sum(events.spikes.get(name, 0) for name in {p.source for p in network.projections}),
            spikes=sum(number for name, number in events.spikes.items() if name not in sources),
            synaptic_events=sum(events.synaptic_events.values()),
            samples=events.samples,
            correct=correct,
        )

    def presentation(self) -> SpinnakerPresentation:
        """Boards, chips and ring buffers."""
        return SpinnakerPresentation(self.resources(), self.mapping.vendor)

    def cores_and_chips(self) -> tuple[int, int]:
        """Cores and chips in use: sPyNNaker's placement where it ran, else our estimate (16 cores to a chip)."""
        placements = self.mapping.vendor.get("placements")
        if placements:
            return len(placements), len({(p["x"], p["y"]) for p in placements})
        cores = len(estimate_cores(self.mapping))
        return cores, -(-cores // 16)

    def write(self, folder: Path) -> None:
        """PyNN script, description and arrays."""
        write_board_files(self.mapping, folder)


def vendor_usages(mapping: SpinnakerMapping) -> list[Usage]:
    """What sPyNNaker's mapping used, in the form of our own estimate; empty when it was not run."""
    vendor = mapping.vendor
    if not vendor:
        return []
    placements = vendor["placements"]
    per_chip: dict[tuple[int, int], float] = {}
    for p in placements:
        per_chip[p["x"], p["y"]] = per_chip.get((p["x"], p["y"]), 0) + p["sdram_fixed_bytes"]
    fullest = max(placements, key=lambda p: p["sdram_fixed_bytes"])
    entries = max((table["entries"] for table in vendor["routing_entries"]), default=0)
    compressed = max((table["entries"] for table in vendor["compressed_routing_entries"]), default=0)
    spec = board_spec(mapping.options.machine_version)
    return [
        Usage("sPyNNaker: cores", len(placements), mapping.options.boards * spec.application_cores, "cores"),
        Usage("sPyNNaker: chips", len(per_chip), mapping.options.boards * spec.chips, "chips"),
        Usage(
            "sPyNNaker: SDRAM of the fullest core",
            fullest["sdram_fixed_bytes"],
            spec.sdram_bytes_per_chip,
            "bytes",
            fullest["label"],
        ),
        Usage("sPyNNaker: SDRAM of the fullest chip", max(per_chip.values()), spec.sdram_bytes_per_chip, "bytes"),
        Usage("sPyNNaker: SDRAM in all", sum(p["sdram_fixed_bytes"] for p in placements), None, "bytes"),
        Usage("sPyNNaker: routing entries of the fullest chip", entries, spec.routing_entries_per_chip, "entries"),
        Usage("sPyNNaker: routing entries after compression", compressed, spec.routing_entries_per_chip, "entries"),
    ]
