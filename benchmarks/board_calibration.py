"""Calibration in the loop of networks that were deliberately spoilt: accuracy on held-out samples before and after.

    python benchmarks/board_calibration.py [--machine ADDRESS] [--samples 200] [--held-out 300] [--only "weights x 0.6"]

digits-100 as its recipe says, then with all input weights scaled, pruned or in few levels; the reference is the network as it
was trained.  Without --machine the firmware model is what is calibrated.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from tables import print_markdown

import neurodeploy as nd
from neurodeploy.loop.measuring import Measured
from neurodeploy.network import Network, Weights


def scaled(network: Network, factor: float) -> Network:
    """With all input weights times a factor."""
    first = network.projections[0]
    values = (first.weights.decoded() * factor).astype(np.float32)
    return network.with_projections(replace(first, weights=Weights(values=values, mask=first.weights.mask)))


def spoilt(network: Network) -> dict[str, Network]:
    """What is calibrated, by name."""
    made = {"as trained": network}
    made |= {f"weights x {factor}": scaled(network, factor) for factor in (0.5, 0.6, 0.8, 1.25)}
    made["3 levels"] = nd.quantize(network, levels=3)
    made["half the synapses"] = nd.prune(network, to_sparsity=0.5)
    return made


def shown(measured: Measured | None) -> str:
    """Accuracy, its standard error and spikes per sample."""
    if measured is None:
        return "–"
    spikes = measured.totals["excitatory"].mean()
    return f"{100 * measured.accuracy:.1f} ± {100 * measured.accuracy_error:.1f} ({spikes:.1f})"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--machine", help="a board, instead of the firmware model")
    parser.add_argument("--samples", type=int, default=200)
    parser.add_argument("--held-out", type=int, default=300)
    parser.add_argument("--only", help="one of the networks")
    arguments = parser.parse_args()
    trained = nd.train("digits-100")

    def rows() -> Iterator[list[object]]:
        for name, network in spoilt(trained).items():
            if arguments.only not in (None, name):
                continue
            program = nd.compile(network, "spinnaker", mapping="estimate", lost_weights=1.0)
            found = nd.calibrate(
                program, machine=arguments.machine, samples=arguments.samples, held_out=arguments.held_out,
                reference=trained,
            )  # fmt: skip
            yield [
                name, shown(found.reference), shown(found.before), shown(found.after),
                f"{found.factors['excitatory']:.3f}", "no" if found.network is None else "yes", found.measurements,
            ]  # fmt: skip

    columns = [
        "network",
        "float reference, % (spikes/sample)",
        "before",
        "after",
        "threshold factor",
        "kept",
        "measurements",
    ]
    print_markdown(columns, rows())


if __name__ == "__main__":
    main()
