"""Threads and memory of a run."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from math import prod
from typing import Any

import numba
import numpy as np
from threadpoolctl import ThreadpoolController

from neurodeploy.network.arrays import Array


class Memory:
    """Working space that chunks use again: fresh memory from the system costs more than the arithmetic on it."""

    def __init__(self) -> None:
        self._blocks: dict[str, Array] = {}

    def take(self, name: str, shape: tuple[int, ...], dtype: Any) -> Array:
        """An array whose content is whatever was left there."""
        count = prod(shape)
        block = self._blocks.get(name)
        if block is None or block.size < count or block.dtype != dtype:
            block = self._blocks[name] = np.empty(count, dtype)
        return block[:count].reshape(shape)


@contextmanager
def threads(most: int) -> Iterator[None]:
    """No more threads than samples: starting one for nothing costs more than a small network's step."""
    before = numba.get_num_threads()
    numba.set_num_threads(max(1, min(before, most)))
    try:
        with _single_threaded_blas():  # a product within a sample is not split again
            yield
    finally:
        numba.set_num_threads(before)


_blas: list[ThreadpoolController] = []


def _single_threaded_blas() -> AbstractContextManager[object]:
    if not _blas:  # looking for the libraries takes milliseconds, so it is done once
        import scipy.linalg  # noqa: F401 (the BLAS that numba calls)

        _blas.append(ThreadpoolController())
    limited: AbstractContextManager[object] = _blas[0].limit(limits=1, user_api="blas")
    return limited
