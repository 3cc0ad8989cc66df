"""Where the registers of one core and the state of its run lie: 64-bit words that compiled code and Python share.

A name is the index of a word, or of the first of several.  After the words come, as bytes, what is mapped into the core's address
space: the trampoline by which handlers are entered, and the instruction memory.
"""

from __future__ import annotations

from neurodeploy.firmware_models.spinnaker.board import memory_map as at

# Host addresses: emulator, this block, local, shared and system memory; number of the core
ENGINE, BLOCK, DATA_MEMORY, SDRAM, SYSTEM_RAM, CORE = range(6)
# The program: where it sleeps, its status register there (-1: it has not run), whether nothing has happened since
MAIN, STATUS, ASLEEP = 8, 9, 10
# Orders and events: the time; return soon; a loop was found; what failed, with its address and size, and where
NOW, STOP, LOOPING, FAILURE, WRONG_ADDRESS, WRONG_SIZE, FAILED_AT = range(11, 18)
LOOKS, INSTRUCTIONS, LAST_INSTRUCTION, INTERRUPTIBLE, SCRATCH, ERROR = range(18, 24)
# Interrupt controller, DMA, communications controller
ENABLED, FAST, SOFTWARE, DEFAULT_VECTOR, PROCESSOR_PENDING, DMA_PENDING, CONTROLLER, PAYLOAD = range(24, 32)
RECEIVED_FIRST, RECEIVED_COUNT, SENT_COUNT = 32, 33, 34
HELD = 35  # how many runs are held, and for each place, status, level, and whether it waits in a loop
HELD_AT, HELD_WORDS, HELD_LIMIT = 36, 4, 4
TIMERS, TIMER_WORDS, DUE, PENDING = (
    56,
    16,
    8,
    9,
)  # of each timer: eight registers, when it is due (-1: never), its interrupt
VECTORS, SLOTS, DMA_REGISTERS = 88, 104, 120
RECEIVED, PACKETS_AT_ONCE = (
    248,
    64,
)  # key, payload (-1: none); fewer than the 256 places of a core's queue of incoming spikes
SENT, SENT_LIMIT, SENT_SPARE = RECEIVED + 2 * PACKETS_AT_ONCE, 4096, 512
WORDS = SENT + 2 * (SENT_LIMIT + SENT_SPARE)

TRAMPOLINE, TRAMPOLINE_SIZE = (
    0x00520000,
    0x2000,
)  # apart from instruction and data memory in the emulator's cache of 256 pages
RETURN_STUB = TRAMPOLINE + 0x100
RETURNED = (
    TRAMPOLINE + 0x1000
)  # word that the return stub sets, on a page without code, which a write would translate anew
FAST_ENTRY, NORMAL_ENTRY = 0x40, 0x00  # offsets of the trampoline's two entries
TRAMPOLINE_WORD = 2 * WORDS  # index among the 32-bit words of the block
CODE_WORD = TRAMPOLINE_WORD + TRAMPOLINE_SIZE // 4
BLOCK_WORDS = CODE_WORD // 2 + at.ITCM_SIZE // 8
FAST_VECTOR = CODE_WORD + 0x3C // 4

FIXED_ROUTE = 1 << 32
"""Marks the key of a packet that takes the fixed route: 32 bits of the key are the packet's."""

# What ``settle`` returns
AT_REST, IN_LOOP, STOPPED, FAILED = range(4)
# Kinds of failure
EMULATOR, NO_MEMORY, SLEPT_IN_HANDLER, LOOPED_IN_HANDLER, HELD_TOO_DEEP, ELSEWHERE = range(1, 7)
