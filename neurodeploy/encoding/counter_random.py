"""Counter-based random numbers: draw k of a key, independent of any other draw's order.

SplitMix64 (Steele, Lea and Flood 2014, "Fast splittable pseudorandom number generators"): the
finaliser of a Weyl sequence, ``output_k = mix(key + k * GOLDEN_GAMMA) mod 2**64``.
"""

from __future__ import annotations

import numpy as np

from neurodeploy.kernels import inlined

GOLDEN_GAMMA = np.uint64(0x9E3779B97F4A7C15)
_MULTIPLIER_1 = np.uint64(0xBF58476D1CE4E5B9)
_MULTIPLIER_2 = np.uint64(0x94D049BB133111EB)
_SHIFT_1, _SHIFT_2, _SHIFT_3 = np.uint64(30), np.uint64(27), np.uint64(31)


@inlined
def mix(word: np.uint64) -> np.uint64:
    """Return the SplitMix64 finaliser of a 64-bit word (a bijection)."""
    word = (word ^ (word >> _SHIFT_1)) * _MULTIPLIER_1
    word = (word ^ (word >> _SHIFT_2)) * _MULTIPLIER_2
    return word ^ (word >> _SHIFT_3)


@inlined
def random_key(seed: int, stream: int, image: int, presentation: int) -> np.uint64:
    """Return the key of one presentation: four words absorbed one after the other by ``mix``."""
    key = mix(np.uint64(seed) + GOLDEN_GAMMA)
    key = mix((key ^ np.uint64(stream)) + GOLDEN_GAMMA)
    key = mix((key ^ np.uint64(image)) + GOLDEN_GAMMA)
    return mix((key ^ np.uint64(presentation)) + GOLDEN_GAMMA)
