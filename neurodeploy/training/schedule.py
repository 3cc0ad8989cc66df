"""When training-time rules act: counts of images, rising, 0 (before the first image) to all."""

from __future__ import annotations

from dataclasses import dataclass, field

from neurodeploy.errors import NeurodeployError

PARTS = 12
"""guo2020 and rathi2019 divide 60,000 images into batches of 5,000."""


def batch_ends(first: int, batch: int, total: int) -> tuple[int, ...]:
    """``first``, ``first + batch``, ... up to ``total``."""
    return tuple(range(first, total + 1, batch))


def default_batch(total: int) -> int:
    """A twelfth of the training, at least one image."""
    return max(1, total // PARTS)


@dataclass(frozen=True)
class FromStartImage:
    """guo2020's moments: from ``start_image`` on after every batch, the last image's included.

    With 60,000 images 30,000, 35,000, ..., 60,000: seven steps, the number that table 4's averages per image need. By
    default other trainings have them at the same shares.
    """

    start_image: int = field(default=0, metadata={"help": "Images before the first step; 0: half of the training."})
    batch_images: int = field(default=0, metadata={"help": "Images between two steps; 0: a twelfth of the training."})

    def __post_init__(self) -> None:
        check_count("start_image", self.start_image)
        check_count("batch_images", self.batch_images)

    def schedule(self, total_images: int) -> tuple[int, ...]:
        """Image counts after which the rule acts."""
        batch = self.batch_images or default_batch(total_images)
        return batch_ends(self._first(total_images), batch, total_images)

    def _first(self, total_images: int) -> int:
        half = default_batch(total_images) * PARTS // 2 if total_images >= PARTS else total_images // 2
        return self.start_image or max(1, half)


class CountingFromStartImage(FromStartImage):
    """The same for rules that read spike counts: step 0, a batch before ``start_image``, only starts the count.

    So the first pruning, step 1, reads the spikes of one batch as all others do.
    """

    def schedule(self, total_images: int) -> tuple[int, ...]:
        """Image counts after which the rule acts."""
        steps = super().schedule(total_images)
        batch = self.batch_images or default_batch(total_images)
        return (max(0, steps[0] - batch), *steps) if steps else ()


@dataclass(frozen=True)
class AfterLearningBatches:
    """rathi2019's moments: ``learning_batches`` batches of training alone, then at the end of each, and at the very end.

    Section IV-A: 60,000 images in batches of 5,000, M = 3: first after 15,000.
    """

    learning_batches: int = field(
        default=3, metadata={"help": "Batches of training before the first step (rathi2019: M)."}
    )
    batch_images: int = field(default=0, metadata={"help": "Images between two steps; 0: a twelfth of the training."})

    def __post_init__(self) -> None:
        check_count("learning_batches", self.learning_batches, 1)
        check_count("batch_images", self.batch_images)

    def schedule(self, total_images: int) -> tuple[int, ...]:
        """Image counts after which the rule acts; the last is ``total_images``."""
        batch = self.batch_images or default_batch(total_images)
        steps = batch_ends(self.learning_batches * batch, batch, total_images)
        return steps if steps and steps[-1] == total_images else (*steps, total_images)


def check_count(name: str, value: int, least: int = 0) -> None:
    """Refuse a number of images or batches that is too small (ND306)."""
    if value < least:
        raise NeurodeployError("ND306", f"{name} is {value}.", f"Use {least} or more.")


def check_threshold(value: float, name: str = "threshold") -> None:
    """Refuse a pruning threshold outside [0, 1) (ND306): weights are 0 to 1."""
    if not 0 <= value < 1:
        raise NeurodeployError("ND306", f"The pruning {name} is {value}.", "Weights are 0 to 1: use 0 to below 1.")
