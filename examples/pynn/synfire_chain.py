"""Synfire chain: ten pools of 20 neurons in a ring; a volley of one pool makes the next one fire.

After M. Abeles, Corticonics (1991), and sPyNNaker's introductory example.  What should be seen: every pool fires as one,
each a constant time after the one before, and the volley keeps going round.
"""

import numpy as np
import pyNN.spiNNaker as sim

POOLS, SIZE, DURATION = 10, 20, 500.0

sim.setup(timestep=1.0)
sim.set_number_of_neurons_per_core(sim.IF_curr_exp, 64)
cell = sim.IF_curr_exp(tau_m=20.0, cm=0.25, tau_syn_E=5.0, tau_syn_I=5.0, tau_refrac=10.0, v_thresh=-50.0)
chain = sim.Population(POOLS * SIZE, cell, label="chain")
start = sim.Population(1, sim.SpikeSourceArray([[1.0]]), label="start")
links = [
    (pool * SIZE + i, (pool + 1) % POOLS * SIZE + j, 0.25, 5.0)
    for pool in range(POOLS) for i in range(SIZE) for j in range(SIZE)
]  # fmt: skip
sim.Projection(chain, chain, sim.FromListConnector(links))
sim.Projection(start, chain, sim.FromListConnector([(0, j, 5.0, 1.0) for j in range(SIZE)]))
start.record("spikes")
chain.record(["v", "spikes"])
sim.run(DURATION)

trains = chain.get_data("spikes").segments[0].spiketrains
for pool in range(POOLS):
    times = np.unique(np.concatenate([np.asarray(trains[pool * SIZE + i].magnitude) for i in range(SIZE)]))
    print(f"pool {pool}: {' '.join(f'{time:g}' for time in times)} ms")
sim.end()
