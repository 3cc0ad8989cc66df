"""The firmware model's answer to a recorded network, and where it first differs from the board's."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import model_local_only as local_only
import numpy as np
from numpy.typing import NDArray

from neurodeploy.firmware_models.spinnaker import (
    FirmwarePopulation,
    FirmwareProjection,
    FirmwareResult,
    quantise_weights,
    run_firmware,
    weight_scale,
)

COLOURS = 16
SOURCES = ("SpikeSourceArray", "SpikeSourcePoisson")
Spikes = tuple[NDArray[np.int64], NDArray[np.int32]]  # steps and neurons


@dataclass
class Comparison:
    """Numbers compared and equal; spikes: those that either side fired, and those that both fired."""

    voltages: int = 0
    same_voltages: int = 0
    spikes: int = 0
    same_spikes: int = 0
    weights: int = 0
    same_weights: int = 0
    first_difference: str = ""

    @property
    def identical(self) -> bool:
        """Whether nothing differs."""
        return (self.voltages, self.spikes, self.weights) == (self.same_voltages, self.same_spikes, self.same_weights)


class Recorded:
    """What ``record.py`` wrote."""

    def __init__(self, folder: Path) -> None:
        self.network: dict[str, Any] = json.loads((folder / "network.json").read_text())
        with np.load(folder / "arrays.npz") as arrays:
            self.arrays = dict(arrays)
        self.populations: list[dict[str, Any]] = self.network["populations"]
        self.projections: list[dict[str, Any]] = self.network["projections"]
        self.time_step: float = self.network["time_step_ms"]
        self.sources = [n for n, p in enumerate(self.populations) if p["model"] in SOURCES]
        self.neurons = [n for n, p in enumerate(self.populations) if "shifts" in p]
        sizes = [self.populations[n]["size"] for n in self.sources]
        self.first = dict(zip(self.sources, np.concatenate([[0], np.cumsum(sizes)]).tolist(), strict=False))
        self.n_sources = max(1, sum(sizes))

    @property
    def unmodelled(self) -> list[str]:
        """Models that the firmware model has not."""
        return [p["model"] for n, p in enumerate(self.populations) if n not in self.sources + self.neurons]

    def spikes(self, population: int, segment: int) -> Spikes:
        """Recorded spikes; none when the population was not recorded."""
        name = f"{population}_{segment}"
        if f"t{name}" not in self.arrays:
            return np.zeros(0, np.int64), np.zeros(0, np.int32)
        return self.arrays[f"t{name}"], self.arrays[f"n{name}"]

    def steps(self, segment: int) -> int:
        """Time steps between the start or a reset and the next reset or the end."""
        return round(sum(self.network["runs_ms"][segment]) / self.time_step)

    def steps_lost(self, segment: int) -> int:
        """Steps by which delays between neurons are shorter after a reset.

        A neuron core marks its spikes with the "colour" of its step, which counts on through ``sim.reset()``; the receiving
        core compares it with its own time, which starts at 0 again, and takes the spike for one that is late.
        """
        return -sum(self.steps(before) for before in range(segment)) % COLOURS


def firmware_populations(recorded: Recorded) -> list[FirmwarePopulation]:
    """All sources as one, then the neurons."""
    made = [FirmwarePopulation("sources", "SpikeSourceArray", recorded.n_sources)]
    for number in recorded.neurons:
        p = recorded.populations[number]
        values = {name: np.array(v) for name, v in p["parameters"].items()}
        made.append(FirmwarePopulation(p["label"], p["model"], p["size"], values, tuple(p["shifts"])))
    return made


def firmware_projection(recorded: Recorded, projection: dict[str, Any], segment: int) -> FirmwareProjection:
    """The synapses as they were read back from the board, with the delays that they have after a reset."""
    rows = recorded.arrays[f"s{projection['number']}"]
    source, target = projection["source"], projection["target"]
    delays = np.rint(rows[:, 3] / recorded.time_step).astype(np.int64)
    if source in recorded.neurons:
        delays -= recorded.steps_lost(segment)
        rows, delays = rows[delays >= 1], delays[delays >= 1]
    model, receptor = recorded.populations[target], projection["receptor"]
    pre = rows[:, 0].astype(np.int64) + recorded.first.get(source, 0)
    size = recorded.n_sources if source in recorded.first else recorded.populations[source]["size"]
    order = np.argsort(pre, kind="stable")
    stored = np.abs(rows[:, 2]) * weight_scale(model["shifts"][receptor], model["model"])
    if not np.array_equal(stored, np.rint(stored)):
        raise ValueError(f"projection {projection['number']}: weights read back are no multiples of the resolution")
    return FirmwareProjection(
        0 if source in recorded.first else 1 + recorded.neurons.index(source),
        1 + recorded.neurons.index(target),
        np.concatenate([[0], np.cumsum(np.bincount(pre, minlength=size))]).astype(np.int64),
        rows[order, 1].astype(np.int32),
        stored[order].astype(np.uint16),
        delays[order].astype(np.uint8),
        receptor,
    )


def local_only_projection(recorded: Recorded, projection: dict[str, Any]) -> Any:
    """A kernel or matrix with the codes in the cores' memory; these binaries do not look at a spike's colour."""
    source, target = projection["source"], projection["target"]
    return local_only.firmware_projection(
        projection,
        recorded.arrays[f"c{projection['number']}"],
        0 if source in recorded.first else 1 + recorded.neurons.index(source),
        1 + recorded.neurons.index(target),
        recorded.first.get(source, 0),
    )


def run_model(recorded: Recorded, segment: int) -> FirmwareResult:
    """Run the network on the spikes that the board's sources were recorded to send."""
    steps = recorded.steps(segment)
    found = [recorded.spikes(n, segment) for n in recorded.sources]
    times = np.concatenate([np.zeros(0, np.int64), *(t for t, _ in found)])
    numbers = [n + recorded.first[s] for s, (_, n) in zip(recorded.sources, found, strict=True)]
    neurons = np.concatenate([np.zeros(0, np.int32), *numbers]).astype(np.int32)
    order = np.argsort(times, kind="stable")
    return run_firmware(
        firmware_populations(recorded),
        [firmware_projection(recorded, p, segment) for p in recorded.projections]
        + [local_only_projection(recorded, p) for p in recorded.network.get("local_only", [])],
        time_step_ms=recorded.time_step,
        steps=steps,
        samples=1,
        source_indptr=np.concatenate([[0], np.cumsum(np.bincount(times, minlength=steps))]),
        source_neurons=neurons[order],
        record_voltages=tuple(range(1, 1 + len(recorded.neurons))),
    )


