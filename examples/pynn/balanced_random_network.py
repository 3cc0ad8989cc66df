"""Balanced random network: 400 excitatory and 100 inhibitory neurons, sparse random connections, Poisson input.

After N. Brunel, Journal of Computational Neuroscience 8 (2000), with current-based exponential synapses and strong
inhibition.  What should be seen: both populations fire irregularly, at a few spikes per second.
"""

import pyNN.spiNNaker as sim

DURATION = 1000.0  # ms
EXCITATORY, INHIBITORY, PROBABILITY = 400, 100, 0.1
WEIGHT, INHIBITION = 0.25, 5.0  # nA; ratio of inhibitory to excitatory weights

sim.setup(timestep=1.0)
sim.set_number_of_neurons_per_core(sim.IF_curr_exp, 100)
cell = sim.IF_curr_exp(tau_m=20.0, cm=1.0, tau_syn_E=2.0, tau_syn_I=2.0, tau_refrac=2.0, v_thresh=-50.0, v_reset=-60.0)
excitatory = sim.Population(EXCITATORY, cell, label="excitatory")
inhibitory = sim.Population(INHIBITORY, cell, label="inhibitory")
noise_e = sim.Population(EXCITATORY, sim.SpikeSourcePoisson(rate=500.0), label="noise to excitatory")
noise_i = sim.Population(INHIBITORY, sim.SpikeSourcePoisson(rate=500.0), label="noise to inhibitory")
for population in (excitatory, inhibitory):
    population.initialize(v=sim.RandomDistribution("uniform", (-65.0, -50.0)))

delay = sim.RandomDistribution("uniform", (1.0, 4.0))
for target in (excitatory, inhibitory):
    sim.Projection(
        excitatory, target, sim.FixedProbabilityConnector(PROBABILITY), sim.StaticSynapse(weight=WEIGHT, delay=delay)
    )
    sim.Projection(
        inhibitory, target, sim.FixedProbabilityConnector(PROBABILITY),
        sim.StaticSynapse(weight=INHIBITION * WEIGHT, delay=delay), receptor_type="inhibitory",
    )  # fmt: skip
noise = sim.StaticSynapse(weight=0.55, delay=1.0)
sim.Projection(noise_e, excitatory, sim.OneToOneConnector(), noise)
sim.Projection(noise_i, inhibitory, sim.OneToOneConnector(), noise)

for population in (excitatory, inhibitory):
    population.record(["v", "spikes"])
for population in (noise_e, noise_i):
    population.record("spikes")
sim.run(DURATION)

for population in (excitatory, inhibitory):
    trains = population.get_data("spikes").segments[0].spiketrains
    rate = sum(len(train) for train in trains) / population.size / DURATION * 1000
    print(f"{population.label}: {rate:.1f} spikes/s per neuron")
sim.end()
