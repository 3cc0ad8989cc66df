"""Delays of 1 to 140 steps, beyond the 64 of the ring buffer, from sources and between neurons: delay-extension cores.

From the source up to 128 only: of longer ones sPyNNaker 7.4.1 loses synapses (docs/results/software_board.md).
"""

import numpy as np
import pyNN.spiNNaker as sim

N, STEPS = 100, 2_000
rng = np.random.default_rng(11)
sim.setup(1.0)
trains = [np.unique(rng.integers(0, STEPS, 60)).tolist() for _ in range(40)]
source = sim.Population(40, sim.SpikeSourceArray(trains), label="source")
neurons = sim.Population(N, sim.IF_curr_exp(tau_refrac=2.0), label="neurons")


def random_list(pre, post, share, largest, longest):
    i, j = np.nonzero(rng.random((pre, post)) < share)
    return np.column_stack([i, j, rng.uniform(0, largest, i.size), rng.integers(1, longest + 1, i.size)])


sim.Projection(source, neurons, sim.FromListConnector(random_list(40, N, 0.3, 3.0, 128)))
sim.Projection(neurons, neurons, sim.FromListConnector(random_list(N, N, 0.1, 0.6, 140)))
sim.Projection(neurons, neurons, sim.FromListConnector(random_list(N, N, 0.1, 0.6, 140)), receptor_type="inhibitory")
source.record("spikes")
neurons.record(["v", "spikes"])
sim.run(STEPS)
sim.end()
