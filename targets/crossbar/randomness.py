"""Random numbers of arrays: one generator for each purpose and index, so that a result does not depend on order or threads."""

from __future__ import annotations

from zlib import crc32

import numpy as np

from neurodeploy.targets.crossbar.parameters import require


def generator(seed: int, purpose: str, index: int = 0) -> np.random.Generator:
    """The generator of ``(seed, purpose, index)``: of a tile, of a batch of vectors, of one of several devices alike.

    Args:
        seed: at least 0, of the whole run.
        purpose: what is drawn, such as ``"read noise"``.
        index: which tile, batch or repetition, at least 0.
    """
    require(
        seed >= 0 and index >= 0,
        purpose,
        "seed" if seed < 0 else "index",
        min(seed, index),
        "a whole number of at least 0",
    )
    return np.random.default_rng([seed, crc32(purpose.encode()), index])
