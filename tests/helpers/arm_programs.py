"""Small ARM programs for the software board, assembled by hand with llvm-mc, and the .aplx around them."""

from __future__ import annotations

import struct
from typing import Any

from neurodeploy.firmware_models.spinnaker.board import memory_map as at
from neurodeploy.firmware_models.spinnaker.board.chip import Chip

ITCM_PROGRAM = 0x100  # where programs are put; every one works at any address
FAST_VECTOR = 0x3C
COPY, FILL, EXECUTE = 2, 3, 4


def aplx(words: tuple[int, ...], fast_handler: int | None = None, fill: tuple[int, int, int] | None = None) -> bytes:
    """A loadable program: records, then what they copy. ``fast_handler``: word that the fast interrupt goes by;
    ``fill``: address, bytes, value."""
    code = struct.pack(f"<{len(words)}I", *words)
    records = [] if fill is None else [(FILL, *fill)]
    if fast_handler is not None:
        records.append((FILL, FAST_VECTOR & ~31, 32, fast_handler))
    records += [(EXECUTE, ITCM_PROGRAM, 0, 0)]
    place = 16 * len(records)  # from the copying record, which goes before
    records.insert(0, (COPY, ITCM_PROGRAM, place + 16, len(code)))
    return b"".join(struct.pack("<4I", *record) for record in records) + code.ljust(len(code) + 31 & ~31, b"\0")


def start(chip: Chip, cores: int, words: tuple[int, ...], application: int = 30, **options: Any) -> None:
    """Start a program on the cores of a mask."""
    chip.memory.write(at.SYSTEM_SDRAM, aplx(words, **options))
    chip.start_program(cores, application, 0)


COUNT_TIMER = (
    0xE59F004C,  # 00  ldr r0, vic
    0xE28F102C,  # 04  add r1, pc, #44
    0xE5801100,  # 08  str r1, [r0, #0x100]
    0xE3A01024,  # 0c  mov r1, #0x24
    0xE5801200,  # 10  str r1, [r0, #0x200]
    0xE3A01010,  # 14  mov r1, #0x10
    0xE5801010,  # 18  str r1, [r0, #0x10]
    0xE59F0034,  # 1c  ldr r0, timer
    0xE59F1034,  # 20  ldr r1, period
    0xE5801000,  # 24  str r1, [r0]
    0xE3A010E2,  # 28  mov r1, #0xe2
    0xE5801008,  # 2c  str r1, [r0, #8]
    0xEE070F90,  # 30  loop: mcr p15, 0, r0, c7, c0, 4 (sleep)
    0xEAFFFFFD,  # 34  b loop
    0xE59F0020,  # 38  handler: ldr r0, data
    0xE5901000,  # 3c  ldr r1, [r0]
    0xE2811001,  # 40  add r1, r1, #1
    0xE5801000,  # 44  str r1, [r0]
    0xE59F0008,  # 48  ldr r0, timer
    0xE580000C,  # 4c  str r0, [r0, #12]
    0xE25EF004,  # 50  subs pc, lr, #4
    0x1F000000,  # 54  vic: .word 0x1f000000
    0x11000000,  # 58  timer: .word 0x11000000
    0x00030D40,  # 5c  period: .word 200000
    0x00400000,  # 60  data: .word 0x00400000
)
"""Counts the expiries of timer 1 (1 ms) in the first word of DTCM; interrupt slot 0 names the handler."""

