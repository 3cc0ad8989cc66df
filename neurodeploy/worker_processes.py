"""Processes that work for this one, each on one thread; they end with it."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import parent_process
from multiprocessing.connection import wait


def prepare_worker() -> None:
    """One thread; Ctrl-C ends the process silently, and so does the end of its parent."""
    import numba

    signal.signal(signal.SIGINT, signal.SIG_DFL)
    numba.set_num_threads(1)
    threading.Thread(target=_end_with_parent, daemon=True).start()


@contextmanager
def one_thread() -> Iterator[None]:
    """Kernels and BLAS of the calling thread on one thread, until the block ends."""
    import numba
    import scipy.linalg  # noqa: F401 (loads the BLAS that is limited)
    from threadpoolctl import threadpool_limits

    before = numba.get_num_threads()
    numba.set_num_threads(1)
    try:
        with threadpool_limits(1):
            yield
    finally:
        numba.set_num_threads(before)


def _end_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)
