"""Faults that a software board shows on request, so that hosts can be tested against them."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from neurodeploy.firmware_models.spinnaker.board.geometry import Place


@dataclass(frozen=True)
class Faults:
    """What goes wrong, and when.

    Attributes:
        drop_packets: share of the host's UDP packets, either way, that is lost.
        drop_multicast: share of the multicast packets between cores that is lost.
        dead_chips: chips that do not answer and route nothing.
        dead_cores: ``(x, y, core)`` that cannot be used.
        freeze_after: packets from the host after which the board answers nothing more.
        reboot_at: packet from the host at which the board loses everything and boots again, once.
        seed: of the losses.
    """

    drop_packets: float = 0.0
    drop_multicast: float = 0.0
    dead_chips: frozenset[Place] = field(default_factory=frozenset)
    dead_cores: frozenset[tuple[int, int, int]] = field(default_factory=frozenset)
    freeze_after: int | None = None
    reboot_at: int | None = None
    seed: int = 0

    def __post_init__(self) -> None:
        for name in ("drop_packets", "drop_multicast"):
            if not 0.0 <= getattr(self, name) <= 1.0:
                raise ValueError(f"{name} is a share of 0 to 1, not {getattr(self, name)}")

    def random(self, stream: int) -> np.random.Generator:
        """Random numbers of one kind of loss."""
        return np.random.Generator(np.random.Philox(key=[self.seed, stream]))
