"""Our resource estimate beside what sPyNNaker's own mapping reports, 784 -> N with lateral inhibition.

python benchmarks/mapping_sizes.py
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace

from tables import print_markdown

import neurodeploy as nd
from neurodeploy.training.recipe import load_recipe


def rows() -> Iterator[list[object]]:
    """Two rows per network: ours and theirs."""
    for neurons in (100, 400, 1600):
        recipe = replace(load_recipe("mnist-100").with_network(neurons=neurons), train_images=2000, label_images=200)
        network = nd.prune(nd.train(recipe), threshold=0.05)
        started = time.perf_counter()
        nd.check(network, "spinnaker")
        ours_seconds = time.perf_counter() - started
        started = time.perf_counter()
        program = nd.compile(network, "spinnaker")
        theirs_seconds = time.perf_counter() - started
        used = {usage.name: usage.used for usage in program.resources()}
        synapses = f"{network.synapses(network.projections[0]):,}"
        yield [
            neurons, synapses, "ours", f"{used['cores']:g}", f"{used['SDRAM of the fullest core']:,.0f}",
            f"{used['SDRAM in all']:,.0f}", f"{used['routing entries of the fullest chip (at most)']:g} at most",
            f"{used['DTCM of the fullest core']:,.0f}", f"{ours_seconds:.2f}",
        ]  # fmt: skip
        yield [
            "", "", "sPyNNaker", f"{used['sPyNNaker: cores']:g} on {used['sPyNNaker: chips']:g} chip(s)",
            f"{used['sPyNNaker: SDRAM of the fullest core']:,.0f}", f"{used['sPyNNaker: SDRAM in all']:,.0f}",
            f"{used['sPyNNaker: routing entries of the fullest chip']:g}, "
            f"{used['sPyNNaker: routing entries after compression']:g} compressed", "not modelled", f"{theirs_seconds:.1f}",
        ]  # fmt: skip


def main() -> None:
    """Print the table."""
    print_markdown(
        ["neurons", "input synapses", "by", "cores", "SDRAM of the fullest core, bytes", "SDRAM in all, bytes",
         "routing entries", "DTCM, bytes", "seconds"],
        rows(),
    )  # fmt: skip


if __name__ == "__main__":
    main()
