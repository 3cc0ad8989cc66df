"""Memory-mapped devices of one core, and its view of those of the chip.

Interrupt controller (PL190), timers, DMA (instant), communications controller; the system controller and the router are
the chip's.  Other registers read as 0 and ignore writes.  Sources: ``spinnaker.h`` of spinnaker_tools 4.0.0 and the
SpiNNaker datasheet 2.02.  A register is named by its byte offset in the device.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any, Protocol

Packet = tuple[int, int | None]  # multicast key, payload
FIXED_ROUTE = 1 << 32
"""Marks the key of a packet that takes the fixed route: 32 bits of the key are the packet's."""
Read = Callable[[Any, int, int, Any], int]  # engine, offset, size, user data
Write = Callable[[Any, int, int, int, Any], None]

TIMER1, TIMER2, PACKET_READY, TRANSMIT_EMPTY, DMA_DONE = 4, 5, 6, 11, 12
PROCESSOR, TRANSMIT_READY, MULTICAST, FIXED = 18, 23, 24, 27
FIXED_ROUTE_TYPE = 0x00C00000  # of a packet, in the control and status registers
LOOKS_OF_A_LOOP, LOOKS_PER_PACKET = 4, 4  # at timer 2: with nothing to do, and while one packet is dealt with
TIMER_ENABLED, TIMER_PERIODIC, TIMER_INTERRUPTS, TIMER_ONE_SHOT = 0x80, 0x40, 0x20, 1


class ChipDevices(Protocol):
    """What a core's devices ask of its chip."""

    flags: int
    now: int

    def read_router(self, offset: int) -> int:
        """One word of the router's registers."""
        ...

    def write_router(self, offset: int, value: int) -> None:
        """Set one word of the router's registers."""
        ...

    def interrupt_cores(self, mask: int) -> None:
        """Raise the processor interrupt of cores."""
        ...


class Timer:
    """One of the two timers of a core; time is counted in processor cycles of 5 ns."""

    def __init__(self) -> None:
        self.registers = [0] * 8
        self.due: int | None = None
        self.pending = False

    @property
    def cycles(self) -> int:
        """Cycles from loading to zero."""
        return max(1, self.registers[0]) << (0, 4, 8, 8)[self.registers[2] >> 2 & 3]

    def write(self, index: int, value: int, now: int) -> None:
        """Set register ``index`` (load, count, control, clear, …, background load) at time ``now``."""
        if index == 3:
            self.pending = False
        elif index == 6:
            self.registers[0] = value
        else:
            self.registers[index] = value
            if index in (0, 2):
                self.due = now + self.cycles if self.registers[2] & TIMER_ENABLED else None

    def read(self, index: int, now: int) -> int:
        """Value of register ``index``; the count falls by 20 at each look, so that waiting loops end."""
        if index == 1 and self.due is None and self.registers[2] & TIMER_ENABLED:
            return 0  # a one-shot timer that has reached zero
        if index == 1:
            left = self.registers[0] if self.due is None else self.due - now
            self.registers[1] = max(1, min(self.registers[1] - 20, left) if self.registers[1] > 20 else left)
            return self.registers[1] & 0xFFFFFFFF
        return int(self.pending) if index in (4, 5) else self.registers[index]

    def expire(self) -> None:
        """Reach zero: interrupt, and start again unless it is a one-shot timer."""
        assert self.due is not None
        control = self.registers[2]
        self.pending = bool(control & TIMER_INTERRUPTS)
        self.due = None if control & TIMER_ONE_SHOT else self.due + self.cycles
        self.registers[1] = 0


