"""What a report says, collected from a bundle and the runs beside it; what is missing is said, too."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from neurodeploy.compiler import Presentation, Program, Section, load_bundle, read_manifest
from neurodeploy.network import LateralInhibition, Network, SpikeBatch
from neurodeploy.network.arrays import Array
from neurodeploy.runs import read_runs


@dataclass(frozen=True, eq=False)
class Facts:
    """``run`` and ``ladder`` are None where nothing was run or verified; ``missing`` says how to get them.

    ``others``: saved runs of the kinds that the target has sections of, by kind.
    """

    name: str
    program: Program
    manifest: dict[str, Any]
    run: dict[str, Any] | None
    run_arrays: dict[str, Array]
    ladder: dict[str, Any] | None
    others: dict[str, dict[str, Any]]
    missing: tuple[str, ...]

    @property
    def network(self) -> Network:
        """The compiled network."""
        return self.program.network

    @cached_property
    def presentation(self) -> Presentation:
        """What the target says of itself."""
        return self.program.presentation()

    @cached_property
    def sections(self) -> tuple[Section, ...]:
        """The target's own: of saved runs, then those that every bundle has."""
        return (*self.presentation.run_sections(self.others), *self.presentation.sections())

    def layers(self) -> list[dict[str, Any]]:
        """One row per projection: synapses, connectivity, levels."""
        rows = []
        for p in self.network.projections:
            possible = self.network.population(p.source).size * self.network.population(p.target).size
            if isinstance(p.connectivity, LateralInhibition):
                possible -= self.network.population(p.source).size
            synapses = self.network.synapses(p)
            levels = None if p.weights.levels is None else int(p.weights.levels.shape[-1])
            rows.append({"projection": p.name, "source": p.source, "target": p.target, "kind": p.connectivity.kind,
                         "synapses": synapses, "connectivity": synapses / possible, "levels": levels})  # fmt: skip
        return rows

    def first_sample(self) -> dict[str, SpikeBatch]:
        """Spikes of the run's first sample by population; empty without a run."""
        encoder = self.network.encoder
        if encoder is None or not self.run_arrays:
            return {}
        return {
            p.name: SpikeBatch(
                1,
                encoder.steps,
                p.size,
                self.run_arrays[f"first_indptr_{p.name}"],
                self.run_arrays[f"first_neurons_{p.name}"],
            )
            for p in self.network.populations
            if f"first_indptr_{p.name}" in self.run_arrays
        }

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "name": self.name,
            "target": self.manifest["target"],
            "manifest": self.manifest,
            "network": {"digest": self.network.digest(), "stage": self.network.stage, "dt_ms": self.network.dt,
                        "metadata": dict(self.network.metadata), "layers": self.layers()},
            "resources": [usage.as_dict() for usage in self.program.resources()],
            "run": self.run,
            "verification": self.ladder,
            **self.others,
            "sections": [
                {"title": section.title, "text": section.text, "tables": [
                    {"title": title, "columns": columns, "rows": rows} for title, (columns, rows) in section.tables]}
                for section in self.sections
            ],
            "missing": list(self.missing),
        }  # fmt: skip


def collect(bundle: Path) -> Facts:
    """Read a bundle and the runs beside it: of each kind the one with most samples; the target's model before float."""
    program = load_bundle(bundle)
    runs, ladders = read_runs(bundle, "run"), read_runs(bundle, "verify")
    runs.sort(key=lambda entry: entry[1]["executor"] == "reference")
    missing = []
    if not runs:
        missing.append(f"no run: neurodeploy run {bundle}")
    if not ladders:
        missing.append(f"no verification: neurodeploy verify {bundle}")
    own = program.presentation()
    found = {kind: read_runs(bundle, kind) for kind in own.other_runs}
    how = own.board
    if how is not None and "board" not in {summary["executor"] for _, summary in runs}:
        missing.append(f"no run on a board: {how}")
    arrays: dict[str, Array] = {}
    if runs:
        with np.load(runs[0][0] / "spikes.npz", allow_pickle=False) as stored:
            arrays = {name: stored[name] for name in stored.files}
    return Facts(
        bundle.resolve().name.removesuffix(".bundle"),
        program,
        read_manifest(bundle),
        runs[0][1] if runs else None,
        arrays,
        ladders[0][1] if ladders else None,
        {kind: saved[0][1] for kind, saved in found.items() if saved},
        tuple(missing),
    )
