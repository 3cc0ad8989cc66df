"""rathi2019 on RRAM tiles: energy in spikes and in the arrays' joules, area by tiles beside area by non-zeros.

python benchmarks/rathi2019_crossbar.py CACHE [--images 3000] [--large]

Trains (or takes from the folder CACHE) 100 neurons on MNIST and on Caltech-101: without compression; pruned with weights shared over 3
and 2 levels while training; and pruned by whole segments of tiles, after training and while training. Compiles each for the rram target
and runs the test images. ``--large`` instead: the tiles of the recipe rathi2019-6400 (trained in some ten minutes of one core).
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from cached_training import trained
from tables import print_markdown

import neurodeploy as nd
from neurodeploy.inference import Inference, infer
from neurodeploy.network import Network
from neurodeploy.reproduction.item import Plan
from neurodeploy.reproduction.rathi2019.networks import THRESHOLD, TITLES, base, compressed
from neurodeploy.reproduction.rules import pruned, shared
from neurodeploy.targets.crossbar.program import CrossbarProgram
from neurodeploy.training.recipe import Recipe, load_recipe

DEVICE = "hsieh2021"
SIZES = ("128x128", "64x64", "32x32")


class Case(NamedTuple):
    """A network by the name of its curve."""

    name: str
    recipe: Recipe


def cases(data: str) -> Iterator[Case]:
    yield Case("baseline", base(data))
    for levels in (3, 2):
        name = f"pruned while training, {levels} levels"
        yield Case(name, compressed(Plan(), data, THRESHOLD[data], levels))
    for connectivity in (0.3265, 0.1632):  # two tiles and one of 128 rows
        name = f"segments of tiles while training to {100 * connectivity:.0f} %"
        yield Case(name, pruned(base(data), "tiles", to_connectivity=connectivity))
        sharing = shared(pruned(base(data), "tiles", to_connectivity=connectivity), 3, learning_batches=7)
        yield Case(f"{name}, 3 levels", sharing)


def network_of(cache: Path, data: str, case: Case) -> Network:
    path = cache / f"{data}-{case.name.replace(' ', '-').replace(',', '').replace('%', '')}.h5"
    return trained(path, case.recipe)


def compiled(network: Network, tile: str, **options: object) -> CrossbarProgram:
    program = nd.compile(network, "rram", device=DEVICE, tile=tile, lost_weights=1.0, **options)
    assert isinstance(program, CrossbarProgram)
    return program


def measured(network: Network, program: CrossbarProgram, images: int | None) -> Inference:
    return infer(
        network,
        nd.load_dataset(str(network.metadata["data"]), "test").limit(images),
        lambda spikes: program.run(spikes, "model"),
        executed=program.lowered,
    )


def rows(cache: Path, data: str, images: int | None) -> Iterator[list[object]]:
    first: dict[str, float] = {}
    for case in cases(data):
        network = network_of(cache, data, case)
        variants = [(case.name, network)]
        if case.name == "pruned while training, 3 levels":
            kept = connectivity(network)
            whole = network_of(cache, data, next(cases(data)))
            segments = nd.prune(
                whole, "tiles", projections=["input_to_excitatory"], to_sparsity=1 - kept, tile_rows=128, tile_columns=127,
                columns_per_output=1, rescale=True,
            )  # fmt: skip
            variants.append((f"segments of tiles after training to {100 * kept:.0f} %", segments))
        for name, variant in variants:
            programs = [compiled(variant, tile) for tile in SIZES]
            found = measured(variant, programs[0], images)
            cost = programs[0].costs(found.events, found.correct)[0]
            values = {
                "nonzeros": float(programs[0].mapping.arrays[0].synapses),
                "spikes": found.events.spikes["excitatory"] / found.samples,
                "joules": cost.joules / found.samples,
                "area": programs[0].manifest["area"]["square_metres"],
                **{size: float(p.mapping.arrays[0].tiles) for size, p in zip(SIZES, programs, strict=True)},
            }
            first = first or values
            ratios = {key: f"÷{first[key] / value:.2f}" for key, value in values.items() if value}
            yield [
                TITLES[data], name, f"{100 * found.accuracy:.2f}", f"{100 * connectivity(variant):.1f}",
                ratios["nonzeros"], *(f"{values[size]:.0f} ({ratios[size]})" for size in SIZES), f"{1e6 * values['area']:.3g} ({ratios['area']})",
                f"{values['spikes']:.1f} ({ratios['spikes']})", f"{1e9 * values['joules']:.3g} ({ratios['joules']})",
            ]  # fmt: skip


def large_rows(cache: Path) -> Iterator[list[object]]:
    """Tiles of 6400 neurons at 3 levels; without compression every place is a synapse: the dense grid."""
    network = network_of(cache, "6400", Case("pruned while training, 3 levels", load_recipe("rathi2019-6400")))
    for size in SIZES:
        array = compiled(network, size).mapping.arrays[0]
        places = array.tiling.shape[0] * array.tiling.shape[1]
        yield [
            size, f"{100 * connectivity(network):.1f}", f"÷{places / array.synapses:.1f}", array.grid, array.tiles,
            f"÷{array.grid / array.tiles:.2f}", array.bound,
        ]  # fmt: skip


def connectivity(network: Network) -> float:
    weights = network.projection("input_to_excitatory").weights.decoded()
    return float((weights != 0).mean())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cache", type=Path)
    parser.add_argument("--images", type=int, default=3000)
    parser.add_argument("--large", action="store_true")
    arguments = parser.parse_args()
    arguments.cache.mkdir(parents=True, exist_ok=True)
    if arguments.large:
        columns = ["tile", "connectivity %", "non-zeros", "dense grid", "packed", "area by tiles", "fewest possible"]
        print_markdown(columns, large_rows(arguments.cache))
        return
    columns = [
        "data", "network", "accuracy %", "connectivity %", "non-zeros", *(f"tiles {size}" for size in SIZES), "area, mm² (128x128)",
        "spikes / image", "nJ / image",
    ]  # fmt: skip
    every = (row for data in ("mnist", "caltech") for row in rows(arguments.cache, data, arguments.images))
    print_markdown(columns, every)


if __name__ == "__main__":
    main()