TRANSFER = (
    0xE59F008C,  # 00  ldr r0, vic
    0xE28F1048,  # 04  add r1, pc, #72
    0xE5801100,  # 08  str r1, [r0, #0x100]
    0xE3A0102C,  # 0c  mov r1, #0x2c
    0xE5801200,  # 10  str r1, [r0, #0x200]
    0xE3A01A01,  # 14  mov r1, #0x1000
    0xE5801010,  # 18  str r1, [r0, #0x10]
    0xE59F0074,  # 1c  ldr r0, dma
    0xE3A01B01,  # 20  mov r1, #0x400
    0xE5801018,  # 24  str r1, [r0, #0x18]
    0xE59F106C,  # 28  ldr r1, data
    0xE59F206C,  # 2c  ldr r2, sdram
    0xE5802004,  # 30  str r2, [r0, #4]
    0xE5801008,  # 34  str r1, [r0, #8]
    0xE59F2064,  # 38  ldr r2, towards_sdram
    0xE580200C,  # 3c  str r2, [r0, #12]
    0xEE070F90,  # 40  loop: mcr p15, 0, r0, c7, c0, 4 (sleep)
    0xEAFFFFFD,  # 44  b loop
    0xE1A00000,  # 48  nop
    0xE1A00000,  # 4c  nop
    0xE1A00000,  # 50  nop
    0xE59F003C,  # 54  handler: ldr r0, dma
    0xE5902014,  # 58  ldr r2, [r0, #0x14]
    0xE3A03008,  # 5c  mov r3, #8
    0xE5803010,  # 60  str r3, [r0, #0x10]
    0xE59F1030,  # 64  ldr r1, data
    0xE5913100,  # 68  ldr r3, [r1, #0x100]
    0xE2833001,  # 6c  add r3, r3, #1
    0xE5813100,  # 70  str r3, [r1, #0x100]
    0xE5812104,  # 74  str r2, [r1, #0x104]
    0xE3530001,  # 78  cmp r3, #1
    0x125EF004,  # 7c  subsne pc, lr, #4
    0xE2811040,  # 80  add r1, r1, #64
    0xE5801008,  # 84  str r1, [r0, #8]
    0xE3A02020,  # 88  mov r2, #32
    0xE580200C,  # 8c  str r2, [r0, #12]
    0xE25EF004,  # 90  subs pc, lr, #4
    0x1F000000,  # 94  vic: .word 0x1f000000
    0x30000000,  # 98  dma: .word 0x30000000
    0x00400000,  # 9c  data: .word 0x00400000
    0x60300000,  # a0  sdram: .word 0x60300000
    0x00080020,  # a4  towards_sdram: .word 0x00080020
)
"""Copies 32 bytes from DTCM to SDRAM 0x60300000, and when that is done back to DTCM + 64; counts completions at + 0x100
and keeps the last status at + 0x104."""

ECHO = (
    0xE59F0044,  # 00  ldr r0, vic
    0xE28F1018,  # 04  add r1, pc, #24
    0xE5801100,  # 08  str r1, [r0, #0x100]
    0xE3A01038,  # 0c  mov r1, #0x38
    0xE5801200,  # 10  str r1, [r0, #0x200]
    0xE3A01401,  # 14  mov r1, #0x1000000
    0xE5801010,  # 18  str r1, [r0, #0x10]
    0xEE070F90,  # 1c  loop: mcr p15, 0, r0, c7, c0, 4 (sleep)
    0xEAFFFFFD,  # 20  b loop
    0xE59F0024,  # 24  handler: ldr r0, communications
    0xE590100C,  # 28  ldr r1, [r0, #12]
    0xE3110802,  # 2c  tst r1, #0x20000
    0x15902010,  # 30  ldrne r2, [r0, #0x10]
    0x10822002,  # 34  addne r2, r2, r2
    0x15802004,  # 38  strne r2, [r0, #4]
    0xE5901014,  # 3c  ldr r1, [r0, #0x14]
    0xE2811001,  # 40  add r1, r1, #1
    0xE5801008,  # 44  str r1, [r0, #8]
    0xE25EF004,  # 48  subs pc, lr, #4
    0x1F000000,  # 4c  vic: .word 0x1f000000
    0x10000000,  # 50  communications: .word 0x10000000
)
"""Answers every multicast packet by one with the next key and twice the payload, if there is one."""

SEND = (
    0xE59F0018,  # 00  ldr r0, communications
    0xE59F1018,  # 04  ldr r1, key
    0xE5801008,  # 08  str r1, [r0, #8]
    0xE3A02055,  # 0c  mov r2, #0x55
    0xE5802004,  # 10  str r2, [r0, #4]
    0xE5801008,  # 14  str r1, [r0, #8]
    0xEE070F90,  # 18  loop: mcr p15, 0, r0, c7, c0, 4 (sleep)
    0xEAFFFFFD,  # 1c  b loop
    0x10000000,  # 20  communications: .word 0x10000000
    0x00001000,  # 24  key: .word 0x1000
)
"""Sends key 0x1000 without a payload, then with the payload 0x55."""

