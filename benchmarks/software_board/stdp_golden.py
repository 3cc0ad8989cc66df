"""Golden vectors for the tests from a script with plastic synapses that ran on the software board.

python benchmarks/software_board/stdp_golden.py RECORDED GOLDEN.npz LABEL [LABEL …]

RECORDED is a folder kept by ``compare.py --keep``; a LABEL is that of a population with plastic synapses.  Written are what the
model is given (parameters, shifts, source spikes, synapses, rule) and what the real binaries made of it (voltages, spikes and
weights at the end).
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from model import firmware_projection, stored_weights
from recorded import Recorded

from neurodeploy.firmware_models.spinnaker import PlasticProjection


def case(recorded: Recorded, number: int) -> tuple[dict[str, Any], dict[str, Any]]:
    """One population with the synapses onto it: what is said in words, and arrays."""
    target, steps = recorded.populations[number], recorded.steps(0)
    onto = [p for p in recorded.projections if p["target"] == number]
    used = sorted({p["source"] for p in onto} - {number})
    spikes = [(recorded.first[n], *recorded.spikes(n, 0)) for n in used]
    at, neurons = np.concatenate([t for _, t, _ in spikes]), np.concatenate([n + first for first, _, n in spikes])
    order = np.argsort(at, kind="stable")
    voltages = recorded.arrays[f"v{number}_0"]
    arrays: dict[str, Any] = {
        "source_indptr": np.concatenate([[0], np.cumsum(np.bincount(at, minlength=steps))]),
        "source_neurons": neurons[order].astype(np.int32),
        "voltages": np.diff(voltages, axis=0, prepend=0).astype(np.int32),
        "step": recorded.spikes(number, 0)[0].astype(np.int32), "neuron": recorded.spikes(number, 0)[1],
    }  # fmt: skip
    told = []
    for place, projection in enumerate(onto):
        made = firmware_projection(recorded, projection, 0)
        synapses = made.synapses if isinstance(made, PlasticProjection) else made
        rows = recorded.arrays[f"s{projection['number']}"]
        end = stored_weights(recorded, projection | {"rule": None}, rows)[np.argsort(rows[:, 0], kind="stable")]
        arrays |= {f"{name}{place}": getattr(synapses, name) for name in ("indptr", "indices", "weights", "delays")}
        arrays[f"end{place}"] = np.rint(end).astype(np.uint16)
        told.append({
            "recurrent": projection["source"] == number, "receptor": synapses.receptor,
            "rule": asdict(made.rule) if isinstance(made, PlasticProjection) else None,
        })  # fmt: skip
    return {"population": target, "sources": recorded.n_sources, "projections": told}, arrays


def main(folder: str, golden: str, *labels: str) -> None:
    """Write the populations of these labels into one file."""
    recorded = Recorded(Path(folder))
    chosen: Sequence[int] = [n for n in recorded.neurons if recorded.populations[n]["label"] in labels]
    cases, arrays = [], {}
    for place, number in enumerate(chosen):
        told, found = case(recorded, number)
        cases.append(told)
        arrays |= {f"{place}_{name}": array for name, array in found.items()}
    network = json.dumps({"time_step_ms": recorded.time_step, "steps": recorded.steps(0), "cases": cases})
    np.savez_compressed(golden, network=np.frombuffer(network.encode(), np.uint8), **arrays)


if __name__ == "__main__":
    main(*sys.argv[1:])
