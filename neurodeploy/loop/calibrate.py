"""Calibration in the loop: adjust thresholds from the counts that hardware answers, keep them only where that helps.

What may deviate on hardware from what was trained: the time step, states that are not reset between samples, weights in few
bits, inhibition that saturates.  All of it acts on how much a population is driven, so one factor for each population is
sought that brings its mean count to the reference's.  The factors are fitted on one half of the calibration samples and
judged on the other; what is then said about held-out samples played no part in either.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from neurodeploy.compression.calibration import oldest_stage
from neurodeploy.datasets import AnyDataset
from neurodeploy.errors import NeurodeployError
from neurodeploy.loop.measuring import Difference, Measured, count_error, measure, paired
from neurodeploy.loop.thresholds import ERRORS, match_neurons, match_population, spiking
from neurodeploy.network import Network
from neurodeploy.network.history import with_step
from neurodeploy.simulation import build_plan, simulate

FEWEST = 20
"""Calibration samples below which nothing can be told from chance."""


@dataclass(frozen=True, eq=False)
class LoopCalibration:
    """What came of it. ``network``: with the new thresholds, None where no change is justified.

    ``factors`` by population; ``neurons``: how many single neurons were adjusted; ``accuracy`` and ``counts``: gain on the
    samples that judge (a share; the count error taken away), with their standard errors; ``reference``, ``before`` and
    ``after`` on held-out samples (``after`` None without a change); ``measurements``: runs of the executor.
    """

    network: Network | None
    factors: dict[str, float]
    neurons: int
    accuracy: Difference
    counts: Difference
    reference: Measured
    before: Measured
    after: Measured | None
    measurements: int


def calibrate(
    network: Network, run: Callable[[Network, AnyDataset], Measured], data: AnyDataset, held_out: AnyDataset, *,
    reference: Network | None = None, per_neuron: bool = False,
    progress: Callable[[str], None] = lambda doing: None,
) -> LoopCalibration:  # fmt: skip
    """Calibrate ``network`` by what ``run`` measures of a candidate on samples.

    ``reference``: whose counts are aimed at, in the float simulator (None: the network's oldest stage of the same shapes).
    A change is kept when the samples that judge show more accuracy or less count error by two standard errors, and no
    loss of accuracy beyond one.

    Raises:
        NeurodeployError: ND515 for fewer than 20 samples, or a reference without the network's populations.
    """
    aimed_at = reference or oldest_stage(network)
    names = spiking(network)
    _check(network, aimed_at, names, data)
    half = len(data) // 2
    fitting, judging = data.subset(slice(0, half)), data.subset(slice(half, None))
    made = 0

    def on(samples: AnyDataset) -> Callable[[Network], Measured]:
        def measured(candidate: Network) -> Measured:
            nonlocal made
            made += 1
            progress(f"measurement {made}")
            return run(candidate, samples)

        return measured

    aim = _reference(aimed_at, network, fitting)
    candidate, found, factors, neurons = network, on(fitting)(network), {}, 0
    for name in names:
        candidate, found, factors[name] = match_population(candidate, name, aim, found, on(fitting))
    if per_neuron:
        for name in names:
            candidate, found, differed = match_neurons(candidate, name, aim, found, on(fitting))
            neurons += differed
    before = on(held_out)(network)
    expected = _reference(aimed_at, network, held_out)
    if candidate is network:
        nothing = Difference(0.0, 0.0)
        return LoopCalibration(None, factors, 0, nothing, nothing, expected, before, None, made)
    aim, old, new = _reference(aimed_at, network, judging), on(judging)(network), on(judging)(candidate)
    accuracy = paired(new.right.astype(float) - old.right)
    counts = paired(count_error(old, aim, names) - count_error(new, aim, names))
    better = accuracy.beyond(ERRORS) or counts.beyond(ERRORS)
    if not better or accuracy.mean < -accuracy.error:
        return LoopCalibration(None, factors, neurons, accuracy, counts, expected, before, None, made)
    after = on(held_out)(candidate)
    entry = {"step": "calibrate in the loop", "factors": factors, "neurons": neurons, "samples": len(data),
             "data": data.name, "digest": data.digest()}  # fmt: skip
    return LoopCalibration(
        with_step(candidate, entry), factors, neurons, accuracy, counts, expected, before, after, made
    )


def _reference(reference: Network, network: Network, data: AnyDataset) -> Measured:
    """The reference in the float simulator, on the input spikes of ``network``, read as that is."""
    plan = build_plan(reference)
    return measure(network, data, lambda inputs: simulate(reference, inputs, plan=plan))


def _check(network: Network, reference: Network, names: list[str], data: AnyDataset) -> None:
    if len(data) < FEWEST:
        raise NeurodeployError(
            "ND515",
            f"{len(data)} samples are too few to calibrate with: chance would decide.",
            f"Use {FEWEST} or more.",
        )
    sizes = {p.name: p.size for p in reference.populations}
    other = [name for name in names if sizes.get(name) != network.population(name).size]
    same_time = np.isclose(reference.dt, network.dt) and reference.sources[0].size == network.sources[0].size
    if other or not same_time:
        what = f"has no population like '{other[0]}'" if other else "has another time step or another input"
        raise NeurodeployError(
            "ND515", f"The reference {what}.", "Use the network that this one was made from, before it was compressed."
        )
