"""Parameters of the two-layer network, in milliseconds, millivolts and hertz."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from neurodeploy.encoding import RATE_CODES

MNIST_INPUTS = 784
MOST_NEURONS = 65_536
"""With 784 inputs 200 MiB of weights."""
DIEHL_COOK_COLUMN_SUM = 78.0
INHIBITION = ("direct", "population")
"""How an excitatory neuron's spike inhibits the others: by a delayed synapse, or through an inhibitory population."""

MOST_BATCH_IMAGES = 256
"""Each image of a batch has a copy of the weights."""


@dataclass(frozen=True)
class InhibitoryParameters:
    """Inhibitory LIF neuron of Diehl & Cook 2015 (authors' code), and its synapse from the excitatory neuron.

    ``tau_membrane dv/dt = (v_rest - v) + g_e (e_excitatory - v)``; spikes when ``v > threshold``.
    """

    tau_membrane: float = 10.0  # ms
    tau_excitatory: float = 1.0  # ms
    tau_inhibitory: float = 2.0  # ms; without effect: nothing inhibits these neurons
    v_rest: float = -60.0  # mV
    v_reset: float = -45.0  # mV
    threshold: float = -40.0  # mV
    e_excitatory: float = 0.0  # mV
    e_inhibitory: float = -85.0  # mV; without effect
    refractory: float = 2.0  # ms
    weight: float = 10.4  # conductance per spike of its excitatory neuron

    def __post_init__(self) -> None:
        """Refuse values the step equations cannot use."""
        if min(self.tau_membrane, self.tau_excitatory) <= 0.0:
            raise ValueError("time constants must be positive")
        if self.v_reset > self.threshold or self.v_rest > self.threshold:
            raise ValueError("an inhibitory neuron's rest and reset must not lie above its threshold")


@dataclass(frozen=True)
class NeuronParameters:
    """Conductance LIF neuron of Diehl & Cook 2015 (authors' code; guo2020 eq. 1-2 uses the same).

    ``tau_membrane dv/dt = (v_rest - v) + g_e (e_excitatory - v) + g_i (e_inhibitory - v)``;
    conductances are relative to the leak (dimensionless).  A neuron spikes when
    ``v > theta + threshold_offset``, theta starting at ``theta_start``.
    """

    tau_membrane: float = 100.0  # ms
    tau_excitatory: float = 1.0  # ms
    tau_inhibitory: float = 2.0  # ms
    v_rest: float = -65.0  # mV
    v_reset: float = -65.0  # mV
    e_excitatory: float = 0.0  # mV
    e_inhibitory: float = -100.0  # mV
    theta_start: float = 20.0  # mV
    threshold_offset: float = -72.0  # mV: theta - 20 - 52
    threshold_margin: float = 1.0  # mV that a decayed threshold keeps above v_rest (ours: a silent neuron stays silent)
    refractory: float = 5.0  # ms
    lateral_weight: float = 17.0  # conductance per spike of another neuron
    lateral_delay_steps: int = 2  # via the inhibitory population
    inhibitory: InhibitoryParameters = field(default_factory=InhibitoryParameters)

    def __post_init__(self) -> None:
        """Refuse values the step equations cannot use."""
        if min(self.tau_membrane, self.tau_excitatory, self.tau_inhibitory) <= 0.0:
            raise ValueError("time constants must be positive")
        if self.v_reset > self.theta_start + self.threshold_offset:
            raise ValueError("the reset potential must lie below the threshold")
        if self.lateral_delay_steps < 1:
            raise ValueError("lateral inhibition needs a delay of at least one step")


