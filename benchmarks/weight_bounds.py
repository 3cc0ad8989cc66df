"""What the bound on the summed weights of a step is worth: sPyNNaker's own guess beside ours, on the firmware model.

python benchmarks/weight_bounds.py [--samples 10000] [--seeds 3]

mnist-100 with all its weights as trained (no levels), and with 4 bits.  The guess is what sPyNNaker 7.4.1 answers when
``max_expected_summed_weight`` is not given; the same network is then run with those shifts.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from tables import print_markdown

import neurodeploy as nd
from neurodeploy.datasets import load_dataset
from neurodeploy.errors import NeurodeployError
from neurodeploy.firmware_models.spinnaker import quantise_weights
from neurodeploy.network import Network
from neurodeploy.targets.spinnaker.mapping import SpinnakerMapping
from neurodeploy.targets.spinnaker.program import SpinnakerProgram

BOUNDS = ("worst_case", "statistical", "calibrated")
CALIBRATION_SAMPLES = 500


def with_their_guess(program: SpinnakerProgram) -> SpinnakerProgram:
    """The same network with the shifts that sPyNNaker guesses."""
    mapping = program.mapping
    guesses = mapping.vendor["default_ring_buffer_shifts"]
    populations = tuple(
        replace(p, shifts=tuple(guesses[p.label])) if p.label in guesses else p for p in mapping.populations
    )
    projections = tuple(
        replace(
            p,
            stored=quantise_weights(p.weights, populations[p.target].shifts[p.receptor], populations[p.target].model),
        )
        for p in mapping.projections
    )
    guessed: SpinnakerMapping = replace(mapping, populations=populations, projections=projections)
    return SpinnakerProgram(guessed, program.network)


def programs(network: Network, synapses: str) -> Iterator[tuple[str, SpinnakerProgram | None, list[dict[str, float]]]]:
    """Name, program (None: refused) and weight report of each way to bound the sums."""
    for bound in BOUNDS:
        last = bound == BOUNDS[-1]
        try:
            program = nd.compile(
                network, "spinnaker", mapping="spynnaker" if last else "estimate", weight_bound=bound, synapses=synapses,
                lost_weights=1.0, calibrate="mnist" if last else None, calibration_samples=CALIBRATION_SAMPLES,
            )  # fmt: skip
        except NeurodeployError:
            yield bound, None, []
            continue
        assert isinstance(program, SpinnakerProgram)
        report = [dict(entry) for entry in program.manifest["weights"]]
        yield bound, program, report
        if last:
            guess = [{n.removeprefix("default_"): v for n, v in e.items() if n.startswith("default_")} for e in report]
            yield "sPyNNaker's guess", with_their_guess(program), guess


def rows(samples: int, seeds: int) -> Iterator[list[object]]:
    """A row for each network and bound, means over the seeds."""
    test = load_dataset("mnist", "test").limit(samples)
    trained = [nd.train("mnist-100", seed=seed) for seed in range(seeds)]
    for weights, made in (("as trained", trained), ("4 bits", [nd.quantize(n, bits=4) for n in trained])):
        for synapses in ("conductance", "current"):
            floats = [nd.run(network, test).accuracy for network in made]
            yield [
                weights,
                f"{synapses}s",
                "(the network itself, float)",
                "",
                "",
                "",
                f"{100 * np.mean(floats):.2f}",
                "",
            ]
            found: dict[str, list[tuple[float, int, list[dict[str, float]]]]] = {}
            for network in made:
                for name, program, report in programs(network, synapses):
                    found.setdefault(name, [])
                    if program is not None:
                        result = nd.run(program, test)
                        found[name].append((result.accuracy, sum(result.events.saturations.values()), report))
            for name, results in found.items():
                if not results:
                    yield [weights, f"{synapses}s", name, "refused", "", "", "", ""]
                    continue
                reports = [report for _, _, report in results]
                yield [
                    weights, f"{synapses}s", name,
                    ", ".join("/".join(str(int(e["ring_buffer_shift"])) for e in r) for r in reports),
                    f"{reports[0][0]['ring_buffer_holds']:.3g}, {reports[0][1]['ring_buffer_holds']:.3g}",
                    f"{100 * np.mean([r[0]['relative_rms_error'] for r in reports]):.4f} %",
                    f"**{100 * np.mean([accuracy for accuracy, _, _ in results]):.2f}**",
                    f"{np.sum([saturations for _, saturations, _ in results]):,}",
                ]  # fmt: skip


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--samples", type=int, default=10_000)
    parser.add_argument("--seeds", type=int, default=3)
    arguments = parser.parse_args()
    print_markdown(
        ["weights", "synapses", "bound", "shifts (excitatory/inhibitory) by seed", "the ring buffers hold (seed 0)",
         "weight error (rms, input)", "firmware model %", "saturations"],
        rows(arguments.samples, arguments.seeds),
    )  # fmt: skip


if __name__ == "__main__":
    main()
