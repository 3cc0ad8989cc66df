"""Read one recording of networks without synaptic rows: what went into the real binaries and what came out of them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from neurodeploy.firmware_models.spinnaker import (
    ConvolutionFirmwareProjection,
    FirmwarePopulation,
    PoolDenseFirmwareProjection,
    chip_kernel,
)

GOLDEN = Path(__file__).resolve().parents[1] / "firmware_models/spinnaker/golden_local_only"


@dataclass(frozen=True)
class LocalOnlyGolden:
    """Populations (the sources as one, first) and projections as firmware-model objects; all arrays of the recording.

    ``numbers`` are the populations' numbers in the recording, ``described`` and ``asked`` belong to the projections.
    """

    steps: int
    time_step_ms: float
    populations: list[FirmwarePopulation]
    numbers: list[int]
    projections: list[ConvolutionFirmwareProjection | PoolDenseFirmwareProjection]
    described: list[dict[str, Any]]
    asked: list[np.ndarray]
    source_indptr: np.ndarray
    source_neurons: np.ndarray
    arrays: dict[str, np.ndarray]


def local_only_names() -> list[str]:
    """All golden recordings."""
    return sorted(path.stem for path in GOLDEN.glob("*.npz"))


def read_local_only(name: str) -> LocalOnlyGolden:
    """Load ``golden_local_only/<name>.npz``."""
    with np.load(GOLDEN / f"{name}.npz") as archive:
        arrays = {key: archive[key] for key in archive.files}
    network = json.loads(bytes(arrays.pop("network")))
    described, all_populations = network["local_only"], network["populations"]
    sources = [n for n, p in enumerate(all_populations) if "shifts" not in p]
    numbers = [n for n, p in enumerate(all_populations) if "shifts" in p]
    begins = np.concatenate([[0], np.cumsum([all_populations[n]["size"] for n in sources])])
    first = dict(zip(sources, begins.tolist(), strict=False))
    place = dict.fromkeys(sources, 0) | {n: k for k, n in enumerate(numbers, 1)}
    populations = [FirmwarePopulation("sources", "SpikeSourceArray", int(begins[-1]))]
    for n in numbers:
        p = all_populations[n]
        values = {key: np.array(value) for key, value in p["parameters"].items()}
        populations.append(FirmwarePopulation(p["label"], p["model"], p["size"], values, tuple(p["shifts"])))
    projections = [_projection(p, arrays[f"c{p['number']}"], place, first) for p in described]
    steps = round(network["runs_ms"][0][0] / network["time_step_ms"])
    times = np.concatenate([arrays[f"t{n}_0"] for n in sources])
    neurons = np.concatenate([arrays[f"n{n}_0"] + first[n] for n in sources])
    return LocalOnlyGolden(
        steps, network["time_step_ms"], populations, numbers, projections, described,
        [arrays[f"w{p['number']}"] for p in described],
        np.concatenate([[0], np.cumsum(np.bincount(times, minlength=steps))]),
        neurons[np.argsort(times, kind="stable")].astype(np.int32), arrays,
    )  # fmt: skip


def _projection(p: dict[str, Any], codes: np.ndarray, place: dict[int, int], first: dict[int, int]) -> Any:
    shared: dict[str, Any] = {name: tuple(p[name]) for name in ("source_shape", "pool_strides", "receptors")}
    shared |= {"delay": p["delay"], "source_first": first.get(p["source"], 0)}
    ends = place[p["source"]], place[p["target"]]
    if p["kind"] == "pool dense":
        return PoolDenseFirmwareProjection(*ends, weights=codes, **shared)
    shared |= {name: tuple(p[name]) for name in ("target_shape", "padding", "strides")}
    return ConvolutionFirmwareProjection(*ends, kernel=chip_kernel(codes), **shared)
