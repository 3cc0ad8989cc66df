"""oh2019's networks trained, put on NOR-flash arrays and run: what `oh2019_nor_flash.py` makes tables of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from cached_training import trained

import neurodeploy as nd
from neurodeploy.datasets import AnyDataset
from neurodeploy.inference import Inference, infer
from neurodeploy.network import Network
from neurodeploy.reproduction.item import Case, Plan
from neurodeploy.reproduction.oh2019 import backpropagation, stdp
from neurodeploy.simulation import simulate
from neurodeploy.targets.crossbar.chip import Chip, make_chip
from neurodeploy.targets.crossbar.device_counts import ROWS, SIEMENS
from neurodeploy.targets.crossbar.program import CrossbarProgram
from neurodeploy.training.backpropagation.spiking import with_thresholds_of

STDP_THRESHOLDS = (0.2, 0.3, 0.4)
BACKPROPAGATION_THRESHOLDS = (0.2, 0.25, 0.3)
LINES = {
    ("stdp", "size", 100): 20, ("bp", "unpruned", 0): 50, ("bp", "symmetric", 0.3): 50, ("bp", "excitatory", 0.3): 50,
}  # fmt: skip
"""Networks that also run some images with the device's own lines, and how many."""
BY_INPUT = ("cells", "word lines", "input registers")
BY_OUTPUT = ("spikes", "output registers")
BY_READS = ("integration", "bit lines", "control")
"""Parts of the estimate: per spike into an array, per spike sent, per time step in which an array has an input."""


@dataclass(frozen=True)
class Row:
    """A network on its chip; all that is not a share is per image.

    ``parts``: joules by array and part, value, low and high. ``siemens``: mean of the cells of the first array's driven rows.
    ``compared``: of some, what :func:`with_lines` gives.
    """

    training: str
    series: str
    x: float
    circuits: str
    images: int
    accuracy: float
    chip_accuracy: float
    spikes: Mapping[str, float]
    parts: Mapping[str, tuple[float, float, float]]
    tiles: int
    siemens: float
    compared: tuple[tuple[float, float], ...] = ()

    @property
    def sent(self) -> float:
        """What the paper counts: spikes of all neurons, not of the input."""
        return sum(list(self.spikes.values())[1:])

    def joules(self, *names: str, array: str = "", end: int = 0) -> float:
        """Of these parts (without names: all) of the arrays that begin so; ``end`` 1: lowest, 2: highest."""
        return sum(
            values[end]
            for part, values in self.parts.items()
            if part.startswith(array) and (not names or part.split(": ")[1] in names)
        )

    def joules_of_read(self, end: int) -> float:
        """All parts, the cells read for the shortest (1) or longest (2) time of the device file."""
        return self.joules(*BY_OUTPUT, *BY_READS) + self.joules(*BY_INPUT[1:]) + self.joules("cells", end=end)


def cases() -> Iterator[tuple[str, Case]]:
    """By training, the unpruned network of each first."""
    for case in stdp.size_cases(Plan()):
        if case.x < stdp.NEURONS:  # that one is the unpruned network
            yield "stdp", case
    for case in stdp.threshold_cases(Plan()):
        if case.x in (0.0, *STDP_THRESHOLDS):
            yield "stdp", case
    for case in backpropagation.swept(Plan(), "symmetric", "excitatory"):
        if case.x in (0.0, *BACKPROPAGATION_THRESHOLDS):
            yield "bp", case


def network_of(cache: Path, training: str, case: Case) -> Network:
    """From the folder, or trained and put there."""
    return trained(cache / f"{training}-{case.series}-{case.x:g}.h5", case.recipe)


def measured_rows(cache: Path, images: int) -> Iterator[Row]:
    """Every network; those of back-propagation with balanced circuits, then with the unpruned one's."""
    for training, case in cases():
        yield from rows_of(cache, training, case, images)


def rows_of(cache: Path, training: str, case: Case, images: int) -> Iterator[Row]:
    """One network."""
    network = network_of(cache, training, case)
    program = nd.compile(network, "nor-flash", segment_ohms=0.0)
    assert isinstance(program, CrossbarProgram)
    chip = program.chip
    assert chip.linear
    few = LINES.get((training, case.series, case.x))
    compared = () if few is None else with_lines(network, program, few)
    circuits = "balanced" if training == "bp" else ""
    yield replace(measured(training, case, circuits, network, program, chip, images), compared=compared)
    if training == "bp" and case.series != "unpruned":
        whole = network_of(cache, training, next(case for which, case in cases() if which == "bp"))
        fixed = with_thresholds_of(network, whole)
        chip = replace(chip, network=with_thresholds_of(chip.network, whole))  # the same cells behind other circuits
        yield measured(training, case, "fixed", fixed, program, chip, images)


def measured(
    training: str, case: Case, circuits: str, network: Network, program: CrossbarProgram, chip: Chip, images: int
) -> Row:
    """One network in one kind of circuit, on the float simulator and on a chip."""
    found = run(network, program, chip, images)
    floats = infer(network, test(images), lambda spikes: simulate(network, spikes))
    first, events = program.mapping.arrays[0], found.events.device_events
    driven = events[f"{ROWS}:{first.projection}"] * first.tiling.tile.columns

    def per(total: float) -> float:
        return total / found.samples

    return Row(
        training, case.series, case.x, circuits, found.samples, floats.accuracy, found.accuracy,
        {name: per(count) for name, count in found.events.spikes.items()},
        {
            item.part: (per(item.joules), per(item.joules_range[0]), per(item.joules_range[1]))
            for item in program.costs(found.events, found.correct)[0].items
        },
        sum(array.tiles for array in program.mapping.arrays), events[f"{SIEMENS}:{first.projection}"] / driven,
    )  # fmt: skip


def with_lines(network: Network, program: CrossbarProgram, images: int) -> tuple[tuple[float, float], ...]:
    """Accuracy and joules per image on the first images: ideal wires, and the same cells on the device's lines."""
    lines = make_chip(replace(program.mapping, options=replace(program.mapping.options, segment_ohms=None)))
    assert not lines.linear
    found = [run(network, program, chip, images) for chip in (program.chip, lines)]
    return tuple((one.accuracy, program.costs(one.events, one.correct)[0].joules / one.samples) for one in found)


def run(network: Network, program: CrossbarProgram, chip: Chip, images: int) -> Inference:
    """The first test images on a chip."""
    return infer(network, test(images), lambda spikes: program.run_chip(chip, spikes), executed=program.lowered)


def test(images: int) -> AnyDataset:
    """The first test images."""
    return nd.load_dataset("mnist", "test").limit(images)
