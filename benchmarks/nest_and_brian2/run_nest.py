"""Run networks on NEST through PyNN, in NEST's own interpreter: ``run_nest.py NETWORKS.json RESULTS.npz``.

How NEST's conventions map to ours stands in docs/results/nest_and_brian2.md. ``spike_precision="on_grid"`` selects
``iaf_psc_exp``, ``iaf_psc_delta`` and ``iaf_cond_exp``; PyNN's default would be the off-grid ``*_ps`` models.
"""

from __future__ import annotations

import sys
import warnings
from pathlib import Path
from typing import Any

import numpy as np

warnings.simplefilter("ignore")

import nest  # noqa: E402
import pyNN  # noqa: E402
import pyNN.nest as sim  # noqa: E402
from peer_networks import PeerNetwork, PeerProjection, from_json  # noqa: E402

sim.IF_curr_delta.variable_map = {"v": "V_m"}  # PyNN 0.13.0 lacks both: PyNN issue 844, mended on its master
sim.IF_curr_delta.scale_factors = {"v": 1}

MODELS = {
    ("LIF", "exponential"): "IF_curr_exp",
    ("LIF", "delta"): "IF_curr_delta",
    ("ConductanceLIF", "exponential"): "IF_cond_exp",
}


def run(network: PeerNetwork) -> dict[str, np.ndarray]:
    """Spikes and potentials (steps, neurons) of every population."""
    dt, family = network.dt, network.family
    longest = max(int(p.delays.max(initial=1)) for p in network.projections)
    sim.setup(timestep=dt, min_delay=dt, max_delay=(longest + 1) * dt, spike_precision="on_grid", verbosity="error")
    nest.set_verbosity("M_ERROR")
    populations = {name: sources(spikes, dt) for name, spikes in network.inputs.items()}
    for entry in network.populations:
        own = {name: value for name, value in entry.parameters.items() if name != "v_init"}
        model = getattr(sim, MODELS[family.model, family.synapse])(**own)
        populations[entry.name] = sim.Population(entry.size, model, initial_values={"v": entry.parameters["v_init"]})
        populations[entry.name].record(["spikes", "v"])
    # iaf_psc_delta adds the input of a step to v in that step; the others integrate it from the next step on.
    later = 0 if family.synapse == "delta" else 1
    for projection in network.projections:
        if len(projection.pre):
            connect(projection, populations, later, dt)
    sim.run(network.steps * dt)
    result = {}
    for entry in network.populations:
        segment = populations[entry.name].get_data().segments[0]
        spikes = np.zeros((network.steps, entry.size), bool)
        for neuron, train in enumerate(segment.spiketrains):
            at = np.rint(np.asarray(train.magnitude) / dt).astype(int) - 1
            spikes[at[at < network.steps], neuron] = True
        result[f"spikes_{entry.name}"] = spikes
        result[f"voltages_{entry.name}"] = np.asarray(segment.analogsignals[0].magnitude)[1 : network.steps + 1]
    sim.end()
    return result


def sources(spikes: np.ndarray, dt: float) -> Any:
    """Step s ends at (s + 1) dt. PyNN subtracts min_delay and NEST rounds up to the end of the step: times in the middle
    of a step are safe, times on the grid land one step late where the difference rounds up."""
    times = [((np.flatnonzero(train) + 0.5) * dt).tolist() for train in spikes.T]
    return sim.Population(len(times), sim.SpikeSourceArray(spike_times=times))


def connect(projection: PeerProjection, populations: dict[str, Any], later: int, dt: float) -> None:
    """The synapses as NEST has them."""
    delays = np.round((projection.delays - later) * dt, 6)
    rows = np.column_stack([projection.pre, projection.post, projection.weights, delays])
    connector = sim.FromListConnector(rows, column_names=["weight", "delay"])
    ends = populations[projection.source], populations[projection.target]
    sim.Projection(*ends, connector, sim.StaticSynapse(delay=dt), receptor_type=projection.receptor)


if __name__ == "__main__":
    results: dict[str, Any] = {"version": f"PyNN {pyNN.__version__}, NEST {nest.__version__}"}
    for number, network in enumerate(from_json(Path(sys.argv[1]).read_text("utf-8"))):
        results.update({f"{number}_{name}": value for name, value in run(network).items()})
    np.savez(sys.argv[2], **results)
