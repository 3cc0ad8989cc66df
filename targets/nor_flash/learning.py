"""On-array learning: oh2019's simplified STDP as pulses on the device itself.

When a neuron spikes, its feedback reaches every synapse of its column (oh2019, fig. 2): one LTP pulse where the input spiked within
the window, one LTD pulse elsewhere.  What a pulse changes is the device's own (:mod:`pulse_response`): nonlinear, asymmetric, saturating,
noisy.  Weight w = (G - G_min) / (G_max - G_min) w_max; the current of G_min is taken to be subtracted, as by a reference column.

Pulses are applied without a read before: a synapse at its end gets them, too, and they are counted (``potentiations`` and
``depressions`` of the training's metrics), so that :func:`programming.pulse_costs` can tell what learning costs.

A pulse's noise is drawn from (seed, image, attempt, step, neuron, input), a device's from (seed, neuron, input): counters, so that
results depend neither on threads nor on chunks.  Four 16-bit uniform numbers added up stand for a normal one (never beyond 3.5 sigma).

A pulse may also be sent by chance alone: with ``ltp_probability`` and ``ltd_probability`` below 1 every synapse draws, by the same
counters, whether it gets its pulse.  The expected change is that share of a pulse's, as if pulses were finer.

The trainer's column normalisation is no pulse: a recipe for the device says ``column_sum_images = 1``, which leaves the initial scaling.
"""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from neurodeploy.encoding.counter_random import GOLDEN_GAMMA, mix
from neurodeploy.kernels import substituted
from neurodeploy.targets.crossbar.parameters import require, require_not_negative
from neurodeploy.targets.nor_flash.pulse_constants import NEUROSIM, TFT
from neurodeploy.targets.nor_flash.pulse_response import LARGEST_LABEL, Branch
from neurodeploy.training.two_layer.stdp.interface import Traces, implements, on_input_spikes, on_output_spike
from neurodeploy.training.two_layer.synapse_states import PLASTIC

DEVICE_CLASSES = 64
"""Devices that differ are drawn from so many, at the middles of equal shares of the normal distribution."""
_LOW = np.uint64(0xFFFF)
_11, _16, _32, _48, _58 = np.uint64(11), np.uint64(16), np.uint64(32), np.uint64(48), np.uint64(58)
_TO_UNIT = 2.0**-53
_MOST_NEURONS = np.uint64(65_536)
_UNIT = np.float32(1 / 65_536)
_SPREAD = np.float32(np.sqrt(3.0))
_TWO = np.float32(2.0 - 2 / 65_536)  # the mean of four uniform numbers k / 65,536


class NorFlashConstants(NamedTuple):
    """What the kernels read."""

    output_memory: int
    window_steps: int
    first: NDArray[np.float32]  # [2, classes]; a pulse takes y (LTP), 1 - y (LTD) to y + first - lost y
    lost: NDArray[np.float32]  # [2, classes]
    cycle_noise: np.float32  # share of the range
    classes: int
    ltp_probability: float
    ltd_probability: float


@dataclass(frozen=True)
class NorFlashLearning:
    """Window in ms, and the device: its fields are those of :class:`PulseResponse`, without conductances.

    Defaults: oh2019's TFT cell as **assumed** in :data:`pulse_constants.TFT`; the window was chosen on MNIST.  Of the pulses that a
    spike sends to its column a synapse gets its own with ``ltp_probability`` or ``ltd_probability``, 0 to 1.

    Raises:
        NeurodeployError: ND450 for values that no device has.
    """

    window: float = 35.0
    ltp_pulses: float = TFT["ltp_pulses"].value
    ltd_pulses: float = TFT["ltd_pulses"].value
    ltp_nonlinearity: float = TFT["ltp_nonlinearity"].value
    ltd_nonlinearity: float = TFT["ltd_nonlinearity"].value
    cycle_noise: float = TFT["cycle_noise"].value
    device_variation: float = TFT["device_variation"].value
    ltp_probability: float = 1.0
    ltd_probability: float = 1.0

    def __post_init__(self) -> None:
        require(bool(0 < self.window < np.inf), self, "window", self.window, "above 0 ms")
        require_not_negative(self, cycle_noise=self.cycle_noise, device_variation=self.device_variation)
        for name in ("ltp_probability", "ltd_probability"):
            require(bool(0 <= getattr(self, name) <= 1), self, name, getattr(self, name), "0 to 1")
        _ = Branch(self.ltp_pulses, self.ltp_nonlinearity), Branch(self.ltd_pulses, -self.ltd_nonlinearity)

    def constants(self, dt: float) -> NorFlashConstants:
        """Return the kernel constants."""
        middles = (np.arange(DEVICE_CLASSES) + 0.5) / DEVICE_CLASSES if self.device_variation else np.array([0.5])
        steps = np.array(
            [[branch.step() for branch in self._branches(NormalDist().inv_cdf(middle))] for middle in middles]
        )
        first, lost = np.ascontiguousarray(steps.transpose(2, 1, 0), np.float32)
        return NorFlashConstants(
            output_memory=-1,
            window_steps=round(self.window / dt),
            first=first,
            lost=lost,
            cycle_noise=np.float32(self.cycle_noise),
            classes=len(middles),
            ltp_probability=self.ltp_probability,
            ltd_probability=self.ltd_probability,
        )

    def _branches(self, deviation: float) -> tuple[Branch, Branch]:
        """LTP and LTD of a device whose labels are ``deviation`` sigma from the mean."""
        shift = self.device_variation * deviation
        labels = np.clip([self.ltp_nonlinearity + shift, -self.ltd_nonlinearity + shift], -LARGEST_LABEL, LARGEST_LABEL)
        return Branch(self.ltp_pulses, float(labels[0])), Branch(self.ltd_pulses, float(labels[1]))


