"""Worker processes: threads are limited for a block only, and a worker does not outlive its parent."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numba
import pytest
from threadpoolctl import threadpool_info, threadpool_limits

import neurodeploy
from neurodeploy.worker_processes import one_thread

SCRIPT = """
import os, time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from neurodeploy.worker_processes import prepare_worker
if __name__ == "__main__":
    pool = ProcessPoolExecutor(1, get_context("spawn"), prepare_worker)
    print(pool.submit(os.getpid).result(), flush=True)
    time.sleep(60)
"""


def blas_threads() -> set[int]:
    return {library["num_threads"] for library in threadpool_info() if library["user_api"] == "blas"}


def test_one_thread_within_the_block() -> None:
    with threadpool_limits(2):
        before = numba.get_num_threads(), blas_threads()
        with pytest.raises(RuntimeError), one_thread():
            assert numba.get_num_threads() == 1 and blas_threads() == {1}
            raise RuntimeError
        assert (numba.get_num_threads(), blas_threads()) == before


def test_a_worker_ends_with_its_killed_parent(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(SCRIPT)
    environment = {**os.environ, "PYTHONPATH": str(Path(neurodeploy.__file__).parents[1])}
    with subprocess.Popen([sys.executable, script], stdout=subprocess.PIPE, text=True, env=environment) as parent:
        assert parent.stdout is not None
        worker = int(parent.stdout.readline())
        os.kill(worker, 0)
        parent.send_signal(signal.SIGKILL)
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        try:
            os.kill(worker, 0)
            state = Path(f"/proc/{worker}/stat").read_text().rpartition(")")[2].split()[0]
        except (ProcessLookupError, FileNotFoundError):
            return
        if state == "Z":  # ended, and nobody has asked for its status
            return
        time.sleep(0.1)
    pytest.fail("the worker goes on")
