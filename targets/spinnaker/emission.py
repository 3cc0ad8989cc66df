"""The files a board needs: a description (JSON), arrays (npz) and a PyNN script that reads only these."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from neurodeploy.files import dump_json, write_arrays
from neurodeploy.network.arrays import Array
from neurodeploy.targets.spinnaker.mapping import SpinnakerMapping
from neurodeploy.targets.spinnaker.planes import parts_by_name

SCRIPT = "run_on_board.py"
DESCRIPTION, ARRAYS = "spinnaker.json", "spinnaker.npz"


def write_board_files(mapping: SpinnakerMapping, folder: Path) -> None:
    """Write script, description and arrays; the same mapping gives the same bytes."""
    description, arrays = describe(mapping)
    (folder / DESCRIPTION).write_text(dump_json(description), "utf-8")
    write_arrays(folder / ARRAYS, arrays)
    (folder / SCRIPT).write_text((Path(__file__).parent / "pynn_script.py").read_text("utf-8"), "utf-8")


def describe(mapping: SpinnakerMapping) -> tuple[dict[str, Any], dict[str, Array]]:
    """What the script reads: plain values, and arrays under names that the description implies."""
    network = mapping.lowered
    arrays: dict[str, Array] = {}
    populations = []
    for p, population in enumerate(mapping.populations):
        entry: dict[str, Any] = {"label": population.label, "model": population.model, "size": population.size}
        if population.plane is not None:
            entry |= {"grid": [population.plane.width, population.plane.height], "core": list(population.plane.core)}
        if population.model == "SpikeSourceArray":
            entry["first"] = population.first
        else:
            values = {**population.parameters, "initial_v": population.initial_v}
            arrays |= {f"p{p}_{name}": value for name, value in values.items() if isinstance(value, np.ndarray)}
            entry["parameters"] = {n: None if isinstance(v, np.ndarray) else v for n, v in values.items()}
            entry["max_expected_summed_weight"] = list(population.summed_weight_bounds)
            entry["neurons_per_core"] = mapping.options.neurons_per_core
        populations.append(entry)
    projections = []
    for p, projection in enumerate(mapping.projections):
        arrays[f"w{p}"] = projection.weights
        if not projection.all_but_self:
            arrays |= {f"indptr{p}": projection.indptr, f"indices{p}": projection.indices}
        per_synapse = isinstance(projection.delay_steps, np.ndarray)
        if per_synapse:
            arrays[f"delays{p}"] = np.asarray(projection.delay_steps)
        projections.append({
            "label": projection.label, "source": projection.source, "target": projection.target,
            "receptor": ("excitatory", "inhibitory")[projection.receptor],
            "delay_steps": None if per_synapse else projection.longest_delay,
            "all_but_self": projection.all_but_self,
        })  # fmt: skip
    convolutions = []
    for c, convolution in enumerate(mapping.convolutions):
        arrays |= {f"kernels{c}": convolution.kernels, f"joined{c}": convolution.joined}
        convolutions.append({
            "label": convolution.label, "sources": list(convolution.sources), "targets": list(convolution.targets),
            "padding": list(convolution.padding), "delay_steps": convolution.delay_steps,
        })  # fmt: skip
    encoder, readout = network.encoder, network.readout
    parts = parts_by_name(mapping.populations)
    spiking = [i for i, p in enumerate(mapping.populations) if p.model != "SpikeSourceArray"]
    description = {
        "time_step_ms": network.dt,
        "time_scale_factor": time_scale_factor(network.dt),
        "boards": mapping.options.boards,
        "populations": populations,
        "projections": projections,
        "convolutions": convolutions,
        "recorded": spiking,
        "inputs": [i for i, p in enumerate(mapping.populations) if p.model == "SpikeSourceArray"],
        "outputs": parts[readout.population] if readout else parts[mapping.populations[spiking[-1]].part_of],
        "readout_labels": readout.labels.tolist() if readout and readout.name == "class_labels" else [],
        "encoder": {
            "name": encoder.name if encoder else None,
            "steps": encoder.steps if encoder else 1000,
            "rest_steps": encoder.rest_steps if encoder else 0,
            **(encoder.parameters if encoder else {}),
        },
    }
    return json.loads(dump_json(description)), arrays


def time_scale_factor(time_step_ms: float) -> int:
    """Slow-down against real time: the chip gets 1 ms of real time for every step, as sPyNNaker advises."""
    return max(1, round(1 / time_step_ms))
