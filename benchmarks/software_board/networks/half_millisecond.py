"""Time step of 0.5 ms: array sources to 200 IF_curr_exp and 100 IF_curr_delta neurons, 4,000 steps."""

import numpy as np
import pyNN.spiNNaker as sim

DURATION, DT = 2000.0, 0.5
rng = np.random.default_rng(9)
sim.setup(DT)
sim.set_number_of_neurons_per_core(sim.IF_curr_exp, 100)
trains = [(DT * np.unique(rng.integers(0, int(DURATION / DT), 100))).tolist() for _ in range(80)]
source = sim.Population(80, sim.SpikeSourceArray(trains), label="source")
shaped = sim.Population(
    200,
    sim.IF_curr_exp(tau_m=rng.uniform(8, 30, 200).tolist(), tau_refrac=rng.uniform(0, 4, 200).tolist()),
    label="shaped",
)
delta = sim.Population(100, sim.IF_curr_delta(tau_m=rng.uniform(8, 30, 100).tolist()), label="delta")


def random_list(pre, post, share, largest):
    i, j = np.nonzero(rng.random((pre, post)) < share)
    return np.column_stack([i, j, rng.uniform(0, largest, i.size), DT * rng.integers(1, 16, i.size)])


sim.Projection(source, shaped, sim.FromListConnector(random_list(80, 200, 0.15, 2.0)))
sim.Projection(source, shaped, sim.FromListConnector(random_list(80, 200, 0.05, 1.0)), receptor_type="inhibitory")
sim.Projection(shaped, delta, sim.FromListConnector(random_list(200, 100, 0.05, 8.0)))
sim.Projection(delta, shaped, sim.FromListConnector(random_list(100, 200, 0.05, 1.0)), receptor_type="inhibitory")
source.record("spikes")
for population in (shaped, delta):
    population.record(["v", "spikes"])
sim.run(DURATION)
sim.end()
