"""Multicast router of a chip: 1,024 entries of key, mask and route, with SARK's copy of them in SDRAM.

Sources: ``sark_hw.c`` and ``sark_alloc.c`` of spinnaker_tools 4.0.0; default routing: SpiNNaker datasheet, section 10.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from neurodeploy.firmware_models.spinnaker.board import memory_map as at
from neurodeploy.firmware_models.spinnaker.board.memory import ChipMemory
from neurodeploy.firmware_models.spinnaker.board.state import FIXED_ROUTE

ENTRIES = 1024
FIRST_FREE, LAST_FREE = 1, ENTRIES  # entry 0 is the monitor's; the copy has one entry more, which ends the blocks
UNUSED_ROUTE = 0xFF000000
LINKS = 6
RAM, KEYS, MASKS, POINT_TO_POINT = 0x4000, 0x8000, 0xC000, 0x10000  # offsets of the tables in the router's registers
COUNTERS = 0x300
LOCAL_MULTICAST, EXTERNAL_MULTICAST, DROPPED_MULTICAST = 0, 1, 8  # SCAMP's filters of the diagnostic counters
_ENTRY = struct.Struct("<2H3I")


class Destinations(NamedTuple):
    """Where a key goes."""

    links: tuple[int, ...]
    cores: tuple[int, ...]


class Router:
    """Routes keys; loaded by SCAMP commands, or by code on a core through registers."""

    def __init__(self, memory: ChipMemory, copy: int) -> None:
        self.memory, self.copy = memory, copy
        self.routes: NDArray[np.uint32] = np.full(ENTRIES, UNUSED_ROUTE, np.uint32)
        self.keys: NDArray[np.uint32] = np.full(ENTRIES, 0xFFFFFFFF, np.uint32)
        self.masks: NDArray[np.uint32] = np.zeros(ENTRIES, np.uint32)
        self.counters = [0] * 16
        self.changed: Callable[[], object] = lambda: None  # told when packets may go elsewhere
        self._fixed_route = 0
        self.clear(0, 1)
        self.initialise()

    def initialise(self) -> None:
        """Empty the table but for entry 0, and its list of free entries."""
        self.clear(FIRST_FREE, ENTRIES - FIRST_FREE)
        self.memory.write(self._at(ENTRIES), _ENTRY.pack(0, 0, UNUSED_ROUTE, 0, 0))
        self._links(FIRST_FREE, LAST_FREE, 0)
        self._links(LAST_FREE, 0, 0)
        self._set_first_free(FIRST_FREE)

    def clear(self, start: int, count: int) -> bool:
        """Remove entries; False if there are not so many."""
        if start + count > ENTRIES:
            return False
        for entry in range(start, start + count):
            following, free = self._read_links(entry)
            self.memory.write(self._at(entry), _ENTRY.pack(following, free, UNUSED_ROUTE, 0xFFFFFFFF, 0))
        self.routes[start : start + count] = UNUSED_ROUTE
        self.keys[start : start + count] = 0xFFFFFFFF
        self.masks[start : start + count] = 0
        self.changed()
        return True

    def load(self, table: int, count: int, offset: int, application: int) -> bool:
        """Set entries from a table in memory, as ``rtr_mc_load``; False for an entry that does not exist.

        With a ``count`` of 0, the first entry of the table says how many there are.
        """
        count = count or int.from_bytes(self.memory.window(table + 2, 2), "little")
        if count > ENTRIES:
            return False
        for number in range(count):
            index, _, route, key, mask = _ENTRY.unpack(self.memory.read(table + number * _ENTRY.size, _ENTRY.size))
            entry = index + offset
            if entry >= ENTRIES:
                return False
            owner = application or route >> 24
            following, _ = self._read_links(entry)
            route &= 0x00FFFFFF
            self.memory.write(self._at(entry), _ENTRY.pack(following, 0x8000 | owner, route, key, mask))
            self.routes[entry], self.keys[entry], self.masks[entry] = route, key, mask
        self.changed()
        return True

    def allocate(self, size: int, application: int) -> int:
        """First of ``size`` new entries; 0 when there are none."""
        previous, free = 0, self._first_free()
        while size and free:
            following, free_after = self._read_links(free)
            if free + size > following:
                previous, free = free, free_after
                continue
            if free + size < following:
                rest = free + size
                self._links(rest, following, free_after)
                following, free_after = rest, rest
            if previous:
                self._links(previous, self._read_links(previous)[0], free_after)
            else:
                self._set_first_free(free_after)
            self._links(free, following, 0x8000 | application)
            return free
        return 0

    def free(self, entry: int, clear: bool) -> None:
        """Give a block of entries back; nothing happens if ``entry`` is not the first of one."""
        if not self._allocated(entry):
            return
        following, _ = self._read_links(entry)
        if clear:
            self.clear(entry, following - entry)
        previous, after = 0, self._first_free()
        while after and after < entry:
            previous, after = after, self._read_links(after)[1]
        if after and following == after:
            following, after = self._read_links(after)
        self._links(entry, following, after)
        if not previous:
            self._set_first_free(entry)
        elif self._read_links(previous)[0] == entry:
            self._links(previous, following, after)
        else:
            self._links(previous, self._read_links(previous)[0], entry)

    def _allocated(self, entry: int) -> bool:
        """Whether an allocated block starts at ``entry``; freeing another one would tie the list of free blocks up."""
        block = FIRST_FREE
        while block < entry and (following := self._read_links(block)[0]) > block:
            block = following
        return block == entry < LAST_FREE and bool(self._read_links(entry)[1] & 0x8000)

    def free_application(self, application: int, clear: bool) -> int:
        """Give back all blocks of an application; returns their number."""
        freed, entry = 0, FIRST_FREE
        while following := self._read_links(entry)[0]:
            if self._read_links(entry)[1] & 0xE0FF == 0x8000 | application:
                self.free(entry, clear)
                freed += 1
            entry = following
        return freed

    def largest_free(self) -> int:
        """Entries of the largest free block."""
        found, entry = 0, self._first_free()
        while entry:
            following, after = self._read_links(entry)
            found, entry = max(found, following - entry), after
        return found

    def destinations(self, key: int, from_link: int | None) -> Destinations:
        """Links and cores for a packet with ``key``, which is counted."""
        found, counted = self.find(key, from_link)
        for counter in counted:
            self.counters[counter] += 1
        return found

    def find(self, key: int, from_link: int | None) -> tuple[Destinations, tuple[int, ...]]:
        """Links and cores for a key, without an entry straight on, or nowhere when it is the chip's own; and which counters
        count such a packet."""
        if key & FIXED_ROUTE:
            return _decode(self.fixed_route), ()
        # An unused entry matches nothing: its mask of 0 leaves 0, its key is not 0.
        matches = np.flatnonzero((np.uint32(key) & self.masks) == self.keys)
        counted = LOCAL_MULTICAST if from_link is None else EXTERNAL_MULTICAST
        if matches.size:
            return _decode(int(self.routes[matches[0]])), (counted,)
        if from_link is None:
            return Destinations((), ()), (counted, DROPPED_MULTICAST)
        return Destinations(((from_link + 3) % LINKS,), ()), (counted,)

    @property
    def fixed_route(self) -> int:
        """Links and cores of packets that take the fixed route, as bits."""
        return self._fixed_route

    @fixed_route.setter
    def fixed_route(self, route: int) -> None:
        self._fixed_route = route
        self.changed()

    def read_register(self, offset: int) -> int:
        """One word of the router's registers."""
        for base, table in ((RAM, self.routes), (KEYS, self.keys), (MASKS, self.masks)):
            if base <= offset < base + 4 * ENTRIES:
                return int(table[(offset - base) >> 2])
        if COUNTERS <= offset < COUNTERS + 64:
            return self.counters[(offset - COUNTERS) >> 2] & 0xFFFFFFFF
        return self.fixed_route if offset == 0x84 else 0

    def write_register(self, offset: int, value: int) -> None:
        """Set one word; writing to 0x2C clears the diagnostic counters."""
        for base, table in ((RAM, self.routes), (KEYS, self.keys), (MASKS, self.masks)):
            if base <= offset < base + 4 * ENTRIES:
                table[(offset - base) >> 2] = value
                self.changed()
        if offset == 0x2C:
            self.counters[:] = [0 if value >> i & 1 else count for i, count in enumerate(self.counters)]
        elif offset == 0x84:
            self.fixed_route = value

    def _at(self, entry: int) -> int:
        return self.copy + entry * _ENTRY.size

    def _read_links(self, entry: int) -> tuple[int, int]:
        following, free = struct.unpack("<2H", self.memory.window(self._at(entry), 4))
        return following, free

    def _links(self, entry: int, following: int, free: int) -> None:
        self.memory.write(self._at(entry), struct.pack("<2H", following, free))

    def _first_free(self) -> int:
        return int.from_bytes(self.memory.window(at.SYSTEM_VARIABLES + at.SV_FREE_ROUTER_ENTRY, 2), "little")

    def _set_first_free(self, entry: int) -> None:
        self.memory.write(at.SYSTEM_VARIABLES + at.SV_FREE_ROUTER_ENTRY, entry.to_bytes(2, "little"))


def _decode(route: int) -> Destinations:
    links = tuple(link for link in range(LINKS) if route >> link & 1)
    return Destinations(links, tuple(core for core in range(26) if route >> (LINKS + core) & 1 and core < 18))
