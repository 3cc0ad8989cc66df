"""Build one small network with sPyNNaker on a virtual board and export what its neuron core would be loaded with.

Run in its own process with HOME set to a private folder (main of this file does that check).
Output: one .npz (no pickle) with the SDRAM regions of the neuron core, keys, quantised rows and the case's JSON.
"""

from __future__ import annotations

import json
import os
import sqlite3
import sys
from pathlib import Path

import numpy as np


def build(case: dict, out: Path) -> None:
    home = Path(os.environ["HOME"])
    assert "/tmp/w/firmware/run" in str(home), "HOME must be private"
    cfg = home / ".spynnaker.cfg"
    cfg.write_text(
        "[Machine]\nversion = 5\nvirtual_board = True\nenable_advanced_monitor_support = False\n"
        "[Mode]\nmode = Production\n[Reports]\nwrite_network_graph = False\n"
        f"default_report_file_path = {home}\n"
    )
    os.chdir(home)
    import pyNN.spiNNaker as sim
    from spynnaker.pyNN.data import SpynnakerDataView as View

    time_step = case["time_step_ms"]
    sim.setup(time_step, n_boards_required=1)
    sources = sim.Population(
        case["n_sources"],
        sim.SpikeSourceArray(spike_times=[[float(i)] for i in range(case["n_sources"])]),
        label="source",
    )
    model = getattr(sim, case["model"])
    parameters = {k: v for k, v in case["parameters"].items() if k != "v"}
    from spynnaker.pyNN.extra_algorithms.splitter_components import SplitterPopulationVertexFixed

    extra: dict = {"additional_parameters": {"splitter": SplitterPopulationVertexFixed()}}
    if case.get("max_expected_summed_weight") is not None:
        extra["additional_parameters"]["max_expected_summed_weight"] = case["max_expected_summed_weight"]
    target = sim.Population(case["n_neurons"], model(**parameters), label="target", **extra)
    target.initialize(v=case["parameters"]["v"])
    target.record(["v", "spikes"])
    for projection in case["projections"]:
        pre = sources if projection["source"] == 0 else target
        rows = list(zip(projection["pre"], projection["post"], projection["weight"], projection["delay"]))
        sim.Projection(
            pre,
            target,
            sim.FromListConnector(rows),
            receptor_type=["excitatory", "inhibitory"][projection["receptor"]],
            synapse_type=sim.StaticSynapse(),
        )
    sim.run(case["steps"] * time_step)
    place = None
    for placement in View.iterate_placemements():
        vertex = placement.vertex
        if vertex.app_vertex is None:
            continue
        if vertex.app_vertex is target._vertex:
            place = placement
            binary = vertex.get_binary_file_name()
            sdram = (vertex.sdram_required.fixed, float(vertex.sdram_required.per_timestep))
    assert place is not None
    keys = {}
    for info in View.get_routing_infos():
        keys[info.vertex.label] = [int(info.key), int(info.mask)]
    executable = View.get_executable_path(binary)
    data: dict[str, np.ndarray] = {}
    connection = sqlite3.connect(View.get_ds_database_path())
    names = []
    for number, label, size, content in connection.execute(
        "SELECT region_num, region_label, size, content FROM region WHERE x=? AND y=? AND p=? ORDER BY region_num",
        (place.x, place.y, place.p),
    ):
        data[f"region_{number}"] = np.frombuffer(content or b"", dtype=np.uint8)
        names.append([number, label, size, -1 if content is None else len(content)])
    shifts = target._vertex.get_ring_buffer_shifts()
    info = {
        "case": case,
        "regions": names,
        "keys": keys,
        "executable": str(executable),
        "binary": binary,
        "shifts": [int(s) for s in shifts],
        "scales": [float(s) for s in target._vertex.get_weight_scales(shifts)],
        "max_delay_steps": int(target._vertex.max_delay_steps),
        "placement": [place.x, place.y, place.p],
        "sdram": sdram,
    }
    data["info"] = np.frombuffer(json.dumps(info).encode(), dtype=np.uint8)
    np.savez_compressed(out, **data)
    sim.end()


if __name__ == "__main__":
    build(json.loads(Path(sys.argv[1]).read_text()), Path(sys.argv[2]))
