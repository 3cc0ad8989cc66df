"""MNIST on in-memory targets: accuracy against levels, variation, stuck cells and line resistance; tables and figures.

python benchmarks/crossbar_accuracy.py --folder FOLDER [--target rram nor-flash] [--network mnist-100 mnist-400 bp] [--images 1000]
    [--chips 5] [--only-write]

Networks are trained once and kept in FOLDER, and so is every finished chip: started again, it goes on where it was. Delete
FOLDER/chips.jsonl after a change of what arrays compute. The images are the first of MNIST's test set, encoded once: every point gets the same
input spikes.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from crossbar_accuracy_networks import TRAININGS, trained
from crossbar_accuracy_pages import write_pages
from crossbar_accuracy_points import DEVICES, Point, points, reference
from crossbar_accuracy_store import Store

import neurodeploy as nd
from neurodeploy.encoding import encode
from neurodeploy.errors import NeurodeployError
from neurodeploy.network import Activity, Network, SpikeBatch
from neurodeploy.readout import decide, scores
from neurodeploy.simulation import simulate
from neurodeploy.targets.crossbar.array_simulation import run_on_chip
from neurodeploy.targets.crossbar.chip import Chip, make_chip
from neurodeploy.targets.crossbar.program import CrossbarProgram

RESULTS = Path(__file__).resolve().parents[1] / "docs" / "results"


class Measurement:
    """A network, its input spikes, and the store of what was run."""

    def __init__(self, name: str, folder: Path, images: int, store: Store) -> None:
        self.name, self.images, self.store = name, images, store
        self.network = trained(name, folder)
        data = nd.load_dataset("mnist", "test").limit(images)
        self.labels, self.spikes = data.labels, encode(self.network, data)

    def float_reference(self) -> None:
        """The network in the float simulator."""
        point = reference(self.name)
        if not self.store.chips(point.key(self.images)):
            found = in_parts(partial(simulate, self.network), self.network, self.spikes, point.most_images)
            self.store.put(point.key(self.images), 0, **self._counted(found))

    def run(self, point: Point) -> None:
        """Every chip of a point that was not run yet; what the product refuses is kept as its code."""
        key = point.key(self.images)
        missing = [chip for chip in range(point.chips) if chip not in self.store.chips(key)]
        refused = any("refused" in chip for chip in self.store.chips(key).values())
        if not missing or refused:
            return
        try:
            network = self.network if point.pruner is None else nd.prune(self.network, **point.pruner)
            network = network if point.quantizer is None else nd.quantize(network, **point.quantizer)
            program = nd.compile(network, point.target, **point.options)
        except NeurodeployError as error:
            self.store.put(key, 0, refused=error.code)
            return
        assert isinstance(program, CrossbarProgram)
        for number in missing:
            chip = make_chip(program.mapping, number)
            run = partial(run_on_chip, chip, program.lowered)
            if point.gain:
                run = partial(simulate, restored(chip, program.lowered))
            found = in_parts(run, program.lowered, self.spikes, point.most_images)
            tiles = sum(array.tiles for array in program.mapping.arrays)
            self.store.put(key, number, tiles=tiles, **self._counted(found))

    def _counted(self, found: tuple[np.ndarray, float]) -> dict[str, Any]:
        classes, spikes = found
        correct = int((classes == self.labels[: len(classes)]).sum())
        return {"correct": correct, "images": len(classes), "spikes": spikes}


def restored(chip: Chip, lowered: Network) -> Network:
    """What a linear chip computes, with one gain for each array that brings the sum of its weights back."""
    changed = []
    for name in chip.arrays:
        projection, before = chip.effective.projection(name), lowered.projection(name).weights.decoded()
        after = projection.weights.decoded()
        gain = np.abs(before).sum() / np.abs(after).sum()
        changed.append(replace(projection, weights=replace(projection.weights, values=after * gain)))
    return chip.effective.with_projections(*changed)


def in_parts(
    run: Callable[[SpikeBatch], Activity], network: Network, inputs: SpikeBatch, most: int = 10000, size: int = 100
) -> tuple[np.ndarray, float]:
    """Classes ``(samples,)``, and spikes per sample of all neurons behind the input."""
    assert network.readout is not None
    classes, spikes = [], 0
    sources = {population.name for population in network.sources}
    samples = min(inputs.samples, most)
    for first in range(0, samples, size):
        found = run(SpikeBatch.concatenate([inputs.sample(k) for k in range(first, min(first + size, samples))]))
        classes.append(decide(scores(found, network.readout), network.readout))
        spikes += sum(int(batch.counts().sum()) for name, batch in found.spikes.items() if name not in sources)
    return np.concatenate(classes), spikes / samples


def main() -> None:
    """Measure what is missing, write what is there."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, required=True, help="networks and finished chips")
    parser.add_argument("--target", nargs="+", default=["rram"], choices=list(DEVICES))
    parser.add_argument("--network", nargs="+", default=list(TRAININGS), choices=list(TRAININGS))
    parser.add_argument("--study", nargs="+", help="only these: ideal, levels, variation, stuck, lines, devices")
    parser.add_argument("--curve", nargs="+", help="only curves of these names")
    parser.add_argument("--values", nargs="+", type=float, help="only these values of a knob")
    parser.add_argument("--images", type=int, default=1000)
    parser.add_argument("--chips", type=int, default=5, help="of points where chips differ")
    parser.add_argument("--only-write", action="store_true", help="tables and figures of what was run")
    parser.add_argument("--output", type=Path, default=RESULTS)
    arguments = parser.parse_args()
    store = Store(arguments.folder / "chips.jsonl")
    for name in [] if arguments.only_write else arguments.network:
        measurement = Measurement(name, arguments.folder, arguments.images, store)
        measurement.float_reference()
        for target in arguments.target:
            for point in points(name, target, arguments.chips):
                if all(
                    chosen is None or value in chosen
                    for chosen, value in (
                        (arguments.study, point.study),
                        (arguments.curve, point.series),
                        (arguments.values, point.x),
                    )
                ):
                    begun = time.perf_counter()
                    measurement.run(replace(point, chips=min(point.chips, arguments.chips)))
                    chips = store.chips(point.key(arguments.images)).values()
                    seen = [chip.get("correct", chip.get("refused")) for chip in chips]
                    where = (name, target, point.study, point.series, point.x)
                    print(*where, seen, f"{time.perf_counter() - begun:.0f} s", flush=True)
    write_pages(store, arguments.images, arguments.chips, arguments.output)


if __name__ == "__main__":
    main()
