"""Ring buffers of kernels and of a dense matrix that clip (max_expected_summed_weight far too small), 3,000 steps."""

import numpy as np
import pyNN.spiNNaker as sim
from pyNN.space import Grid2D

STEPS = 3_000
rng = np.random.default_rng(23)
sim.setup(1.0)
little = {"max_expected_summed_weight": [1.0, 1.0]}
trains = [np.flatnonzero(rng.random(STEPS) < 0.3).tolist() for _ in range(100)]
source = sim.Population(100, sim.SpikeSourceArray(trains), structure=Grid2D(1.0), label="source")
convolved = sim.Population(
    64, sim.IF_curr_exp(cm=0.8), structure=Grid2D(1.0), label="convolved", additional_parameters=little
)
dense = sim.Population(10, sim.IF_curr_exp(cm=0.8), label="dense", additional_parameters=little)
source.set_max_atoms_per_core((10, 10))
convolved.set_max_atoms_per_core((8, 8))
sim.Projection(source, convolved, sim.ConvolutionConnector(rng.uniform(-0.7, 0.99, (3, 3))), sim.Convolution(delay=2.0))
sim.Projection(convolved, dense, sim.PoolDenseConnector(rng.uniform(-0.7, 0.99, 640)), sim.PoolDense())
source.record("spikes")
for population in (convolved, dense):
    population.record(["v", "spikes"])
sim.run(STEPS)
sim.end()
