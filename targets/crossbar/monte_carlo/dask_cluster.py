"""Chips on a dask cluster, through the extra ``cluster``.

Workers get the bundle's bytes and the samples once, and then numbers of chips; they need the same neurodeploy, no shared disk. Each
runs one chip at a time: start them with ``dask worker --nthreads 1``.
"""

from __future__ import annotations

import importlib
import logging
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack
from typing import Any

from neurodeploy.errors import NeurodeployError
from neurodeploy.targets.crossbar.monte_carlo.job import Job, Outcome, Worker, attempt, code_version

LOCAL = "local"
"""In place of an address: a cluster on this machine, made for the call."""
TIMEOUT_SECONDS = 30
"""For a scheduler to answer, and for it to have a worker."""
_workers: dict[str, Worker] = {}
"""On a dask worker: the job that it runs, by its key."""


def distributed() -> Any:
    """The package ``distributed``.

    Raises:
        NeurodeployError: ND601 when it is not installed.
    """
    try:
        return importlib.import_module("distributed")
    except ImportError as error:
        raise NeurodeployError(
            "ND601", f"A dask cluster needs the package 'distributed', which is not installed ({error}).",
            "Run: pip install 'neurodeploy[cluster]'.",
        ) from None  # fmt: skip


def on_cluster(job: Job, numbers: Sequence[int], address: str, workers: int) -> Iterator[Outcome]:
    """Chips as they finish on the cluster at ``address``, or on :data:`LOCAL` with so many processes.

    Raises:
        NeurodeployError: ND601 without dask; ND442 when no scheduler answers, it has no workers, or they fail.
    """
    dask = distributed()
    with ExitStack() as open_until_the_end:
        client = open_until_the_end.enter_context(
            _client(dask, address, min(workers, len(numbers)), open_until_the_end)
        )
        key, sent = job.key, client.scatter(job, hash=False)
        futures = [client.submit(_run, key, sent, number, pure=False) for number in numbers]
        for future in dask.as_completed(futures, loop=client.loop):
            error = future.exception()
            if error is not None:
                raise NeurodeployError(
                    "ND442", f"A dask worker failed: {type(error).__name__}: {error}.",
                    "Every worker needs the same neurodeploy and enough memory.",
                )  # fmt: skip
            yield future.result()


def _client(dask: Any, address: str, workers: int, stack: ExitStack) -> AbstractContextManager[Any]:
    try:
        where: Any = address
        if address == LOCAL:
            where = stack.enter_context(
                dask.LocalCluster(
                    n_workers=workers, threads_per_worker=1, dashboard_address=None, silence_logs=logging.ERROR
                )
            )
        client = stack.enter_context(dask.Client(where, timeout=TIMEOUT_SECONDS, set_as_default=False))
        client.wait_for_workers(1, timeout=TIMEOUT_SECONDS)
    except (OSError, ValueError, TimeoutError) as error:
        raise NeurodeployError(
            "ND442", f"The dask cluster '{address}' cannot be used: {str(error) or type(error).__name__}.",
            "Give the address that 'dask scheduler' prints, such as tcp://10.0.0.1:8786, and start a 'dask worker'; or 'local'.",
        ) from None  # fmt: skip
    result: AbstractContextManager[Any] = client
    return result


def _run(key: str, job: Job, number: int) -> Outcome:
    if job.code != code_version():
        return "ND442", "A dask worker runs another version of neurodeploy, numpy, scipy or numba.", "Install the same."
    worker = _workers.get(key)
    if worker is None:
        _workers.clear()
        worker = _workers.setdefault(key, Worker(job))
    return attempt(worker, number)
