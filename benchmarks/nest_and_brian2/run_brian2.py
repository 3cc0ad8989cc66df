"""Run networks on Brian2, in Brian2's own interpreter: ``run_brian2.py NETWORKS.json RESULTS.npz``.

How Brian2's conventions map to ours stands in docs/results/nest_and_brian2.md. Potentials are plain numbers in mV, currents
nA, conductances µS.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import brian2
import numpy as np
from brian2 import ms
from peer_networks import Family, PeerNetwork, PeerPopulation, PeerProjection, from_json

brian2.prefs.codegen.target = "numpy"
brian2.prefs.logging.file_log = False
brian2.prefs.logging.save_script = False
RENAMED = {"cm": "c_m"}  # to Brian2, cm is the centimetre

EQUATIONS = {
    ("LIF", "exponential"): "dv/dt = (v_rest - v)/tau_m + (x_e + x_i + i_offset)/(c_m*ms) : 1{flag}",
    ("LIF", "delta"): "dv/dt = (v_rest - v)/tau_m + i_offset/(c_m*ms) : 1{flag}",
    ("IF", "exponential"): "dv/dt = (x_e + x_i + i_offset)/(c_m*ms) : 1{flag}",
    ("IF", "delta"): "dv/dt = i_offset/(c_m*ms) : 1{flag}",
    ("ConductanceLIF", "exponential"): "dv/dt = (v_rest - v)/tau_m"
    " + (x_e*(e_rev_E - v) + x_i*(e_rev_I - v) + i_offset)/(c_m*ms) : 1{flag}",
}
SYNAPSES = "dx_e/dt = -x_e/tau_syn_E : 1\ndx_i/dt = -x_i/tau_syn_I : 1"
RESETS = {"value": "v = v_reset", "subtraction": "v -= v_thresh - v_reset"}


def run(network: PeerNetwork) -> dict[str, np.ndarray]:
    """Spikes and potentials (steps, neurons) of every population."""
    dt = network.dt * ms
    brian2.defaultclock.dt = dt
    running = brian2.Network()
    if network.family.schedule != "default":
        running.schedule = network.family.schedule.split(", ")
    groups = {}
    for name, spikes in network.inputs.items():
        step, neuron = np.nonzero(spikes)
        groups[name] = brian2.SpikeGeneratorGroup(spikes.shape[1], neuron, step * dt)
    for entry in network.populations:
        groups[entry.name] = neurons(entry, network.family, network.dt)
    running.add(*groups.values(), *(synapses(p, groups, network) for p in network.projections if len(p.pre)))
    monitors = {}
    for entry in network.populations:
        potential = brian2.StateMonitor(groups[entry.name], "v", record=True, when="end")
        monitors[entry.name] = brian2.SpikeMonitor(groups[entry.name]), potential
        running.add(*monitors[entry.name])
    running.run(network.steps * dt, namespace={"ms": ms})
    result = {}
    for entry in network.populations:
        spiking, potential = monitors[entry.name]
        spikes = np.zeros((network.steps, entry.size), bool)
        spikes[np.rint(np.asarray(spiking.t / dt)).astype(int), np.asarray(spiking.i)] = True
        result[f"spikes_{entry.name}"] = spikes
        result[f"voltages_{entry.name}"] = np.asarray(potential.v).T
    return result


def neurons(entry: PeerPopulation, family: Family, dt: float) -> Any:
    """The population as Brian2 has it."""
    parameters = dict(entry.parameters)
    start, refractory = parameters.pop("v_init"), parameters.pop("tau_refrac")
    flag = " (unless refractory)" if family.refractory else ""
    lines = [EQUATIONS[family.model, family.synapse].format(flag=flag), "tau_refrac : second (constant)"]
    if family.synapse == "exponential":
        lines.append(SYNAPSES)
    for name in parameters:
        lines.append(f"{RENAMED.get(name, name)} : {'second' if name.startswith('tau') else '1'} (constant)")
    group = brian2.NeuronGroup(
        entry.size, "\n".join(lines), threshold=f"v {family.comparison} v_thresh", reset=RESETS[family.reset],
        refractory="tau_refrac" if family.refractory else False,
        method="euler" if family.integrator == "euler" else "exact",
    )  # fmt: skip
    for name, value in parameters.items():
        setattr(group, RENAMED.get(name, name), value * (ms if name.startswith("tau") else 1))
    # Brian2 integrates again in step t + refractory/dt: one step earlier than NEST, PyNN and we do.
    group.tau_refrac = (np.ceil(refractory / dt - 1e-9) + 1) * dt * ms
    group.v = start
    return group


def synapses(projection: PeerProjection, groups: dict[str, Any], network: PeerNetwork) -> Any:
    """The projection as Brian2 has it."""
    family, dt, weights = network.family, network.dt, projection.weights
    variable = "v" if family.synapse == "delta" else "x_e" if projection.receptor == "excitatory" else "x_i"
    if family.synapse == "delta" and family.schedule == "default" and family.model == "LIF":
        # The jump comes after the threshold of its step, so the leak of the next step acts on it.
        tau = next(p.parameters["tau_m"] for p in network.populations if p.name == projection.target)
        leak = 1 - dt / tau if family.integrator == "euler" else np.exp(-dt / tau)
        weights = weights / leak[projection.post]
    ends = groups[projection.source], groups[projection.target]
    result = brian2.Synapses(*ends, "w : 1", on_pre=f"{variable}_post += w")
    result.connect(i=projection.pre, j=projection.post)
    result.w = weights
    result.delay = (projection.delays - 1) * dt * ms
    return result


if __name__ == "__main__":
    results: dict[str, Any] = {"version": f"Brian2 {brian2.__version__}, target numpy"}
    for number, network in enumerate(from_json(Path(sys.argv[1]).read_text("utf-8"))):
        results.update({f"{number}_{name}": value for name, value in run(network).items()})
    np.savez(sys.argv[2], **results)
