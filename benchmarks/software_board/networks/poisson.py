"""Poisson sources of many rates, recorded, to two populations on several cores; initial potentials drawn on the chip."""

import numpy as np
import pyNN.spiNNaker as sim

STEPS = 3_000
rng = np.random.default_rng(8)
sim.setup(1.0)
sim.set_number_of_neurons_per_core(sim.IF_cond_exp, 100)
slow = sim.Population(200, sim.SpikeSourcePoisson(rate=rng.uniform(0, 30, 200).tolist()), label="slow")
fast = sim.Population(20, sim.SpikeSourcePoisson(rate=400.0, start=500.0, duration=1500.0), label="fast")
draw = sim.RandomDistribution
current = sim.Population(150, sim.IF_curr_exp(tau_m=rng.uniform(10, 30, 150).tolist()), label="current")
current.initialize(v=draw("uniform", (-70.0, -55.0)))
conductance = sim.Population(150, sim.IF_cond_exp(tau_syn_E=3.0, tau_syn_I=8.0), label="conductance")
for source, weight in ((slow, 0.3), (fast, 0.05)):
    connector = sim.FixedProbabilityConnector(0.2)
    sim.Projection(source, current, connector, sim.StaticSynapse(weight=weight, delay=draw("uniform", (1.0, 8.0))))
sim.Projection(slow, conductance, sim.FixedProbabilityConnector(0.2), sim.StaticSynapse(weight=0.01, delay=1.0))
sim.Projection(
    fast, conductance, sim.FixedProbabilityConnector(0.2), sim.StaticSynapse(weight=0.005, delay=2.0),
    receptor_type="inhibitory",
)  # fmt: skip
for population in (slow, fast):
    population.record("spikes")
for population in (current, conductance):
    population.record(["v", "spikes"])
sim.run(STEPS)
sim.end()
