"""The rate codes as the two-layer trainer calls them: one kernel, one table of intensities."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurodeploy.encoding import RATE_CODES, poisson, regular
from neurodeploy.kernels import inlined

REGULAR = RATE_CODES.index("regular")
_MODULES: dict[str, Any] = {"poisson": poisson, "regular": regular}


def intensities(name: str, spikes_per_step: NDArray[np.float64], neurons: int) -> NDArray[np.float64]:
    """Return what the kernel of a rate code takes for rate * dt of any of so many neurons; ValueError as in its file."""
    table: NDArray[np.float64] = _MODULES[name].intensities(spikes_per_step, neurons)
    return table


@inlined
def encode_active(
    code: int,
    key: np.uint64,
    steps: int,
    active: NDArray[np.int32],
    intensities: NDArray[np.float64],
    count: int,
    accept: NDArray[np.uint64],
    alias: NDArray[np.int32],
    worklist: NDArray[np.int32],
    last_seen: NDArray[np.int32],
    cumulative: NDArray[np.float64],
    guide: NDArray[np.int32],
    step_indptr: NDArray[np.int32],
    neurons: NDArray[np.int32],
) -> int:
    """Draw one presentation by the rate code ``RATE_CODES[code]``; as ``encode_active`` of its file."""
    if code == REGULAR:
        return regular.encode_active(key, steps, active, intensities, count, step_indptr, neurons)
    return poisson.encode_active(
        key,
        steps,
        active,
        intensities,
        count,
        accept,
        alias,
        worklist,
        last_seen,
        cumulative,
        guide,
        step_indptr,
        neurons,
    )
