"""What a core executes until it sleeps, compiled: its program, and the handlers of its interrupts, one after the other.

Interrupts are delivered only while the core sleeps (wait for interrupt), so nothing is ever late or interrupted; while it loops
until timer 2 expires, as synapse cores do until the end of a time step; and, in a program that never sleeps, when it has had its
time.  ``s`` and ``w`` are a core's block of ``state.py`` as 64-bit and 32-bit words.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from neurodeploy.firmware_models.spinnaker.board import registers
from neurodeploy.firmware_models.spinnaker.board import state as of
from neurodeploy.firmware_models.spinnaker.board.compiled import (
    BLOCK,
    FILL,
    SETTLE,
    Words,
    callback,
    carray,
    emu_start,
    emu_stop,
    function,
    reg_read,
)
from neurodeploy.firmware_models.spinnaker.board.registers import expire, fast_interrupt, interrupt_handler

CPSR, PC = 3, 11  # unicorn's numbers of registers
PROGRAM, NORMAL, FAST = 0, 1, 2  # levels of what runs
NO_FAST, NO_NORMAL, THUMB = 0x40, 0x80, 0x20  # bits of the status register
DONE = -1
FETCH, ALL, DATA = 18, 7, 3  # kind of access (UC_MEM_FETCH), permissions
NOWHERE = of.TRAMPOLINE + of.TRAMPOLINE_SIZE - 4  # where no program goes: the emulator wants an address to end at


@callback(FILL)
def fill_translation(engine: Any, address: Any, access: Any, entry: Any, state: Any) -> bool:
    """Addresses are physical.  Data pages are not executable: unicorn looks for code to translate anew at every write to one
    that is, which costs 60 ns."""
    found = carray(entry, 2, np.uint64)
    found[0] = address
    found[1] = ALL if access == FETCH or int(address) < 0x8000 else DATA
    return True


@callback(BLOCK)
def count(engine: Any, address: Any, size: Any, state: Any) -> None:
    """Count the instructions of a basic block, four bytes each; before it, stop a program that has had its share."""
    s = carray(state, of.WORDS, np.int64)
    if s[of.INSTRUCTIONS] < s[of.LAST_INSTRUCTION]:
        s[of.INSTRUCTIONS] += int(size) >> 2
    else:
        s[of.STOP] = 1
        emu_stop(s[of.ENGINE])


@function
def register(s: Words, number: int) -> int:
    """A register of the processor."""
    s[of.SCRATCH] = 0
    reg_read(s[of.ENGINE], np.int32(number), s[of.BLOCK] + 8 * of.SCRATCH)
    return s[of.SCRATCH] & 0xFFFFFFFF


@function
def hold(s: Words, place: int, level: int, loops: int) -> int:
    """Keep where the processor is, to go on there later."""
    if s[of.HELD] == of.HELD_LIMIT:
        return fail(s, of.HELD_TOO_DEEP)
    held, status = of.HELD_AT + of.HELD_WORDS * s[of.HELD], register(s, CPSR)
    s[held], s[held + 1], s[held + 2], s[held + 3] = place | (status & THUMB) >> 5, status, level, loops
    s[of.HELD] += 1
    return of.IN_LOOP if loops else of.STOPPED


@function
def fail(s: Words, failure: int) -> int:
    """Note what went wrong, and where."""
    s[of.FAILURE], s[of.FAILED_AT] = failure, register(s, PC)
    return of.FAILED


@function
def run(s: Words, w: Words, address: int, level: int) -> int:
    """Execute until the core sleeps, loops or is stopped."""
    error = emu_start(s[of.ENGINE], np.uint64(address), np.uint64(NOWHERE), np.uint64(0), 0)
    place = register(s, PC)
    if error != 0 or s[of.FAILURE] != 0:
        s[of.ERROR] = error
        return fail(s, s[of.FAILURE] if s[of.FAILURE] != 0 else of.EMULATOR)
    if s[of.LOOPING]:
        s[of.LOOPING] = 0
        return hold(s, place, level, 1)
    if level == PROGRAM:
        if s[of.STOP] and (place == address or not slept(w, place)):
            return hold(s, place, level, 0)
        s[of.MAIN], s[of.STATUS] = place, register(s, CPSR)
        return DONE
    returned = w[of.TRAMPOLINE_WORD + (of.RETURNED - of.TRAMPOLINE) // 4]
    if returned != 0 and place == of.RETURN_STUB + 8:
        w[of.TRAMPOLINE_WORD + (of.RETURNED - of.TRAMPOLINE) // 4] = 0
        return DONE
    return hold(s, place, level, 0) if s[of.STOP] else fail(s, of.SLEPT_IN_HANDLER)


@function
def slept(w: Words, place: int) -> bool:
    """Whether the instruction before ``place`` is the one that waits for an interrupt."""
    word = of.CODE_WORD + (place - 4) // 4
    return of.CODE_WORD <= word < 2 * of.BLOCK_WORDS and w[word] & 0xFFFF0FFF == 0xEE070F90


@function
def deliver(s: Words, w: Words, entry: int, handler: int, status: int) -> int:
    """Run a handler that returns to ``status``."""
    word = of.TRAMPOLINE_WORD + (entry + 0x18) // 4
    w[word], w[word + 1], w[word + 2] = status, of.RETURN_STUB + 4, handler
    return run(s, w, of.TRAMPOLINE + entry, FAST if entry == of.FAST_ENTRY else NORMAL)


@function
def go_on(s: Words, w: Words) -> int:
    """Let the interrupts in that may interrupt what was held last; when there are none, let it go on."""
    held = of.HELD_AT + of.HELD_WORDS * (s[of.HELD] - 1)
    place, status, level, loops = s[held], s[held + 1], s[held + 2], s[held + 3]
    if loops or s[of.INTERRUPTIBLE]:
        if fast_interrupt(s) and not status & NO_FAST:
            outcome = deliver(s, w, of.FAST_ENTRY, int(w[of.FAST_VECTOR]), status)
            return fail(s, of.LOOPED_IN_HANDLER) if outcome == of.IN_LOOP else outcome
        handler = interrupt_handler(s)
        if handler >= 0 and not loops and not status & NO_NORMAL and level == PROGRAM:
            return deliver(s, w, of.NORMAL_ENTRY, handler, status)
    s[of.HELD] -= 1
    return run(s, w, place, level)


@function
def step(s: Words, w: Words) -> int:
    """Run what comes next, once."""
    if s[of.HELD]:
        return go_on(s, w)
    if s[of.STATUS] >= 0:
        if fast_interrupt(s):
            s[of.ASLEEP] = 0
            return deliver(s, w, of.FAST_ENTRY, int(w[of.FAST_VECTOR]), s[of.STATUS])
        handler = interrupt_handler(s)
        if handler >= 0:
            s[of.ASLEEP] = 0
            return deliver(s, w, of.NORMAL_ENTRY, handler, s[of.STATUS])
        if s[of.ASLEEP]:
            return of.AT_REST
    s[of.ASLEEP] = 1
    return run(s, w, s[of.MAIN], PROGRAM)


@callback(SETTLE)
def settle(state: Any) -> int:
    """Let the timers expire that are due, then run until the core is at rest, loops, is stopped, or fails."""
    s, w = carray(state, of.WORDS, np.int64), carray(state, 2 * of.BLOCK_WORDS, np.uint32)
    expire(s, of.TIMERS)
    expire(s, of.TIMERS + of.TIMER_WORDS)
    while True:
        if s[of.STOP]:
            return of.STOPPED
        outcome = step(s, w)
        if outcome != DONE:
            return outcome


def windows() -> list[tuple[int, int, Any, Any]]:
    """Base address, size, read and write function of every window of a core's own devices."""
    found: list[tuple[tuple[int, ...], Any, Any]] = [
        ((0x10000000, 0x20000000), registers.read_packets, registers.write_packets),
        ((0x11000000, 0x21000000), registers.read_timers, registers.write_timers),
        ((0x1F000000, 0x2F000000, 0xFFFFF000), registers.read_interrupts, registers.write_interrupts),
        ((0x30000000, 0x40000000), registers.read_dma, registers.write_dma),
    ]
    return [(base, 0x1000, read, write) for bases, read, write in found for base in bases]
