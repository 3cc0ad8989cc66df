"""What passes and targets share during one compilation: calibration input, seed and log."""

from __future__ import annotations

from dataclasses import dataclass, field

from neurodeploy.network import SpikeBatch


@dataclass(frozen=True)
class PassRecord:
    """What one pass did, for ``--explain``."""

    name: str
    what: str
    synapses_before: int
    synapses_after: int
    bytes_after: int
    seconds: float


@dataclass
class Context:
    """``calibration``: input spikes typical of the task (None: bounds hold for any input)."""

    calibration: SpikeBatch | None = None
    seed: int = 0
    log: list[PassRecord] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def note(self, text: str) -> None:
        """Record what a pass changed in the computation; shown by ``--explain`` and kept in the bundle."""
        self.notes.append(text)
