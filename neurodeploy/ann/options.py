"""How a network is converted, as checked options."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

from neurodeploy.errors import NeurodeployError


def _option(default: Any, text: str) -> Any:
    return field(default=default, metadata={"help": text})


@dataclass(frozen=True)
class Conversion:
    """Options of the conversion of a ReLU network to integrate-and-fire neurons.

    ``reset`` by subtraction keeps what exceeds the threshold, so that rates approach the activations as 1/steps; reset
    to a value loses it (Rueckauer et al. 2017, section 2.2.1). ``initial_potential`` 0.5 halves the expected rounding
    error of rates (Bu et al. 2022, "Optimized potential initialization"). ``balance``: thresholds follow the
    activations and weights stay as trained, or all thresholds are 1 and weights are scaled (Diehl et al. 2015; the
    spikes are the same). ``delay`` 0 evaluates layers one after the other within a step; 1 suits chips, each layer then
    starts one step later than the one before, while biases flow from the first step on.
    """

    name: ClassVar[str] = "import-ann"
    percentile: float = _option(99.9, "Percentile of the positive activations that becomes one spike per step.")
    calibration_samples: int = _option(1000, "Training samples whose activations are looked at.")
    balance: Literal["threshold", "weights"] = _option("threshold", "What is scaled.")
    reset: Literal["subtraction", "value"] = _option("subtraction", "Reset of the neurons.")
    initial_potential: float = _option(0.0, "Initial potential, in thresholds: 0 up to 1.")
    input: Literal["constant", "regular", "poisson"] = _option(
        "constant", "Pixels as a constant drive, as periodic spikes, or as random ones."
    )
    maximum_rate_hz: float = _option(500.0, "Rate of the brightest pixel, regular and poisson input.")
    steps: int = _option(100, "Steps of 1 ms that a sample is presented.")
    seed: int = _option(0, "Seed of regular (phases) and poisson input.")
    readout: Literal["potential", "spikes"] = _option(
        "potential", "Output neurons integrate without spiking, or spike."
    )
    max_pooling: Literal["refuse", "average", "spike_max"] = _option(
        "refuse", "average: replaced by average pooling; spike_max: any spike in the window (an upper bound)."
    )
    delay: int = _option(0, "Delay of every layer in steps.")

    def __post_init__(self) -> None:
        _within("percentile", self.percentile, 0 < self.percentile <= 100, "above 0, at most 100")
        _within("calibration_samples", self.calibration_samples, self.calibration_samples >= 1, "1 or more")
        _within("initial_potential", self.initial_potential, 0 <= self.initial_potential < 1, "0 or more, below 1")
        _within("maximum_rate_hz", self.maximum_rate_hz, 0 < self.maximum_rate_hz < 1000, "above 0, below 1000")
        _within("steps", self.steps, 1 <= self.steps <= 1_000_000, "1 to 1000000")
        _within("seed", self.seed, 0 <= self.seed < 2**63, "0 or more, below 2^63")
        _within("delay", self.delay, 0 <= self.delay <= 144, "0 to 144")
        for option, allowed in _CHOICES.items():
            value = getattr(self, option)
            _within(option, value, value in allowed, f"one of {', '.join(allowed)}")


_CHOICES = {
    "balance": ("threshold", "weights"),
    "reset": ("subtraction", "value"),
    "input": ("constant", "regular", "poisson"),
    "readout": ("potential", "spikes"),
    "max_pooling": ("refuse", "average", "spike_max"),
}


def _within(option: str, value: object, allowed: bool, what: str) -> None:
    if not allowed:
        raise NeurodeployError("ND240", f"The conversion's {option} is {value}.", f"Use {what}.")
