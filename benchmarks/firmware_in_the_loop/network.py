"""Build a case with sPyNNaker on a virtual board and export what its neuron core would be loaded with.

Run as a program of its own (``python network.py CASE FOLDER``), because sPyNNaker keeps global state and reads its
configuration from the home folder: HOME is a private folder here.
"""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
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


def export(name: str, folder: Path) -> Export:
    """Build the case ``name`` in a process of its own, with every file under the empty ``folder``.

    Raises:
        RuntimeError: sPyNNaker failed; the message ends with its output.
    """
    command = [sys.executable, str(Path(__file__).resolve()), name, str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"sPyNNaker could not build {name!r}:\n{done.stdout[-2000:]}{done.stderr[-4000:]}")
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


def build(case: Case) -> Any:
    """Describe and "run" the network on the virtual board; returns its neuron population."""
    import pyNN.spiNNaker as sim
    from spynnaker.pyNN.extra_algorithms.splitter_components import SplitterPopulationVertexFixed

    sim.setup(case.time_step_ms, n_boards_required=1)
    sources = sim.Population(
        case.n_sources,
        sim.SpikeSourceArray(spike_times=[[float(i)] for i in range(case.n_sources)]),
        label="source",
    )
    # Below 1 ms sPyNNaker would split neurons and synapses over several cores; this keeps them on one.
    additional: dict[str, Any] = {"splitter": SplitterPopulationVertexFixed()}
    if case.summed is not None:
        additional["max_expected_summed_weight"] = case.summed
    cell = getattr(sim, case.model)(**{name: values for name, values in case.parameters.items() if name != "v"})
    target = sim.Population(case.n_neurons, cell, label=KEYS_OF_TARGET, additional_parameters=additional)
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
    sim.run(case.steps * case.time_step_ms)
    return target


def write_export(target: Any, folder: Path) -> None:
    """Write ``export.json`` and one ``region_N`` per region of the only core of ``target``."""
    from spynnaker.pyNN.data import SpynnakerDataView

    placements = [p for p in SpynnakerDataView.iterate_placemements() if p.vertex.app_vertex is target._vertex]
    if len(placements) != 1:
        raise RuntimeError(f"the neuron population is on {len(placements)} cores; only one is emulated")
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
    found = {
        "binary": binary,
        "executable": str(SpynnakerDataView.get_executable_path(binary)),
        "shifts": [int(shift) for shift in target._vertex.get_ring_buffer_shifts()],
        "keys": {r.vertex.label: [int(r.key), int(r.mask)] for r in SpynnakerDataView.get_routing_infos()},
        "regions": regions,
    }
    (folder / "export.json").write_text(json.dumps(found))


def main(name: str, folder: Path) -> None:
    """Build the case ``name`` and export it into ``folder``."""
    use_private_home(folder / "home")
    import pyNN.spiNNaker as sim

    write_export(build(case_named(name)), folder)
    sim.end()


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]).resolve())
