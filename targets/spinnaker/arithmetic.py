"""What the chip's s16.15 numbers cannot hold: refused before anything is mapped, with the population and the value.

Source: ``neuron_model_lif_impl.h`` (R = tau_m / cm and the products of a step are s16.15 and wrap silently).
"""

from __future__ import annotations

import numpy as np

from neurodeploy.errors import NeurodeployError
from neurodeploy.firmware_models.spinnaker import FirmwarePopulation
from neurodeploy.firmware_models.spinnaker.prepare import neuron_table
from neurodeploy.network.arrays import Array

LARGEST = 65536.0
DECAY_ERROR_LIMIT = 0.05
_DECAY, _RESISTANCE, _REST, _THRESHOLD, _OFFSET, _RESET = range(6)


def check_arithmetic(
    population: FirmwarePopulation, summed_weight_bounds: tuple[float, float], time_step_ms: float
) -> None:
    """Refuse a population whose parameters or largest input do not fit s16.15.

    ``summed_weight_bounds``: largest summed weights of one step (µS, or nA for currents), excitatory and inhibitory.

    Raises:
        NeurodeployError: ND411 with what does not fit.
    """
    p = population.parameters
    for name in sorted({"tau_m", "cm", "tau_syn_E", "tau_syn_I"} & set(p)):
        _refuse(population, (p[name] > 0) & (np.rint(p[name] * 32768) == 0), p[name], f"{name} becomes 0")
    try:
        table = neuron_table(population, time_step_ms)
    except ValueError as error:
        raise NeurodeployError(
            "ND411", f"SpiNNaker cannot hold a parameter: {error}.", "Scale it into s16.15."
        ) from None
    resistance = p["tau_m"] / p["cm"]
    _refuse(
        population, resistance >= LARGEST, resistance, "the membrane resistance tau_m/cm (MΩ) is too large: raise cm"
    )
    equal = (table[_THRESHOLD] <= table[_RESET]) & (p["v_thresh"] > p["v_reset"])
    _refuse(population, equal, p["v_thresh"], "the threshold equals the reset after rounding to 2^-15 mV")
    _refuse_slow_leak(population, table[_DECAY] / 32768.0, time_step_ms)
    drive = _largest_current(population, summed_weight_bounds, time_step_ms) + np.abs(p["i_offset"])
    reached = resistance * drive + np.abs(p["v_rest"])
    _refuse(
        population,
        reached >= LARGEST,
        reached,
        "R x the largest current of a step (mV) overflows: raise cm or scale weights",
    )


def _largest_current(population: FirmwarePopulation, bounds: tuple[float, float], time_step_ms: float) -> Array:
    """Largest synaptic current of one step in nA."""
    p = population.parameters
    if population.model == "IF_cond_exp":
        span = [np.maximum(np.abs(p[e] - p["v_rest"]), np.abs(p[e] - p["v_thresh"])) for e in ("e_rev_E", "e_rev_I")]
        return np.maximum(bounds[0] * span[0], bounds[1] * span[1])
    largest = max(bounds) * np.ones(population.size)
    return largest / time_step_ms if population.model == "IF_curr_delta" else largest


def _refuse_slow_leak(population: FirmwarePopulation, decay: Array, time_step_ms: float) -> None:
    """The decay per step has 15 bits: with a very long tau_m little is left of 1 - decay."""
    exact = 1 - np.exp(-time_step_ms / population.parameters["tau_m"])
    error = np.abs((1 - decay) / exact - 1)
    what = f"the leak per step is off by more than {DECAY_ERROR_LIMIT:.0%} in 15 bits: shorten tau_m (ms) or lengthen the time step"
    _refuse(population, error > DECAY_ERROR_LIMIT, population.parameters["tau_m"], what)


def _refuse(population: FirmwarePopulation, wrong: Array, values: Array, what: str) -> None:
    if wrong.any():
        worst = float(values[wrong][0])
        raise NeurodeployError(
            "ND411",
            f"Population '{population.label}': {what}; {int(wrong.sum())} neurons, the first has {worst:g}.",
            "SpiNNaker computes in s16.15: numbers below 65536 in steps of 2^-15.",
        )
