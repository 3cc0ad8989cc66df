"""A core's own devices by their registers, compiled: interrupt controller (PL190), timers, DMA, communications controller.

``s`` are the words of ``state.py``.  Sources: ``spinnaker.h`` of spinnaker_tools 4.0.0 and the SpiNNaker datasheet 2.02.  A
register is named by its byte offset in the device.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from neurodeploy.firmware_models.spinnaker.board import memory_map as at
from neurodeploy.firmware_models.spinnaker.board import state as of
from neurodeploy.firmware_models.spinnaker.board.compiled import (
    READ,
    WRITE,
    Words,
    callback,
    carray,
    emu_stop,
    function,
    memmove,
)

TIMER1, TIMER2, PACKET_READY, TRANSMIT_EMPTY, DMA_DONE = 4, 5, 6, 11, 12
PROCESSOR, TRANSMIT_READY, MULTICAST, FIXED = 18, 23, 24, 27
FIXED_ROUTE_TYPE = 0x00C00000  # of a packet, in the control and status registers
LOOKS_OF_A_LOOP = 4  # at timer 2 with nothing to do
TIMER_ENABLED, TIMER_INTERRUPTS, TIMER_ONE_SHOT = 0x80, 0x20, 1


@function
def lines(s: Words) -> int:
    """All interrupt lines that are up, as bits."""
    packet = s[of.RECEIVED_COUNT] > 0
    fixed = packet and s[of.RECEIVED + 2 * s[of.RECEIVED_FIRST]] & of.FIXED_ROUTE != 0
    up = s[of.SOFTWARE] | 1 << TRANSMIT_READY | 1 << TRANSMIT_EMPTY
    up |= s[of.TIMERS + of.PENDING] << TIMER1 | s[of.TIMERS + of.TIMER_WORDS + of.PENDING] << TIMER2
    if packet:
        up |= 1 << PACKET_READY | 1 << (FIXED if fixed else MULTICAST)
    if s[of.DMA_PENDING] and s[of.DMA_REGISTERS + 6] & 0x400:
        up |= 1 << DMA_DONE
    return up | s[of.PROCESSOR_PENDING] << PROCESSOR


@function
def fast_interrupt(s: Words) -> bool:
    """Whether a fast interrupt (FIQ) waits."""
    return lines(s) & s[of.ENABLED] & s[of.FAST] != 0


@function
def interrupt_handler(s: Words) -> int:
    """Address of the handler of the first waiting normal interrupt (IRQ), in order of its slot; -1: none."""
    active = lines(s) & s[of.ENABLED] & ~s[of.FAST]
    if active:
        for slot in range(16):
            if s[of.SLOTS + slot] & 0x20 and active >> (s[of.SLOTS + slot] & 31) & 1:
                return s[of.VECTORS + slot]
    return -1


@function
def cycles(s: Words, timer: int) -> int:
    """Cycles of a timer from loading to zero."""
    scale = s[timer + 2] >> 2 & 3
    return max(1, s[timer]) << min(8, 4 * scale)


@function
def expire(s: Words, timer: int) -> None:
    """Reach zero if it is time: interrupt, and start again unless it is a one-shot timer."""
    if 0 <= s[timer + of.DUE] <= s[of.NOW]:
        s[timer + of.PENDING] = s[timer + 2] & TIMER_INTERRUPTS != 0
        s[timer + of.DUE] = -1 if s[timer + 2] & TIMER_ONE_SHOT else s[timer + of.DUE] + cycles(s, timer)
        s[timer + 1] = 0


@function
def host_address(s: Words, address: int, size: int) -> int:
    """Where ``size`` bytes that the DMA engine is told of lie in this process; 0: nowhere."""
    if address >= at.DTCM and address + size <= at.DTCM + at.DTCM_SIZE:
        return s[of.DATA_MEMORY] + address - at.DTCM
    for base in (at.SDRAM, at.SDRAM_UNBUFFERED):
        if address >= base and address + size <= base + at.SDRAM_SIZE:
            return s[of.SDRAM] + address - base
    for base in (at.SYSTEM_RAM, at.SYSTEM_RAM_UNBUFFERED):
        if address >= base and address + size <= base + at.SYSTEM_RAM_SIZE:
            return s[of.SYSTEM_RAM] + address - base
    return 0


@function
def transfer(s: Words, description: int) -> None:
    """Copy at once and raise the completion, or fail where there is no memory."""
    shared, local, size = s[of.DMA_REGISTERS + 1], s[of.DMA_REGISTERS + 2], description & 0x1FFFF
    outer, inner = host_address(s, shared, size), host_address(s, local, size)
    if outer == 0 or inner == 0:
        s[of.FAILURE], s[of.WRONG_ADDRESS], s[of.WRONG_SIZE] = of.NO_MEMORY, local if outer else shared, size
        emu_stop(s[of.ENGINE])
        return
    if description & 1 << 19:
        memmove(outer, inner, size)
    else:
        memmove(inner, outer, size)
    s[of.DMA_PENDING], s[of.LOOKS] = 1, min(s[of.LOOKS], 0)


@callback(READ)
def read_packets(engine: Any, offset: Any, size: Any, state: Any) -> Any:
    """Communications controller: status, payload and key of the oldest received packet."""
    s = carray(state, of.WORDS, np.int64)
    if int(offset) == 0x00:
        return np.uint64(0x90000000 | (s[of.CONTROLLER] & 0x0FFFFFFF))
    if s[of.RECEIVED_COUNT] == 0:
        return np.uint64(0)
    packet = of.RECEIVED + 2 * s[of.RECEIVED_FIRST]
    if int(offset) == 0x0C:
        kind = FIXED_ROUTE_TYPE if s[packet] & of.FIXED_ROUTE else 0
        return np.uint64(0x80000000 | kind | (0x20000 if s[packet + 1] >= 0 else 0))
    if int(offset) == 0x10:
        return np.uint64(max(0, s[packet + 1]))
    if int(offset) == 0x14:
        s[of.RECEIVED_FIRST] += 1
        s[of.RECEIVED_COUNT] -= 1
        return np.uint64(s[packet] & 0xFFFFFFFF)
    return np.uint64(0)


@callback(WRITE)
def write_packets(engine: Any, offset: Any, size: Any, value: Any, state: Any) -> None:
    """Communications controller: writing the payload marks the packet as one with payload, the key sends it."""
    s = carray(state, of.WORDS, np.int64)
    if int(offset) == 0x00:
        s[of.CONTROLLER] = int(value)
    elif int(offset) == 0x04:
        s[of.PAYLOAD] = int(value)
    elif int(offset) == 0x08:
        place = of.SENT + 2 * s[of.SENT_COUNT]
        fixed = s[of.CONTROLLER] & FIXED_ROUTE_TYPE == FIXED_ROUTE_TYPE
        s[place], s[place + 1], s[of.PAYLOAD] = int(value) | (of.FIXED_ROUTE if fixed else 0), s[of.PAYLOAD], -1
        s[of.SENT_COUNT] += 1
        if s[of.SENT_COUNT] >= of.SENT_LIMIT:
            s[of.STOP] = 1
            emu_stop(s[of.ENGINE])


@callback(READ)
def read_timers(engine: Any, offset: Any, size: Any, state: Any) -> Any:
    """Timer 1 from 0x00, timer 2 from 0x20; stops a program that does nothing but look at timer 2.

    The count falls by 20 at each look, so that waiting loops end.
    """
    s = carray(state, of.WORDS, np.int64)
    timer, index = of.TIMERS + of.TIMER_WORDS * (int(offset) >> 5 & 1), int(offset) >> 2 & 7
    due = s[timer + of.DUE]
    if int(offset) == 0x24 and due >= 0:
        s[of.LOOKS] += 1
        if s[of.LOOKS] >= LOOKS_OF_A_LOOP:
            s[of.LOOKS], s[of.LOOPING] = 0, 1
            emu_stop(s[of.ENGINE])
    if index == 1:
        if due < 0 and s[timer + 2] & TIMER_ENABLED:
            return np.uint64(0)  # a one-shot timer that has reached zero
        left, count = s[timer] if due < 0 else due - s[of.NOW], s[timer + 1]
        s[timer + 1] = max(1, min(count - 20, left) if count > 20 else left)
        return np.uint64(s[timer + 1] & 0xFFFFFFFF)
    return np.uint64(s[timer + of.PENDING] if index in (4, 5) else s[timer + index])


@callback(WRITE)
def write_timers(engine: Any, offset: Any, size: Any, value: Any, state: Any) -> None:
    """Load, count, control, clear, …, background load of the two timers."""
    s = carray(state, of.WORDS, np.int64)
    timer, index = of.TIMERS + of.TIMER_WORDS * (int(offset) >> 5 & 1), int(offset) >> 2 & 7
    if index == 3:
        s[timer + of.PENDING] = 0
    elif index == 6:
        s[timer] = int(value)
    else:
        s[timer + index] = int(value)
        if index in (0, 2):
            s[timer + of.DUE] = s[of.NOW] + cycles(s, timer) if s[timer + 2] & TIMER_ENABLED else -1


@callback(READ)
def read_dma(engine: Any, offset: Any, size: Any, state: Any) -> Any:
    """DMA engine: the status names the core and whether a transfer is done."""
    s = carray(state, of.WORDS, np.int64)
    if int(offset) == 0x14:
        return np.uint64(s[of.CORE] << 24 | s[of.DMA_PENDING] << 10)
    return np.uint64(s[of.DMA_REGISTERS + (int(offset) >> 2 & 127)])


@callback(WRITE)
def write_dma(engine: Any, offset: Any, size: Any, value: Any, state: Any) -> None:
    """Writing the description (0x0C) copies."""
    s = carray(state, of.WORDS, np.int64)
    if int(offset) == 0x10:
        if int(value) & 8:
            s[of.DMA_PENDING] = 0
        return
    s[of.DMA_REGISTERS + (int(offset) >> 2 & 127)] = int(value)
    if int(offset) == 0x0C:
        transfer(s, int(value))


@callback(READ)
def read_interrupts(engine: Any, offset: Any, size: Any, state: Any) -> Any:
    """Vectored interrupt controller."""
    s, at_offset = carray(state, of.WORDS, np.int64), int(offset)
    if 0x100 <= at_offset < 0x140:
        return np.uint64(s[of.VECTORS + (at_offset - 0x100 >> 2)])
    if 0x200 <= at_offset < 0x240:
        return np.uint64(s[of.SLOTS + (at_offset - 0x200 >> 2)])
    if at_offset == 0x30:
        handler = interrupt_handler(s)
        return np.uint64(handler if handler > 0 else s[of.DEFAULT_VECTOR])
    if at_offset == 0x00:
        return np.uint64(lines(s) & s[of.ENABLED] & ~s[of.FAST])
    if at_offset == 0x08:
        return np.uint64(lines(s))
    if at_offset == 0x0C:
        return np.uint64(s[of.FAST])
    return np.uint64(s[of.ENABLED] if at_offset == 0x10 else 0)


@callback(WRITE)
def write_interrupts(engine: Any, offset: Any, size: Any, value: Any, state: Any) -> None:
    """Vectored interrupt controller."""
    s, at_offset, bits = carray(state, of.WORDS, np.int64), int(offset), int(value)
    if at_offset == 0x0C:
        s[of.FAST] = bits
    elif at_offset == 0x10:
        s[of.ENABLED] |= bits
    elif at_offset == 0x14:
        s[of.ENABLED] &= ~bits
    elif at_offset == 0x18:
        s[of.SOFTWARE] |= bits
    elif at_offset == 0x1C:
        s[of.SOFTWARE] &= ~bits
    elif at_offset == 0x34:
        s[of.DEFAULT_VECTOR] = bits
    elif 0x100 <= at_offset < 0x140:
        s[of.VECTORS + (at_offset - 0x100 >> 2)] = bits
    elif 0x200 <= at_offset < 0x240:
        s[of.SLOTS + (at_offset - 0x200 >> 2)] = bits
