"""Many chips: those not yet finished go to workers; results come together in the order of the chips' numbers."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from neurodeploy.compiler import Program, load_bundle
from neurodeploy.datasets import AnyDataset
from neurodeploy.errors import NeurodeployError
from neurodeploy.targets.crossbar.monte_carlo.chip_result import ChipResult
from neurodeploy.targets.crossbar.monte_carlo.dask_cluster import distributed, on_cluster
from neurodeploy.targets.crossbar.monte_carlo.finished_chips import FinishedChips
from neurodeploy.targets.crossbar.monte_carlo.job import Job, Outcome
from neurodeploy.targets.crossbar.monte_carlo.local_processes import in_processes
from neurodeploy.targets.crossbar.monte_carlo.result import MonteCarlo
from neurodeploy.targets.crossbar.program import CrossbarProgram

Progress = Callable[[int, float], None]
"""Called with the number of chips finished, and their mean accuracy."""


def run_chips(
    program: Program | Path,
    dataset: AnyDataset,
    chips: int,
    *,
    workers: int | None = None,
    dask: str | None = None,
    confidence: float = 0.95,
    yield_at: float | None = None,
    checkpoint: Path | None = None,
    progress: Progress = lambda chips, accuracy: None,
) -> MonteCarlo:
    """Run all samples on the chips 0 to ``chips`` - 1 of a program, or of a bundle's folder.

    ``workers``: processes, each with one thread (None: one for every core); ``dask``: address of a scheduler to use instead of
    this machine's cores, or ``local``. ``checkpoint``: file of finished chips, which are not run again. The result depends on
    none of the three.

    Raises:
        NeurodeployError: ND440 for a target without chips that vary; ND441 for an argument out of range; ND442, ND601 for dask;
            ND308 when a process dies; what running a data set raises.
    """
    loaded = load_bundle(program) if isinstance(program, Path) else program
    check_arguments(loaded, dataset, chips, workers=workers, dask=dask, confidence=confidence, yield_at=yield_at)
    job = Job.of(program, dataset)
    finished = FinishedChips(checkpoint, job.key)
    results = {number: result for number, result in finished.read().items() if number < chips}
    resumed = len(results)
    report = _reporter(results, progress)
    waiting = [number for number in range(chips) if number not in results]
    for result in _results(job, waiting, workers or os.cpu_count() or 1, dask):
        finished.put(result)
        results[result.number] = result
        report()
    ordered = tuple(results[number] for number in range(chips))
    return MonteCarlo(loaded.target, dataset.name, dataset.split, ordered, confidence, yield_at, resumed)


def check_arguments(
    program: Program, dataset: AnyDataset, chips: int, *, workers: int | None = None, dask: str | None = None,
    confidence: float = 0.95, yield_at: float | None = None,
) -> None:  # fmt: skip
    """Refuse what :func:`run_chips` would refuse, before any work (ND440, ND441, ND601)."""
    if not isinstance(program, CrossbarProgram):
        raise NeurodeployError(
            "ND440", f"Chips of the target {program.target} all compute the same: there is nothing to draw.",
            "Monte Carlo runs are of in-memory targets, such as rram; for one run use 'neurodeploy run'.",
        )  # fmt: skip
    _require(chips >= 1, "chips", chips, "Use 1 or more; intervals need 2.")
    _require(workers is None or workers >= 1, "workers", workers, "Use 1 or more.")
    _require(0 < confidence < 1, "confidence", confidence, "Use a share between 0 and 1, such as 0.95.")
    _require(yield_at is None or 0 <= yield_at <= 1, "yield_at", yield_at, "Give an accuracy from 0 to 1.")
    _require(len(dataset) > 0, "data", f"{dataset.name} with 0 samples", "Give at least one sample.")
    if dask is not None:
        distributed()


def _require(holds: bool, name: str, value: object, allowed: str) -> None:
    if not holds:
        raise NeurodeployError("ND441", f"Monte Carlo over chips: {name} is {value}.", allowed)


def _results(job: Job, numbers: Sequence[int], workers: int, dask: str | None) -> Iterator[ChipResult]:
    if not numbers:
        return
    outcomes: Iterator[Outcome]
    outcomes = in_processes(job, numbers, workers) if dask is None else on_cluster(job, numbers, dask, workers)
    for outcome in outcomes:
        if not isinstance(outcome, ChipResult):
            raise NeurodeployError(*outcome)
        yield outcome


def _reporter(results: dict[int, ChipResult], progress: Progress) -> Callable[[], None]:
    def report() -> None:
        if results:
            progress(len(results), sum(r.accuracy for r in results.values()) / len(results))

    report()
    return report
