"""One step of an optimizer over all parameters; those that are not plastic stay, to the bit."""

# numba's typing of these kernels is checked by running them; static checkers see only Any.
from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from neurodeploy.training.two_layer.synapse_states import PLASTIC

KEEP_SECOND = 0.999
SMALLEST = 1e-8
"""Adam's beta_2 and epsilon (Kingma & Ba 2015, section 2)."""


@njit(cache=True, error_model="numpy")
def adam(
    values: Any, gradient: Any, states: Any, first: Any, second: Any, step: int, rate: float, keep: float
) -> None:  # fmt: skip
    """Kingma & Ba 2015, algorithm 1, ``step`` counting from 1; ``keep`` is beta_1, ``states`` as in ``synapse_states``."""
    size = np.float32(rate / (1 - keep**step))
    correction = np.float32(1 / (1 - KEEP_SECOND**step))
    old, new = np.float32(keep), np.float32(1 - keep)
    old_square, new_square = np.float32(KEEP_SECOND), np.float32(1 - KEEP_SECOND)
    for i in range(values.shape[0]):
        if states[i] == PLASTIC:
            first[i] = old * first[i] + new * gradient[i]
            second[i] = old_square * second[i] + new_square * gradient[i] * gradient[i]
            values[i] -= size * first[i] / (np.sqrt(correction * second[i]) + np.float32(SMALLEST))


@njit(cache=True, error_model="numpy")
def sgd(values: Any, gradient: Any, states: Any, first: Any, rate: float, keep: float) -> None:
    """``m <- keep m + g``, ``w <- w - rate m`` (Sutskever et al. 2013, without Nesterov; torch's form)."""
    for i in range(values.shape[0]):
        if states[i] == PLASTIC:
            first[i] = np.float32(keep) * first[i] + gradient[i]
            values[i] -= np.float32(rate) * first[i]