def raster(spikes: Spikes, steps: int, size: int) -> NDArray[np.bool_]:
    """Spikes as an array of shape (steps, size)."""
    made = np.zeros((steps, size), np.bool_)
    made[spikes] = True
    return made


def compare(recorded: Recorded) -> Comparison:
    """Compare every recorded voltage and spike of every neuron population, in every segment."""
    comparison = Comparison()
    for projection in recorded.projections:
        compare_weights(recorded, projection, comparison)
    for projection in recorded.network.get("local_only", []):
        compare_codes(recorded, projection, comparison)
    for segment in range(len(recorded.network["runs_ms"])):
        result, steps = run_model(recorded, segment), recorded.steps(segment)
        for place, number in enumerate(recorded.neurons, 1):
            size, label = recorded.populations[number]["size"], recorded.populations[number]["label"]
            where = f"{label}, segment {segment}"
            board = recorded.arrays.get(f"v{number}_{segment}")
            if board is not None:
                compare_voltages(board, result.voltages[place][0], where, comparison)
            if f"t{number}_{segment}" in recorded.arrays:
                at = np.repeat(np.arange(steps), np.diff(result.spike_indptr[place]))
                ours = raster((at, result.spike_neurons[place]), steps, size)
                theirs = raster(recorded.spikes(number, segment), steps, size)
                comparison.spikes += int((ours | theirs).sum())
                comparison.same_spikes += int((ours & theirs).sum())
                note(comparison, ours != theirs, f"{where}, spike")
    return comparison


def compare_voltages(board: NDArray[np.int32], ours: NDArray[np.int32], where: str, comparison: Comparison) -> None:
    """Count equal voltages and note the first that differs."""
    if board.shape != ours.shape:
        raise ValueError(f"{where}: the board recorded {board.shape} voltages, the model {ours.shape}")
    different = board != ours
    comparison.voltages += board.size
    comparison.same_voltages += int(board.size - different.sum())
    if different.any():
        step, neuron = (int(x) for x in np.argwhere(different)[0])
        note(comparison, different, f"{where}, v: board {board[step, neuron]}, model {ours[step, neuron]}")


def compare_weights(recorded: Recorded, projection: dict[str, Any], comparison: Comparison) -> None:
    """Compare weights read back with those the model of the host stores, where the script gave a list."""
    asked = recorded.arrays.get(f"a{projection['number']}")
    if asked is None:
        return
    target = recorded.populations[projection["target"]]
    shift = target["shifts"][projection["receptor"]]
    back = recorded.arrays[f"s{projection['number']}"]
    back, asked = (rows[np.lexsort((rows[:, 3], rows[:, 1], rows[:, 0]))] for rows in (back, asked))
    comparison.weights += len(asked)
    if len(back) != len(asked):
        comparison.first_difference = f"projection {projection['number']}: {len(back)} of {len(asked)} synapses"
        return
    ours = quantise_weights(asked[:, 2], shift, target["model"])
    board = np.rint(np.abs(back[:, 2]) * weight_scale(shift, target["model"])).astype(np.uint16)
    comparison.same_weights += int((ours == board).sum())
    note(comparison, (ours != board)[:, None], f"projection {projection['number']}, weight")


def compare_codes(recorded: Recorded, projection: dict[str, Any], comparison: Comparison) -> None:
    """The codes in the cores' memory against the model of the host's rounding."""
    number, shifts = projection["number"], recorded.populations[projection["target"]]["shifts"]
    board = recorded.arrays[f"c{number}"]
    ours = local_only.expected_codes(projection, recorded.arrays[f"w{number}"], shifts)
    comparison.weights += board.size
    comparison.same_weights += int((ours == board).sum())
    note(comparison, ours != board, f"projection {number}, code")


def note(comparison: Comparison, different: NDArray[np.bool_], what: str) -> None:
    """Keep the first difference of all."""
    if different.any() and not comparison.first_difference:
        step, neuron = (int(x) for x in np.argwhere(different)[0])
        comparison.first_difference = f"{what}: step {step}, neuron {neuron}"
