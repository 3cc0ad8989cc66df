"""When weights are quantized in a training."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar, Literal

from neurodeploy.training.schedule import AfterLearningBatches


@dataclass(frozen=True)
class QuantizationMoments(AfterLearningBatches):
    """After each batch that follows the learning batches and at the end (rathi2019), or only at the ``end``."""

    name: ClassVar[str] = "every quantization"
    when: Literal["batches", "end"] = field(
        default="batches", metadata={"help": "Quantize after every later batch and at the end, or only at the end."}
    )

    def schedule(self, total_images: int) -> tuple[int, ...]:
        """Image counts after which weights are quantized; the last is ``total_images``."""
        return (total_images,) if self.when == "end" else super().schedule(total_images)
