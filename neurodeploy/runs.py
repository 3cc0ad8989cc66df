"""Run folders: ``NAME.run/`` beside ``NAME.bundle/``, one sub-folder per run, keyed by what went in.

The key hashes bundle, input and executor, so a run is found again and never mistaken for another.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import numpy as np

from neurodeploy.compiler import Program, bundle_digest
from neurodeploy.datasets import AnyDataset
from neurodeploy.files import atomic_folder, dump_json, load_json
from neurodeploy.inference import Inference
from neurodeploy.verification import Ladder

SCHEMA = 1


def runs_folder(bundle: Path) -> Path:
    """``NAME.run`` beside ``NAME.bundle``."""
    bundle = bundle.resolve()
    return bundle.with_name(bundle.name.removesuffix(".bundle") + ".run")


def run_key(bundle: Path, dataset: AnyDataset, executor: str) -> str:
    """First 16 hexadecimal digits of the hash of bundle, input and executor (with its precision, if one was chosen)."""
    return hashlib.sha256(f"{bundle_digest(bundle)}/{dataset.digest()}/{executor}".encode()).hexdigest()[:16]


def board_checkpoint(bundle: Path, dataset: AnyDataset, what: str, machine: str) -> Path:
    """Where a command (``run`` or ``verify``) on a board keeps its finished chunks until it has ended."""
    return runs_folder(bundle) / f"{run_key(bundle, dataset, f'{what} {machine}')}.checkpoint"


def save_run(
    bundle: Path,
    program: Program,
    dataset: AnyDataset,
    executor: str,
    found: Inference,
    precision: str | None = None,
    machine: str | None = None,
) -> tuple[Path, dict[str, Any]]:
    """Write a run: ``run.json`` (accuracy, counts, costs) and ``spikes.npz`` (counts, first sample's spikes)."""
    costs = program.costs(found.events, found.correct)
    summary = {
        "schema": SCHEMA,
        "kind": "run",
        "bundle": bundle_digest(bundle),
        **summary_of(found, dataset, executor, precision),
        "costs": [cost.as_dict() for cost in costs],
    }
    arrays = {"labels": found.labels, "predicted": found.predicted, "counts": found.counts.astype(np.uint16)}
    for name, batch in found.first.items():
        arrays |= {f"first_indptr_{name}": batch.indptr, f"first_neurons_{name}": batch.neurons}
    live = None if found.lateness is None else "live"
    how = " ".join(part for part in (executor, precision, machine, live) if part is not None)
    return _write(bundle, run_key(bundle, dataset, how), "run.json", summary, arrays), summary


def summary_of(found: Inference, dataset: AnyDataset, executor: str, precision: str | None = None) -> dict[str, Any]:
    """What a run found, as plain values; ``precision`` as it was chosen (None: the executor's own)."""
    return {
        "executor": executor,
        "precision": precision,
        "data": dataset.name,
        "split": dataset.split,
        "samples": found.samples,
        "correct": found.correct,
        "accuracy": found.accuracy,
        "silent_samples": found.silent,
        "spikes": dict(found.events.spikes),
        "synaptic_events": dict(found.events.synaptic_events),
        "effective_events": dict(found.events.effective_events),
        "saturations": dict(found.events.saturations),
        "neurobench": found.neurobench.as_dict(),
        **({} if found.lateness is None else {"live_input": found.lateness.as_dict()}),
    }


def save_ladder(bundle: Path, dataset: AnyDataset, ladder: Ladder) -> Path:
    """Write a verification: ``verify.json``."""
    summary = {"schema": SCHEMA, "kind": "verify", "bundle": bundle_digest(bundle), **ladder.as_dict()}
    return _write(bundle, run_key(bundle, dataset, "verify"), "verify.json", summary, {})


def finished_chips_file(bundle: Path, dataset: AnyDataset) -> Path:
    """Where ``monte-carlo`` keeps the chips that it has run."""
    return runs_folder(bundle) / f"{run_key(bundle, dataset, 'monte_carlo')}.chips.jsonl"


def save_monte_carlo(bundle: Path, dataset: AnyDataset, found: dict[str, Any]) -> tuple[Path, dict[str, Any]]:
    """Write many chips' runs: ``monte_carlo.json``, in place of an earlier one of the same samples."""
    summary = {"schema": SCHEMA, "bundle": bundle_digest(bundle), **found}
    return _write(bundle, run_key(bundle, dataset, "monte_carlo"), "monte_carlo.json", summary, {}), summary


def read_runs(bundle: Path, kind: str) -> list[tuple[Path, dict[str, Any]]]:
    """All runs (``run``, ``verify`` or ``monte_carlo``) of exactly this bundle, most samples first."""
    digest = bundle_digest(bundle)
    found = [(file.parent, load_json(file)) for file in sorted(runs_folder(bundle).glob(f"*/{kind}.json"))]
    return sorted(((f, s) for f, s in found if s.get("bundle") == digest), key=lambda entry: -entry[1]["samples"])


def _write(bundle: Path, key: str, name: str, summary: dict[str, Any], arrays: dict[str, Any]) -> Path:
    parent = runs_folder(bundle)
    parent.mkdir(exist_ok=True)
    with atomic_folder(parent / key) as folder:
        (folder / name).write_text(dump_json(summary), "utf-8")
        if arrays:
            np.savez_compressed(folder / "spikes.npz", **arrays)
    return parent / key
