"""SDRAM and system RAM of a chip, shared by its cores, and by the host through SCAMP."""

from __future__ import annotations

import struct

import numpy as np
from numpy.typing import NDArray

from neurodeploy.firmware_models.spinnaker.board import memory_map as at


class ChipMemory:
    """Byte-addressed memory; both aliases of an address are the same byte. Untouched pages take no memory."""

    def __init__(self) -> None:
        self.sdram: NDArray[np.uint8] = np.zeros(at.SDRAM_SIZE, np.uint8)
        self.system_ram: NDArray[np.uint8] = np.zeros(at.SYSTEM_RAM_SIZE, np.uint8)
        self._sdram_view, self._system_view = self.sdram.data, self.system_ram.data

    def window(self, address: int, size: int) -> memoryview:
        """Bytes at ``address``, shared, not copied.

        Raises:
            IndexError: the bytes are not all in SDRAM or all in system RAM.
        """
        place = at.buffered(address)
        if place >= at.SDRAM and place + size <= at.SDRAM + at.SDRAM_SIZE:
            return self._sdram_view[place - at.SDRAM : place - at.SDRAM + size]
        if place >= at.SYSTEM_RAM and place + size <= at.SYSTEM_RAM + at.SYSTEM_RAM_SIZE:
            return self._system_view[place - at.SYSTEM_RAM : place - at.SYSTEM_RAM + size]
        raise IndexError(f"no memory for {size} bytes at {address:#010x}")

    def read(self, address: int, size: int) -> bytes:
        """Copy of ``size`` bytes."""
        return bytes(self.window(address, size))

    def write(self, address: int, content: bytes | memoryview) -> None:
        """Set bytes."""
        self.window(address, len(content))[:] = content

    def word(self, address: int) -> int:
        """One little-endian 32-bit word."""
        return int.from_bytes(self.window(address, 4), "little")

    def set_words(self, address: int, *values: int) -> None:
        """Set consecutive words."""
        self.write(address, struct.pack(f"<{len(values)}I", *values))
