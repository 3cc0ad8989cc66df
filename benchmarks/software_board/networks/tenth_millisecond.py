"""Time step of 0.1 ms: array sources to 100 IF_curr_exp and 50 IF_cond_exp neurons, 5,000 steps."""

import numpy as np
import pyNN.spiNNaker as sim

DURATION, DT = 500.0, 0.1
rng = np.random.default_rng(10)
sim.setup(DT)
trains = [(DT * np.unique(rng.integers(0, round(DURATION / DT), 40))).tolist() for _ in range(60)]
source = sim.Population(60, sim.SpikeSourceArray(trains), label="source")
current = sim.Population(100, sim.IF_curr_exp(tau_m=rng.uniform(8, 30, 100).tolist(), tau_refrac=1.55), label="current")
conductance = sim.Population(50, sim.IF_cond_exp(tau_syn_E=2.0), label="conductance")


def random_list(pre, post, share, largest):
    i, j = np.nonzero(rng.random((pre, post)) < share)
    return np.column_stack([i, j, rng.uniform(0, largest, i.size), DT * rng.integers(1, 50, i.size)])


sim.Projection(source, current, sim.FromListConnector(random_list(60, 100, 0.2, 3.0)))
sim.Projection(current, conductance, sim.FromListConnector(random_list(100, 50, 0.1, 0.1)))
sim.Projection(conductance, current, sim.FromListConnector(random_list(50, 100, 0.1, 1.0)), receptor_type="inhibitory")
source.record("spikes")
for population in (current, conductance):
    population.record(["v", "spikes"])
sim.run(DURATION)
sim.end()
