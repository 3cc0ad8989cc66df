"""Weight transfer: an array is erased as a whole, then every cell gets pulses until a read finds it near enough to its target."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from neurodeploy.costs import Constant, CostItem
from neurodeploy.network.arrays import FloatArray
from neurodeploy.targets.crossbar.nonidealities.write_verify import Programmed, pulsed_until_near
from neurodeploy.targets.crossbar.parameters import require, require_positive
from neurodeploy.targets.nor_flash.pulse_response import PulseResponse

Start = Literal["erased", "programmed"]


@dataclass(frozen=True)
class PulseProgrammer:
    """Pulses through the device's own response, a read (ideal) after each, until ``|G - target| <= tolerance`` (S).

    A cell above its target gets program pulses (LTD), below it erase pulses (LTP), at most ``most_pulses`` of both together; one that
    is not near enough then has failed.  Where a pulse changes more than twice the tolerance, a cell may step over its target and
    back for ever: that is the device's own resolution, and shows as failures.
    """

    response: PulseResponse
    tolerance: float
    most_pulses: int = 1000

    def __post_init__(self) -> None:
        require_positive(self, tolerance=self.tolerance)
        require(self.most_pulses >= 1, self, "most_pulses", self.most_pulses, "at least 1")

    def program(
        self, targets: FloatArray, random: np.random.Generator, start: Start | FloatArray = "erased"
    ) -> Programmed:
        """Program cells to ``targets`` ``(rows, columns)`` in S.

        ``start``: ``"erased"`` (all at g_max: a low threshold conducts), ``"programmed"`` (all at g_min), or the conductances held.

        Raises:
            NeurodeployError: ND450 for targets or a start outside the device's range.
        """
        response = self.response
        if isinstance(start, str):
            require(start in ("erased", "programmed"), self, "start", start, "'erased', 'programmed' or conductances")
            start = np.full(targets.shape, response.g_max if start == "erased" else response.g_min)
        require(start.shape == targets.shape, self, "shape of start", start.shape, f"{targets.shape}, the targets'")
        for name, cells in (("targets", targets), ("start", start)):
            low, high = response.g_min - 1e-9 * response.span, response.g_max + 1e-9 * response.span
            inside = bool(((cells >= low) & (cells <= high)).all())
            require(inside, self, name, "outside the range", f"from {response.g_min} to {response.g_max} S")
        return pulsed_until_near(
            targets, start, self.tolerance, self.most_pulses, lambda now, rising: response.pulsed(now, rising, random)
        )


LTP_PULSE = Constant("LTP (erase) pulse", 1e-13, "J", "no public source; C V² of a gate of 1 fF at 10 V", "assumed")
LTD_PULSE = Constant("LTD (program) pulse", 1e-13, "J", "no public source; C V² of a gate of 1 fF at 10 V", "assumed")


def pulse_costs(
    potentiations: float, depressions: float, ltp: Constant = LTP_PULSE, ltd: Constant = LTD_PULSE
) -> tuple[CostItem, CostItem]:
    """What pulses cost, whether of a transfer (:class:`Programmed`'s ``up`` and ``down``) or of learning (a training's metrics).

    ``ltp``, ``ltd``: energy of one pulse.
    """
    return (
        CostItem("programming", "LTP pulses", potentiations, ltp),
        CostItem("programming", "LTD pulses", depressions, ltd),
    )