def neurosim_learning() -> NorFlashLearning:
    """MLP+NeuroSim's device."""
    device = {name: constant.value for name, constant in NEUROSIM.items() if name not in ("g_min", "g_max")}
    return NorFlashLearning(**device)


@substituted
def noise_of(word: np.uint64) -> np.float32:
    """A number of mean 0 and variance 1 from 64 random bits."""
    parts = (word & _LOW) + ((word >> _16) & _LOW) + ((word >> _32) & _LOW) + (word >> _48)
    return (np.float32(parts) * _UNIT - _TWO) * _SPREAD


@implements(on_input_spikes, NorFlashConstants)
def _keep(
    rule: Any,
    weights: NDArray[np.float32],
    traces: Traces,
    step: int,
    inputs: NDArray[np.int32],
    begin: int,
    end: int,
    recent: int,
    frozen: NDArray[np.uint8],
) -> int:
    return 0


@implements(on_output_spike, NorFlashConstants)
def _pulse_column(
    rule: Any,
    weights: NDArray[np.float32],
    synapses: NDArray[np.uint8],
    weight_maximum: np.float32,
    traces: Traces,
    step: int,
    neuron: int,
    active: int,
    existing: NDArray[np.int32],
) -> int:
    zero, one = np.float32(0.0), np.float32(1.0)
    column = np.uint64(neuron)
    to_level = one / weight_maximum
    devices = traces.keys[0] + column * GOLDEN_GAMMA
    cycle = mix(traces.keys[1] + (np.uint64(step) * _MOST_NEURONS + column) * GOLDEN_GAMMA)
    gated = rule.ltp_probability < 1.0 or rule.ltd_probability < 1.0
    gates = mix(cycle - GOLDEN_GAMMA)
    listed = existing.size
    potentiations = depressions = 0
    kind = np.uint64(0)
    for position in range(listed if listed > 0 else weights.shape[0]):
        row = np.uint64(existing[position] if listed > 0 else position)
        if synapses[row] != PLASTIC:
            continue
        last = traces.last_input_step[row]
        up = last >= 0 and step - last <= rule.window_steps
        if gated:
            drawn = np.float64(mix(gates + row * GOLDEN_GAMMA) >> _11) * _TO_UNIT
            if drawn >= (rule.ltp_probability if up else rule.ltd_probability):
                continue
        if rule.classes > 1:
            kind = mix(devices + row * _MOST_NEURONS * GOLDEN_GAMMA) >> _58
        level = weights[row, column] * to_level
        if up:
            level += rule.first[0, kind] - rule.lost[0, kind] * level
            potentiations += 1
        else:
            level -= rule.first[1, kind] - rule.lost[1, kind] * (one - level)
            depressions += 1
        if rule.cycle_noise > zero:
            level += rule.cycle_noise * noise_of(mix(cycle + row * GOLDEN_GAMMA))
        weights[row, column] = min(max(level, zero), one) * weight_maximum
    traces.applied[0] += potentiations
    traces.applied[1] += depressions
    return potentiations + depressions
