"""Convolution to pool-dense: 10 x 10 array sources, a 3 x 3 kernel to 8 x 8 neurons, all of them to 10; 200 ms."""

import numpy as np
import pyNN.spiNNaker as sim
from pyNN.space import Grid2D

rng = np.random.default_rng(0)
sim.setup(1.0)
sim.set_number_of_neurons_per_core(sim.IF_curr_exp, (4, 4))
sim.set_number_of_neurons_per_core(sim.SpikeSourceArray, (5, 5))
trains = [np.unique(rng.integers(0, 200, 20)).tolist() for _ in range(100)]
source = sim.Population(100, sim.SpikeSourceArray(trains), structure=Grid2D(1.0), label="source")
connector = sim.ConvolutionConnector(rng.uniform(-1, 3, (3, 3)))
convolved = sim.Population(64, sim.IF_curr_exp(), structure=Grid2D(1.0), label="convolved")
sim.Projection(source, convolved, connector, sim.Convolution())
dense = sim.Population(10, sim.IF_curr_exp(), label="dense")
dense.set_max_atoms_per_core(10)
sim.Projection(convolved, dense, sim.PoolDenseConnector(rng.uniform(-1, 2, (64, 10))), sim.PoolDense())
source.record("spikes")
for population in (convolved, dense):
    population.record(["v", "spikes"])
sim.run(200)
for population in (convolved, dense):
    segment = population.get_data().segments[0]
    print(population.label, segment.filter(name="v")[0].shape, sum(map(len, segment.spiketrains)), "spikes")
sim.end()