@dataclass(frozen=True)
class TrainingParameters:
    """One training: size, timing, input rates, homeostasis.  Defaults: MNIST, 100 neurons."""

    neurons: int = 100
    inputs: int = MNIST_INPUTS
    dt: float = 0.5  # ms
    presentation: float = 350.0  # ms of input
    rest: float = 150.0  # ms without input after every training presentation
    rest_simulated: float = 20.0  # ms of it in steps; the remainder in closed form
    maximum_rate_hz: float = 63.75  # of a pixel at image_maximum, at start_intensity
    image_maximum: int = 255
    start_intensity: int = 2
    maximum_intensity: int = 20
    minimum_spikes: int = 5  # fewer: intensity + 1 and present again
    theta_plus: float | None = None  # mV per output spike; None: 0.05 * neurons / 400
    tau_theta: float = 1e7  # ms, decay of all of theta
    column_sum: float | None = None  # None: 78 * inputs / 784
    column_sum_images: int = 0  # images whose presentations are preceded by the normalisation; 0: all
    weight_maximum: float = 1.0
    initial_weight: float = 0.3  # weights start at initial_weight * (U(0, 1) + 0.01)
    seed: int = 0
    encoder: str = "poisson"  # one of RATE_CODES
    inhibition: str = "direct"  # or "population": see inhibitory_layer.py
    batch_images: int = 1  # images whose changes are merged; 1: the published rule, more: see batch.py
    neuron: NeuronParameters = field(default_factory=NeuronParameters)

    def __post_init__(self) -> None:
        """Refuse rates beyond one spike per step and empty networks."""
        for name in ("neurons", "inputs"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} is {getattr(self, name)}: use 1 or more")
        if self.neurons > MOST_NEURONS:
            raise ValueError(f"neurons is {self.neurons:,}: at most {MOST_NEURONS:,}")
        for name in ("dt", "presentation", "maximum_rate_hz", "initial_weight", "weight_maximum", "tau_theta"):
            if not getattr(self, name) > 0.0:
                raise ValueError(f"{name} is {getattr(self, name):g}: use more than 0")
        for name in ("rest", "minimum_spikes", "column_sum_images"):
            if getattr(self, name) < 0:
                raise ValueError(f"{name} is {getattr(self, name):g}: use 0 or more")
        if self.presentation < self.dt:
            raise ValueError(f"a presentation of {self.presentation:g} ms is shorter than the step of {self.dt:g} ms")
        if self.theta_plus is not None and self.theta_plus < 0:
            raise ValueError(f"theta_plus is {self.theta_plus:g} mV: use 0 or more")
        if self.column_sum is not None and not self.column_sum > 0:
            raise ValueError(f"column_sum is {self.column_sum:g}: use more than 0")
        if self.encoder not in RATE_CODES:
            raise ValueError(f"encoder is {self.encoder!r}: use one of {', '.join(RATE_CODES)}")
        if self.inhibition not in INHIBITION:
            raise ValueError(f"inhibition is {self.inhibition!r}: use one of {', '.join(INHIBITION)}")
        if not 1 <= self.batch_images <= MOST_BATCH_IMAGES:
            raise ValueError(f"batch_images is {self.batch_images}: use 1 to {MOST_BATCH_IMAGES}")
        if not 1 <= self.start_intensity <= self.maximum_intensity < self.start_intensity + 64:
            raise ValueError("intensities must satisfy 1 <= start <= maximum < start + 64")
        steepest = self.maximum_rate_hz * self.maximum_intensity / self.start_intensity
        if not 0.0 < steepest * self.dt * 1e-3 < 1.0:
            raise ValueError(
                f"at intensity {self.maximum_intensity} a pixel would fire at {steepest:g} Hz: "
                f"one spike per step of {self.dt} ms is the limit"
            )

    @property
    def padded_neurons(self) -> int:
        """Width of a weight row: neurons rounded up to a multiple of 16 (a cache line)."""
        return -(-self.neurons // 16) * 16

    @property
    def steps(self) -> int:
        """Steps with input of one presentation."""
        return round(self.presentation / self.dt)

    @property
    def rest_steps(self) -> int:
        """Simulated steps of the rest."""
        return round(min(self.rest, self.rest_simulated) / self.dt)

    @property
    def effective_theta_plus(self) -> float:
        """Threshold increment in mV; by default it scales with the layer (measured, see notes)."""
        return 0.05 * self.neurons / 400.0 if self.theta_plus is None else self.theta_plus

    @property
    def effective_column_sum(self) -> float:
        """Sum that a neuron's input weights are normalised to before every presentation."""
        if self.column_sum is not None:
            return self.column_sum
        return DIEHL_COOK_COLUMN_SUM * self.inputs / MNIST_INPUTS

    def restores_sums(self, images_seen: int) -> bool:
        """Whether columns are normalised before the image after so many."""
        return self.column_sum_images == 0 or images_seen < self.column_sum_images


class InhibitoryConstants(NamedTuple):
    """Constants of the inhibitory population's step."""

    explicit: bool  # False: folded into the delay, the others are not read
    keep_excitatory: np.float32  # 1 - dt / tau_e
    membrane_gain: np.float32  # dt / tau_m
    v_rest: np.float32
    v_reset: np.float32
    threshold: np.float32
    e_excitatory: np.float32
    weight: np.float32
    refractory_steps: int


class StepConstants(NamedTuple):
    """Constants of the step equations as the kernels read them (float32 unless a count)."""

    keep_excitatory: np.float32  # 1 - dt / tau_e
    keep_inhibitory: np.float32  # 1 - dt / tau_i
    membrane_gain: np.float32  # a = dt / tau_m
    v_rest: np.float32
    v_reset: np.float32
    e_excitatory: np.float32
    e_inhibitory: np.float32
    threshold_offset: np.float32
    lateral_weight: np.float32
    theta_plus: np.float32
    theta_keep: np.float32  # per presentation and rest
    theta_floor: np.float32  # where the decay ends
    rest_keep: np.float32  # of v - v_rest over the closed-form part of the rest
    refractory_steps: int
    lateral_delay_steps: int
    inhibition_memory: int  # steps until the inhibition left is below float32 resolution
    steps: int
    rest_steps: int
    inhibitory: InhibitoryConstants


def inhibitory_constants(parameters: TrainingParameters) -> InhibitoryConstants:
    """Derive the constants of the inhibitory population: forward Euler throughout."""
    neuron, dt = parameters.neuron.inhibitory, parameters.dt
    return InhibitoryConstants(
        explicit=parameters.inhibition == "population",
        keep_excitatory=np.float32(1.0 - dt / neuron.tau_excitatory),
        membrane_gain=np.float32(dt / neuron.tau_membrane),
        v_rest=np.float32(neuron.v_rest),
        v_reset=np.float32(neuron.v_reset),
        threshold=np.float32(neuron.threshold),
        e_excitatory=np.float32(neuron.e_excitatory),
        weight=np.float32(neuron.weight),
        refractory_steps=round(neuron.refractory / dt),
    )


def step_constants(parameters: TrainingParameters) -> StepConstants:
    """Derive the kernel constants: forward Euler conductances, implicit Euler membrane."""
    neuron, dt = parameters.neuron, parameters.dt
    keep_inhibitory = max(0.0, 1.0 - dt / neuron.tau_inhibitory)
    gain = dt / neuron.tau_membrane
    left_steps = round(parameters.rest / dt) - parameters.rest_steps
    duration = parameters.presentation + parameters.rest
    memory = 1.0
    if keep_inhibitory > 0.0 and neuron.lateral_weight > 0.0:
        # below 1e-9 nothing is left of 64 simultaneous spikes in float32 sums with 1 and v_rest
        memory = np.log(1e-9 / (64.0 * neuron.lateral_weight)) / np.log(keep_inhibitory)
    return StepConstants(
        keep_excitatory=np.float32(1.0 - dt / neuron.tau_excitatory),
        keep_inhibitory=np.float32(keep_inhibitory),
        membrane_gain=np.float32(gain),
        v_rest=np.float32(neuron.v_rest),
        v_reset=np.float32(neuron.v_reset),
        e_excitatory=np.float32(neuron.e_excitatory),
        e_inhibitory=np.float32(neuron.e_inhibitory),
        threshold_offset=np.float32(neuron.threshold_offset),
        lateral_weight=np.float32(neuron.lateral_weight),
        theta_plus=np.float32(parameters.effective_theta_plus),
        theta_keep=np.float32(np.exp(-duration / parameters.tau_theta)),
        theta_floor=np.float32(neuron.v_rest + neuron.threshold_margin - neuron.threshold_offset),
        rest_keep=np.float32((1.0 + gain) ** -max(0, left_steps)),
        refractory_steps=round(neuron.refractory / dt),
        lateral_delay_steps=neuron.lateral_delay_steps,
        inhibition_memory=int(np.ceil(memory)),
        steps=parameters.steps,
        rest_steps=parameters.rest_steps,
        inhibitory=inhibitory_constants(parameters),
    )
