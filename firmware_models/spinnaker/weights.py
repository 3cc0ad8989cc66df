"""How sPyNNaker 7.4.1's host turns synaptic weights into the 16-bit words of a synaptic row.

Source: ``spynnaker/pyNN/models/neuron/population_vertex.py`` (``get_ring_buffer_shifts``, ``get_weight_scales``),
``synapse_io.py`` (scaling) and ``synapse_dynamics/synapse_dynamics_static.py`` (rounding and the 16-bit mask).
"""

from __future__ import annotations

import math

import numpy as np

from neurodeploy.firmware_models.spinnaker.arrays import Float64Array, Int16Array, UInt16Array

WEIGHT_SCALE_OF_MODEL = {"IF_curr_exp": 1.0, "IF_curr_delta": 1.0, "IF_cond_exp": 1024.0}


def global_weight_scale(model: str) -> float:
    """Factor applied to every weight of ``model``: 1024 for conductances, else 1.

    Raises:
        ValueError: the model is not one of the three supported neuron models.
    """
    try:
        return WEIGHT_SCALE_OF_MODEL[model]
    except KeyError:
        raise ValueError(f"unknown neuron model {model!r}; known: {sorted(WEIGHT_SCALE_OF_MODEL)}") from None


def ring_buffer_shift(max_expected_summed_weight: float, model: str) -> int:
    """The shift sPyNNaker chooses for one receptor, given the largest summed weight of one step.

    The weight is in nA (IF_curr_exp), nA ms (IF_curr_delta: one input moves the membrane by about weight / cm)
    or microsiemens (IF_cond_exp).

    The result is the smallest whole number s >= 0 with 2^s > scaled maximum, so the ring buffer ends just under 2^s.

    Raises:
        ValueError: the maximum is not finite, or the model is unknown.
    """
    if not math.isfinite(max_expected_summed_weight):
        raise ValueError(f"max_expected_summed_weight must be finite, not {max_expected_summed_weight}")
    largest = max_expected_summed_weight * global_weight_scale(model)
    power = 0 if largest <= 0 else math.ceil(max(0.0, math.log2(largest)))
    return power + 1 if 2**power <= largest else power


def weight_scale(shift: int, model: str) -> float:
    """Factor from a weight in PyNN units to the stored integer: 2^(15 - shift), times 1024 for conductances."""
    return math.pow(2.0, 16 - (shift + 1)) * global_weight_scale(model)


def quantise_weights(weights: Float64Array, shift: int, model: str) -> UInt16Array:
    """Stored weights, same shape: round half to even of |weight| * scale, then only the low 16 bits (silent wrap).

    Use :func:`wrapped_weights` to find the weights that this wraps.

    Raises:
        ValueError: a weight is not finite (sPyNNaker would store 0 silently).
    """
    scaled = np.rint(np.abs(np.asarray(weights, dtype=np.float64) * weight_scale(shift, model)))
    if not np.all(np.isfinite(scaled)):
        raise ValueError("weights must be finite")
    stored: UInt16Array = (scaled.astype(np.uint32) & np.uint32(0xFFFF)).astype(np.uint16)
    return stored


def wrapped_weights(weights: Float64Array, shift: int, model: str) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    """True where a weight exceeds 16 bits after scaling, so that sPyNNaker stores a wrong, wrapped value."""
    scaled = np.rint(np.abs(np.asarray(weights, dtype=np.float64) * weight_scale(shift, model)))
    return np.asarray(scaled > 0xFFFF)


def decode_weights(stored: UInt16Array, shift: int, model: str) -> Float64Array:
    """Weights in PyNN units that the stored integers stand for, exactly; same shape."""
    return np.asarray(stored, dtype=np.float64) / weight_scale(shift, model)


def quantise_signed_weights(weights: Float64Array, shifts: tuple[int, int], model: str) -> Int16Array:
    """Signed codes of a kernel or a dense matrix, same shape; only the low 16 bits stay, so that 1.0 at shift 0 is -32768.

    ``shifts`` are those of the receptors of the positive and of the negative weights.  Pooling divides the weights by the
    pool's area before.  Source: ``get_encoded_kernel_weights`` and ``get_local_only_data`` of the two connectors.

    Raises:
        ValueError: a weight is not finite.
    """
    values = np.asarray(weights, dtype=np.float64)
    scale = np.where(values < 0, weight_scale(shifts[1], model), weight_scale(shifts[0], model))
    scaled = np.rint(values * scale)
    if not np.all(np.isfinite(scaled)):
        raise ValueError("weights must be finite")
    return scaled.astype(np.int64).astype(np.int16)
