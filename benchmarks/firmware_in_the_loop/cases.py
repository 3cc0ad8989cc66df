"""The compared networks: one source population, one neuron population, all random but the same for the same name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

SOURCE, TARGET = 0, 1
EXCITATORY, INHIBITORY = 0, 1


@dataclass(frozen=True)
class Projection:
    """Synapses from ``source`` (SOURCE or TARGET) to the target population, in PyNN units and milliseconds.

    ``uniform`` marks all-to-all-but-self with one weight and delay, which the model runs without a synapse list.
    """

    source: int
    receptor: int
    pre: NDArray[np.int64]
    post: NDArray[np.int64]
    weight: NDArray[np.float64]
    delay: NDArray[np.float64]
    uniform: bool = False


@dataclass(frozen=True)
class Case:
    """One network and its input spikes; ``summed`` is sPyNNaker's max_expected_summed_weight (None: its estimate)."""

    model: str
    seed: int
    time_step_ms: float
    n_sources: int
    n_neurons: int
    steps: int
    parameters: dict[str, list[float]]
    summed: list[float] | None
    projections: list[Projection]
    input_step: NDArray[np.int64]
    input_neuron: NDArray[np.int64]

    @property
    def sizes(self) -> tuple[int, int]:
        """Number of neurons of SOURCE and of TARGET."""
        return self.n_sources, self.n_neurons


def random_parameters(model: str, n: int, extreme: bool, rng: np.random.Generator) -> dict[str, list[float]]:
    """PyNN parameters and the initial "v" of ``n`` neurons; ``extreme`` goes far beyond biology."""

    def uniform(low: float, high: float) -> list[float]:
        return [float(x) for x in rng.uniform(low, high, n)]

    parameters = {
        "v_rest": uniform(-75, -60),
        "v_reset": uniform(-80, -65),
        "v_thresh": uniform(-58, -45),
        "tau_m": uniform(5, 40),
        "cm": uniform(0.25, 2.0),
        "i_offset": uniform(-0.3, 0.8),
        "tau_refrac": [float(x) for x in rng.choice([0.0, 0.1, 0.5, 1.0, 1.7, 3.0, 5.3], n)],
        "v": uniform(-78, -50),
    }
    if model != "IF_curr_delta":
        parameters["tau_syn_E"] = uniform(0.5, 12)
        parameters["tau_syn_I"] = uniform(0.5, 20)
    if model == "IF_cond_exp":
        parameters["e_rev_E"] = uniform(-20, 20)
        parameters["e_rev_I"] = uniform(-110, -70)
    if extreme:
        for name, low, high in (
            ("tau_syn_E", 0.05, 3000),
            ("tau_syn_I", 0.05, 3000),
            ("tau_m", 0.3, 3000),
            ("cm", 0.001, 50),
        ):
            if name in parameters:
                parameters[name] = [float(x) for x in np.exp(rng.uniform(np.log(low), np.log(high), n))]
        parameters["v_reset"] = uniform(-90, -40)
        parameters["v"] = uniform(-3000, 0)
        parameters["i_offset"] = uniform(-40, 60)
        parameters["tau_refrac"] = uniform(0, 40)
    return {name: [round(x, 6) for x in values] for name, values in parameters.items()}


def random_case(
    model: str,
    seed: int,
    *,
    time_step_ms: float = 1.0,
    n_sources: int = 20,
    n_neurons: int = 24,
    steps: int = 250,
    max_weight: float = 1.0,
    summed: list[float] | None = None,
    max_delay: int = 16,
    rate: float = 0.1,
    recurrent: bool = True,
    inhibition: float = 1.0,
    extreme: bool = False,
) -> Case:
    """Half of all possible synapses, delays of 1 to ``max_delay`` steps, spikes at ``rate`` per step with bursts.

    ``inhibition`` scales the inhibitory weights.  The order of the random draws fixes the golden files.
    """
    rng = np.random.default_rng(seed)
    parameters = random_parameters(model, n_neurons, extreme, rng)
    projections = []
    for source in (SOURCE, TARGET) if recurrent else (SOURCE,):
        for receptor in (EXCITATORY, INHIBITORY):
            mask = rng.random(((n_sources, n_neurons)[source], n_neurons)) < 0.5
            if source == TARGET:
                np.fill_diagonal(mask, False)
            pre, post = np.nonzero(mask)
            largest = max_weight * (inhibition if receptor == INHIBITORY else 1.0)
            weight = np.round(rng.uniform(0, largest, pre.size), 5)
            delay = np.round(rng.integers(1, max_delay + 1, pre.size) * time_step_ms, 4)
            projections.append(Projection(source, receptor, pre, post, weight, delay))
    burst = rng.random((steps, 1)) < 0.03
    at, which = np.nonzero(rng.random((steps, n_sources)) < np.where(burst, 0.8, rate))
    return Case(
        model, seed, time_step_ms, n_sources, n_neurons, steps, parameters, summed, projections, at, which
    )  # fmt: skip


