"""Read one golden file: what went into the real sPyNNaker binary and what came out of it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from neurodeploy.firmware_models.spinnaker import FirmwarePopulation, FirmwareProjection

GOLDEN = Path(__file__).resolve().parents[1] / "firmware_models" / "spinnaker" / "golden"


@dataclass(frozen=True)
class GoldenCase:
    """Inputs as firmware-model objects; the emulated binary's voltages (int32) and spikes (bool), both (steps, n)."""

    case: dict[str, Any]
    populations: list[FirmwarePopulation]
    projections: list[FirmwareProjection]
    weights: list[np.ndarray]
    source_indptr: np.ndarray
    source_neurons: np.ndarray
    voltages: np.ndarray
    spikes: np.ndarray


def read_golden(name: str) -> GoldenCase:
    """Load ``golden/<name>.npz``."""
    with np.load(GOLDEN / f"{name}.npz") as archive:
        data = {key: archive[key] for key in archive.files}
    case = json.loads(bytes(data["case"]))
    n, steps = case["n_neurons"], case["steps"]
    parameters = {key: np.array(value) for key, value in case["parameters"].items()}
    populations = [
        FirmwarePopulation("source", "SpikeSourceArray", case["n_sources"]),
        FirmwarePopulation("target", case["model"], n, parameters, tuple(case["shifts"])),
    ]
    projections, weights = [], []
    for i, (source, receptor) in enumerate(case["projections"]):
        counts = np.bincount(data[f"p{i}_pre"], minlength=populations[source].size)
        indptr = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
        projections.append(
            FirmwareProjection(
                source,
                1,
                indptr,
                data[f"p{i}_post"].astype(np.int32),
                data[f"p{i}_stored"],
                data[f"p{i}_delay"],
                receptor,
            )
        )
        weights.append(data[f"p{i}_weight"])
    indptr = np.concatenate([[0], np.cumsum(np.bincount(data["input_step"], minlength=steps))]).astype(np.int64)
    spikes = np.unpackbits(data["spikes"], axis=1, bitorder="little")[:, :n].astype(bool)
    neurons = data["input_neuron"].astype(np.int32)
    return GoldenCase(case, populations, projections, weights, indptr, neurons, data["voltages"], spikes)


def golden_names() -> list[str]:
    """Names of all golden files."""
    return sorted(path.stem for path in GOLDEN.glob("*.npz"))
