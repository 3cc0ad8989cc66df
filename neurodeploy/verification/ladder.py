"""float, pruned, quantized, lowered, model, board: accuracy of each, and its distance in spikes from the one above.

What the model is the target says: bit-exact firmware, or one simulated chip with its device's errors. Targets without boards have no
rung for one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurodeploy.compiler import Board, Program
from neurodeploy.datasets import AnyDataset
from neurodeploy.inference import Inference, infer
from neurodeploy.inference import spike_distance as spike_distance
from neurodeploy.network import Activity, Network, SpikeBatch
from neurodeploy.run_progress import RunProgress, RunWatch
from neurodeploy.simulation import build_plan, simulate

RUNGS = ("float", "pruned", "quantized", "lowered", "model", "board")


@dataclass(frozen=True)
class Rung:
    """One stage. ``spike_distance``: sum of |spike count differences| over all neurons and samples, relative to the
    spikes of the rung above; ``same_class``: share of samples both decode alike. None where there is nothing above,
    its read-out has other neurons, or the rung is not ``available``. ``note``: what the table cannot say.
    """

    name: str
    available: bool
    why: str = ""
    accuracy: float | None = None
    silent_samples: int | None = None
    output_spikes: int | None = None
    synaptic_events: int | None = None
    saturations: int | None = None
    spike_distance: float | None = None
    same_class: float | None = None
    note: str = ""


@dataclass(frozen=True)
class Ladder:
    """All rungs over ``samples`` samples of one split."""

    data: str
    split: str
    samples: int
    rungs: tuple[Rung, ...]

    def rung(self, name: str) -> Rung:
        """The rung of that name."""
        return next(rung for rung in self.rungs if rung.name == name)

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return asdict(self)


def climb(
    program: Program,
    dataset: AnyDataset,
    progress: Callable[[int], None] = lambda samples: None,
    machine: str | None = None,
    checkpoint: Path | None = None,
    follow: Callable[[RunProgress], None] = lambda state: None,
    live_input: bool = False,
) -> Ladder:
    """Run every rung that exists on the same input spikes; the board's if ``machine`` names one.

    A board presents samples one after the other without a reset.  It is compared spike by spike with the model run in
    that way; the first difference is named.  Its finished chunks are kept in the folder ``checkpoint``.  With ``live_input``
    the model is given the spikes as they arrived.
    """
    network = program.network
    rungs: list[Rung] = []
    above: Inference | None = None
    for name, stage in _history(network):
        found = infer(stage, dataset, partial(_reference, stage, build_plan(stage)), progress)
        rungs.append(_measured(name, found, above))
        above = found
    rungs += [
        Rung(name, False, "the network did not go through this stage")
        for name in RUNGS[:3]
        if name not in {r.name for r in rungs}
    ]
    for name, executor in (("lowered", "reference"), ("model", "model")):
        if executor not in program.executors:
            rungs.append(Rung(name, False, "not in this version"))
            continue
        found = infer(network, dataset, partial(program.run, executor=executor), progress, executed=program.lowered)
        rung = _measured(name, found, above)
        rungs.append(replace(rung, note=program.presentation().model_note) if name == "model" else rung)
        above = found
    if machine is None:
        if "board" in program.executors:
            rungs.append(Rung("board", False, "no --machine given"))
    else:
        watch = RunWatch(len(dataset), follow)
        with program.on_board(machine, checkpoint=checkpoint, progress=watch.board, live_input=live_input) as board:
            rungs.append(_on_board(program, dataset, progress, board, above, watch))
    return Ladder(dataset.name, dataset.split, len(dataset), tuple(rungs))


def _on_board(
    program: Program, dataset: AnyDataset, progress: Callable[[int], None], board: Board, above: Inference | None,
    watch: RunWatch,
) -> Rung:  # fmt: skip
    differences: list[str] = []
    samples = spikes = 0
    sources = {population.name for population in program.lowered.sources}

    def both(inputs: SpikeBatch) -> Activity:
        nonlocal samples, spikes
        found, expected = board.run(inputs), board.expected(inputs)
        for name, batch in expected.spikes.items():
            first = first_difference(batch, found.spikes[name])
            if first is not None:
                differences.append(
                    f"population '{name}', sample {samples + first[0]}, step {first[1]}, neuron {first[2]}"
                )
            spikes += 0 if name in sources else batch.total
        samples += inputs.samples
        return found

    found = infer(
        program.network, dataset, both, progress, board.samples_at_once, executed=program.lowered, watch=watch.finished
    )
    again = f"; {board.restarts} runs made again because the board failed" if board.restarts else ""
    equal = f"all {spikes:,} spikes of its neurons equal to the model's, run without resets as the board does (the row above is with resets)"
    note = f"differs from the model first in {differences[0]}" if differences else equal
    if board.lateness is not None:
        late = board.lateness
        note += f"; live input: {late.recorded:,} of {late.injected:,} spikes arrived, {late.quantile(0.0)} to {late.quantile(1.0)} steps late"
    return replace(_measured("board", found, above), note=note + again)


def first_difference(expected: SpikeBatch, found: SpikeBatch) -> tuple[int, int, int] | None:
    """Sample, step and neuron of the first spike that only one of two batches has; None if they are equal."""

    def keys(batch: SpikeBatch) -> NDArray[np.int64]:
        at = np.repeat(np.arange(batch.samples * batch.steps), np.diff(batch.indptr))
        return np.unique(at * batch.size + batch.neurons)

    only = np.setxor1d(keys(expected), keys(found))
    if not only.size:
        return None
    step, neuron = divmod(int(only[0]), expected.size)
    return step // expected.steps, step % expected.steps, neuron


def rungs_available(program: Program, machine: str | None = None) -> int:
    """How many rungs :func:`climb` will run, for progress bars."""
    models = len({"reference", "model"} & set(program.executors))
    return len(_history(program.network)) + models + (machine is not None)


def _history(network: Network) -> list[tuple[str, Network]]:
    """Every stage in the order in which it was made, each with a name of its own and a readout."""
    made = [*((ancestor.stage, ancestor.network) for ancestor in network.ancestors), (network.stage, network)]
    result: list[tuple[str, Network]] = []
    for stage, earlier in made:
        again = sum(name.split(" ")[0] == stage for name, _ in result)
        name = f"{stage} ({again + 1})" if again else stage
        result.append((name, replace(earlier, readout=earlier.readout or network.readout)))
    return result


def _reference(network: Network, plan: Any, spikes: Any) -> Any:
    return simulate(network, spikes, plan=plan)


def _measured(name: str, found: Inference, above: Inference | None) -> Rung:
    return Rung(
        name,
        True,
        accuracy=found.accuracy,
        silent_samples=found.silent,
        output_spikes=int(found.counts.sum()),
        synaptic_events=sum(found.events.synaptic_events.values()),
        saturations=sum(found.events.saturations.values()),
        # Removed read-out neurons leave nothing to compare neuron by neuron.
        spike_distance=None
        if above is None or above.counts.shape != found.counts.shape
        else spike_distance(above.counts, found.counts),
        same_class=None
        if above is None
        else float(np.mean(above.predicted == found.predicted))
        if found.samples
        else None,
    )
