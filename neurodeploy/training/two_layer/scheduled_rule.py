"""A training-time rule at its moments on the trainer's state."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from neurodeploy.errors import NeurodeployError
from neurodeploy.training.plastic_layer import PlasticLayer
from neurodeploy.training.two_layer.parameters import TrainingParameters
from neurodeploy.training.two_layer.trainer_state import TrainerState

PRUNING, QUANTIZATION = 0, 1
"""Rows of the state's rule arrays."""
NEVER = 2**62


@dataclass(frozen=True)
class ScheduledRule:
    """An intervention: ``rule`` acts when so many images as its ``moments`` say have been seen."""

    rule: Any
    moments: tuple[int, ...]
    row: int
    total_images: int
    parameters: TrainingParameters

    def next_boundary(self, images_seen: int) -> int:
        """Return the next moment after ``images_seen``."""
        return next((moment for moment in self.moments if moment > images_seen), NEVER)

    def begin(self, state: TrainerState) -> None:
        """Act before the first image, if the rule does."""
        if state.images_seen == 0 and self.moments and self.moments[0] == 0:
            self.apply(state)

    def apply(self, state: TrainerState) -> None:
        """Let the rule change the layer; every column is normalised before the next presentation."""
        step = self.moments.index(state.images_seen)
        before = self.moments[step - 1] if step else 0
        self.rule.apply(
            PlasticLayer(
                weights=state.layer_weights,
                synapses=state.synapses,
                spike_counts=state.spike_counts - state.step_spike_counts[self.row],
                images=state.images_seen - before,
                weight_maximum=self.parameters.weight_maximum,
                values=state.rule_values[self.row],
                seed=self.parameters.seed,
                is_last=state.images_seen == self.total_images,
            ),
            step,
        )
        state.step_spike_counts[self.row] = state.spike_counts
        state.touched[: state.neurons] = 1


def scheduled_rules(
    pruning: Any, quantization: Any, parameters: TrainingParameters, total_images: int
) -> list[ScheduledRule]:
    """Interventions of a recipe's rules (None: none); at the same moment pruning comes first.

    Raises:
        NeurodeployError: ND306 when a rule would never act.
    """
    result = []
    for row, rule in ((PRUNING, pruning), (QUANTIZATION, quantization)):
        if rule is None:
            continue
        moments = tuple(moment for moment in rule.schedule(total_images) if 0 <= moment <= total_images)
        if not moments:
            raise NeurodeployError(
                "ND306",
                f"'{rule.name}' would act after the last of {total_images:,} images.",
                "Start earlier (start_image, batch_images), or leave these at 0: the papers' shares.",
            )
        result.append(ScheduledRule(rule, moments, row, total_images, parameters))
    return result
