"""Ring buffers made to saturate (max_expected_summed_weight far too small), one core, 5,000 steps."""

import numpy as np
import pyNN.spiNNaker as sim

N, STEPS = 100, 5_000
rng = np.random.default_rng(12)
sim.setup(1.0)
trains = [np.unique(rng.integers(0, STEPS, 500)).tolist() for _ in range(60)]
source = sim.Population(60, sim.SpikeSourceArray(trains), label="source")
neurons = sim.Population(
    N, sim.IF_curr_exp(cm=0.5), label="neurons", additional_parameters={"max_expected_summed_weight": [1.0, 1.0]}
)
i, j = np.divmod(np.arange(60 * N), N)
for receptor, largest in (("excitatory", 0.9), ("inhibitory", 0.1)):
    rows = np.column_stack([i, j, rng.uniform(0, largest, i.size), rng.integers(1, 4, i.size)])
    sim.Projection(source, neurons, sim.FromListConnector(rows), receptor_type=receptor)
source.record("spikes")
neurons.record(["v", "spikes"])
sim.run(STEPS)
sim.end()
