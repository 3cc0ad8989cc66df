"""Convolution, convolution, pool-dense, without synaptic rows: 400 -> 324 -> 256 -> 10 on 13 cores, signed kernels."""

import numpy as np
import pyNN.spiNNaker as sim
from pyNN.space import Grid2D

STEPS = 2_000
rng = np.random.default_rng(21)
sim.setup(1.0)


def plane(side, cell, cores, label):
    made = sim.Population(side * side, cell, structure=Grid2D(1.0), label=label)
    made.set_max_atoms_per_core((cores, cores))
    return made


def cells(n, cm):
    return sim.IF_curr_exp(
        cm=cm, tau_m=rng.uniform(8, 40, n).tolist(), tau_syn_E=rng.uniform(1, 8, n).tolist(),
        tau_syn_I=rng.uniform(1, 8, n).tolist(), v_thresh=rng.uniform(-58, -48, n).tolist(), tau_refrac=2.0,
    )  # fmt: skip


trains = [np.unique(rng.integers(0, STEPS, 60)).tolist() for _ in range(400)]
source = plane(20, sim.SpikeSourceArray(trains), 10, "source")
first = plane(18, cells(324, 0.3), 9, "first")
second = plane(16, cells(256, 0.3), 8, "second")
dense = sim.Population(10, cells(10, 0.5), label="dense")
sim.Projection(source, first, sim.ConvolutionConnector(rng.uniform(-1, 2, (3, 3))), sim.Convolution())
sim.Projection(first, second, sim.ConvolutionConnector(rng.uniform(-1, 2, (3, 3))), sim.Convolution(delay=3.0))
weights = rng.uniform(-0.6, 1, 64 * 10)
sim.Projection(second, dense, sim.PoolDenseConnector(weights, pool_shape=2), sim.PoolDense())
source.record("spikes")
for population in (first, second, dense):
    population.record(["v", "spikes"])
sim.run(STEPS)
sim.end()
