"""Does the packer find the tiles that pruning by tiles had in mind?  The rule's own groups of outputs beside those of `pack`.

python benchmarks/crossbar_groups.py [--rounds 400]

784 x 100 weights, float: digits of MNIST with a little noise where pixels are ever bright ("digits", one column per output), and normal
ones in proportion to the pixels' mean brightness ("signed", two columns); whole, and with 30 % and 70 % of the synapses gone at random
before, so that the rows of a group differ from output to output.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator

import numpy as np
from tables import print_markdown

import neurodeploy as nd
from neurodeploy.compression.pruning.column_groups import Segments, grouped_segments
from neurodeploy.network.arrays import FloatArray
from neurodeploy.targets.crossbar.packing import pack
from neurodeploy.targets.crossbar.tiling import TileShape

TILES = ((128, 128), (64, 64), (32, 32), (128, 16))
SPARSITIES = (0.5, 0.8, 0.9, 0.95)


def weights(random: np.random.Generator) -> Iterator[tuple[str, FloatArray, int]]:
    images = nd.load_dataset("mnist", "train").images.reshape(-1, 784)[:3000] / 255
    mean = images.mean(axis=0)[:, None]
    digits = images[random.choice(len(images), 100, replace=False)].T
    yield "digits", digits + 0.05 * random.random((784, 100)) * (mean > 0), 1
    yield "signed", random.normal(size=(784, 100)) * (0.1 + mean), 2


def counts(rounds: int) -> Iterator[list[object]]:
    random = np.random.default_rng(0)
    for name, values, per_output in weights(random):
        for gone in (0.0, 0.3, 0.7):
            present = random.random(values.shape) >= gone
            for size in TILES:
                cases = [(s, rows) for s in SPARSITIES for rows in (size[0], 1)]
                both = [_case(values, present, TileShape(*size, per_output), *case, rounds) for case in cases]
                rule, packed = ([one[k] for one in both if one] for k in (0, 1))
                more, fewer = (sum(sign * b > sign * a for a, b in zip(rule, packed, strict=True)) for sign in (1, -1))
                yield [name, gone, f"{size[0]}×{size[1]}", len(rule), sum(rule), sum(packed), fewer, more]


def _case(
    values: FloatArray, present: np.ndarray, tile: TileShape, sparsity: float, rows: int, rounds: int
) -> tuple[int, int] | None:
    """Tiles of the rule's groups and of the packer's; None where nothing is left to prune."""
    budget = round((1 - sparsity) * values.size)
    if present.sum() <= budget:
        return None
    importance = np.where(present, abs(values), 0.0)
    owner, kept = grouped_segments(importance, present, tile.outputs, Segments(budget, rows))
    mask = kept[owner].T & present
    touched = [int(mask[:, owner == group].any(axis=1).sum()) for group in range(len(kept))]
    return sum(-(-count // tile.rows) for count in touched), pack(mask, tile, rounds=rounds).tiles


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=400, help="of annealing")
    head = ["weights", "gone before", "tile", "masks", "tiles of the rule", "packed", "fewer in", "more in"]
    print_markdown(head, counts(parser.parse_args().rounds))


if __name__ == "__main__":
    main()
