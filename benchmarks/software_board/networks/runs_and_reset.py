"""Several run() calls and two resets: 150 neurons with recurrence, 700 + 300 + 3 steps, reset, 309, reset, 300."""

import numpy as np
import pyNN.spiNNaker as sim

N, STEPS = 150, 1001
rng = np.random.default_rng(6)
sim.setup(1.0)
sim.set_number_of_neurons_per_core(sim.IF_curr_exp, 64)
trains = [np.unique(rng.integers(0, STEPS, 50)).tolist() for _ in range(50)]
source = sim.Population(50, sim.SpikeSourceArray(trains), label="source")
neurons = sim.Population(N, sim.IF_curr_exp(tau_refrac=2.0), label="neurons")


def random_list(pre, post, share, largest):
    i, j = np.nonzero(rng.random((pre, post)) < share)
    return np.column_stack([i, j, rng.uniform(0, largest, i.size), rng.integers(1, 16, i.size)])


sim.Projection(source, neurons, sim.FromListConnector(random_list(50, N, 0.3, 1.5)))
sim.Projection(neurons, neurons, sim.FromListConnector(random_list(N, N, 0.05, 0.4)))
source.record("spikes")
neurons.record(["v", "spikes"])
for duration in (700, 300, 3):
    sim.run(duration)
for duration in (309, 300):
    sim.reset()
    sim.run(duration)
sim.end()
