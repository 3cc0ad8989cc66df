"""Chips on the cores of this machine: a process for each, with one thread."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context

from neurodeploy.errors import NeurodeployError
from neurodeploy.targets.crossbar.monte_carlo.job import Job, Outcome, Worker, attempt
from neurodeploy.worker_processes import prepare_worker

_worker: list[Worker] = []
"""Of a process of the pool."""


def in_processes(job: Job, numbers: Sequence[int], workers: int) -> Iterator[Outcome]:
    """Chips as they finish; a single worker is this process itself.

    Processes are spawned: a script that calls this needs ``if __name__ == "__main__":`` around it.

    Raises:
        NeurodeployError: ND308 when a process dies.
    """
    workers = min(workers, len(numbers))
    if workers <= 1:
        worker = Worker(job)
        for number in numbers:
            yield attempt(worker, number)
        return
    pool = ProcessPoolExecutor(workers, get_context("spawn"), _start, (job,))
    try:
        for future in as_completed([pool.submit(_run, number) for number in numbers]):
            yield future.result()
    except BrokenProcessPool:
        raise NeurodeployError(
            "ND308", "A process that ran chips was killed.", "There may be too little memory: use fewer --workers."
        ) from None
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _start(job: Job) -> None:
    prepare_worker()
    _worker[:] = [Worker(job)]


def _run(number: int) -> Outcome:
    return attempt(_worker[0], number)
