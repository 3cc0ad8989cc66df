"""Diehl & Cook's two-layer network in Brian2's C++ standalone mode, without column normalisation or repeats.

Called by train_two_layer.py with a Python that has Brian2 (``pip install brian2==2.9.0 "numpy<2.4"``); prints one JSON
line: presentations and the CPU seconds of the compiled program. The same model as the trainer's: dt 0.5 ms, 350 ms of
Poisson input and 150 ms of rest per image, triplet STDP on the input, one-to-one excitation and all-but-one inhibition.
"""

from __future__ import annotations

import json
import resource
import shutil
import sys
import tempfile

import numpy as np
from brian2 import (
    Hz,
    NeuronGroup,
    PoissonGroup,
    SpikeMonitor,
    Synapses,
    TimedArray,
    defaultclock,
    device,
    ms,
    run,
    seed,
    set_device,
)

EXCITATORY = """
dv/dt = ((-65.0 - v) - ge * v + gi * (-100.0 - v)) / (100.0*ms) : 1 (unless refractory)
dge/dt = -ge / (1.0*ms) : 1
dgi/dt = -gi / (2.0*ms) : 1
dtheta/dt = -theta / (1e7*ms) : 1
"""
INHIBITORY = """
dv/dt = ((-60.0 - v) - ge * v + gi * (-85.0 - v)) / (10.0*ms) : 1 (unless refractory)
dge/dt = -ge / (1.0*ms) : 1
dgi/dt = -gi / (2.0*ms) : 1
"""
TRIPLET = """
w : 1
dpre/dt = -pre / (20.0*ms) : 1 (event-driven)
dpost1/dt = -post1 / (20.0*ms) : 1 (event-driven)
dpost2/dt = -post2 / (40.0*ms) : 1 (event-driven)
"""


def main() -> None:
    """Arguments: neurons, theta_plus (mV), maximum rate (Hz), a .npy of images [n, 784]."""
    neurons, theta_plus, maximum_rate, path = int(sys.argv[1]), sys.argv[2], float(sys.argv[3]), sys.argv[4]
    images = np.load(path)
    folder = tempfile.mkdtemp()
    set_device("cpp_standalone", directory=folder, build_on_run=False)
    seed(0)
    np.random.seed(0)
    defaultclock.dt = 0.5 * ms
    slots = np.zeros((len(images) * 10, images.shape[1]))  # of 50 ms: seven with input, three of rest
    for slot in range(7):
        slots[slot::10] = images / 255.0 * maximum_rate
    pixel_rates = TimedArray(slots * Hz, dt=50 * ms)  # noqa: F841 (named in the group's equation)
    inputs = PoissonGroup(images.shape[1], rates="pixel_rates(t, i)")
    excitatory = NeuronGroup(
        neurons, EXCITATORY, threshold="v > theta - 72.0", reset=f"v = -65.0; theta += {theta_plus}", refractory=5 * ms,
        method="euler",
    )  # fmt: skip
    inhibitory = NeuronGroup(
        neurons, INHIBITORY, threshold="v > -40.0", reset="v = -45.0", refractory=2 * ms, method="euler"
    )
    excitatory.v, excitatory.theta, inhibitory.v = -65.0, 20.0, -60.0
    plastic = Synapses(
        inputs, excitatory, TRIPLET, method="linear",
        on_pre="ge_post += w\npre = 1\nw = clip(w - 1e-4 * post1, 0, 1)",
        on_post="w = clip(w + 0.01 * pre * post2, 0, 1)\npost1 = 1\npost2 = 1",
    )  # fmt: skip
    plastic.connect()
    plastic.w = "0.3 * (rand() + 0.01)"
    one_to_one = Synapses(excitatory, inhibitory, on_pre="ge_post += 10.4")
    one_to_one.connect(j="i")
    lateral = Synapses(inhibitory, excitatory, on_pre="gi_post += 17.0")
    lateral.connect(condition="i != j")
    counter = SpikeMonitor(excitatory, record=False)
    run(len(images) * 500 * ms)
    device.build(directory=folder, compile=True, run=False, with_output=False)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    device.run(folder, with_output=False, run_args=[])
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    print(json.dumps({"presentations": len(images), "cpu_seconds": seconds, "spikes": int(counter.num_spikes)}))
    shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