ABORT = (
    0xE3A00102,  # 00  mov r0, #0x80000000
    0xE5901000,  # 04  ldr r1, [r0]
    0xEE070F90,  # 08  mcr p15, 0, r0, c7, c0, 4 (sleep)
)
"""Reads where there is no memory."""

WRONG_TRANSFER = (
    0xE3A00203,  # 00  mov r0, #0x30000000
    0xE3A01010,  # 04  mov r1, #16
    0xE580100C,  # 08  str r1, [r0, #12]
    0xEE070F90,  # 0c  mcr p15, 0, r0, c7, c0, 4 (sleep)
)
"""Starts a transfer from nowhere to nowhere."""

KEEP_REGISTERS = (
    0xE59F1020,  # 00  ldr r1, data
    0xE5810000,  # 04  str r0, [r1]
    0xE10F0000,  # 08  mrs r0, cpsr
    0xE5810004,  # 0c  str r0, [r1, #4]
    0xE581D008,  # 10  str sp, [r1, #8]
    0xEE070F90,  # 14  loop: mcr p15, 0, r0, c7, c0, 4 (sleep)
    0xE591000C,  # 18  ldr r0, [r1, #12]
    0xE2800001,  # 1c  add r0, r0, #1
    0xE581000C,  # 20  str r0, [r1, #12]
    0xEAFFFFFA,  # 24  b loop
    0x00400000,  # 28  data: .word 0x00400000
)
"""Keeps register 0, the status register and the stack pointer in DTCM, and counts in its fourth word how often it wakes."""

SELECT_FAST = (
    0xE3A0041F,  # 00  mov r0, #0x1f000000
    0xE3A01010,  # 04  mov r1, #0x10
    0xE580100C,  # 08  str r1, [r0, #0xc]
)
"""Before COUNT_TIMER: its interrupt is a fast one."""

WAIT_FOR_TIMER_2 = (
    0xE3A0041F,  # 00  mov r0, #0x1f000000
    0xE3A01401,  # 04  mov r1, #0x1000000
    0xE580100C,  # 08  str r1, [r0, #0xc]
    0xE5801010,  # 0c  str r1, [r0, #0x10]
    0xE321F01F,  # 10  msr cpsr_c, #0x1f
    0xE3A05411,  # 14  mov r5, #0x11000000
    0xE3A01C02,  # 18  mov r1, #0x200
    0xE5851020,  # 1c  str r1, [r5, #0x20]
    0xE3A010E3,  # 20  mov r1, #0xe3
    0xE5851028,  # 24  str r1, [r5, #0x28]
    0xE5953024,  # 28  loop: ldr r3, [r5, #0x24]
    0xE3530000,  # 2c  cmp r3, #0
    0x1AFFFFFC,  # 30  bne loop
    0xE3A00501,  # 34  mov r0, #0x400000
    0xE3A01001,  # 38  mov r1, #1
    0xE5801004,  # 3c  str r1, [r0, #4]
    0xEE070F90,  # 40  sleep: mcr p15, 0, r0, c7, c0, 4
    0xEAFFFFFD,  # 44  b sleep
    0xE3A08201,  # 48  handler: mov r8, #0x10000000
    0xE5989014,  # 4c  ldr r9, [r8, #0x14]
    0xE3A08501,  # 50  mov r8, #0x400000
    0xE5989000,  # 54  ldr r9, [r8]
    0xE2899001,  # 58  add r9, r9, #1
    0xE5889000,  # 5c  str r9, [r8]
    0xE25EF004,  # 60  subs pc, lr, #4
)
"""Looks at timer 2, 512 cycles, until it has expired, then writes 1 to DTCM + 4 and sleeps; its handler of fast interrupts,
at word 18, takes one packet and counts it at DTCM."""

SPIN = (0xEAFFFFFE,)  # b .
"""Never sleeps."""

SPIN_AND_COUNT_TIMER = (0xE321F01F, *(0xE1A00000 if word == 0xEE070F90 else word for word in COUNT_TIMER))
"""COUNT_TIMER that does not sleep between interrupts: it lets them in (msr cpsr_c, #0x1f) and does nothing (nop)."""
