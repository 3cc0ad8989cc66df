"""Build cases with sPyNNaker on a virtual board and export what their neuron cores would be loaded with.

Run as a program of its own (``python network.py FOLDER CASE …``), because sPyNNaker keeps global state and reads its
configuration from the home folder: HOME is a private folder here.  Cases of one time step are built as parts of one
network that have nothing to do with each other: a mapping takes seconds, however small it is.
"""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cases import SOURCE, Case, case_named

from neurodeploy.targets.spinnaker.board_configuration import write_board_configuration

KEYS_OF_TARGET, KEYS_OF_SOURCE = "target", "source("


@dataclass(frozen=True)
class Export:
    """What the host would load.

    Attributes:
        binary: file name of the executable.
        executable: the unmodified .aplx of the installed wheel.
        shifts: ring-buffer left shifts, excitatory and inhibitory.
        keys: multicast key and mask per core's label, such as "source(0:19)" or "target".
        regions: per SDRAM region number its reserved size and its content.
    """

    binary: str
    executable: Path
    shifts: tuple[int, int]
    keys: dict[str, tuple[int, int]]
    regions: dict[int, tuple[int, bytes]]


def export(names: Sequence[str], folder: Path) -> list[Export]:
    """Build the cases, all of one time step, in a process of its own, with every file under the empty ``folder``.

    Raises:
        RuntimeError: sPyNNaker failed; the message ends with its output.
    """
    command = [sys.executable, str(Path(__file__).resolve()), str(folder), *names]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"sPyNNaker could not build {names}:\n{done.stdout[-2000:]}{done.stderr[-4000:]}")
    return [read_export(folder / name) for name in names]


def read_export(folder: Path) -> Export:
    """One case's files."""
    found = json.loads((folder / "export.json").read_text())
    return Export(
        found["binary"],
        Path(found["executable"]),
        (found["shifts"][0], found["shifts"][1]),
        {label: (key, mask) for label, (key, mask) in found["keys"].items()},
        {number: (size, (folder / f"region_{number}").read_bytes()) for number, size in found["regions"]},
    )


def use_private_home(home: Path) -> None:
    """Let sPyNNaker find only a configuration for a virtual board of 48 chips, and report into ``home``."""
    home.mkdir()
    os.environ.update(write_board_configuration(home, None))
    os.chdir(home)


def build(case: Case, name: str) -> Any:
    """Describe the network with labels that end in ``name``; returns its neuron population."""
    import pyNN.spiNNaker as sim
    from spynnaker.pyNN.extra_algorithms.splitter_components import SplitterPopulationVertexFixed

    sources = sim.Population(
        case.n_sources,
        sim.SpikeSourceArray(spike_times=[[float(i)] for i in range(case.n_sources)]),
        label=f"source {name}",
    )
    # Below 1 ms sPyNNaker would split neurons and synapses over several cores; this keeps them on one.
    additional: dict[str, Any] = {"splitter": SplitterPopulationVertexFixed()}
    if case.summed is not None:
        additional["max_expected_summed_weight"] = case.summed
    cell = getattr(sim, case.model)(**{name: values for name, values in case.parameters.items() if name != "v"})
    target = sim.Population(case.n_neurons, cell, label=f"target {name}", additional_parameters=additional)
    target.initialize(v=case.parameters["v"])
    target.record(["v", "spikes"])
    for projection in case.projections:
        columns = (projection.pre, projection.post, projection.weight, projection.delay)
        sim.Projection(
            sources if projection.source == SOURCE else target,
            target,
            sim.FromListConnector(list(zip(*(column.tolist() for column in columns), strict=True))),
            receptor_type=("excitatory", "inhibitory")[projection.receptor],
            synapse_type=sim.StaticSynapse(),
        )
    return target


def write_export(target: Any, name: str, folder: Path) -> None:
    """Write ``export.json`` and one ``region_N`` per region of the only core of ``target`` into a new folder."""
    from spynnaker.pyNN.data import SpynnakerDataView

    placements = [p for p in SpynnakerDataView.iterate_placemements() if p.vertex.app_vertex is target._vertex]
    if len(placements) != 1:
        raise RuntimeError(f"the neuron population is on {len(placements)} cores; only one is emulated")
    folder.mkdir()
    place = placements[0]
    vertex: Any = place.vertex
    binary = vertex.get_binary_file_name()
    regions = []
    connection = sqlite3.connect(SpynnakerDataView.get_ds_database_path())
    for number, size, content in connection.execute(
        "SELECT region_num, size, content FROM region WHERE x=? AND y=? AND p=? ORDER BY region_num",
        (place.x, place.y, place.p),
    ):
        (folder / f"region_{number}").write_bytes(content or b"")
        regions.append([number, size])
    connection.close()
    keys = {}
    for routing in SpynnakerDataView.get_routing_infos():
        label = str(routing.vertex.label)
        if label == f"target {name}" or label.startswith(f"source {name}("):
            keys[label.replace(f" {name}", "")] = [int(routing.key), int(routing.mask)]
    found = {
        "binary": binary,
        "executable": str(SpynnakerDataView.get_executable_path(binary)),
        "shifts": [int(shift) for shift in target._vertex.get_ring_buffer_shifts()],
        "keys": keys,
        "regions": regions,
    }
    (folder / "export.json").write_text(json.dumps(found))


def main(folder: Path, names: Sequence[str]) -> None:
    """Build the cases and export each into a folder of its name in ``folder``."""
    use_private_home(folder / "home")
    import pyNN.spiNNaker as sim

    cases = [case_named(name) for name in names]
    sim.setup(cases[0].time_step_ms, n_boards_required=1)
    targets = [build(case, name) for case, name in zip(cases, names, strict=True)]
    sim.run(max(case.steps for case in cases) * cases[0].time_step_ms)
    for target, name in zip(targets, names, strict=True):
        write_export(target, name, folder / name)
    sim.end()


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve(), sys.argv[2:])
