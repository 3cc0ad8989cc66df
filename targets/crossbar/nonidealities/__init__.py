"""What real devices add to the conductances one wants: one model, one file, each a frozen dataclass with ``apply``.

In the order in which to apply them: programming errors (or :class:`WriteVerify`, which also counts pulses) and variations,
:class:`RetentionDrift`, then :class:`StuckAt`, whose devices none of these moves.  :func:`perturb` applies any sequence of them, each
with random numbers of its own.  :class:`ReadNoise` and :class:`AnalogToDigital` act at each read and have calls of their own.
"""

from neurodeploy.targets.crossbar.nonidealities.analog_to_digital import AnalogToDigital, Conversion
from neurodeploy.targets.crossbar.nonidealities.cycle_variation import CycleVariation
from neurodeploy.targets.crossbar.nonidealities.device_variation import LognormalVariation, RangeVariation
from neurodeploy.targets.crossbar.nonidealities.nonideality import Nonideality, perturb
from neurodeploy.targets.crossbar.nonidealities.programming_error import (
    ConstantError,
    PolynomialError,
    RelativeError,
    neurram_error,
)
from neurodeploy.targets.crossbar.nonidealities.read_noise import ReadNoise
from neurodeploy.targets.crossbar.nonidealities.retention import RetentionDrift
from neurodeploy.targets.crossbar.nonidealities.stuck_at import StuckAt
from neurodeploy.targets.crossbar.nonidealities.write_verify import Programmed, WriteVerify

__all__ = [
    "AnalogToDigital",
    "ConstantError",
    "Conversion",
    "CycleVariation",
    "LognormalVariation",
    "Nonideality",
    "PolynomialError",
    "Programmed",
    "RangeVariation",
    "ReadNoise",
    "RelativeError",
    "RetentionDrift",
    "StuckAt",
    "WriteVerify",
    "neurram_error",
    "perturb",
]
