"""Make golden vectors: build each case with sPyNNaker (virtual board), run the real binary, store inputs and outputs.

Each .npz holds: case (JSON text as uint8: model, parameters, time step, shifts, binary's SHA-256), per projection
p{i}_pre, p{i}_post (int16), p{i}_weight (float64, PyNN units), p{i}_stored (uint16, read from the synaptic rows'
quantisation), p{i}_delay (uint8 steps), input_step, input_neuron, voltages (int32 s16.15), spikes (packed bits).
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
from cases import make_case
from compare import model_run, network_of, raster
from runner import load, run

ROOT = Path("/tmp/w/firmware")
SMALL = dict(n_sources=20, n_neurons=24, steps=250)
CASES = {
    "curr_exp_plain": ("IF_curr_exp", dict(seed=11, max_weight=0.8, **SMALL)),
    "curr_exp_half_ms": ("IF_curr_exp", dict(seed=12, time_step_ms=0.5, max_weight=0.8, **SMALL)),
    "curr_exp_tenth_ms": ("IF_curr_exp", dict(seed=13, time_step_ms=0.1, max_weight=2.0, **SMALL)),
    "curr_exp_saturating": (
        "IF_curr_exp",
        dict(seed=14, max_weight=0.9, summed=[1.0, 1.0], max_delay=3, rate=0.4, **SMALL),
    ),
    "curr_exp_inhibited": (
        "IF_curr_exp",
        dict(seed=15, max_weight=2.0, strong_inhibition=1.6, rate=0.06, recurrent=False, **SMALL),
    ),
    "curr_exp_extreme": ("IF_curr_exp", dict(seed=16, max_weight=4000.0, extreme=True, **SMALL)),
    "curr_exp_wrapped_weights": ("IF_curr_exp", dict(seed=17, max_weight=3.0, summed=[0.9, 1.5], **SMALL)),
    "curr_delta_plain": ("IF_curr_delta", dict(seed=21, max_weight=3.0, **SMALL)),
    "curr_delta_half_ms": ("IF_curr_delta", dict(seed=22, time_step_ms=0.5, max_weight=3.0, **SMALL)),
    "curr_delta_saturating": (
        "IF_curr_delta",
        dict(seed=23, max_weight=0.9, summed=[1.0, 2.0], max_delay=2, rate=0.5, **SMALL),
    ),
    "curr_delta_extreme": ("IF_curr_delta", dict(seed=24, max_weight=5000.0, extreme=True, **SMALL)),
    "cond_exp_plain": ("IF_cond_exp", dict(seed=31, max_weight=0.02, summed=[0.3, 0.3], **SMALL)),
    "cond_exp_half_ms": ("IF_cond_exp", dict(seed=32, time_step_ms=0.5, max_weight=0.02, summed=[0.2, 0.5], **SMALL)),
    "cond_exp_saturating": (
        "IF_cond_exp",
        dict(seed=33, max_weight=0.05, summed=[0.06, 0.1], max_delay=3, rate=0.4, **SMALL),
    ),
    "cond_exp_inhibited": (
        "IF_cond_exp",
        dict(seed=34, max_weight=0.02, summed=[0.3, 6.0], strong_inhibition=50.0, **SMALL),
    ),
    "cond_exp_extreme": ("IF_cond_exp", dict(seed=35, max_weight=20.0, summed=[10.0, 25.0], extreme=True, **SMALL)),
}


def export(name: str, case: dict) -> Path:
    source, target = ROOT / f"run/{name}.json", ROOT / f"run/{name}.npz"
    source.write_text(json.dumps(case))
    if not target.exists():
        environment = dict(os.environ, HOME=str(ROOT / "run/home"))
        done = subprocess.run(
            [sys.executable, str(ROOT / "harness/network.py"), str(source), str(target)],
            env=environment,
            capture_output=True,
            text=True,
        )
        if done.returncode:
            raise RuntimeError(done.stdout[-2000:] + done.stderr[-2000:])
    return target


def main(names: list[str]) -> None:
    for name in names or CASES:
        model, options = CASES[name]
        case = make_case(model, **options)
        info, regions = load(export(name, case))
        start = time.time()
        voltages, spikes, core = run(info, regions)
        result = model_run(case, info["shifts"])
        equal = int((result.voltages[1][0] == voltages).sum())
        mine = raster(result, case["steps"], case["n_neurons"])
        print(
            f"{name}: v {equal}/{voltages.size} spikes {int((mine == spikes).all())} n={spikes.sum()} shifts {info['shifts']} "
            f"saturated {result.saturations[1]} range {voltages.min() / 32768:.0f}..{voltages.max() / 32768:.0f} "
            f"{time.time() - start:.1f} s",
            flush=True,
        )
        out: dict[str, np.ndarray] = {}
        _, projections = network_of(case, info["shifts"])
        slim = {k: v for k, v in case.items() if k not in ("projections", "input_step", "input_neuron")}
        slim |= {
            "shifts": info["shifts"],
            "binary": info["binary"],
            "vendor": "sPyNNaker 7.4.1",
            "binary_sha256": hashlib.sha256(Path(info["executable"]).read_bytes()).hexdigest(),
            "core_synaptic_events": core.word(core.region_address[10] + 40),
            "core_saturated_additions": core.word(core.region_address[10] + 44),
            "projections": [[p["source"], p["receptor"]] for p in case["projections"]],
        }
        for i, (p, q) in enumerate(zip(case["projections"], projections)):
            order = np.argsort(np.array(p["pre"], int), kind="stable")
            out[f"p{i}_pre"] = np.array(p["pre"], np.int16)[order]
            out[f"p{i}_post"] = q.indices.astype(np.int16)
            out[f"p{i}_weight"] = np.array(p["weight"])[order]
            out[f"p{i}_stored"] = q.weights
            out[f"p{i}_delay"] = q.delays
        out["case"] = np.frombuffer(json.dumps(slim).encode(), np.uint8)
        out["input_step"] = np.array(case["input_step"], np.int16)
        out["input_neuron"] = np.array(case["input_neuron"], np.int16)
        out["voltages"] = voltages
        out["spikes"] = np.packbits(spikes, axis=1, bitorder="little")
        np.savez_compressed(ROOT / f"golden/{name}.npz", **out)


if __name__ == "__main__":
    main(sys.argv[1:])
