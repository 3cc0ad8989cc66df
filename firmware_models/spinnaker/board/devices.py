"""The devices of one core as Python sees them, and the registers of those that belong to the chip.

A core's own devices (interrupt controller, timers, DMA, communications controller) are compiled, ``registers.py``; the system
controller and the router are the chip's.  Other registers read as 0 and ignore writes.  Sources: ``spinnaker.h`` of
spinnaker_tools 4.0.0 and the SpiNNaker datasheet 2.02.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable
from typing import Any, Protocol

from neurodeploy.firmware_models.spinnaker.board import state as of

Packet = tuple[int, int | None]  # multicast key, payload
FIXED_ROUTE = of.FIXED_ROUTE
LOOKS_PER_PACKET = 4  # at timer 2, allowed to a loop while one packet is dealt with
Read = Callable[[Any, int, int, Any], int]  # engine, offset, size, user data
Write = Callable[[Any, int, int, int, Any], None]


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


class Devices:
    """Devices of ``core``; ``words`` are its block of state."""

    def __init__(self, core: int, chip: ChipDevices, words: memoryview) -> None:
        self.core, self.chip, self.words = core, chip, words
        self.trouble: Exception | None = None  # what the chip's devices could not do
        words[of.CORE], words[of.STATUS], words[of.PAYLOAD] = core, -1, -1
        for timer in (of.TIMERS, of.TIMERS + of.TIMER_WORDS):
            words[timer + of.DUE] = -1

    @property
    def due(self) -> int | None:
        """When the next timer reaches zero."""
        first, second = self.words[of.TIMERS + of.DUE], self.words[of.TIMERS + of.TIMER_WORDS + of.DUE]
        if first < 0 or 0 <= second < first:
            first = second
        return None if first < 0 else first

    def raise_processor_interrupt(self) -> None:
        """Raise the interrupt by which the monitor and other cores call."""
        self.words[of.PROCESSOR_PENDING] = 1

    def arrive(self, packets: list[Packet]) -> int:
        """Put packets where the core finds them, after those that it has not taken; returns for how many there was room."""
        words = self.words
        first, waiting = of.RECEIVED + 2 * words[of.RECEIVED_FIRST], words[of.RECEIVED_COUNT]
        content = words[first : first + 2 * waiting].tolist()
        room = packets[: of.PACKETS_AT_ONCE - waiting]
        for key, payload in room:
            content += key, -1 if payload is None else payload
        words[of.RECEIVED : of.RECEIVED + len(content)] = array("q", content)
        words[of.RECEIVED_FIRST], words[of.RECEIVED_COUNT] = 0, len(content) // 2
        words[of.LOOKS] = -LOOKS_PER_PACKET * (len(content) // 2)
        return len(room)

    def take_sent(self) -> list[Packet]:
        """Packets that the core has sent since the last call."""
        count = self.words[of.SENT_COUNT]
        if not count:
            return []
        self.words[of.SENT_COUNT] = 0
        sent = self.words[of.SENT : of.SENT + 2 * count].tolist()
        return [(key, None if payload < 0 else payload) for key, payload in zip(sent[::2], sent[1::2], strict=True)]

    def chip_register_maps(self) -> list[tuple[int, int, Read, Write]]:
        """Base address, size, read and write function of every window of the chip's devices, buffered and unbuffered."""
        windows: list[tuple[tuple[int, ...], int, Read, Write]] = [
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

    def read_system(self, engine: Any, offset: int, size: int, user: Any) -> int:
        """System controller of the chip: flags; the monitor is core 0; every lock is free."""
        return self.chip.flags if offset in (0x58, 0x5C) else 0

    def write_system(self, engine: Any, offset: int, size: int, value: int, user: Any) -> None:
        """System controller of the chip: interrupts of cores, flags."""
        if offset == 0x08:
            try:
                self.chip.interrupt_cores(value & 0x3FFFF)
            except IndexError as error:  # a message where there is no memory
                self.trouble = error
                self.words[of.FAILURE] = of.ELSEWHERE
                engine.emu_stop()
        elif offset == 0x0C:
            if value >> self.core & 1:
                self.words[of.PROCESSOR_PENDING] = 0
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
