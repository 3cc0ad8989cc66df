"""The firmware model's answer to a recorded network, and where it first differs from the board's."""

from __future__ import annotations

from typing import Any

import model_local_only as local_only
import numpy as np
import plastic_synapses
import poisson_sources
from numpy.typing import NDArray
from recorded import Comparison, Recorded, note, raster

from neurodeploy.firmware_models.spinnaker import (
    FirmwarePopulation,
    FirmwareProjection,
    FirmwareResult,
    PlasticProjection,
    quantise_weights,
    run_firmware,
    run_plastic_firmware,
    weight_scale,
)


def firmware_populations(recorded: Recorded) -> list[FirmwarePopulation]:
    """All sources as one, then the neurons."""
    made = [FirmwarePopulation("sources", "SpikeSourceArray", recorded.n_sources)]
    for number in recorded.neurons:
        p = recorded.populations[number]
        values = {name: np.array(v) for name, v in p["parameters"].items()}
        made.append(FirmwarePopulation(p["label"], p["model"], p["size"], values, tuple(p["shifts"])))
    return made


def firmware_projection(
    recorded: Recorded, projection: dict[str, Any], segment: int
) -> FirmwareProjection | PlasticProjection:
    """The synapses as they were read back from the board, with the delays that they have after a reset.

    Plastic ones have the weights that the script asked for.
    """
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
    stored = stored_weights(recorded, projection, rows)
    if not np.array_equal(stored, np.rint(stored)):
        raise ValueError(f"projection {projection['number']}: weights read back are no multiples of the resolution")
    synapses = FirmwareProjection(
        0 if source in recorded.first else 1 + recorded.neurons.index(source),
        1 + recorded.neurons.index(target),
        np.concatenate([[0], np.cumsum(np.bincount(pre, minlength=size))]).astype(np.int64),
        rows[order, 1].astype(np.int32),
        stored[order].astype(np.uint16),
        delays[order].astype(np.uint8),
        receptor,
    )
    if not projection["rule"]:
        return synapses
    return PlasticProjection(synapses, plastic_synapses.rule_of(projection), model["delay_slots"])


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


def stored_weights(recorded: Recorded, projection: dict[str, Any], rows: NDArray[np.float64]) -> NDArray[np.float64]:
    """Weights in units of the ring buffer: read back, or of plastic synapses as the host rounds those asked for."""
    model, receptor = recorded.populations[projection["target"]], projection["receptor"]
    if projection["rule"]:
        asked = recorded.arrays[f"w{projection['number']}"]
        return quantise_weights(asked, model["shifts"][receptor], model["model"]).astype(np.float64)
    return np.abs(rows[:, 2]) * weight_scale(model["shifts"][receptor], model["model"])


def run_model(recorded: Recorded, segment: int) -> tuple[FirmwareResult, dict[int, Any]]:
    """Run the network on the spikes that the board's sources were recorded to send; weights at the end of plastic ones."""
    steps = recorded.steps(segment)
    found = [recorded.spikes(n, segment) for n in recorded.sources]
    times = np.concatenate([np.zeros(0, np.int64), *(t for t, _ in found)])
    numbers = [n + recorded.first[s] for s, (_, n) in zip(recorded.sources, found, strict=True)]
    neurons = np.concatenate([np.zeros(0, np.int32), *numbers]).astype(np.int32)
    order = np.argsort(times, kind="stable")
    populations = firmware_populations(recorded)
    projections = [firmware_projection(recorded, p, segment) for p in recorded.projections]
    projections += [local_only_projection(recorded, p) for p in recorded.network.get("local_only", [])]
    given = {
        "time_step_ms": recorded.time_step, "steps": steps, "source_neurons": neurons[order],
        "source_indptr": np.concatenate([[0], np.cumsum(np.bincount(times, minlength=steps))]),
        "record_voltages": tuple(range(1, 1 + len(recorded.neurons))),
    }  # fmt: skip
    static = [p for p in projections if not isinstance(p, PlasticProjection)]
    if len(static) == len(projections):
        return run_firmware(populations, static, samples=1, **given), {}
    result = run_plastic_firmware(populations, projections, **given)
    return result.activity, dict(enumerate(result.weights))


def compare(recorded: Recorded) -> Comparison:
    """Compare every recorded voltage and spike of every neuron population, in every segment."""
    comparison = Comparison()
    for projection in recorded.projections:
        compare_weights(recorded, projection, comparison)
    for projection in recorded.network.get("local_only", []):
        compare_codes(recorded, projection, comparison)
    for number in recorded.sources:
        if "cores" in recorded.populations[number]:
            compare_poisson(recorded, number, comparison)
    for segment in range(len(recorded.network["runs_ms"]) if recorded.neurons else 0):
        (result, weights), steps = run_model(recorded, segment), recorded.steps(segment)
        compare_plastic(recorded, weights, comparison)
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


def compare_plastic(recorded: Recorded, weights: dict[int, Any], comparison: Comparison) -> None:
    """Count the weights of plastic synapses that the model ends with too; only their last values can be read back."""
    for projection, ours in zip(recorded.projections, weights.values(), strict=False):
        if ours is None:
            continue
        rows = recorded.arrays[f"s{projection['number']}"]
        theirs = stored_weights(recorded, projection | {"rule": None}, rows)[np.argsort(rows[:, 0], kind="stable")]
        different = ours != np.rint(theirs)
        comparison.weights += ours.size
        comparison.same_weights += int(ours.size - different.sum())
        if different.any() and not comparison.first_difference:
            number = int(np.flatnonzero(different)[0])
            comparison.first_difference = f"projection {projection['number']}: plastic synapse {number} is {theirs[number]:g}, {ours[number]} in the model"


def compare_poisson(recorded: Recorded, number: int, comparison: Comparison) -> None:
    """Count the spikes of Poisson sources that the model draws too; several in a step are as many spikes."""
    population = recorded.populations[number]
    segments = [[round(run / recorded.time_step) for run in runs] for runs in recorded.network["runs_ms"]]
    predicted = poisson_sources.predict(population, segments, recorded.time_step)
    for segment, ours in enumerate(predicted):
        if f"t{number}_{segment}" not in recorded.arrays:
            continue
        theirs = np.zeros_like(ours)
        np.add.at(theirs, recorded.spikes(number, segment), 1)
        comparison.drawn += int(np.maximum(ours, theirs).sum())
        comparison.same_drawn += int(np.minimum(ours, theirs).sum())
        note(comparison, ours != theirs, f"{population['label']}, segment {segment}, Poisson spike")


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
