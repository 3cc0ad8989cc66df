"""What a user can choose when compiling for SpiNNaker."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar, Literal

from neurodeploy.errors import NeurodeployError
from neurodeploy.targets.spinnaker.spec import MOST_BOARDS


@dataclass(frozen=True)
class SpinnakerOptions:
    """Options of the SpiNNaker target; each is a CLI option of ``neurodeploy compile``."""

    name: ClassVar[str] = "spinnaker"

    machine_version: Literal[3, 5] = field(default=5, metadata={"help": "board: 3 (4 chips) or 5 (48 chips)"})
    boards: int = field(default=1, metadata={"help": "number of boards; a network that needs more is refused"})
    synapses: Literal["conductance", "current"] = field(
        default="conductance", metadata={"help": "keep conductance synapses, or approximate them by currents"}
    )
    lateral_inhibition: Literal["keep", "drop"] = field(
        default="keep", metadata={"help": "keep the competition between neurons, or drop it"}
    )
    weight_bound: Literal["statistical", "worst_case", "calibrated"] = field(
        default="statistical",
        metadata={
            "help": "largest summed input the ring buffers must hold: 1e-12 tail bound, all inputs at once, or as on the "
            "samples of --calibrate"
        },
    )
    lateral_spikes: int = field(
        default=31,
        metadata={
            "help": "lateral inhibition of so many simultaneous spikes fits the ring buffers; more saturate them"
        },
    )
    lost_weights: float = field(
        default=0.01,
        metadata={"help": "refuse when more than this share of a projection's non-zero weights would be stored as 0"},
    )
    missing_leak_steps: int = field(
        default=0,
        metadata={"help": "stand in for neurons without leak by a tau_m of so many steps, not exact (0: refuse them)"},
    )
    convolution: Literal["rows", "local-only"] = field(
        default="rows",
        metadata={
            "help": "convolutions as listed synapses in SDRAM (any, and fewer instructions), or as kernels in the cores' own "
            "memory (stride 1, odd sides, exponential synapses)"
        },
    )
    neurons_per_core: int = field(default=256, metadata={"help": "at most this many neurons on a core"})
    mapping: Literal["spynnaker", "estimate"] = field(
        default="spynnaker", metadata={"help": "run sPyNNaker's real mapping, or only our own estimate"}
    )

    def __post_init__(self) -> None:
        if not 1 <= self.neurons_per_core <= 256:
            raise NeurodeployError("ND401", f"SpiNNaker: neurons_per_core is {self.neurons_per_core}.", "Use 1 to 256.")
        if self.lateral_spikes < 1:
            raise NeurodeployError("ND401", f"SpiNNaker: lateral_spikes is {self.lateral_spikes}.", "Use 1 or more.")
        if not 0 <= self.lost_weights <= 1:
            raise NeurodeployError("ND401", f"SpiNNaker: lost_weights is {self.lost_weights}.", "Use 0 to 1.")
        if self.missing_leak_steps != 0 and self.missing_leak_steps < 2:
            raise NeurodeployError(
                "ND401", f"SpiNNaker: missing_leak_steps is {self.missing_leak_steps}.", "Use 0, or 2 or more."
            )
        if not 1 <= self.boards <= MOST_BOARDS:
            raise NeurodeployError(
                "ND401",
                f"SpiNNaker: boards is {self.boards}.",
                f"Use 1 to {MOST_BOARDS}, the largest machine there is.",
            )
        if self.machine_version == 3 and self.boards > 1:
            raise NeurodeployError("ND401", "SpiNNaker: SpiNN-3 boards cannot be joined.", "Use machine version 5.")
