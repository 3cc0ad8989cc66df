"""Array sources to 300 IF_curr_delta neurons on two cores: random parameters, both receptors, recurrence, 5,000 steps."""

import numpy as np
import pyNN.spiNNaker as sim

N, STEPS = 300, 5_000
rng = np.random.default_rng(2)
sim.setup(1.0)
sim.set_number_of_neurons_per_core(sim.IF_curr_delta, 150)
source = sim.Population(
    100, sim.SpikeSourceArray([np.unique(rng.integers(0, STEPS, 50)).tolist() for _ in range(100)]), label="source"
)
neurons = sim.Population(
    N,
    sim.IF_curr_delta(
        tau_m=rng.uniform(8, 40, N).tolist(), cm=rng.uniform(0.3, 1.5, N).tolist(),
        v_thresh=rng.uniform(-58, -48, N).tolist(), v_reset=rng.uniform(-75, -66, N).tolist(),
        tau_refrac=rng.integers(0, 6, N).astype(float).tolist(), i_offset=rng.uniform(0, 0.1, N).tolist(),
    ),
    label="neurons",
)  # fmt: skip
neurons.initialize(v=rng.uniform(-75, -55, N).tolist())


def random_list(pre, post, share, largest):
    i, j = np.nonzero(rng.random((pre, post)) < share)
    return np.column_stack([i, j, rng.uniform(0, largest, i.size), rng.integers(1, 16, i.size)])


sim.Projection(source, neurons, sim.FromListConnector(random_list(100, N, 0.1, 9.0)), receptor_type="excitatory")
sim.Projection(source, neurons, sim.FromListConnector(random_list(100, N, 0.05, 5.0)), receptor_type="inhibitory")
sim.Projection(neurons, neurons, sim.FromListConnector(random_list(N, N, 0.005, 2.0)), receptor_type="excitatory")
sim.Projection(neurons, neurons, sim.FromListConnector(random_list(N, N, 0.01, 2.0)), receptor_type="inhibitory")
source.record("spikes")
neurons.record(["v", "spikes"])
sim.run(STEPS)
sim.end()
