"""Training-time pruning rules on signed weights: symmetric, or with rules of their own for the two signs (oh2019).

The rules know weights from 0 to 1. They are shown magnitudes relative to the largest of the layer, as an array of devices
stores them, and the signs are put back after. With two rules each sees the synapses of one sign alone; a weight of
exactly 0 counts as excitatory. A weight that a rule sets to 0 learns on, and may come back with either sign.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from neurodeploy.errors import NeurodeployError
from neurodeploy.network.arrays import Array, BoolArray
from neurodeploy.training.backpropagation.layers import MatrixShape
from neurodeploy.training.backpropagation.state import BackpropagationState, synapse_layers
from neurodeploy.training.plastic_layer import PlasticLayer
from neurodeploy.training.pruning import TRAINING_PRUNING, TrainingPruningRule
from neurodeploy.training.two_layer.synapse_states import REMOVED

READ_SPIKES = ("adaptive_neurons", "adaptive_time_neurons", "neurons")
"""Rules that need the spikes of the training, which this one has not."""
ONE_SIGN = ("constant", "to_minimum", "to_zero", "post_training", "soft")
"""Rules that look at each weight alone, and so can do with the synapses of one sign."""
_Signs = Callable[[Array], BoolArray]


@dataclass(frozen=True)
class SignedPruning:
    """``rule`` at its ``moments`` (images seen) on the synapses that ``chosen`` picks by weight; ``half`` of rule_values."""

    rule: TrainingPruningRule
    moments: tuple[int, ...]
    chosen: _Signs
    half: int
    total_images: int
    seed: int

    def due(self, before: int, now: int) -> list[int]:
        """Its steps after ``before`` images and by ``now``; a rule acts at the end of the mini-batch that reaches its moment."""
        return [step for step, moment in enumerate(self.moments) if before < moment <= now]

    def apply(self, state: BackpropagationState, shapes: Sequence[MatrixShape], biases: bool, step: int) -> None:
        """Let the rule change every layer.

        Raises:
            NeurodeployError: ND203 when a layer is left without a synapse.
        """
        for index, (layer, states) in enumerate(synapse_layers(state, shapes, biases)):
            self._apply(layer.weights, states, state.rule_values[self.half, index], state.images_seen, step)
            if not states.any():
                raise NeurodeployError(
                    "ND203",
                    f"After {state.images_seen:,} images pruning has removed every synapse of layer {index + 1}.",
                    "Use a lower threshold.",
                )

    def _apply(self, weights: Array, states: Array, values: Array, images: int, step: int) -> None:
        largest = np.abs(weights).max()
        if not largest:
            return
        own = self.chosen(weights) & (states != REMOVED)
        magnitudes = np.where(own, np.abs(weights) / largest, 0).astype(np.float32)
        shown = magnitudes.copy()
        synapses = np.where(own, states, REMOVED).T.copy()
        before = self.moments[step - 1] if step else 0
        self.rule.apply(
            PlasticLayer(
                weights=shown, synapses=synapses, spike_counts=np.zeros(len(synapses), np.int64), images=images - before,
                values=values, seed=self.seed, is_last=images == self.total_images,
            ),
            step,
        )  # fmt: skip
        changed = own & (shown != magnitudes)  # others keep their bits
        weights[changed] = (np.where(weights < 0, -shown, shown) * largest)[changed] + np.float32(0)  # no -0
        states[own] = synapses.T[own]


def signed_rules(
    pruning: TrainingPruningRule | None, inhibitory: TrainingPruningRule | None, total_images: int, seed: int
) -> list[SignedPruning]:
    """The pruning of a training: of all synapses by ``pruning``, or of each sign by its rule if ``inhibitory`` is given.

    Raises:
        NeurodeployError: ND306 when a rule cannot be used here or would never act.
    """
    if pruning is None and inhibitory is None:
        return []
    if pruning is None:
        raise NeurodeployError(
            "ND306", "Inhibitory synapses have a pruning rule, excitatory ones none.", "Give both: a threshold of 0 prunes nothing."
        )  # fmt: skip
    rules: list[tuple[TrainingPruningRule, _Signs]] = [(pruning, _any_sign)]
    if inhibitory is not None:
        rules = [(pruning, _excitatory), (inhibitory, _inhibitory)]
    return [
        SignedPruning(rule, _moments(rule, total_images, len(rules) > 1), signs, half, total_images, seed)
        for half, (rule, signs) in enumerate(rules)
    ]


def _moments(rule: TrainingPruningRule, total_images: int, one_sign: bool) -> tuple[int, ...]:
    allowed = ONE_SIGN if one_sign else tuple(name for name in TRAINING_PRUNING if name not in READ_SPIKES)
    if rule.name in TRAINING_PRUNING and rule.name not in allowed:
        why = "needs more than the weights of one sign" if one_sign else "needs the spikes of the training"
        raise NeurodeployError(
            "ND306", f"Back-propagation: the pruning rule '{rule.name}' {why}.", f"Use one of: {', '.join(allowed)}."
        )
    moments = tuple(moment for moment in rule.schedule(total_images) if 0 <= moment <= total_images)
    if not moments:
        raise NeurodeployError(
            "ND306", f"'{rule.name}' would act after the last of {total_images:,} images.",
            "Start earlier (start_image, batch_images), or leave these at 0.",
        )  # fmt: skip
    return moments


def _any_sign(weights: Array) -> BoolArray:
    return np.ones(weights.shape, bool)


def _excitatory(weights: Array) -> BoolArray:
    return np.asarray(weights >= 0)


def _inhibitory(weights: Array) -> BoolArray:
    return np.asarray(weights < 0)
