"""SARK's heaps: the same linked blocks in chip memory that code on the cores works on.

A heap starts with four words (first free block, first block, last block, free bytes); a block with two (next block, next
free block or, when allocated, 0xffff0000 + owner << 8 + tag).  Source: ``sark_alloc.c`` of spinnaker_tools 4.0.0.
"""

from __future__ import annotations

from neurodeploy.firmware_models.spinnaker.board import memory_map as at
from neurodeploy.firmware_models.spinnaker.board.memory import ChipMemory

HEADER = 8  # bytes before each block
RETRY_TAG = 4  # flag: an allocation with this tag and size that exists already is returned again


class Heap:
    """The heap at ``base`` of a chip's memory."""

    def __init__(self, memory: ChipMemory, base: int) -> None:
        self.memory, self.base = memory, base

    def initialise(self, end: int) -> None:
        """Make everything up to ``end`` one free block."""
        first, last = self.base + 16, end - HEADER
        self.memory.set_words(self.base, first, first, last, last - first - HEADER)
        self.memory.set_words(first, last, 0)
        self.memory.set_words(last, 0, 0)

    def allocate(self, size: int, application: int = 0, tag: int = 0, flags: int = 0) -> int:
        """Address of ``size`` new bytes, first fit; 0 when there are none or the tag is in use or above 255."""
        if size == 0 or tag > 255:
            return 0
        memory, entry = self.memory, (application << 8) | tag
        tags = memory.word(at.SYSTEM_VARIABLES + at.SV_ALLOCATION_TAGS)
        if tag and (known := memory.word(tags + 4 * entry)):
            held = memory.word(known - HEADER) - (known - HEADER) - HEADER
            return known if flags & RETRY_TAG and held == size else 0
        needed, link = ((size + 3) & ~3) + HEADER, self.base
        while block := memory.word(link):
            following, free = memory.word(block), memory.word(block + 4)
            if block + needed > following:
                link = block + 4
                continue
            if block + needed + HEADER < following:
                rest = block + needed
                memory.set_words(rest, following, free)
                memory.set_words(block, rest)
                free = rest
            memory.set_words(link, free)
            memory.set_words(self.base + 12, memory.word(self.base + 12) - needed)
            memory.set_words(block + 4, 0xFFFF0000 + entry)
            if tag:
                memory.set_words(tags + 4 * entry, block + HEADER)
            return block + HEADER
        return 0

    def holds(self, address: int) -> bool:
        """Whether ``address`` was allocated here and not given back since."""
        block = self.memory.word(self.base + 4)
        while (following := self.memory.word(block)) > block:
            if block == address - HEADER:
                return self.memory.word(block + 4) >> 16 == 0xFFFF
            block = following
        return False

    def free(self, address: int) -> None:
        """Give the bytes at ``address`` back, joined with free neighbours; only for what :meth:`holds`."""
        memory, block = self.memory, address - HEADER
        entry = memory.word(block + 4) & 0xFFFF
        if entry & 0xFF:
            memory.set_words(memory.word(at.SYSTEM_VARIABLES + at.SV_ALLOCATION_TAGS) + 4 * entry, 0)
        end = memory.word(block)
        memory.set_words(self.base + 12, memory.word(self.base + 12) + end - block)
        previous, following = 0, memory.word(self.base)
        while following and following < block:
            previous, following = following, memory.word(following + 4)
        memory.set_words(block + 4, following)
        memory.set_words(previous + 4 if previous else self.base, block)
        if following and end == following:
            memory.set_words(block, memory.word(following), memory.word(following + 4))
        if previous and memory.word(previous) == block:
            memory.set_words(previous, memory.word(block), memory.word(block + 4))

    def free_application(self, application: int) -> int:
        """Give back all that an application owns; returns the number of blocks."""
        freed, block = 0, self.memory.word(self.base + 4)
        while following := self.memory.word(block):
            owner = self.memory.word(block + 4)
            # A free block holds an address or 0 there, an allocated one 0xffff0000 + owner.
            if owner >> 16 == 0xFFFF and (owner >> 8) & 0xFF == application:
                self.free(block + HEADER)
                freed += 1
            block = following
        return freed

    def largest(self) -> int:
        """Size of the largest free block in bytes."""
        found, block = 0, self.memory.word(self.base)
        while block:
            if following := self.memory.word(block):
                found = max(found, following - block - HEADER)
            block = self.memory.word(block + 4)
        return found
