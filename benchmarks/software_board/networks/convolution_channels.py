"""Two input planes to three channels: kernels not square, padding, strides, pooling, a delay extension, recurrence.

Steps of 0.5 ms; between the two runs everything falls silent, as a reset does not empty the ring buffers of these binaries.
"""

import numpy as np
import pyNN.spiNNaker as sim
from pyNN.space import Grid2D

rng = np.random.default_rng(22)
sim.setup(0.5)


def plane(shape, cell, cores, label):
    made = sim.Population(shape[0] * shape[1], cell, structure=Grid2D(shape[0] / shape[1]), label=label)
    made.set_max_atoms_per_core(cores)
    return made


def spikes():
    return sim.SpikeSourceArray([np.unique(rng.integers(0, 400, 40)).tolist() for _ in range(12 * 16)])


def kernel(*shape):
    return rng.uniform(-1, 1.5, shape)


def project(before, after, connector, delay):
    sim.Projection(before, after, connector, sim.Convolution(delay=delay))


inputs = [plane((12, 16), spikes(), (6, 8), f"input {number}") for number in range(2)]
padded = plane((12, 16), sim.IF_curr_exp(cm=0.4), (6, 16), "padded")
strided = plane((5, 5), sim.IF_curr_exp(cm=0.3), (5, 5), "strided")
pooled = plane((6, 6), sim.IF_curr_exp(cm=0.2), (3, 2), "pooled")
for number, before in enumerate(inputs):
    project(before, padded, sim.ConvolutionConnector(kernel(5, 3), padding=(2, 1)), 1.0 + 49.5 * number)
    project(
        before, strided, sim.ConvolutionConnector(kernel(3, 3), strides=(2, 3), padding=(0, 1)), 75.0 * number + 0.5
    )
    pool = sim.ConvolutionConnector(kernel(3, 3), pool_shape=(2, 3), pool_stride=2, padding=(1, 0))
    project(before, pooled, pool, 2.0)
    project(before, pooled, sim.ConvolutionConnector(kernel(1, 3), pool_shape=2, padding=0), 4.5)
lateral = sim.ConvolutionConnector(-0.3 * np.ones((3, 3)), padding=1)
project(padded, padded, lateral, 1.0)
out = sim.Population(7, sim.IF_curr_exp(cm=0.5), label="out")
out.set_max_atoms_per_core(4)
for before, weights in ((padded, rng.uniform(-0.2, 0.4, 3 * 4 * 7)), (pooled, rng.uniform(-1, 1.5, 36 * 7))):
    pool = {"pool_shape": 4} if before is padded else {}
    sim.Projection(before, out, sim.PoolDenseConnector(weights, **pool), sim.PoolDense(delay=1.5))
for population in inputs:
    population.record("spikes")
for population in (padded, strided, pooled, out):
    population.record(["v", "spikes"])
sim.run(700)
sim.reset()
sim.run(500)
sim.end()
