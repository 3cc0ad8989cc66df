"""Weight transfer as a non-ideality of conductances: pulses with verify from the erased array, and what they disturb beside."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from neurodeploy.network.arrays import FloatArray
from neurodeploy.targets.crossbar.nonidealities import Programmed
from neurodeploy.targets.nor_flash.cell import NorFlashCell
from neurodeploy.targets.nor_flash.disturb import HalfSelect
from neurodeploy.targets.nor_flash.programming import PulseProgrammer


@dataclass(frozen=True)
class PulseTransfer:
    """``programmer`` writes a tile erased as a whole; ``disturb`` is what its pulses do to half-selected cells, after all of them.

    Cells on no synapse are written like the others. Reads that verify are ideal and do not see the disturb that is still to come.
    """

    cell: NorFlashCell
    programmer: PulseProgrammer
    disturb: HalfSelect

    def programmed(self, conductances: FloatArray, random: np.random.Generator) -> Programmed:
        """The transfer alone, with its pulses."""
        response = self.programmer.response
        return self.programmer.program(np.clip(conductances, response.g_min, response.g_max), random)

    def apply(self, conductances: FloatArray, random: np.random.Generator) -> FloatArray:
        """What a tile holds that should hold ``conductances`` (S)."""
        written = self.programmed(conductances, random)
        if not (self.disturb.row_share or self.disturb.column_share):
            return written.conductances
        thresholds = self.cell.threshold(np.clip(written.conductances, self.cell.g_min, self.cell.g_max))
        return self.cell.conductance(self.disturb.disturbed(thresholds, written.down, written.up))
