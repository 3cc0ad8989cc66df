"""What SC&MP leaves in a chip's memory after booting: system variables, heaps, tables, message buffers.

Sources: ``sv_init`` and ``sdram_init`` in SC&MP 4.0.0; boot values as in ``memory_map.py``.
"""

from __future__ import annotations

import socket
import struct

from neurodeploy.firmware_models.spinnaker.board import geometry
from neurodeploy.firmware_models.spinnaker.board import memory_map as at
from neurodeploy.firmware_models.spinnaker.board.heap import Heap
from neurodeploy.firmware_models.spinnaker.board.memory import ChipMemory

MESSAGES = 7
UNIX_TIME = 1_700_000_000  # fixed, so that two runs are the same


def boot(memory: ChipMemory, chip: geometry.Place, address: str | None) -> None:
    """Fill the memory of ``chip``; ``address`` is its IP address if it is the Ethernet chip."""
    _write_variables(memory, chip, address)
    for base, end in (
        (at.SYSTEM_RAM_HEAP, at.CORE_BLOCKS),
        (at.SDRAM_HEAP, at.SYSTEM_SDRAM),
        (at.SYSTEM_HEAP, at.SYSTEM_HEAP_END),
    ):
        Heap(memory, base).initialise(end)
    system = Heap(memory, at.SYSTEM_HEAP)
    variables = at.SYSTEM_VARIABLES
    # The tag table comes first: allocating reads it.
    memory.set_words(variables + at.SV_ALLOCATION_TAGS, system.allocate(65536 * 4))
    memory.set_words(variables + 0xD8, system.allocate(65536 * 4))  # hop table
    memory.set_words(variables + at.SV_ROUTER_COPY, system.allocate(1025 * 16))
    memory.set_words(variables + at.SV_APPLICATIONS, system.allocate(256 * 8))
    messages = Heap(memory, at.SYSTEM_RAM_HEAP).allocate(MESSAGES * at.MESSAGE_SIZE)
    for index in range(MESSAGES):
        place = messages + index * at.MESSAGE_SIZE
        memory.set_words(place, place + at.MESSAGE_SIZE if index + 1 < MESSAGES else 0)
    memory.set_words(variables + at.SV_FREE_MESSAGE, messages)
    memory.set_words(variables + 0xE8, messages)
    monitor = at.CORE_BLOCKS
    memory.write(monitor + at.CORE_STATE, bytes([at.RUNNING]))
    memory.write(monitor + at.CORE_NAME, b"scamp-3".ljust(16, b"\0"))
    memory.set_words(monitor + 92, at.SOFTWARE_VERSION)
    for core in range(1, at.CORE_BLOCK_COUNT):
        block = at.CORE_BLOCKS + core * at.CORE_BLOCK_SIZE
        state = at.IDLE if core < geometry.cores_of(chip) else at.DEAD
        memory.write(block + at.CORE_PHYSICAL, bytes([core, state]))


def _write_variables(memory: ChipMemory, chip: geometry.Place, address: str | None) -> None:
    variables = at.SYSTEM_VARIABLES
    x, y = chip
    cores = geometry.cores_of(chip)
    numbers = bytes(range(20))  # virtual and physical core numbers agree
    fields: list[tuple[int, bytes]] = [
        (0x00, bytes([y, x, 8, 8])),
        (0x06, bytes([1])),  # point-to-point networking is up
        (0x08, bytes([0, 0, 5, int(address is not None)])),  # Ethernet chip (0, 0); hardware version 5
        (0x0C, bytes([4, 4, 0x33])),
        (at.SV_UNIX_TIME, UNIX_TIME.to_bytes(4, "little")),
        (0x24, struct.pack("<2H", at.CPU_CLOCK_MHZ, at.SDRAM_CLOCK_MHZ)),
        (0x28, bytes([0x3F, 0, 0xC8, 1, 0x32])),
        (0x30, (1).to_bytes(4, "little")),
        (0x40, bytes([int(chip == (0, 0)), MESSAGES, 0x14])),
        (at.SV_SYSTEM_RAM_HEAP, struct.pack("<2I", at.SYSTEM_RAM_HEAP, at.SDRAM_HEAP)),
        (0x50, struct.pack("<3I", at.LOG_BYTES, at.SDRAM, at.SYSTEM_BUFFER_WORDS)),
        (0x65, bytes([0x3F])),
        (0x94, numbers + numbers + bytes([cores, cores])),
        (0xC0, struct.pack("<4I", at.SDRAM_HEAP, at.SYSTEM_RAM + 0x100, at.SYSTEM_SDRAM, at.CORE_BLOCKS)),
        (at.SV_SYSTEM_HEAP, at.SYSTEM_HEAP.to_bytes(4, "little")),
        (0xF0, socket.inet_aton(address or "0.0.0.0")),
        (0xFC, at.SOFTWARE_VERSION.to_bytes(4, "little")),
    ]
    for offset, content in fields:
        memory.write(variables + offset, content)
