"""One core of the software board, fed by hand: a binary with its data regions, stepped tick by tick.

The board's own time, router and host protocol are left out: packets arrive where and when the caller says.
"""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np

from neurodeploy.firmware_models.spinnaker.board import SoftwareBoard
from neurodeploy.firmware_models.spinnaker.board import memory_map as at
from neurodeploy.firmware_models.spinnaker.board.devices import Packet
from neurodeploy.firmware_models.spinnaker.board.sdp import NO_REPLY, Datagram

RUNNING = at.RUNNING
CORE, APPLICATION = 4, 30
WAIT_FLAG, SIGNAL_START = 1, 3
RUN_TIME_PORT, NEW_RUN_TIME = 3, 7  # of sPyNNaker's binaries
REGIONS, ENTRY_BYTES = 32, 12


class Core:
    """Load a binary, give it data regions, start it, and step it."""

    def __init__(self, executable: Path, regions: dict[int, tuple[int, bytes]]) -> None:
        self._board = SoftwareBoard()
        self._chip = self._board.chip((0, 0))
        self.region_address: dict[int, int] = {}
        self._write_regions(regions)
        self._chip.memory.write(at.SYSTEM_SDRAM, executable.read_bytes())
        self._chip.start_program(1 << CORE, APPLICATION, WAIT_FLAG)

    def _write_regions(self, regions: dict[int, tuple[int, bytes]]) -> None:
        """Place the regions in the heap and write the table with their addresses, sums and sizes."""
        memory, heap = self._chip.memory, self._chip.sdram_heap
        table = np.zeros((REGIONS, 3), np.uint32)
        place = heap.allocate(8 + REGIONS * ENTRY_BYTES, APPLICATION)
        for number, (size, content) in sorted(regions.items()):
            padded = content + bytes(-len(content) % 4)
            words = np.frombuffer(padded, np.uint32)
            address = heap.allocate(max(size, len(padded), 4), APPLICATION)
            if not address:
                raise ValueError(f"there is no room for the {size} bytes of region {number}")
            table[number] = (address, int(words.sum(dtype=np.uint64)) & 0xFFFFFFFF, words.size)
            memory.write(address, padded)
            self.region_address[number] = address
        memory.write(place, struct.pack("<2I", 0xAD130AD6, 0x00010000) + table.tobytes())
        memory.set_words(self._chip.block(CORE) + at.CORE_USER, place)

    def read(self, address: int, size: int) -> bytes:
        """Memory content."""
        return self._chip.memory.read(address, size)

    def read_word(self, address: int) -> int:
        """One little-endian 32-bit word."""
        return self._chip.memory.word(address)

    @property
    def state(self) -> int:
        """SARK's state of the core."""
        return self._chip.state(CORE)

    def log(self) -> str:
        """Everything the binary logged, and why it died."""
        parts, place = [], self.read_word(self._chip.block(CORE) + at.CORE_LOG)
        while place:
            following, _, _, used = struct.unpack("<4I", self.read(place, 16))
            parts.append(self.read(place + 16, min(used, at.LOG_BYTES)).decode("latin1"))
            place = following
        return "".join([*parts, *(f"{reason}\n" for _, _, reason in self._board.errors)])

    def _settle(self) -> None:
        while self._chip.awake:
            self._chip.settle(CORE)

    def _signal(self, signal: int) -> None:
        self._chip.signal(signal << 16 | 0xFF << 8 | APPLICATION)
        self._settle()

    def start(self) -> None:
        """Let the binary initialise until it waits for the run command."""
        self._settle()
        self._signal(SIGNAL_START)

    def run_command(self, ticks: int) -> None:
        """Ask for ``ticks`` time steps, as the host's "new run time" message does, and release the core."""
        data = struct.pack("<2H4I", NEW_RUN_TIME, 0, ticks, 0, 0, 0)
        self._chip.deliver(Datagram(NO_REPLY, 255, RUN_TIME_PORT << 5 | CORE, 255, 0, 0, data))
        self._settle()
        self._signal(at.SIGNAL_SYNC0)

    def tick(self) -> list[Packet]:
        """Run one timer tick; returns the packets the core sent."""
        core = self._chip.cores[CORE]
        due = core.devices.due
        if due is None:
            raise RuntimeError(f"no timer runs in state {self.state}\n{self.log()}")
        core.sent()
        self._chip.now = due
        self._chip.settle(CORE)
        return core.sent()

    def inject(self, packets: list[Packet]) -> None:
        """Let packets arrive and be processed."""
        self._chip.receive(CORE, packets)
