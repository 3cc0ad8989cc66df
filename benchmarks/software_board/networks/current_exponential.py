"""Array sources to 600 IF_curr_exp neurons on three cores: random parameters, both receptors, recurrence, 5,000 steps."""

import numpy as np
import pyNN.spiNNaker as sim

N, STEPS = 600, 5_000
rng = np.random.default_rng(1)
sim.setup(1.0)
sim.set_number_of_neurons_per_core(sim.IF_curr_exp, 200)
source = sim.Population(
    100, sim.SpikeSourceArray([np.unique(rng.integers(0, STEPS, 50)).tolist() for _ in range(100)]), label="source"
)
neurons = sim.Population(
    N,
    sim.IF_curr_exp(
        tau_m=rng.uniform(8, 40, N).tolist(), cm=rng.uniform(0.3, 1.5, N).tolist(),
        tau_syn_E=rng.uniform(1, 10, N).tolist(), tau_syn_I=rng.uniform(1, 10, N).tolist(),
        v_thresh=rng.uniform(-58, -48, N).tolist(), v_reset=rng.uniform(-75, -66, N).tolist(),
        tau_refrac=rng.integers(0, 6, N).astype(float).tolist(), i_offset=rng.uniform(0, 0.1, N).tolist(),
    ),
    label="neurons",
)  # fmt: skip
neurons.initialize(v=rng.uniform(-75, -55, N).tolist())


def random_list(pre, post, share, largest):
    i, j = np.nonzero(rng.random((pre, post)) < share)
    return np.column_stack([i, j, rng.uniform(0, largest, i.size), rng.integers(1, 16, i.size)])


sim.Projection(source, neurons, sim.FromListConnector(random_list(100, N, 0.1, 1.2)), receptor_type="excitatory")
sim.Projection(source, neurons, sim.FromListConnector(random_list(100, N, 0.05, 0.8)), receptor_type="inhibitory")
sim.Projection(neurons, neurons, sim.FromListConnector(random_list(N, N, 0.005, 0.2)), receptor_type="excitatory")
sim.Projection(neurons, neurons, sim.FromListConnector(random_list(N, N, 0.01, 0.4)), receptor_type="inhibitory")
source.record("spikes")
neurons.record(["v", "spikes"])
sim.run(STEPS)
sim.end()
