"""What a training-time pruning rule is."""

from __future__ import annotations

from typing import ClassVar, Protocol

from neurodeploy.training.plastic_layer import PlasticLayer


class TrainingPruningRule(Protocol):
    """A frozen dataclass with ``name``, its options as fields, and these two."""

    name: ClassVar[str]

    def schedule(self, total_images: int) -> tuple[int, ...]:
        """Image counts after which it acts, rising: 0 is before the first image, ``total_images`` at the end."""
        ...

    def apply(self, layer: PlasticLayer, step: int) -> None:
        """Change the layer; ``step`` counts the entries of the schedule from 0."""
        ...
