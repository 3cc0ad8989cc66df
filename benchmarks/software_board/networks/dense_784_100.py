"""784 array sources to 100 IF_curr_exp neurons, every weight its own, 10,000 steps: the shape of an MNIST classifier."""

import numpy as np
import pyNN.spiNNaker as sim

STEPS = 10_000
rng = np.random.default_rng(4)
sim.setup(1.0)
active = rng.random(784) < 0.25
trains = [np.unique(rng.integers(0, STEPS, 400 if on else 10)).tolist() for on in active]
source = sim.Population(784, sim.SpikeSourceArray(trains), label="image")
neurons = sim.Population(100, sim.IF_curr_exp(tau_m=20.0, tau_refrac=3.0), label="neurons")
i, j = np.divmod(np.arange(78_400), 100)
weights = np.column_stack([i, j, rng.uniform(0, 0.12, i.size), np.ones(i.size)])
sim.Projection(source, neurons, sim.FromListConnector(weights))
source.record("spikes")
neurons.record(["v", "spikes"])
sim.run(STEPS)
sim.end()