def image_classifier() -> Case:
    """784 inputs, active for 350 of 700 steps, to 100 IF_cond_exp neurons with uniform lateral inhibition."""
    rng = np.random.default_rng(7)
    n, inputs, steps = 100, 784, 700
    weight = np.round(rng.random((inputs, n)) ** 2 * 0.003, 6)
    constant = {
        "v_rest": -65.0, "v_reset": -60.0, "tau_m": 100.0, "cm": 1.0, "i_offset": 0.0, "tau_refrac": 5.0, "v": -65.0,
        "tau_syn_E": 1.0, "tau_syn_I": 2.0, "e_rev_E": 0.0, "e_rev_I": -100.0,
    }  # fmt: skip
    parameters = {name: [value] * n for name, value in constant.items()}
    parameters["v_thresh"] = np.round(rng.uniform(-52, -45, n), 4).tolist()
    spikes = rng.random((steps, inputs)) < (rng.random(inputs) < 0.19) * 0.06 * (np.arange(steps) < 350)[:, None]
    at, which = np.nonzero(spikes)
    pre, post = np.divmod(np.arange(inputs * n), n)
    lateral_pre, lateral_post = np.nonzero(~np.eye(n, dtype=bool))
    one = np.ones(lateral_pre.size)
    projections = [
        Projection(SOURCE, EXCITATORY, pre, post, weight.ravel(), np.ones(pre.size)),
        Projection(TARGET, INHIBITORY, lateral_pre, lateral_post, 0.017 * one, one, uniform=True),
    ]
    return Case("IF_cond_exp", 7, 1.0, inputs, n, steps, parameters, [0.6, 2.0], projections, at, which)


