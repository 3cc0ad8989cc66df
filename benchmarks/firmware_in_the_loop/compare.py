"""Compare the firmware model with an emulated run of the same exported network."""

import json
import sys

sys.path.insert(0, "/tmp/w/firmware")
import numpy as np

from neurodeploy.firmware_models.spinnaker import *


def network_of(case, shifts):
    parameters = {k: np.array(v, float) for k, v in case["parameters"].items()}
    pops = [
        FirmwarePopulation("source", "SpikeSourceArray", case["n_sources"]),
        FirmwarePopulation("target", case["model"], case["n_neurons"], parameters, tuple(shifts)),
    ]
    projections = []
    for p in case["projections"]:
        pre, post = np.array(p["pre"], int), np.array(p["post"], int)
        order = np.argsort(pre, kind="stable")
        size = pops[p["source"]].size
        indptr = np.concatenate([[0], np.cumsum(np.bincount(pre, minlength=size))]).astype(np.int64)
        projections.append(
            FirmwareProjection(
                p["source"],
                1,
                indptr,
                post[order].astype(np.int32),
                quantise_weights(np.array(p["weight"])[order], shifts[p["receptor"]], case["model"]),
                np.rint(np.array(p["delay"])[order] / case["time_step_ms"]).astype(np.uint8),
                p["receptor"],
            )
        )
    return pops, projections


def model_run(case, shifts):
    pops, projections = network_of(case, shifts)
    at = np.array(case["input_step"], int)
    indptr = np.concatenate([[0], np.cumsum(np.bincount(at, minlength=case["steps"]))]).astype(np.int64)
    return run_firmware(
        pops,
        projections,
        time_step_ms=case["time_step_ms"],
        steps=case["steps"],
        samples=1,
        source_indptr=indptr,
        source_neurons=np.array(case["input_neuron"], np.int32),
        record_voltages=(1,),
    )


def raster(result, steps, n):
    out = np.zeros((steps, n), bool)
    out[np.repeat(np.arange(steps), np.diff(result.spike_indptr[1])), result.spike_neurons[1]] = True
    return out


if __name__ == "__main__":
    info = json.loads(bytes(np.load(sys.argv[1])["info"]))
    case = info["case"]
    got = np.load(sys.argv[2])
    result = model_run(case, info["shifts"])
    v = result.voltages[1][0]
    s = raster(result, case["steps"], case["n_neurons"])
    print(
        case["model"],
        "v equal",
        (v == got["voltages"]).sum(),
        "of",
        v.size,
        "spikes",
        s.sum(),
        got["spikes"].sum(),
        (s == got["spikes"]).all(),
        "sat",
        result.saturations[1],
        "events",
        result.synaptic_events,
    )
    bad = np.argwhere(v != got["voltages"])
    for step, neuron in bad[:6]:
        print(step, neuron, v[step, neuron], got["voltages"][step, neuron])
