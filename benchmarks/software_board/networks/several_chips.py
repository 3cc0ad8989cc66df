"""Two populations of 1000 on 32 cores of several chips, joined both ways by random lists, 500 steps."""

import numpy as np
import pyNN.spiNNaker as sim

N, STEPS = 1000, 500
rng = np.random.default_rng(5)
sim.setup(1.0)
sim.set_number_of_neurons_per_core(sim.IF_curr_exp, 64)
sim.set_number_of_neurons_per_core(sim.SpikeSourceArray, 50)
trains = [np.unique(rng.integers(0, STEPS, 20)).tolist() for _ in range(200)]
source = sim.Population(200, sim.SpikeSourceArray(trains), label="source")
first = sim.Population(N, sim.IF_curr_exp(tau_refrac=2.0), label="first")
second = sim.Population(N, sim.IF_curr_exp(tau_m=10.0, tau_refrac=1.0), label="second")


def random_list(pre, post, share, largest):
    i, j = np.nonzero(rng.random((pre, post)) < share)
    return np.column_stack([i, j, rng.uniform(0, largest, i.size), rng.integers(1, 10, i.size)])


sim.Projection(source, first, sim.FromListConnector(random_list(200, N, 0.05, 2.0)))
sim.Projection(first, second, sim.FromListConnector(random_list(N, N, 0.01, 1.5)))
sim.Projection(second, first, sim.FromListConnector(random_list(N, N, 0.005, 1.0)), receptor_type="inhibitory")
for population in (source, first, second):
    population.record("spikes" if population is source else ["v", "spikes"])
sim.run(STEPS)
sim.end()
