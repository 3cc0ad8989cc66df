"""Compare neurodeploy's SpiNNaker firmware model with sPyNNaker's real neuron binaries, and write the golden files.

python benchmarks/firmware_in_the_loop/compare.py [--golden FOLDER] [--large] [--realistic]

Each golden .npz holds: case (JSON text as uint8: model, parameters, time step, shifts, the binary's SHA-256 and
counters), per projection p{i}_pre, p{i}_post (int16), p{i}_weight (PyNN units), p{i}_stored (uint16 of the synaptic
rows), p{i}_delay (uint8 steps), then input_step, input_neuron, voltages (int32, s16.15) and spikes (packed bits).
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.metadata
import importlib.util
import json
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from cases import DRAWN, GOLDEN, LARGE, REALISTIC, TARGET, Case, Projection, case_named, drawn_case
from network import Export, export
from numpy.typing import NDArray

from neurodeploy.firmware_models.spinnaker import (
    FirmwarePopulation,
    FirmwareProjection,
    LateralFirmwareProjection,
    quantise_weights,
    run_firmware,
)

if TYPE_CHECKING:
    from runner import Recording

CASES_TOGETHER = 100
"""Cases in one network: a SpiNN-5 has 759 cores, a case needs two."""
COLUMNS = ("case", "model", "dt", "voltages compared", "identical", "spikes compared", "identical", "events equal")


@dataclass(frozen=True)
class ModelRun:
    """The firmware model's answer, in the shapes of ``Recording``."""

    voltages: NDArray[np.int32]
    spikes: NDArray[np.bool_]
    synaptic_events: int


def firmware_projection(case: Case, projection: Projection, shifts: tuple[int, int]) -> FirmwareProjection:
    """The synapses as the model takes them, ordered by source neuron."""
    order = np.argsort(projection.pre, kind="stable")
    counts = np.bincount(projection.pre, minlength=case.sizes[projection.source])
    return FirmwareProjection(
        projection.source,
        TARGET,
        np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
        projection.post[order].astype(np.int32),
        quantise_weights(projection.weight[order], shifts[projection.receptor], case.model),
        np.rint(projection.delay[order] / case.time_step_ms).astype(np.uint8),
        projection.receptor,
    )


def run_model(case: Case, projections: list[FirmwareProjection], shifts: tuple[int, int]) -> ModelRun:
    """Run the case on ``neurodeploy.firmware_models.spinnaker``."""
    parameters = {name: np.array(values) for name, values in case.parameters.items()}
    populations = [
        FirmwarePopulation("source", "SpikeSourceArray", case.n_sources),
        FirmwarePopulation("target", case.model, case.n_neurons, parameters, shifts),
    ]
    result = run_firmware(
        populations,
        [
            LateralFirmwareProjection(TARGET, TARGET, int(stored.weights[0]), int(stored.delays[0]), stored.receptor)
            if described.uniform
            else stored
            for described, stored in zip(case.projections, projections, strict=True)
        ],
        time_step_ms=case.time_step_ms,
        steps=case.steps,
        samples=1,
        source_indptr=np.concatenate([[0], np.cumsum(np.bincount(case.input_step, minlength=case.steps))]),
        source_neurons=case.input_neuron.astype(np.int32),
        record_voltages=(TARGET,),
    )
    spikes = np.zeros((case.steps, case.n_neurons), np.bool_)
    spikes[np.repeat(np.arange(case.steps), np.diff(result.spike_indptr[TARGET])), result.spike_neurons[TARGET]] = True
    return ModelRun(result.voltages[TARGET][0], spikes, int(result.synaptic_events.sum()))


def golden_arrays(
    case: Case, export: Export, projections: list[FirmwareProjection], recording: Recording
) -> dict[str, Any]:
    """Contents of a golden file."""
    description = {
        "model": case.model,
        "seed": case.seed,
        "time_step_ms": case.time_step_ms,
        "n_sources": case.n_sources,
        "n_neurons": case.n_neurons,
        "steps": case.steps,
        "parameters": case.parameters,
        "max_expected_summed_weight": case.summed,
        "shifts": list(export.shifts),
        "binary": export.binary,
        "vendor": f"sPyNNaker {spynnaker_version()}",
        "binary_sha256": hashlib.sha256(export.executable.read_bytes()).hexdigest(),
        "core_synaptic_events": recording.synaptic_events,
        "core_saturated_additions": recording.saturated_additions,
        "projections": [[p.source, p.receptor] for p in case.projections],
    }
    arrays: dict[str, Any] = {}
    for i, (described, stored) in enumerate(zip(case.projections, projections, strict=True)):
        order = np.argsort(described.pre, kind="stable")
        arrays[f"p{i}_pre"] = described.pre[order].astype(np.int16)
        arrays[f"p{i}_post"] = stored.indices.astype(np.int16)
        arrays[f"p{i}_weight"] = described.weight[order]
        arrays[f"p{i}_stored"] = stored.weights
        arrays[f"p{i}_delay"] = stored.delays
    arrays["case"] = np.frombuffer(json.dumps(description).encode(), np.uint8)
    arrays["input_step"] = case.input_step.astype(np.int16)
    arrays["input_neuron"] = case.input_neuron.astype(np.int16)
    arrays["voltages"] = recording.voltages
    arrays["spikes"] = np.packbits(recording.spikes, axis=1, bitorder="little")
    return arrays


