"""The memory-mapped devices of one SpiNNaker core that a sPyNNaker neuron binary touches.

Interrupt controller, timer 1, DMA (instant), communications controller and the flags of the system controller.
Every other register reads as 0 and ignores writes.  A register is named by its byte offset in the device.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Packet = tuple[int, int | None]  # multicast key, payload
Read = Callable[[Any, int, int, Any], int]  # engine, offset, size, user data
Write = Callable[[Any, int, int, int, Any], None]

CORE = 4  # virtual core number
TIMER1, PACKET_READY, TRANSMIT_EMPTY, DMA_DONE, PROCESSOR, MULTICAST = 4, 6, 11, 12, 18, 24  # interrupt lines


class Devices:
    """Registers and interrupt lines; ``copy(target, source, length)`` moves memory for the DMA engine."""

    def __init__(self, copy: Callable[[int, int, int], None]) -> None:
        self.copy = copy
        self.vectors, self.slots = [0] * 16, [0] * 16
        self.enabled = self.fast = self.software = self.default_vector = 0
        self.timer_pending = self.dma_pending = self.processor_pending = False
        self.timer_registers, self.dma_registers = [0] * 0x20, [0] * 0x80
        self.core_flags = 1 << CORE
        self.controller = 0
        self.received: list[Packet] = []
        self.sent: list[Packet] = []
        self.payload: int | None = None

    def register_maps(self) -> list[tuple[int, int, Read, Write]]:
        """Base address, size, read and write function of every device window, buffered and unbuffered."""
        windows: list[tuple[tuple[int, ...], int, Read, Write]] = [
            ((0x10000000, 0x20000000), 0x1000, self.read_packets, self.write_packets),
            ((0x11000000, 0x21000000), 0x1000, self.read_timer, self.write_timer),
            ((0x1F000000, 0x2F000000, 0xFFFFF000), 0x1000, self.read_interrupts, self.write_interrupts),
            ((0x30000000, 0x40000000), 0x1000, self.read_dma, self.write_dma),
            ((0xE0000000, 0xF0000000), 0x1000, self.read_zero, self.write_nothing),  # memory controller
            ((0xE1000000, 0xF1000000), 0x20000, self.read_zero, self.write_nothing),  # router
            ((0xE2000000, 0xF2000000), 0x1000, self.read_system, self.write_system),
            ((0xE3000000, 0xF3000000), 0x1000, self.read_zero, self.write_nothing),  # watchdog
        ]
        return [(base, size, read, write) for bases, size, read, write in windows for base in bases]

    def read_zero(self, engine: Any, offset: int, size: int, user: Any) -> int:
        return 0

    def write_nothing(self, engine: Any, offset: int, size: int, value: int, user: Any) -> None:
        return None

    def read_packets(self, engine: Any, offset: int, size: int, user: Any) -> int:
        """Communications controller: status, payload and key of the oldest received packet."""
        if offset == 0x00:
            return 0x90000000 | (self.controller & 0x0FFFFFFF)
        if offset == 0x0C and self.received:
            return 0x80000000 | (0x20000 if self.received[0][1] is not None else 0)
        if offset == 0x10 and self.received:
            return self.received[0][1] or 0
        if offset == 0x14 and self.received:
            return self.received.pop(0)[0]
        return 0

    def write_packets(self, engine: Any, offset: int, size: int, value: int, user: Any) -> None:
        if offset == 0x00:
            self.controller = value
        elif offset == 0x04:
            self.payload = value
        elif offset == 0x08:
            self.sent.append((value, self.payload))
            self.payload = None

    def read_timer(self, engine: Any, offset: int, size: int, user: Any) -> int:
        """Timer 1; its count goes down by 20 at each look, so that waiting loops end."""
        if offset == 0x04:
            self.timer_registers[1] = max(1, self.timer_registers[1] - 20)
            return self.timer_registers[1]
        if offset in (0x10, 0x14):
            return int(self.timer_pending)
        return self.timer_registers[(offset >> 2) & 31]

    def write_timer(self, engine: Any, offset: int, size: int, value: int, user: Any) -> None:
        if offset == 0x0C:
            self.timer_pending = False
        elif offset == 0x00:
            self.timer_registers[0] = self.timer_registers[1] = value
        else:
            self.timer_registers[(offset >> 2) & 31] = value

    def start_timer_tick(self) -> None:
        """Reload the count and raise the timer's interrupt."""
        self.timer_registers[1] = self.timer_registers[0]
        self.timer_pending = True

    def read_dma(self, engine: Any, offset: int, size: int, user: Any) -> int:
        if offset == 0x14:
            return (CORE << 24) | (int(self.dma_pending) << 10)
        return self.dma_registers[(offset >> 2) & 127]

    def write_dma(self, engine: Any, offset: int, size: int, value: int, user: Any) -> None:
        """Writing the description (0x0C) copies at once and raises the completion."""
        if offset == 0x10:
            self.dma_pending = self.dma_pending and not value & 8
            return
        self.dma_registers[(offset >> 2) & 127] = value
        if offset == 0x0C:
            shared, local, length = self.dma_registers[1], self.dma_registers[2], value & 0x1FFFF
            target, source = (shared, local) if value & (1 << 19) else (local, shared)
            self.copy(target, source, length)
            self.dma_pending = True

    def read_system(self, engine: Any, offset: int, size: int, user: Any) -> int:
        return self.core_flags if offset in (0x58, 0x5C) else 0

    def write_system(self, engine: Any, offset: int, size: int, value: int, user: Any) -> None:
        if offset == 0x0C:
            self.processor_pending = False

    def lines(self) -> int:
        """All interrupt lines that are up, as bits."""
        packet = bool(self.received)
        return (
            self.software
            | self.timer_pending << TIMER1
            | packet << PACKET_READY
            | 1 << TRANSMIT_EMPTY
            | (self.dma_pending and bool(self.dma_registers[6] & 0x400)) << DMA_DONE
            | self.processor_pending << PROCESSOR
            | packet << MULTICAST
        )

    def fast_interrupt(self) -> bool:
        """Whether a fast interrupt (FIQ) waits."""
        return bool(self.lines() & self.enabled & self.fast)

    def interrupt_handler(self) -> int | None:
        """Address of the handler of the first waiting normal interrupt (IRQ), in order of its slot."""
        active = self.lines() & self.enabled & ~self.fast
        for vector, slot in zip(self.vectors, self.slots, strict=True):
            if slot & 0x20 and active >> (slot & 31) & 1:
                return vector
        return None

    def read_interrupts(self, engine: Any, offset: int, size: int, user: Any) -> int:
        """Vectored interrupt controller (PL190)."""
        if 0x100 <= offset < 0x140:
            return self.vectors[(offset - 0x100) >> 2]
        if 0x200 <= offset < 0x240:
            return self.slots[(offset - 0x200) >> 2]
        if offset == 0x30:
            return self.interrupt_handler() or self.default_vector
        if offset == 0x00:
            return self.lines() & self.enabled & ~self.fast
        return {0x08: self.lines(), 0x0C: self.fast, 0x10: self.enabled}.get(offset, 0)

    def write_interrupts(self, engine: Any, offset: int, size: int, value: int, user: Any) -> None:
        if offset == 0x0C:
            self.fast = value
        elif offset == 0x10:
            self.enabled |= value
        elif offset == 0x14:
            self.enabled &= ~value
        elif offset == 0x18:
            self.software |= value
        elif offset == 0x1C:
            self.software &= ~value
        elif offset == 0x34:
            self.default_vector = value
        elif 0x100 <= offset < 0x140:
            self.vectors[(offset - 0x100) >> 2] = value
        elif 0x200 <= offset < 0x240:
            self.slots[(offset - 0x200) >> 2] = value
