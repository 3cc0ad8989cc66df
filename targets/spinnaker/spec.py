"""SpiNNaker boards as data: limits with unit and source."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

MOST_BOARDS = 1200
"""Boards of the largest machine: 57,600 chips of 48 to a board (Furber et al. 2014, Proc. IEEE 102:652)."""


@dataclass(frozen=True)
class BoardSpec:
    """Limits of one board. Sources: spinn_machine 7.4.1 ``version/version_spin1.py``, ``version_3.py``,
    ``version_5.py`` (chips, cores, SDRAM, router); Furber et al. 2013 (memories); sPyNNaker 7.4.1 (atoms per core,
    ring-buffer bits, longest synaptic row, in ``pyNN/utilities/constants.py``). ``cores_per_chip``: for applications; nine
    chips of a SpiNN-5 have one less.
    """

    name: str
    chips: int
    application_cores: (
        int  # all cores less a monitor and a data-speed-up monitor on each chip, and a gatherer on the Ethernet chip
    )
    sdram_bytes_per_chip: int = 123_469_792
    routing_entries_per_chip: int = 1023
    dtcm_bytes_per_core: int = 65_536
    neurons_per_core: int = 256
    cores_per_chip: int = 16
    longest_row: int = 256
    ring_buffer_index_bits: int = 14

    def as_dict(self) -> Mapping[str, Any]:
        """Plain values."""
        return asdict(self)


def spinn5() -> BoardSpec:
    """The 48-chip board: sPyNNaker 7.4.1 places 759 application cores on its virtual board and refuses 760."""
    return BoardSpec("SpiNN-5", 48, 759)


def spinn3() -> BoardSpec:
    """The 4-chip board: 63 are placed, 64 are not."""
    return BoardSpec("SpiNN-3", 4, 63)


def board_spec(machine_version: int) -> BoardSpec:
    """The board of a sPyNNaker machine version, 3 or 5."""
    return {3: spinn3, 5: spinn5}[machine_version]()
