"""From one byte per neuron to a list of neurons, without a branch per neuron.

Whether a neuron spikes is close to random, and a wrong guess of the processor costs as much as ten neurons. So marks are
looked at eight at a time, as one word; within a word that is not zero, every place is written and the count moves on if
it was marked.
"""

# numba's typing of these kernels is checked by running them; static checkers see only Any.
from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit


@njit(cache=True, error_model="numpy")
def marks_for(size: Any) -> Any:
    """Bytes for ``size`` neurons, none marked: whole words."""
    return np.zeros((size + 7) // 8 * 8, np.uint8)


@njit(cache=True, error_model="numpy")
def marked_words(marks: Any, size: Any, words: Any) -> Any:
    """Which words of the first ``size`` marks are not zero, into ``words``; returns how many."""
    every, found = marks.view(np.uint64), 0
    for w in range((size + 7) // 8):
        words[found] = w
        found += every[w] != 0
    return found