class Devices:
    """Registers and interrupt lines of ``core``; ``copy(target, source, length)`` moves memory for the DMA engine."""

    def __init__(self, core: int, chip: ChipDevices, copy: Callable[[int, int, int], None]) -> None:
        self.core, self.chip, self.copy = core, chip, copy
        self.vectors, self.slots = [0] * 16, [0] * 16
        self.enabled = self.fast = self.software = self.default_vector = 0
        self.dma_pending = self.processor_pending = False
        self.timers = (Timer(), Timer())
        self.dma_registers = [0] * 0x80
        self.controller = 0
        self.received: deque[Packet] = deque()
        self.sent: list[Packet] = []
        self.payload: int | None = None
        self.looks = 0  # at timer 2 since there was something to do; negative: looks that are still allowed for that
        self.looping = False  # the program waits in a loop for timer 2 or a packet and was stopped there

    def register_maps(self) -> list[tuple[int, int, Read, Write]]:
        """Base address, size, read and write function of every device window, buffered and unbuffered."""
        windows: list[tuple[tuple[int, ...], int, Read, Write]] = [
            ((0x10000000, 0x20000000), 0x1000, self.read_packets, self.write_packets),
            ((0x11000000, 0x21000000), 0x1000, self.read_timer, self.write_timer),
            ((0x1F000000, 0x2F000000, 0xFFFFF000), 0x1000, self.read_interrupts, self.write_interrupts),
            ((0x30000000, 0x40000000), 0x1000, self.read_dma, self.write_dma),
            ((0xE0000000, 0xF0000000), 0x1000, self.read_zero, self.write_nothing),  # memory controller
            ((0xE1000000, 0xF1000000), 0x20000, self.read_router, self.write_router),
            ((0xE2000000, 0xF2000000), 0x1000, self.read_system, self.write_system),
            ((0xE3000000, 0xF3000000), 0x1000, self.read_zero, self.write_nothing),  # watchdog
            ((0xE4000000, 0xF4000000), 0x10000, self.read_zero, self.write_nothing),  # Ethernet
        ]
        return [(base, size, read, write) for bases, size, read, write in windows for base in bases]

    def read_zero(self, engine: Any, offset: int, size: int, user: Any) -> int:
        """Read a register that is not modelled."""
        return 0

    def write_nothing(self, engine: Any, offset: int, size: int, value: int, user: Any) -> None:
        """Write a register that is not modelled."""

    def read_packets(self, engine: Any, offset: int, size: int, user: Any) -> int:
        """Communications controller: status, payload and key of the oldest received packet."""
        if offset == 0x00:
            return 0x90000000 | (self.controller & 0x0FFFFFFF)
        if offset == 0x0C and self.received:
            kind = FIXED_ROUTE_TYPE if self.received[0][0] & FIXED_ROUTE else 0
            return 0x80000000 | kind | (0x20000 if self.received[0][1] is not None else 0)
        if offset == 0x10 and self.received:
            return self.received[0][1] or 0
        if offset == 0x14 and self.received:
            return self.received.popleft()[0] & 0xFFFFFFFF
        return 0

    def write_packets(self, engine: Any, offset: int, size: int, value: int, user: Any) -> None:
        """Communications controller: writing the payload marks the packet as one with payload, the key sends it."""
        if offset == 0x00:
            self.controller = value
        elif offset == 0x04:
            self.payload = value
        elif offset == 0x08:
            fixed = self.controller & FIXED_ROUTE_TYPE == FIXED_ROUTE_TYPE
            self.sent.append((value | FIXED_ROUTE if fixed else value, self.payload))
            self.payload = None

    def read_timer(self, engine: Any, offset: int, size: int, user: Any) -> int:
        """Timer 1 from 0x00, timer 2 from 0x20; stops a program that does nothing but look at timer 2."""
        if offset == 0x24 and self.timers[1].due is not None:
            self.looks += 1
            if self.looks >= LOOKS_OF_A_LOOP:
                self.looks, self.looping = 0, True
                engine.emu_stop()
        return self.timers[offset >> 5 & 1].read(offset >> 2 & 7, self.chip.now)

    def write_timer(self, engine: Any, offset: int, size: int, value: int, user: Any) -> None:
        """Timer 1 from 0x00, timer 2 from 0x20."""
        self.timers[offset >> 5 & 1].write(offset >> 2 & 7, value, self.chip.now)

    @property
    def due(self) -> int | None:
        """When the next timer reaches zero."""
        first, second = self.timers[0].due, self.timers[1].due
        return second if first is None else first if second is None else min(first, second)

    def expire_timers(self, now: int) -> None:
        """Let the timers that are due expire."""
        for timer in self.timers:
            if timer.due is not None and timer.due <= now:
                timer.expire()

    def read_dma(self, engine: Any, offset: int, size: int, user: Any) -> int:
        """DMA engine: the status names the core and whether a transfer is done."""
        if offset == 0x14:
            return (self.core << 24) | (int(self.dma_pending) << 10)
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
            self.looks = min(self.looks, 0)

    def read_system(self, engine: Any, offset: int, size: int, user: Any) -> int:
        """System controller of the chip: flags; the monitor is core 0; every lock is free."""
        return self.chip.flags if offset in (0x58, 0x5C) else 0

    def write_system(self, engine: Any, offset: int, size: int, value: int, user: Any) -> None:
        """System controller of the chip: interrupts of cores, flags."""
        if offset == 0x08:
            self.chip.interrupt_cores(value & 0x3FFFF)
        elif offset == 0x0C:
            if value >> self.core & 1:
                self.processor_pending = False
        elif offset == 0x58:
            self.chip.flags |= value & 0x3FFFF
        elif offset == 0x5C:
            self.chip.flags &= ~value

    def read_router(self, engine: Any, offset: int, size: int, user: Any) -> int:
        """Router of the chip."""
        return self.chip.read_router(offset)

    def write_router(self, engine: Any, offset: int, size: int, value: int, user: Any) -> None:
        """Router of the chip."""
        self.chip.write_router(offset, value)

    def lines(self) -> int:
        """All interrupt lines that are up, as bits."""
        packet = bool(self.received)
        fixed = packet and bool(self.received[0][0] & FIXED_ROUTE)
        return (
            self.software
            | self.timers[0].pending << TIMER1
            | self.timers[1].pending << TIMER2
            | packet << PACKET_READY
            | 1 << TRANSMIT_READY
            | 1 << TRANSMIT_EMPTY
            | (self.dma_pending and bool(self.dma_registers[6] & 0x400)) << DMA_DONE
            | self.processor_pending << PROCESSOR
            | (packet and not fixed) << MULTICAST
            | fixed << FIXED
        )

    def fast_interrupt(self) -> bool:
        """Whether a fast interrupt (FIQ) waits."""
        return bool(self.lines() & self.enabled & self.fast)

    def interrupt_handler(self) -> int | None:
        """Address of the handler of the first waiting normal interrupt (IRQ), in order of its slot."""
        active = self.lines() & self.enabled & ~self.fast
        if not active:
            return None
        for vector, slot in zip(self.vectors, self.slots, strict=True):
            if slot & 0x20 and active >> (slot & 31) & 1:
                return vector
        return None

    def read_interrupts(self, engine: Any, offset: int, size: int, user: Any) -> int:
        """Vectored interrupt controller."""
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
        """Vectored interrupt controller."""
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
