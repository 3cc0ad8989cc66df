"""The weights of a trained layer: column sums restored, and codes and levels where training left few values."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from neurodeploy.compression.quantization.codebooks import code_type
from neurodeploy.network import Weights
from neurodeploy.network.arrays import BoolArray, FloatArray
from neurodeploy.training.two_layer.parameters import TrainingParameters
from neurodeploy.training.two_layer.synapse_states import FROZEN
from neurodeploy.training.two_layer.trainer_state import TrainerState

MOST_LEVELS = 65536
"""A codebook with more has no codes of 16 bits: plain values then."""


def normalised_columns(
    weights: NDArray[np.float32],
    column_sum: float,
    frozen: NDArray[np.bool_] | None = None,
    weight_maximum: float = 1.0,
) -> NDArray[np.float32]:
    """Return weights [inputs, neurons] with every non-empty column scaled to ``column_sum``.

    A column with fewer than ``column_sum / weight_maximum`` weights above 0 is scaled to a mean of
    ``weight_maximum`` instead. Weights that are ``frozen`` [inputs, neurons] count in the sum and
    stay; a column in which they alone reach the sum stays as it is.

    After pruning or sharing at the end of a training this restores the balance between neurons
    that the next presentation would have; without it three-level networks lose some ten points.
    Levels then differ from neuron to neuron by a factor: one scale per column.
    """
    fixed = np.zeros(weights.shape[1]) if frozen is None else (weights * frozen).sum(axis=0, dtype=np.float64)
    target = np.minimum(column_sum, weight_maximum * np.count_nonzero(weights, axis=0))
    sums, room = weights.sum(axis=0, dtype=np.float64) - fixed, target - fixed
    scalable = (sums > 0.0) & (room > 0.0)
    scale = np.where(scalable, room / np.where(scalable, sums, 1.0), 1.0).astype(np.float32)
    factors = scale if frozen is None else np.where(frozen, np.float32(1.0), scale)
    scaled: NDArray[np.float32] = weights * factors
    return scaled


def restored_weights(state: TrainerState, parameters: TrainingParameters) -> NDArray[np.float32]:
    """A training's weights [inputs, neurons] as its next presentation would have them: :func:`normalised_columns`."""
    if not parameters.restores_sums(state.images_seen):
        return state.layer_weights
    return normalised_columns(
        state.layer_weights, parameters.effective_column_sum, state.synapses.T == FROZEN, parameters.weight_maximum
    )


def codes_and_levels(shared: NDArray[np.float32], scaled: NDArray[np.float32], mask: BoolArray, per: str) -> Weights:
    """Exactly the weights ``scaled``, as codes and a codebook per neuron, level 0 the weight 0.

    ``shared`` [inputs, neurons] are the weights as the quantizer left them and ``scaled`` the same after normalisation.
    ``per`` projection: a code means the same shared value for every neuron, times the neuron's scale. Where a value's
    scale is not the same in all of a column, or ``per`` is neuron, each neuron numbers its own values. Plain values where
    a codebook would have more than 65,536 levels.
    """
    result = _common_codes(shared, scaled, mask) if per == "projection" else None
    return result or _own_codes(scaled, mask)


def _common_codes(shared: NDArray[np.float32], scaled: NDArray[np.float32], mask: BoolArray) -> Weights | None:
    values = np.unique(shared[mask & (shared > 0)])
    if not 0 < len(values) < MOST_LEVELS:
        return None
    levels = np.concatenate([[0.0], values])
    codes = np.where(mask, np.searchsorted(levels, shared), 0).astype(code_type(len(levels)))
    books = np.zeros((shared.shape[1], len(levels)))
    books[np.broadcast_to(np.arange(shared.shape[1]), codes.shape), codes] = scaled
    books[:, 0] = 0.0
    weights = Weights(codes=codes, levels=books, mask=mask)
    return weights if _same(weights, scaled) else None


def _own_codes(scaled: NDArray[np.float32], mask: BoolArray) -> Weights:
    columns = [np.unique(column[there & (column > 0)]) for column, there in zip(scaled.T, mask.T, strict=True)]
    count = 1 + max(map(len, columns))
    plain = Weights(values=scaled, mask=mask)
    if not 2 <= count <= MOST_LEVELS:
        return plain
    books: FloatArray = np.zeros((len(columns), count))
    codes = np.zeros(scaled.shape, code_type(count))
    for neuron, values in enumerate(columns):
        books[neuron, 1 : 1 + len(values)] = values
        own = np.concatenate([[0.0], values])
        codes[:, neuron] = np.where(mask[:, neuron], np.searchsorted(own, scaled[:, neuron]), 0)
    weights = Weights(codes=codes, levels=books, mask=mask)
    return weights if _same(weights, scaled) else plain


def _same(weights: Weights, scaled: NDArray[np.float32]) -> bool:
    return np.array_equal(weights.decoded(), np.where(weights.present(), scaled, 0.0))
