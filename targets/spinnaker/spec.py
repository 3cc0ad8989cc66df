"""SpiNNaker boards as data: limits with unit and source."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class BoardSpec:
    """Limits of one board. Sources: spinn_machine 7.4.1 ``version/version_spin1.py``, ``version_3.py``,
    ``version_5.py`` (chips, cores, SDRAM, router); Furber et al. 2013 (memories); sPyNNaker 7.4.1 (atoms per core,
    ring-buffer bits, in ``pyNN/utilities/constants.py``).
    """

    name: str
    chips: int
    application_cores: int  # 18 (or 17) per chip less a monitor each and, on the Ethernet chip, two more
    sdram_bytes_per_chip: int = 123_469_792
    routing_entries_per_chip: int = 1023
    dtcm_bytes_per_core: int = 65_536
    itcm_bytes_per_core: int = 32_768
    neurons_per_core: int = 256
    ring_buffer_index_bits: int = 14
    delay_steps_without_extension: int = 16
    clock_hz: int = 200_000_000

    def as_dict(self) -> Mapping[str, Any]:
        """Plain values."""
        return asdict(self)


def spinn5() -> BoardSpec:
    """The 48-chip board; 808 application cores on sPyNNaker's own virtual board (some chips have 17 cores)."""
    return BoardSpec("SpiNN-5", 48, 808)


def spinn3() -> BoardSpec:
    """The 4-chip board."""
    return BoardSpec("SpiNN-3", 4, 66)


def board_spec(machine_version: int) -> BoardSpec:
    """The board of a sPyNNaker machine version, 3 or 5."""
    return {3: spinn3, 5: spinn5}[machine_version]()
