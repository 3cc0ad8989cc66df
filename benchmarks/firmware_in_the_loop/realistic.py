"""784 sources -> 100 IF_cond_exp neurons with uniform lateral inhibition, 700 steps: real binary against the model."""

import sys

import numpy as np
from compare import raster
from runner import load, run

import golden

sys.path.insert(0, "/tmp/w/firmware")
from neurodeploy.firmware_models.spinnaker import *

rng = np.random.default_rng(7)
n, m, steps = 100, 784, 700
weight = np.round(rng.random((m, n)) ** 2 * 0.003, 6)
pre, post = np.nonzero(~np.eye(n, dtype=bool))
full_pre, full_post = np.divmod(np.arange(m * n), n)
constant = dict(
    v_rest=-65.0,
    v_reset=-60.0,
    tau_m=100.0,
    cm=1.0,
    i_offset=0.0,
    tau_refrac=5.0,
    v=-65.0,
    tau_syn_E=1.0,
    tau_syn_I=2.0,
    e_rev_E=0.0,
    e_rev_I=-100.0,
)
parameters = {k: [v] * n for k, v in constant.items()} | {"v_thresh": np.round(rng.uniform(-52, -45, n), 4).tolist()}
spikes = rng.random((steps, m)) < (rng.random(m) < 0.19) * 0.06 * (np.arange(steps) < 350)[:, None]
at, which = np.nonzero(spikes)
case = dict(
    model="IF_cond_exp",
    seed=7,
    time_step_ms=1.0,
    n_sources=m,
    n_neurons=n,
    steps=steps,
    parameters=parameters,
    max_expected_summed_weight=[0.6, 2.0],
    input_step=at.tolist(),
    input_neuron=which.tolist(),
    projections=[
        dict(
            source=0,
            receptor=0,
            pre=full_pre.tolist(),
            post=full_post.tolist(),
            weight=weight.ravel().tolist(),
            delay=[1.0] * (m * n),
        ),
        dict(
            source=1,
            receptor=1,
            pre=pre.tolist(),
            post=post.tolist(),
            weight=[0.017] * pre.size,
            delay=[1.0] * pre.size,
        ),
    ],
)
info, regions = load(golden.export("realistic", case))
import time

t = time.time()
voltages, fired, core = run(info, regions)
print("emulated", time.time() - t, "s; keys", info["keys"], "shifts", info["shifts"])
pops = [
    FirmwarePopulation("s", "SpikeSourceArray", m),
    FirmwarePopulation("t", "IF_cond_exp", n, {k: np.array(v) for k, v in parameters.items()}, tuple(info["shifts"])),
]
e, i = info["shifts"]
projections = [
    FirmwareProjection(
        0,
        1,
        np.arange(m + 1) * n,
        np.tile(np.arange(n, dtype=np.int32), m),
        quantise_weights(weight.ravel(), e, "IF_cond_exp"),
        np.ones(m * n, np.uint8),
        0,
    ),
    LateralFirmwareProjection(1, 1, int(quantise_weights(np.array([0.017]), i, "IF_cond_exp")[0]), 1, 1),
]
result = run_firmware(
    pops,
    projections,
    time_step_ms=1.0,
    steps=steps,
    samples=1,
    record_voltages=(1,),
    source_indptr=np.concatenate([[0], np.cumsum(np.bincount(at, minlength=steps))]),
    source_neurons=which.astype(np.int32),
)
print(
    "equal",
    (result.voltages[1][0] == voltages).sum(),
    "of",
    voltages.size,
    "spikes",
    fired.sum(),
    (raster(result, steps, n) == fired).all(),
    "events",
    result.synaptic_events,
    core.word(core.region_address[10] + 40),
    result.saturations[1],
)
