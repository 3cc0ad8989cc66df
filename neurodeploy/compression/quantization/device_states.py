"""The conductance states that a device has, and no others (rathi2019, section VI-A: memristors with 16 robust states,
Merced-Grafals et al. 2016)."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import ClassVar

import numpy as np

from neurodeploy.compression.quantization.codebooks import PER_HELP, Per, share_nearest
from neurodeploy.errors import NeurodeployError
from neurodeploy.network.arrays import Array, BoolArray, FloatArray


@dataclass(frozen=True)
class DeviceStates:
    """Each weight takes the nearest state; the highest state is the largest ``|w|`` of the codebook's weights.

    ``states``: conductances in any unit, comma-separated, for devices whose states are not evenly spaced; without them
    ``state_count`` states at equal distances, the lowest of which is 0. Weight 0 is always a level: where no given state
    is 0 it means no device. Negative weights take the states with a minus sign (a pair of devices).
    """

    name: ClassVar[str] = "device_states"
    states: str = field(default="", metadata={"help": "Conductances of the states, comma-separated [even ones]."})
    state_count: int = field(default=16, metadata={"help": "Number of even states, 0 among them."})
    per: Per = field(default="projection", metadata={"help": PER_HELP})

    def __post_init__(self) -> None:
        if not 2 <= self.state_count <= 1024:
            raise NeurodeployError("ND204", f"{self.state_count} device states were asked for.", "Use 2 to 1024.")
        self.relative()

    def relative(self) -> FloatArray:
        """The states relative to the highest, ascending, without repetitions and without 0."""
        if not self.states:
            even: FloatArray = np.arange(1, self.state_count) / (self.state_count - 1)
            return even
        try:
            given = np.unique([float(text) for text in self.states.split(",")])
        except ValueError:
            given = np.zeros(1)
        if not (np.isfinite(given).all() and given[0] >= 0 and given[-1] > 0):
            raise NeurodeployError(
                "ND204", f"The device states are '{self.states}'.", "Give numbers from 0 on, comma-separated: 1,2.5,7."
            )
        relative: FloatArray = given[given > 0] / given[-1]
        return relative

    def share(
        self, weights: FloatArray, present: BoolArray, axis: int | None = None, importance: FloatArray | None = None
    ) -> tuple[Array, FloatArray]:
        """Codes and codebooks: 0, the states ascending, and their negatives where weights have signs.

        The states are given: ``importance`` changes nothing.

        Raises:
            NeurodeployError: ND205 without synapses.
        """
        states = self.relative()
        if (weights[present] < 0).any():
            states = np.concatenate([states, -states[::-1]])
        levels = np.concatenate([[0.0], states])
        axis = axis if self.per == "neuron" else None
        return share_nearest(weights, present, axis, None, len(levels), partial(_scaled, levels=levels))


def _scaled(values: FloatArray, importance: FloatArray, *, levels: FloatArray) -> FloatArray:
    return levels * float(abs(values).max())
