"""Networks that our simulator and others (NEST, Brian2) are all given, as plain arrays in *our* terms, and as JSON.

``benchmarks/nest_and_brian2`` makes and runs them; the golden files of ``tests/simulation`` hold a few, with the spikes of
the other simulator. Only numpy is imported here: the other simulators' interpreters read this file, too.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np

GOLDEN = Path(__file__).resolve().parents[1] / "simulation" / "golden"
Spikes = dict[str, np.ndarray]
"""Of each population, bool (steps, neurons)."""


@dataclass(frozen=True)
class Family:
    """A neuron model (LIF, IF or ConductanceLIF) under the step semantics of another simulator."""

    name: str
    model: str
    synapse: str = "exponential"
    reset: str = "value"
    integrator: str = "propagator"
    synaptic_decay: str = "exact"
    comparison: str = ">="
    refractory: bool = True
    first_delay: int = 1  # the smallest delay that the other simulator can express, in our steps
    schedule: str = "default"  # Brian2's


@dataclass(frozen=True, eq=False)
class PeerPopulation:
    """Neurons; ``parameters`` have one value per neuron, under the IR's names and in its units."""

    name: str
    size: int
    parameters: dict[str, np.ndarray]


@dataclass(frozen=True, eq=False)
class PeerProjection:
    """Synapses as lists, ordered by source neuron; ``delays`` in our steps."""

    source: str
    target: str
    receptor: Literal["excitatory", "inhibitory"]
    pre: np.ndarray
    post: np.ndarray
    weights: np.ndarray
    delays: np.ndarray


@dataclass(frozen=True, eq=False)
class PeerNetwork:
    """A network and its input; ``inputs``: of each spike source, bool (steps, neurons)."""

    family: Family
    dt: float
    steps: int
    populations: tuple[PeerPopulation, ...]
    projections: tuple[PeerProjection, ...]
    inputs: Spikes

    def build(self, **changes: Any) -> Any:
        """The network as our ``Network``; ``changes`` of the step semantics."""
        import neurodeploy.network as ir

        family = self.family
        rule = {"integrator": family.integrator, "synaptic_decay": family.synaptic_decay, "synaptic_gain": "jump"}
        semantics = ir.StepSemantics(**{**rule, "comparison": family.comparison, **changes})
        options = {} if family.model == "ConductanceLIF" else {"synapse": family.synapse}
        populations = [ir.Population(name, (s.shape[1],), ir.SpikeSource()) for name, s in self.inputs.items()]
        for entry in self.populations:
            model = getattr(ir, family.model)
            neuron = model(**entry.parameters, **options, reset=family.reset, semantics=semantics)
            populations.append(ir.Population(entry.name, (entry.size,), neuron))
        sizes = {p.name: p.size for p in populations}
        projections = []
        for number, wires in enumerate(self.projections):
            indptr = np.concatenate([[0], np.cumsum(np.bincount(wires.pre, minlength=sizes[wires.source]))])
            kind, weights = ir.Sparse(indptr, wires.post), ir.Weights(values=wires.weights)
            ends, delays = (wires.source, wires.target), wires.delays.astype(np.int32)
            projections.append(ir.Projection(f"projection{number}", *ends, kind, weights, delays, wires.receptor))
        return ir.Network(tuple(populations), tuple(projections), self.dt)

    def simulate(self, **changes: Any) -> tuple[Spikes, dict[str, np.ndarray]]:
        """Spikes and potentials (mV) of every population, by our simulator in float64."""
        from neurodeploy.network import SpikeBatch
        from neurodeploy.simulation import build_plan, simulate

        network = self.build(**changes)
        batches = {name: SpikeBatch.from_dense(spikes[None]) for name, spikes in self.inputs.items()}
        activity = simulate(network, batches, record_voltages=True, plan=build_plan(network, np.float64))
        names = [entry.name for entry in self.populations]
        return {n: activity.spikes[n].dense()[0] != 0 for n in names}, {n: activity.voltages[n][0] for n in names}


def to_json(networks: Sequence[PeerNetwork]) -> str:
    """Networks as text, every number in full."""
    listed = []
    for network in networks:
        events = {name: [spikes.shape[1], *np.nonzero(spikes)] for name, spikes in network.inputs.items()}
        listed.append({**asdict(network), "inputs": events})
    return json.dumps(listed, default=lambda value: value.tolist())


def from_json(text: str) -> list[PeerNetwork]:
    """What :func:`to_json` wrote."""
    return [_network(**entry) for entry in json.loads(text)]


def _network(
    family: dict[str, Any], dt: float, steps: int, populations: list[Any], projections: list[Any], inputs: Any
) -> PeerNetwork:
    def arrays(entry: dict[str, Any]) -> dict[str, Any]:
        return {name: np.array(value) if isinstance(value, list) else value for name, value in entry.items()}

    sources = {name: np.zeros((steps, size), bool) for name, (size, _, _) in inputs.items()}
    for name, (_, when, neurons) in inputs.items():
        sources[name][when, neurons] = True
    cells = tuple(PeerPopulation(e["name"], e["size"], arrays(e["parameters"])) for e in populations)
    return PeerNetwork(
        Family(**family), dt, steps, cells, tuple(PeerProjection(**arrays(e)) for e in projections), sources
    )


def write_golden(path: Path, version: str, networks: Sequence[PeerNetwork], spikes: Sequence[Spikes]) -> None:
    """Networks and the spikes that the simulator ``version`` computed for them, packed to bits."""
    packed: dict[str, Any] = {}
    for number, (network, one) in enumerate(zip(networks, spikes, strict=True)):
        together = np.concatenate([one[entry.name] for entry in network.populations], axis=1)
        packed[f"spikes{number}"] = np.packbits(together, axis=1)
    text = np.frombuffer(to_json(networks).encode(), np.uint8)
    np.savez_compressed(path, version=np.array(version), networks=text, **packed)


def read_golden(path: Path) -> tuple[str, list[tuple[PeerNetwork, Spikes]]]:
    """The simulator's version, and networks with its spikes."""
    with np.load(path) as file:
        networks, cases = from_json(bytes(file["networks"]).decode()), []
        for number, network in enumerate(networks):
            ends = np.cumsum([entry.size for entry in network.populations])
            together = np.unpackbits(file[f"spikes{number}"], axis=1, count=int(ends[-1])).astype(bool)
            parts = np.split(together, ends[:-1], axis=1)
            cases.append((network, {e.name: part for e, part in zip(network.populations, parts, strict=True)}))
        return str(file["version"]), cases
