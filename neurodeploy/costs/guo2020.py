"""What guo2020's pruning costs and is worth: the pruning unit's overhead (its tables 4 and 5) and its figure of merit.

Table 4, 100 neurons, 784 inputs, 20 groups, per pruning step. Formulas that give its numbers exactly:

* cycles: grouping ``n + g`` = 120 (least and largest count, then the range cut into groups), adapting ``n g`` = 2,000,
  weight pruning ``n m`` = 78,400;
* operations: adapting ``n (g / 2 + 1)`` = 1,100 (a guess: a read, and half of the groups compared) and grouping ``4 n`` =
  400 (a guess: ``3 n + 5 g`` gives 400, too);
* weight pruning ``2 n m`` = 156,800 (a read and a comparison of each weight). The table prints 166,800, which its own
  averages contradict: 794 and 18 operations per image follow from 156,800 and not from 166,800.

Averages per image count the steps from image 30,000 to image 60,000, both included, 301 and 7 of them, over all 60,000
images: 404 and 9 cycles.

Energy: the text takes 0.5 pJ (an SRAM access, Yang et al. 2016) for every operation and 23.6 pJ per SOP (Loihi, Davies et
al. 2018). 96,099 SOPs are its 2.3 µJ. Its 3.4 nJ for pruning at a batch of 100 do not follow: 794 operations of 0.5 pJ are
0.4 nJ, 0.02 % of the SOPs' energy in place of 0.1 %. (844 operations, with the printed 166,800, of eight cells each would
give 3.4 nJ.) The numbers of gates of table 5 did not survive the conversion; the memory it counts did.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import Any

from neurodeploy.costs.cost import Constant, CostItem

SRAM_ACCESS = Constant(
    "SRAM access", 0.5e-12, "J", "guo2020, section 'Implementation Overhead' (Yang et al. 2016)", "assumed"
)
SYNAPTIC_OPERATION = Constant(
    "synaptic operation", 23.6e-12, "J", "guo2020 (Davies et al. 2018, the least on Loihi)", "measured", "14 nm"
)
WORD_BITS = 16 + 8
"""Integer and fractional part of a number."""
BRAM_BITS = 18 * 1024
"""A block RAM."""
GROUPS = 20
"""The paper's estimate: the number varies and is smaller."""


@dataclass(frozen=True)
class PruningUnit:
    """The adaptive pruning unit beside a layer; nothing in it works in parallel: upper limits."""

    neurons: int
    inputs: int
    groups: int = GROUPS

    def cycles(self) -> dict[str, int]:
        """Clock cycles of a pruning step by phase."""
        n, g, m = self.neurons, self.groups, self.inputs
        return {"grouping": n + g, "adapting": n * g, "weight pruning": n * m}

    def operations(self) -> dict[str, float]:
        """Additions, comparisons and memory accesses of a pruning step by phase; the first two are guesses."""
        n, g, m = self.neurons, self.groups, self.inputs
        return {"grouping": 4 * n, "adapting": n * (g / 2 + 1), "weight pruning": 2 * n * m}

    def per_image(self, steps: int, images: int) -> dict[str, float]:
        """Cycles and operations averaged over the images of a training with so many pruning steps."""
        share = steps / images
        return {"cycles": sum(self.cycles().values()) * share, "operations": sum(self.operations().values()) * share}

    def flag_bits(self) -> int:
        """Bits in the weight memory that say which weights are pruned."""
        return self.neurons * self.inputs

    def block_rams(self) -> int:
        """18 Kb block RAMs for the spike counts and for the thresholds of all neurons."""
        return 2 * ceil(self.neurons * WORD_BITS / BRAM_BITS)

    def energy(self, steps: int, images: int) -> CostItem:
        """Energy of pruning per image."""
        count = self.per_image(steps, images)["operations"]
        return CostItem("pruning unit", "additions, comparisons and accesses per image", count, SRAM_ACCESS)

    def as_dict(self, steps: int, images: int, sops_per_image: float) -> dict[str, Any]:
        """Everything for a training, beside the energy of its synaptic operations."""
        pruning = self.energy(steps, images).joules
        training = training_energy(sops_per_image).joules
        return {
            **vars(self), "steps": steps, "cycles": self.cycles(), "operations": self.operations(),
            "per_image": self.per_image(steps, images), "flag_bits": self.flag_bits(), "block_rams": self.block_rams(),
            "joules_per_image": pruning, "training_joules_per_image": training,
            "share_of_training_energy": pruning / training if training else None,
        }  # fmt: skip


def training_energy(sops_per_image: float) -> CostItem:
    """Energy of a training's synaptic operations per image."""
    return CostItem("training", "weight accumulations and STDP updates per image", sops_per_image, SYNAPTIC_OPERATION)


def figure_of_merit(accuracy: float, baseline_accuracy: float, sops: float, baseline_sops: float) -> float:
    """Relative accuracy over relative SOPs per image (training and inference together): the unpruned network has 1.

    A reconstruction: the paper's formula was lost in conversion; it says that it takes accuracy loss and total SOPs per
    image, on a per-network basis. With what the text gives for 100 neurons, this form ranks its best connectivity of
    14.5 % above 20 % and above no pruning; accuracies between and below are only in figures, so that 14.5 % is the best of
    all cannot be checked.
    """
    return (accuracy / baseline_accuracy) / (sops / baseline_sops)
