"""Accuracy after pruning and weight sharing, without retraining: threshold, levels, codebook per neuron or projection.

python benchmarks/compression.py [--recipe mnist-100] [--seed 0]
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator

from tables import print_markdown

import neurodeploy as nd


def rows(recipe: str, seed: int) -> Iterator[list[object]]:
    """One row per threshold."""
    network = nd.train(recipe, seed=seed)
    projection = network.projections[0]
    yield ["–", "100.0 %", f"{100 * nd.run(network).accuracy:.2f}", *[""] * 5]
    for threshold in (0.05, 0.1, 0.15, 0.2, 0.3):
        pruned = nd.prune(network, threshold=threshold)
        connectivity = pruned.synapses(pruned.projections[0]) / network.synapses(projection)
        cells: list[object] = [threshold, f"{100 * connectivity:.1f} %", f"{100 * nd.run(pruned).accuracy:.2f}"]
        cells.append(f"{100 * nd.run(nd.prune(network, threshold=threshold, rescale=True)).accuracy:.2f}")
        for per in ("neuron", "projection"):
            for levels in (3, 2):
                cells.append(f"{100 * nd.run(nd.quantize(pruned, levels=levels, per=per)).accuracy:.2f}")
        yield cells


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--recipe", default="mnist-100")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    print_markdown(
        ["threshold", "connectivity", "pruned %", "pruned, rescaled %", "3 levels per neuron", "2 per neuron",
         "3 levels per projection", "2 per projection"],
        rows(arguments.recipe, arguments.seed),
    )  # fmt: skip


if __name__ == "__main__":
    main()
