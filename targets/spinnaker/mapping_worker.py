"""Runs in a process of its own: maps a bundle's network with the real sPyNNaker on a virtual board, prints JSON.

    python mapping_worker.py FOLDER MACHINE_VERSION OUTPUT.json

A process of its own because sPyNNaker keeps global state, logs to standard output and looks for configuration in the
user's home: HOME is a private folder here, so the user's ~/.spynnaker.cfg is neither read nor written.
"""

from __future__ import annotations

import importlib.util
import json
import os
import sys
from pathlib import Path
from typing import Any


def main() -> None:
    """Map the network in the folder and write what sPyNNaker found."""
    folder, version, output = Path(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3])
    home = output.parent
    os.environ["HOME"] = os.environ["XDG_CONFIG_HOME"] = str(home)
    configuration = home / "spynnaker.cfg"
    configuration.write_text(
        f"[Machine]\nversion = {version}\nvirtual_board = True\n[Mode]\nmode = Production\n"
        "[Mapping]\nrouter_table_compress_as_far_as_possible = True\n"
        f"[Reports]\nwrite_network_graph = False\ndefault_report_file_path = {home}\n"
    )
    import spinn_utilities.config_holder as config_holder

    # The only way to name a configuration file; private, hence sPyNNaker's exact version in pyproject.toml.
    config_holder._user_cfg = lambda: str(configuration)
    import pyNN.spiNNaker as sim

    specification = importlib.util.spec_from_file_location("run_on_board", folder / "run_on_board.py")
    assert specification is not None and specification.loader is not None
    script = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(script)
    description, arrays = script.load()
    inputs = sum(description["populations"][p]["size"] for p in description["inputs"])
    populations, projections = script.build(sim, description, arrays, [[1.0 + i % 300] for i in range(inputs)])
    sim.run(description["encoder"]["steps"] * description["time_step_ms"])
    found = collect(populations, projections)
    output.write_text(json.dumps(found))
    sim.end()


def collect(populations: Any, projections: Any) -> dict[str, Any]:
    """Placements, routing tables, keys, shifts and stored weights, as sPyNNaker computed them."""
    from pacman.operations.router_compressors import pair_compressor
    from spynnaker.pyNN.data import SpynnakerDataView

    placements = []
    for placement in SpynnakerDataView.iterate_placemements():
        vertex: Any = placement.vertex
        if vertex.app_vertex is not None:
            sdram = vertex.sdram_required
            placements.append({
                "x": placement.x, "y": placement.y, "core": placement.p, "label": vertex.label,
                "population": vertex.app_vertex.label, "neurons": int(vertex.vertex_slice.n_atoms),
                "binary": vertex.get_binary_file_name(),
                "sdram_fixed_bytes": int(sdram.fixed), "sdram_bytes_per_step": float(sdram.per_timestep),
            })  # fmt: skip
    machine = SpynnakerDataView.get_machine()
    return {
        "spynnaker": importlib.metadata.version("sPyNNaker"),
        "machine_chips": machine.n_chips,
        "machine_cores": machine.total_available_user_cores,
        "placements": placements,
        "routing_entries": [
            {"x": t.x, "y": t.y, "entries": t.number_of_entries} for t in SpynnakerDataView.get_uncompressed()
        ],
        "compressed_routing_entries": [{"x": t.x, "y": t.y, "entries": t.number_of_entries} for t in pair_compressor()],
        "keys": [
            {"key": int(r.key), "mask": int(r.mask), "label": r.vertex.label}
            for r in SpynnakerDataView.get_routing_infos()
        ],
        "ring_buffer_shifts": {
            p.label: [int(s) for s in p._vertex.get_ring_buffer_shifts()]
            for p in populations
            if hasattr(p._vertex, "get_ring_buffer_shifts")
        },
        "default_ring_buffer_shifts": {
            p.label: default_shifts(p._vertex) for p in populations if hasattr(p._vertex, "get_ring_buffer_shifts")
        },
        "stored_weights": {p.label: summarise(p) for p in projections},
        "kernels": {p.label: found for p in populations if (found := kernels(p._vertex))},
    }


def kernels(vertex: Any) -> list[list[Any]]:
    """Kernels in the memory of a population's cores: source, delay in steps, padding, sides and codes, rows first everywhere."""
    from spynnaker.pyNN.models.common.local_only_2d_common import get_sources_for_target

    if type(getattr(vertex, "synapse_dynamics", None)).__name__ != "LocalOnlyConvolution":
        return []
    ordered = [source.projection.pre.label for found in get_sources_for_target(vertex).values() for source in found]
    answers = [region_kernels(core, ordered) for core in vertex.machine_vertices]
    if any(answer != answers[0] for answer in answers):
        raise RuntimeError(f"the cores of '{vertex.label}' hold different kernels")
    return answers[0]


def region_kernels(core: Any, ordered: list[str]) -> list[list[Any]]:
    """The kernels of one core; ``ordered``: the labels of their sources.

    The region is that of ``LocalOnlyConvolution.write_parameters``: 24 bytes, 40 for each source, 36 for each connector (rows,
    columns, padding, two receptors, delay stage, delay, first code), codes.
    """
    import struct

    from spinn_front_end_common.interface.ds import DsSqlliteDatabase
    from spynnaker.pyNN.data import SpynnakerDataView

    place = SpynnakerDataView.get_placement_of_vertex(core)
    with DsSqlliteDatabase() as database:
        contents = {number: data for number, _, data in database.get_regions_content(place.x, place.y, place.p)}
    data = contents[core.REGIONS.LOCAL_ONLY_PARAMS]
    sources, connectors, _ = struct.unpack_from("<3I", data, 12)
    if connectors != len(ordered):
        raise RuntimeError(f"{connectors} kernels are stored for '{core.label}', {len(ordered)} were asked for")
    answer = []
    for number, label in enumerate(ordered):
        at = 24 + 40 * sources + 36 * number
        rows, columns, *padding, _, _, stage, delay, first = struct.unpack_from("<9H", data, at)
        codes = 24 + 40 * sources + 36 * connectors + 2 * first
        found = list(struct.unpack_from(f"<{rows * columns}h", data, codes))
        answer.append([label, delay if stage == 0 else -1, padding, [rows, columns], found])
    return answer


def default_shifts(vertex: Any) -> list[int]:
    """The shifts that sPyNNaker guesses when nobody tells it the largest summed weight; nothing is changed."""
    name = "_PopulationVertex__max_expected_summed_weight"
    ours = getattr(vertex, name)
    setattr(vertex, name, None)
    try:
        return [int(shift) for shift in vertex.get_ring_buffer_shifts()]
    finally:
        setattr(vertex, name, ours)


def summarise(projection: Any) -> dict[str, Any]:
    """Number, sums and extremes of weights and delays as the chip will hold them, to be compared with ours."""
    import numpy as np

    rows = projection.get(["weight", "delay"], "list")
    weights, delays = (np.abs(np.array([row[column] for row in rows], float)) for column in (2, 3))
    if not len(weights):  # made on the chip: a virtual board has nothing to read
        return {"synapses": 0}
    return {
        "synapses": len(weights),
        "sum": float(weights.sum()),
        "least": float(weights.min()),
        "largest": float(weights.max()),
        "delays_ms": float(delays.sum()),
    }


if __name__ == "__main__":
    import importlib.metadata

    main()