def table_row(name: str, case: Case, model: ModelRun, recording: Recording) -> tuple[list[str], bool]:
    """The line of the table, and whether everything is identical.

    Spikes compared: spikes that the binary or the model fired; identical: those that both fired.
    """
    voltages = int((model.voltages == recording.voltages).sum())
    fired, both = int((model.spikes | recording.spikes).sum()), int((model.spikes & recording.spikes).sum())
    events = model.synaptic_events == recording.synaptic_events
    counted = str(recording.synaptic_events) if events else f"{recording.synaptic_events}, not {model.synaptic_events}"
    row = [name, case.model, f"{case.time_step_ms:g}", str(recording.voltages.size), str(voltages), str(fired)]
    row += [str(both), f"{'yes' if events else 'no'} ({counted})"]
    if voltages < recording.voltages.size:
        step, neuron = np.argwhere(model.voltages != recording.voltages)[0]
        row.append(
            f"first at step {step}, neuron {neuron}: {model.voltages[step, neuron]}, the binary {recording.voltages[step, neuron]}"
        )
    return row, voltages == recording.voltages.size and fired == both and events


def compare(names: Sequence[str], golden: Path | None = None, *, quiet: bool = False) -> Compared:
    """Run cases of one time step both ways, print a line for each (``quiet``: where they differ) and write golden files."""
    from runner import run

    found = Compared()
    with tempfile.TemporaryDirectory(prefix="firmware_in_the_loop_") as folder:
        exports = export(names, Path(folder))
        for name, exported in zip(names, exports, strict=True):
            case = case_named(name)
            recording = run(case, exported)
            projections = [firmware_projection(case, p, exported.shifts) for p in case.projections]
            model = run_model(case, projections, exported.shifts)
            row, identical = table_row(name, case, model, recording)
            if not (quiet and identical):
                print(" | ".join(row), flush=True)
            if golden is not None:
                np.savez_compressed(golden / f"{name}.npz", **golden_arrays(case, exported, projections, recording))
            found += Compared(1, int(identical), recording.voltages.size, int(recording.spikes.sum()))
    return found


@dataclass(frozen=True)
class Compared:
    """How many cases were compared and identical, and how much they hold."""

    cases: int = 0
    identical: int = 0
    voltages: int = 0
    spikes: int = 0

    def __add__(self, other: Compared) -> Compared:
        return Compared(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(self)))


def compare_drawn(first: int, last: int) -> Compared:
    """Cases of the seeds ``first`` to ``last``, up to ``CASES_TOGETHER`` in one network; prints those that differ."""
    by_time_step: dict[float, list[str]] = {}
    for seed in range(first, last + 1):
        by_time_step.setdefault(drawn_case(seed).time_step_ms, []).append(f"{DRAWN}{seed}")
    found = Compared()
    for names in by_time_step.values():
        for start in range(0, len(names), CASES_TOGETHER):
            found += compare(names[start : start + CASES_TOGETHER], quiet=True)
            print(f"{found.identical} of {found.cases} cases identical so far", file=sys.stderr, flush=True)
    return found


def spynnaker_version() -> str:
    """The installed version without its epoch."""
    return importlib.metadata.version("sPyNNaker").rpartition("!")[2]


def main(arguments: Sequence[str] | None = None) -> int:
    """Compare the golden cases and those asked for; 0 when all is identical, 1 when not, 2 when it cannot run."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--golden", type=Path, metavar="FOLDER", help="write the golden files into this folder")
    parser.add_argument("--large", action="store_true", help="also 128 neurons for 2000 steps, seven cases")
    parser.add_argument("--realistic", action="store_true", help="also 784 inputs to 100 neurons for 700 steps")
    parser.add_argument(
        "--drawn",
        nargs=2,
        type=int,
        metavar=("FIRST", "LAST"),
        help="instead: cases drawn from these seeds, all parameters too",
    )
    options = parser.parse_args(arguments)
    missing = [package for package in ("spynnaker", "unicorn") if importlib.util.find_spec(package) is None]
    if missing:
        parser.error(f"{' and '.join(missing)} not installed: pip install 'neurodeploy[spinnaker,emulator]'")
    if options.golden is not None:
        options.golden.mkdir(parents=True, exist_ok=True)
    print(f"sPyNNaker {spynnaker_version()}, unicorn {importlib.metadata.version('unicorn')}")
    print(" | ".join(COLUMNS), " | ".join(["---"] * len(COLUMNS)), sep="\n")
    if options.drawn:
        found = compare_drawn(*options.drawn)
    else:
        others = [*(LARGE if options.large else ()), *([REALISTIC] if options.realistic else ())]
        found = sum((compare([name], options.golden) for name in GOLDEN), Compared())
        found = sum((compare([name]) for name in others), found)
    print(
        f"{found.identical} of {found.cases} cases are identical: {found.voltages:,} voltages, {found.spikes:,} spikes"
    )
    return 0 if found.identical == found.cases else 1


if __name__ == "__main__":
    sys.exit(main())
