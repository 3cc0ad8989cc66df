"""Plastic synapses, by list and generated on the chip, from Poisson sources and between neurons, on several cores each."""

import numpy as np
import pyNN.spiNNaker as sim

rng = np.random.default_rng(11)
sim.setup(1.0)
sim.set_number_of_neurons_per_core(sim.IF_curr_exp, 64)
rates = rng.uniform(2, 40, 120).tolist()
poisson = sim.Population(120, sim.SpikeSourcePoisson(rate=rates), label="Poisson", additional_parameters={"seed": 5})
pairs, triplets = (sim.Population(150, sim.IF_curr_exp(tau_m=15.0), label=label) for label in ("pairs", "triplets"))


def listed(sources: int, targets: int, share: float, w_max: float) -> list[tuple[int, int, float, float]]:
    chosen = np.argwhere(rng.random((sources, targets)) < share)
    weights, delays = rng.uniform(0, w_max, len(chosen)), rng.integers(1, 11, len(chosen))
    return [(int(i), int(j), float(w), float(d)) for (i, j), w, d in zip(chosen, weights, delays, strict=True)]


pair = sim.STDPMechanism(
    timing_dependence=sim.SpikePairRule(tau_plus=17.0, tau_minus=34.0, A_plus=0.02, A_minus=0.011),
    weight_dependence=sim.AdditiveWeightDependence(w_min=0.0, w_max=1.2), weight=0.6, delay=3.0,
)  # fmt: skip
triplet = sim.STDPMechanism(
    timing_dependence=sim.extra_models.PfisterSpikeTriplet(
        tau_plus=16.8, tau_minus=33.7, tau_x=101.0, tau_y=125.0, A_plus=0.01, A_minus=0.014
    ),
    weight_dependence=sim.extra_models.WeightDependenceAdditiveTriplet(w_max=1.2, A3_plus=0.013, A3_minus=0.0),
    weight=0.6, delay=1.0,
)  # fmt: skip
sim.Projection(poisson, pairs, sim.FromListConnector(listed(120, 150, 0.3, 1.2)), pair)
sim.Projection(pairs, pairs, sim.FromListConnector(listed(150, 150, 0.05, 1.2)), pair)
sim.Projection(poisson, triplets, sim.AllToAllConnector(), triplet)
sim.Projection(pairs, triplets, sim.FromListConnector(listed(150, 150, 0.1, 1.2)), triplet, receptor_type="inhibitory")
poisson.record("spikes")
for population in (pairs, triplets):
    population.record(["v", "spikes"])
sim.run(1_200)
sim.run(800)
sim.end()
