"""What writing an array takes, once: pulses, and reads that verify them."""

from __future__ import annotations

from dataclasses import dataclass

from neurodeploy.costs import Constant, CostItem
from neurodeploy.targets.crossbar.parameters import require_not_negative

RRAM_PULSE = Constant(
    "set or reset pulse of an RRAM cell", 0.6e-12, "J", "NVMExplorer's RRAM: 0.6 pJ at 2 V, 10 ns", "simulated"
)


@dataclass(frozen=True)
class Programming:
    """Counts of a write (a write-verify loop gives them) and the energy of one event each, in J.

    Half-selected cells of a pulse are not counted.

    Raises:
        NeurodeployError: ND450 for counts below 0.
    """

    pulses: float
    pulse: Constant
    verify_reads: float
    verify: Constant
    seconds_per_pulse: float = 0.0
    seconds_per_verify: float = 0.0

    def __post_init__(self) -> None:
        require_not_negative(
            self, pulses=self.pulses, verify_reads=self.verify_reads, seconds_per_pulse=self.seconds_per_pulse,
            seconds_per_verify=self.seconds_per_verify,
        )  # fmt: skip

    @property
    def seconds(self) -> float:
        """One cell after another."""
        return self.pulses * self.seconds_per_pulse + self.verify_reads * self.seconds_per_verify


def programming_items(name: str, programming: Programming) -> tuple[CostItem, ...]:
    """Energy of writing the array ``name`` once."""
    part = f"{name}: programming" if name else "programming"
    return (
        CostItem(part, "write pulses", programming.pulses, programming.pulse),
        CostItem(part, "reads that verify", programming.verify_reads, programming.verify),
    )
