"""What the measurements of crossbar arrays share."""

from __future__ import annotations

import time
from collections.abc import Callable

from neurodeploy.targets.crossbar.nonidealities import ReadNoise

LOWEST, HIGHEST = 1e-6, 40e-6
"""Siemens."""
SEGMENT = 1.0
"""Ohm, of word lines and bit lines."""
VOLTAGE = 0.5
NOISE = ReadNoise(0.05)


def seconds(work: Callable[[], object]) -> float:
    """CPU seconds of this process."""
    begun = time.process_time()
    work()
    return time.process_time() - begun
