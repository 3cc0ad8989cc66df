"""Samples of a rate code in blocks, one for each thread."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

from neurodeploy.kernels import inlined

Block = tuple[NDArray[np.int32], NDArray[np.int32]]
"""Spikes before each step of each sample [samples, steps + 1], and the neurons that spike, ordered by sample and step."""


def check_samples(rates: NDArray[np.floating], sample_indices: NDArray[np.int64], most_spikes_per_step: float) -> None:
    """Raise ValueError unless there is an index for each row of rates, and rates are at least 0 and below a spike per step."""
    if rates.ndim != 2 or sample_indices.shape != rates.shape[:1]:
        raise ValueError(f"rates {rates.shape} and sample indices {sample_indices.shape} do not agree")
    if rates.size and not (rates.min() >= 0.0 and most_spikes_per_step < 1.0):
        raise ValueError("every rate must be non-negative and rate * dt below one spike per step")


@inlined
def gather_active(rates: NDArray[np.floating], active: NDArray[np.int32], of_active: NDArray[np.float64]) -> int:
    """Write the neurons of one sample with a positive rate, ascending, and their rates; return their number."""
    count = 0
    for neuron in range(rates.size):
        if rates[neuron] > 0.0:
            active[count] = neuron
            of_active[count] = rates[neuron]
            count += 1
    return count


def encode_in_blocks(
    encode: Callable[[slice], Block], samples: int, steps: int, threads: int
) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Encode blocks of samples on threads; return ``indptr`` int64 [samples * steps + 1] and the neurons of all."""
    blocks = max(1, min(samples, threads))
    bounds = [samples * block // blocks for block in range(blocks + 1)]
    with ThreadPoolExecutor(blocks) as pool:
        parts = list(pool.map(lambda block: encode(slice(bounds[block], bounds[block + 1])), range(blocks)))
    indptr = np.zeros(samples * steps + 1, np.int64)
    np.cumsum(np.concatenate([np.diff(part[0], axis=1).ravel() for part in parts]), out=indptr[1:])
    return indptr, np.concatenate([part[1] for part in parts])
