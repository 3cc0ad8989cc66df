"""Pair-based STDP: six synapses whose source fires 20, 10, 5 ms before or after the neuron, twenty times.

After G. Bi and M. Poo, Journal of Neuroscience 18 (1998), with additive weight dependence.  What should be seen: weights
grow where the source fires first and shrink where it fires second, more so the closer the two.
"""

import pyNN.spiNNaker as sim

PAIRS, PERIOD = 20, 150.0
LAGS = (-20.0, -10.0, -5.0, 5.0, 10.0, 20.0)  # ms from the source's spike to the neuron's; negative: neuron first

sim.setup(timestep=1.0)
neuron = sim.Population(1, sim.IF_curr_exp(tau_syn_E=1.0, tau_refrac=5.0), label="neuron")
teacher_times = [50.0 + PERIOD * k for k in range(PAIRS)]
teacher = sim.Population(1, sim.SpikeSourceArray([teacher_times]), label="teacher")
sources = sim.Population(
    len(LAGS), sim.SpikeSourceArray([[time + 1.0 - lag for time in teacher_times] for lag in LAGS]), label="sources"
)
sim.Projection(teacher, neuron, sim.AllToAllConnector(), sim.StaticSynapse(weight=40.0, delay=1.0))
plastic = sim.STDPMechanism(
    timing_dependence=sim.SpikePairRule(tau_plus=20.0, tau_minus=20.0, A_plus=0.02, A_minus=0.02),
    weight_dependence=sim.AdditiveWeightDependence(w_min=0.0, w_max=2.0),
    weight=1.0,
    delay=1.0,
)
projection = sim.Projection(sources, neuron, sim.AllToAllConnector(), plastic)
neuron.record(["v", "spikes"])
sim.run(PERIOD * (PAIRS + 1))

print("neuron fires at", [float(time) for time in neuron.get_data("spikes").segments[0].spiketrains[0][:3]], "… ms")
for (_, _, weight), lag in zip(projection.get("weight", "list"), LAGS, strict=True):
    print(f"lag {lag:+.0f} ms: weight 1 -> {weight:.3f} nA")
sim.end()
