"""Connectivity, weights and delays drawn on the chip: FixedProbability, AllToAll and OneToOne with random values."""

import numpy as np
import pyNN.spiNNaker as sim

N, STEPS = 300, 2_000
rng = np.random.default_rng(7)
sim.setup(1.0)
sim.set_number_of_neurons_per_core(sim.IF_curr_exp, 100)
trains = [np.unique(rng.integers(0, STEPS, 50)).tolist() for _ in range(N)]
source = sim.Population(N, sim.SpikeSourceArray(trains), label="source")
driver = sim.Population(20, sim.SpikeSourceArray(trains[:20]), label="driver")
excitatory = sim.Population(N, sim.IF_curr_exp(), label="excitatory")
inhibitory = sim.Population(100, sim.IF_curr_exp(tau_m=12.0), label="inhibitory")
draw = sim.RandomDistribution
sim.Projection(
    source, excitatory, sim.OneToOneConnector(), sim.StaticSynapse(weight=draw("uniform", (1.0, 6.0)), delay=2.0)
)
sim.Projection(
    driver, excitatory, sim.AllToAllConnector(),
    sim.StaticSynapse(weight=draw("normal_clipped", (0.5, 0.2, 0.0, 1.0)), delay=draw("uniform", (1.0, 12.0))),
)  # fmt: skip
sim.Projection(
    excitatory, inhibitory, sim.FixedProbabilityConnector(0.1),
    sim.StaticSynapse(weight=draw("exponential", (0.8,)), delay=draw("uniform", (1.0, 40.0))),
)  # fmt: skip
sim.Projection(
    inhibitory, excitatory, sim.FixedProbabilityConnector(0.2),
    sim.StaticSynapse(weight=draw("uniform", (0.0, 0.7)), delay=1.0), receptor_type="inhibitory",
)  # fmt: skip
sim.Projection(
    excitatory, excitatory, sim.FixedNumberPreConnector(5), sim.StaticSynapse(weight=0.3, delay=3.0),
)  # fmt: skip
for population in (source, driver):
    population.record("spikes")
for population in (excitatory, inhibitory):
    population.record(["v", "spikes"])
sim.run(STEPS)
sim.end()