CURRENT, DELTA, CONDUCTANCE = "IF_curr_exp", "IF_curr_delta", "IF_cond_exp"
GOLDEN: dict[str, tuple[str, dict[str, Any]]] = {
    "curr_exp_plain": (CURRENT, {"seed": 11, "max_weight": 0.8}),
    "curr_exp_half_ms": (CURRENT, {"seed": 12, "time_step_ms": 0.5, "max_weight": 0.8}),
    "curr_exp_tenth_ms": (CURRENT, {"seed": 13, "time_step_ms": 0.1, "max_weight": 2.0}),
    "curr_exp_saturating": (
        CURRENT,
        {"seed": 14, "max_weight": 0.9, "summed": [1.0, 1.0], "max_delay": 3, "rate": 0.4},
    ),
    "curr_exp_inhibited": (
        CURRENT,
        {"seed": 15, "max_weight": 2.0, "inhibition": 1.6, "rate": 0.06, "recurrent": False},
    ),
    "curr_exp_extreme": (CURRENT, {"seed": 16, "max_weight": 4000.0, "extreme": True}),
    "curr_exp_wrapped_weights": (CURRENT, {"seed": 17, "max_weight": 3.0, "summed": [0.9, 1.5]}),
    "curr_delta_plain": (DELTA, {"seed": 21, "max_weight": 3.0}),
    "curr_delta_half_ms": (DELTA, {"seed": 22, "time_step_ms": 0.5, "max_weight": 3.0}),
    "curr_delta_saturating": (
        DELTA,
        {"seed": 23, "max_weight": 0.9, "summed": [1.0, 2.0], "max_delay": 2, "rate": 0.5},
    ),
    "curr_delta_extreme": (DELTA, {"seed": 24, "max_weight": 5000.0, "extreme": True}),
    "cond_exp_plain": (CONDUCTANCE, {"seed": 31, "max_weight": 0.02, "summed": [0.3, 0.3]}),
    "cond_exp_half_ms": (CONDUCTANCE, {"seed": 32, "time_step_ms": 0.5, "max_weight": 0.02, "summed": [0.2, 0.5]}),
    "cond_exp_saturating": (
        CONDUCTANCE,
        {"seed": 33, "max_weight": 0.05, "summed": [0.06, 0.1], "max_delay": 3, "rate": 0.4},
    ),
    "cond_exp_inhibited": (CONDUCTANCE, {"seed": 34, "max_weight": 0.02, "summed": [0.3, 6.0], "inhibition": 50.0}),
    "cond_exp_extreme": (CONDUCTANCE, {"seed": 35, "max_weight": 20.0, "summed": [10.0, 25.0], "extreme": True}),
}
_SIZE = {"n_sources": 80, "n_neurons": 128, "steps": 2000}
_CURRENT = {"max_weight": 0.25, **_SIZE}
_DELTA = {"max_weight": 2.0, "summed": [30.0, 30.0], "inhibition": 0.7, **_SIZE}
_CONDUCTANCE = {"max_weight": 0.004, **_SIZE}
LARGE: dict[str, tuple[str, dict[str, Any]]] = {
    "large_curr_exp": (CURRENT, {"seed": 101, "summed": [6.0, 8.0], **_CURRENT}),
    "large_curr_exp_half_ms": (CURRENT, {"seed": 102, "time_step_ms": 0.5, "summed": [3.0, 4.0], **_CURRENT}),
    "large_curr_delta": (DELTA, {"seed": 103, **_DELTA}),
    "large_curr_delta_half_ms": (DELTA, {"seed": 104, "time_step_ms": 0.5, **_DELTA}),
    "large_cond_exp": (CONDUCTANCE, {"seed": 105, "summed": [0.2, 0.2], **_CONDUCTANCE}),
    "large_cond_exp_half_ms": (
        CONDUCTANCE,
        {"seed": 106, "time_step_ms": 0.5, "summed": [0.05, 0.2], **_CONDUCTANCE},
    ),
    "large_cond_exp_extreme": (
        CONDUCTANCE,
        {"seed": 107, "max_weight": 0.4, "summed": [10.0, 3.0], "extreme": True, **_SIZE},
    ),
}
REALISTIC = "image_classifier"
DRAWN = "drawn_"


def drawn_case(seed: int) -> Case:
    """Model, time step, sizes, scale of the weights, ring-buffer sums, delays, rates and how extreme it is: all drawn."""
    rng = np.random.default_rng([seed, 0xD1FF])
    model = str(rng.choice([CURRENT, DELTA, CONDUCTANCE]))
    scale = {CURRENT: 1.0, DELTA: 3.0, CONDUCTANCE: 0.02}[model]
    extreme = bool(rng.random() < 0.25)
    largest = float(scale * np.exp(rng.uniform(np.log(0.05), np.log(20.0))) * (100.0 if extreme else 1.0))
    # Expected sums from far too small (saturating, wrapping weights) to generous; conductances always need them.
    sums = [float(largest * np.exp(rng.uniform(np.log(0.3), np.log(60.0)))) for _ in range(2)]
    return random_case(
        model, seed,
        time_step_ms=float(rng.choice([1.0, 0.5, 0.1])), n_sources=int(rng.integers(1, 60)),
        n_neurons=int(rng.integers(1, 129)), steps=int(rng.integers(100, 600)), max_weight=largest,
        summed=sums if model == CONDUCTANCE or rng.random() < 0.6 else None, max_delay=int(rng.integers(1, 17)),
        rate=float(rng.uniform(0.0, 0.5)), recurrent=bool(rng.random() < 0.7),
        inhibition=float(np.exp(rng.uniform(np.log(0.2), np.log(10.0)))), extreme=extreme,
    )  # fmt: skip


def case_named(name: str) -> Case:
    """Build a case of ``GOLDEN``, ``LARGE``, the ``REALISTIC`` one, or ``drawn_SEED``: everything drawn from a seed.

    Raises:
        KeyError: there is no case of this name.
    """
    if name == REALISTIC:
        return image_classifier()
    if name.startswith(DRAWN):
        return drawn_case(int(name.removeprefix(DRAWN)))
    model, options = (GOLDEN | LARGE)[name]
    return random_case(model, **options)
