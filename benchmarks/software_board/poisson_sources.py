"""Poisson sources of a recorded script: what the host wrote for them, and the spikes that follow from it.

python benchmarks/software_board/poisson_sources.py RECORDED GOLDEN.npz LABEL [LABEL …]

writes populations of a folder kept by ``compare.py --keep`` as golden vectors for the tests: spikes of the real binary.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurodeploy.firmware_models.spinnaker import PoissonCore, PoissonRates


def describe_run(population: Any) -> dict[str, Any]:
    """Rates, starts and durations before a run, one of each per source and rate; and whether the host will say so."""
    data = population._vertex.data
    columns = {
        name: [np.asarray(v, np.float64).tolist() for v in data[name]] for name in ("rates", "starts", "durations")
    }
    changed = any(v._SpikeSourcePoissonMachineVertex__rate_changed for v in population._vertex.machine_vertices)
    return columns | {"changed": changed}


def describe_cores(population: Any) -> list[dict[str, Any]]:
    """First source and seed of every core."""
    return [
        {"first": v.vertex_slice.lo_atom, "end": v.vertex_slice.hi_atom + 1,
         "seed": [int(word) for word in population._vertex.kiss_seed(v.vertex_slice)]}
        for v in population._vertex.machine_vertices
    ]  # fmt: skip


def sources_of(run: dict[str, Any], core: dict[str, Any]) -> list[PoissonRates]:
    """The sources of a core in a run."""
    return [
        PoissonRates(tuple(run["rates"][n]), tuple(run["starts"][n]), tuple(run["durations"][n]))
        for n in range(core["first"], core["end"])
    ]


def predict(population: dict[str, Any], segments: list[list[int]], time_step_ms: float) -> list[NDArray[np.int32]]:
    """Spikes per step and source of every segment; ``segments``: the steps of its runs."""
    made: list[NDArray[np.int32]] = []
    models: list[PoissonCore] = []
    for segment, runs in enumerate(segments):
        parts = []
        for number, steps in enumerate(runs):
            told = population["runs"][segment][number]
            if not models:
                models = [PoissonCore(tuple(c["seed"]), sources_of(told, c), time_step_ms) for c in population["cores"]]
            elif number == 0:
                for model in models:
                    model.reset()
            if told["changed"]:
                for model, core in zip(models, population["cores"], strict=True):
                    model.change(sources_of(told, core))
            parts.append(np.concatenate([model.run(steps) for model in models], axis=1))
        made.append(np.concatenate(parts))
    return made


def write_golden(recorded: Path, golden: Path, labels: Sequence[str]) -> None:
    """Populations, seeds and spikes of a recorded script, in one file."""
    network = json.loads((recorded / "network.json").read_text())
    kept = [(n, p) for n, p in enumerate(network["populations"]) if p["label"] in labels]
    told = {"time_step_ms": network["time_step_ms"], "runs_ms": network["runs_ms"], "populations": [p for _, p in kept]}
    spikes = {}
    with np.load(recorded / "arrays.npz") as arrays:
        for place, (number, _) in enumerate(kept):
            for segment in range(len(network["runs_ms"])):
                spikes[f"step{place}_{segment}"] = arrays[f"t{number}_{segment}"].astype(np.uint16)
                spikes[f"source{place}_{segment}"] = arrays[f"n{number}_{segment}"].astype(np.uint8)
    np.savez_compressed(golden, network=np.frombuffer(json.dumps(told).encode(), np.uint8), **spikes)


if __name__ == "__main__":
    write_golden(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3:])
