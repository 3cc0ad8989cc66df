"""Compare our simulator with NEST (through PyNN) and Brian2 on random networks, spike by spike and step by step.

python benchmarks/nest_and_brian2/compare.py [--nest-python PATH] [--brian-python PATH] [--networks N] [--write-golden]

Each simulator runs in an environment of its own, whose Python is named; one that is not named is left out:

    python -m venv nest  && nest/bin/pip install nest-simulator==3.10.0 PyNN==0.13.0
    python -m venv brian && brian/bin/pip install brian2==2.9.0 "numpy<2.4"

``--write-golden`` records two small networks per model for tests/simulation/test_peers.py instead.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent
HELPERS = HERE.parents[1] / "tests" / "helpers"
sys.path[:0] = [str(HELPERS), str(HERE.parent)]

import step_oracle  # noqa: E402
from families import BRIAN2, NEST, REASONS, SYNAPSES_FIRST  # noqa: E402
from peer_networks import GOLDEN, Family, PeerNetwork, Spikes, to_json, write_golden  # noqa: E402
from random_networks import SMALL, random_network  # noqa: E402
from tables import print_markdown  # noqa: E402

COLUMNS = (
    "simulator", "model", "dt, ms", "networks", "neurons", "spikes there", "spikes here", "equal at the same step",
    "first difference", "greatest difference of v, mV", "reason",
)  # fmt: skip
RUNS = ((0.1, 1000), (1.0, 500))
"""Time steps in ms, and how many."""
GOLDEN_RUNS = ((0.1, 400), (1.0, 120))


@dataclass(frozen=True)
class Peer:
    """Another simulator: the script that runs it, its Python, and what it is compared in."""

    name: str
    script: str
    python: Path
    families: Sequence[Family]

    def run(self, networks: Sequence[PeerNetwork]) -> tuple[str, list[dict[str, np.ndarray]]]:
        """Its version; ``spikes_POPULATION`` and ``voltages_POPULATION`` (steps, neurons) of each network."""
        with tempfile.TemporaryDirectory() as folder:
            given, results = Path(folder) / "networks.json", Path(folder) / "results.npz"
            given.write_text(to_json(networks), "utf-8")
            command = [str(self.python.absolute()), str(HERE / self.script), str(given), str(results)]
            environment = {**os.environ, "PYTHONPATH": str(HELPERS)}
            done = subprocess.run(command, capture_output=True, text=True, env=environment, cwd=folder, check=False)
            if done.returncode:
                sys.exit(f"{self.script} failed:\n{done.stdout[-500:]}{done.stderr[-3000:]}")
            with np.load(results) as file:
                arrays = {name: file[name] for name in file.files}
        found: list[dict[str, np.ndarray]] = [{} for _ in networks]
        for name, value in arrays.items():
            if name != "version":
                number, _, rest = name.partition("_")
                found[int(number)][rest] = value
        return str(arrays["version"]), found


@dataclass
class Count:
    """Spikes there, here, and equal; the first difference; the greatest difference of potentials before it."""

    there: int = 0
    here: int = 0
    equal: int = 0
    first: str = ""
    gap: float = 0.0

    def add(self, number: int, spikes: Spikes, theirs: dict[str, np.ndarray]) -> int | None:
        """Count a network; returns the first step that differs."""
        first = None
        for name, ours in spikes.items():
            other = theirs[f"spikes_{name}"]
            self.there, self.here = self.there + int(other.sum()), self.here + int(ours.sum())
            self.equal += int((ours & other).sum())
            steps, neurons = np.nonzero(ours != other)
            if len(steps) and (first is None or steps[0] < first[0]):
                first = (int(steps[0]), f"network {number}, {name}[{neurons[0]}], step {steps[0]}")
        if first and not self.first:
            self.first = first[1]
        return first[0] if first else None


def row(peer: Peer, family: Family, networks: list[PeerNetwork]) -> list[object]:
    """One line of the table."""
    version, results = peer.run(networks)
    count = Count()
    for number, (network, theirs) in enumerate(zip(networks, results, strict=True)):
        spikes, voltages = network.simulate()
        end = count.add(number, spikes, theirs)
        for name, v in voltages.items():
            gap = np.abs(v[:end] - theirs[f"voltages_{name}"][:end])
            count.gap = max(count.gap, float(gap.max(initial=0)))
    # Brian2's default schedule adds the jumps of a step after its threshold: potentials at the end of a step differ.
    later = peer.name == "brian2" and family.synapse == "delta" and family.schedule != SYNAPSES_FIRST
    neurons = sum(entry.size for network in networks for entry in network.populations)
    return [
        version, family.name, networks[0].dt, len(networks), neurons, f"{count.there:,}", f"{count.here:,}",
        f"{count.equal:,}", count.first or "none", "–" if later else f"{count.gap:.0e}",
        explained(family, networks, results) or "–",
    ]  # fmt: skip


def explained(family: Family, networks: list[PeerNetwork], results: list[dict[str, np.ndarray]]) -> str:
    """Why spikes differ, and how many are equal once the plain numpy stepper does the same."""
    reason = REASONS.get(family.name)
    if reason is None:
        return ""
    count = Count()
    for number, (network, theirs) in enumerate(zip(networks, results, strict=True)):
        spikes = step_oracle.run(network.build(), network.inputs, reason.cell).spikes
        count.add(number, {entry.name: spikes[entry.name] for entry in network.populations}, theirs)
    more = f" and {count.here - count.equal:,} more" if count.here > count.equal else ""
    return f"{reason.text}: with that modelled {count.equal:,} of {count.there:,}{more}"


def rows(peers: list[Peer], networks: int) -> Iterator[list[object]]:
    """A row per model and time step."""
    for peer in peers:
        for number, family in enumerate(peer.families):
            for dt, steps in RUNS:
                seeds = range(1000 * number, 1000 * number + networks)
                yield row(peer, family, [random_network(seed, family, dt, steps) for seed in seeds])


def record(peer: Peer) -> None:
    """Write the golden files of a simulator."""
    for number, family in enumerate(peer.families):
        networks = [random_network(number, family, dt, steps, SMALL) for dt, steps in GOLDEN_RUNS]
        version, results = peer.run(networks)
        spikes = [
            {e.name: r[f"spikes_{e.name}"] for e in n.populations} for n, r in zip(networks, results, strict=True)
        ]
        plain = re.sub(r"\W+", "_", family.name.replace(">=", "at_least")).lower()
        path = GOLDEN / f"{peer.name}_{plain}.npz"
        write_golden(path, version, networks, spikes)
        print(f"{path.name}: {sum(int(s.sum()) for one in spikes for s in one.values())} spikes")


def main() -> None:
    """Print the table, or write the golden files."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--nest-python", type=Path, metavar="PATH", help="Python that has NEST and PyNN")
    parser.add_argument("--brian-python", type=Path, metavar="PATH", help="Python that has Brian2")
    parser.add_argument("--networks", type=int, default=8, metavar="N", help="per model and time step")
    parser.add_argument("--write-golden", action="store_true", help="record small networks for the tests instead")
    options = parser.parse_args()
    given = [
        Peer("nest", "run_nest.py", options.nest_python, NEST),
        Peer("brian2", "run_brian2.py", options.brian_python, BRIAN2),
    ]
    peers = [peer for peer in given if peer.python]
    if not peers:
        parser.error("name at least one of --nest-python and --brian-python (--help says how to make them)")
    if options.write_golden:
        for peer in peers:
            record(peer)
    else:
        print_markdown(COLUMNS, rows(peers, options.networks))


if __name__ == "__main__":
    main()
