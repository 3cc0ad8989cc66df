"""One SpiNNaker core that executes an unmodified .aplx in the ARM emulator unicorn, with ideal timing.

Interrupts are delivered only while the core sleeps, so nothing is ever late, lost or interrupted.
"""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import numpy as np
import unicorn
from devices import CORE, Devices, Packet
from unicorn import arm_const

ITCM, ITCM_SIZE = 0, 0x8000
DTCM, DTCM_SIZE = 0x00400000, 0x10000
TRAMPOLINE = 0x00500000
RETURN_STUB = TRAMPOLINE + 0x100
SDRAM, SDRAM_UNBUFFERED, SDRAM_SIZE = 0x60000000, 0x70000000, 128 << 20
SYSTEM_RAM, SYSTEM_RAM_UNBUFFERED, SYSTEM_RAM_SIZE = 0xE5000000, 0xF5000000, 0x8000
REGION_TABLE, REGIONS = 0x60100000, 0x60100000 + 8 + 32 * 12
SYSTEM_VARIABLES = SYSTEM_RAM + 0x7F00
CORE_BLOCKS = SYSTEM_RAM + 0x7000
CORE_BLOCK = CORE_BLOCKS + 128 * CORE  # this core's state, mailboxes, log and user registers
SYSTEM_RAM_HEAP = (SYSTEM_RAM + 0x4000, SYSTEM_RAM + 0x6000)
SDRAM_HEAP, SYSTEM_SDRAM_HEAP = (0x60640000, 0x67000000), (0x67C00000, 0x67E00000)
SYSTEM_SDRAM, LOG_BUFFERS, TAG_TABLE = 0x67800000, 0x67900000, 0x67A00000
MESSAGES, MESSAGE_COUNT, MESSAGE_SIZE = SYSTEM_RAM + 0x1000, 8, 296
HOST_MESSAGE = MESSAGES + MESSAGE_COUNT * MESSAGE_SIZE
APP_ID, LOG_SIZE = 30, 16384
MAILBOX_MESSAGE, MAILBOX_SIGNAL, SIGNAL_START = 1, 3, 3
RUNNING = 7  # SARK's state of a running core
COPY, FILL, EXECUTE = 2, 3, 4  # records of an .aplx


class Core:
    """Load a binary, give it data regions, start it, and step it tick by tick."""

    def __init__(self, executable: Path, regions: dict[int, tuple[int, bytes]]) -> None:
        engine: Any = unicorn.Uc(unicorn.UC_ARCH_ARM, unicorn.UC_MODE_ARM)
        self.engine = engine
        engine.ctl_set_cpu_model(arm_const.UC_CPU_ARM_946)
        self.devices = Devices(lambda target, source, length: self.write(target, self.read(source, length)))
        self._map_memory()
        self._write_trampoline()
        self._write_system_variables()
        self.region_address: dict[int, int] = {}
        self._write_regions(regions)
        entry = self._load(executable)
        engine.reg_write(arm_const.UC_ARM_REG_R0, APP_ID | (1 << 8))
        self.main_pc = self._run(entry)

    def read(self, address: int, size: int) -> bytes:
        """Memory content."""
        return bytes(self.engine.mem_read(address, size))

    def write(self, address: int, content: bytes) -> None:
        """Set memory."""
        self.engine.mem_write(address, content)

    def read_word(self, address: int) -> int:
        """One little-endian 32-bit word."""
        return int.from_bytes(self.read(address, 4), "little")

    def write_words(self, address: int, *values: int) -> None:
        """Consecutive little-endian 32-bit words."""
        self.write(address, struct.pack(f"<{len(values)}I", *values))

    def _map_memory(self) -> None:
        for base, size in ((ITCM, ITCM_SIZE), (DTCM, DTCM_SIZE), (TRAMPOLINE, 0x1000)):
            self.engine.mem_map(base, size)
        self.sdram, self.system_ram = np.zeros(SDRAM_SIZE, np.uint8), np.zeros(SYSTEM_RAM_SIZE, np.uint8)
        for base in (SDRAM, SDRAM_UNBUFFERED):
            self.engine.mem_map_ptr(base, SDRAM_SIZE, unicorn.UC_PROT_ALL, self.sdram.ctypes.data)
        for base in (SYSTEM_RAM, SYSTEM_RAM_UNBUFFERED):
            self.engine.mem_map_ptr(base, SYSTEM_RAM_SIZE, unicorn.UC_PROT_ALL, self.system_ram.ctypes.data)
        for base, size, read, write in self.devices.register_maps():
            self.engine.mmio_map(base, size, read, None, write, None)

    def _write_trampoline(self) -> None:
        """Code that enters a handler in IRQ (+0x00) or FIQ (+0x40) mode and sleeps when the handler returns."""
        for offset, mode in ((0x00, 0xD2), (0x40, 0xD1)):
            self.write_words(
                TRAMPOLINE + offset,
                0xE321F000 | mode,  # msr cpsr_c, #mode
                0xE59FE00C,  # ldr lr, [pc, #12]   word +0x18: the interrupted CPSR
                0xE16FF00E,  # msr spsr_fsxc, lr
                0xE59FE008,  # ldr lr, [pc, #8]    word +0x1c: return address
                0xE59FF008,  # ldr pc, [pc, #8]    word +0x20: handler
            )
        self.write_words(RETURN_STUB, 0xEE070F90, 0xEAFFFFFE)  # mcr p15, 0, r0, c7, c0, 4 (sleep); b .

    def _write_system_variables(self) -> None:
        """What SCAMP leaves in system RAM after booting; offsets as in spinnman's SystemVariableDefinition."""
        identity = bytes(range(20))
        self.write(SYSTEM_VARIABLES + 0x24, struct.pack("<HH", 200, 130))  # processor and SDRAM clock, MHz
        self.write(SYSTEM_VARIABLES + 0x6C, struct.pack("<HH", MESSAGE_COUNT, MESSAGE_COUNT))
        self.write(SYSTEM_VARIABLES + 0x94, identity + identity + bytes([18, 18]))  # core numbers, cores
        words = {
            0x1C: 1_700_000_000,  # Unix time
            0x48: SYSTEM_RAM_HEAP[0],
            0x4C: SDRAM_HEAP[0],
            0x50: LOG_SIZE,
            0x54: LOG_BUFFERS,
            0x58: 0x400,  # system buffer words
            0x68: MESSAGES,
            0xC0: SDRAM_HEAP[0],
            0xC8: SYSTEM_SDRAM,
            0xCC: CORE_BLOCKS,
            0xD0: SYSTEM_SDRAM_HEAP[0],
            0xDC: TAG_TABLE,
            0xFC: 0x040000,
        }
        for offset, value in words.items():
            self.write_words(SYSTEM_VARIABLES + offset, value)
        for low, high in (SDRAM_HEAP, SYSTEM_SDRAM_HEAP, SYSTEM_RAM_HEAP):
            first, last = low + 16, high - 8
            self.write_words(low, first, first, last, last - first - 8, last, 0)
            self.write_words(last, 0, 0)
        for index in range(MESSAGE_COUNT):
            at = MESSAGES + index * MESSAGE_SIZE
            self.write_words(at, at + MESSAGE_SIZE if index + 1 < MESSAGE_COUNT else 0)

    def _write_regions(self, regions: dict[int, tuple[int, bytes]]) -> None:
        """Place the regions one after the other and write the table with their addresses, sums and sizes."""
        table = np.zeros((32, 3), np.uint32)
        at = REGIONS
        for number, (size, content) in sorted(regions.items()):
            padded = content + bytes(-len(content) % 4)
            words = np.frombuffer(padded, np.uint32)
            table[number] = (at, int(words.sum(dtype=np.uint64)) & 0xFFFFFFFF, words.size)
            self.write(at, padded)
            self.region_address[number] = at
            at += (size + 3) & ~3
        if at > SDRAM_HEAP[0]:
            raise ValueError(f"the regions need {at - REGIONS} bytes; there is room for {SDRAM_HEAP[0] - REGIONS}")
        self.write(REGION_TABLE, struct.pack("<2I", 0xAD130AD6, 0x00010000) + table.tobytes())
        self.write_words(CORE_BLOCK + 112, REGION_TABLE)

    def _load(self, executable: Path) -> int:
        """Copy the .aplx records into memory; returns the entry address."""
        data = executable.read_bytes()
        for at in range(0, len(data), 16):
            record, first, second, third = struct.unpack_from("<4I", data, at)
            if record == COPY:
                length = (third + 31) & ~31
                self.write(first, data[at + second : at + second + length].ljust(length, b"\0"))
            elif record == FILL:
                self.write(first, struct.pack("<I", third) * (((second + 31) & ~31) // 4))
            elif record == EXECUTE:
                return int(first)
            else:
                raise ValueError(f"{executable.name}: unknown record {record} at byte {at}")
        raise ValueError(f"{executable.name} has no entry address")

    def _run(self, pc: int) -> int:
        """Execute from ``pc`` until the core sleeps; returns where."""
        self.engine.emu_start(pc, 0xFFFFFFFC)
        return int(self.engine.reg_read(arm_const.UC_ARM_REG_PC))

    def _deliver(self, offset: int, handler: int) -> None:
        status = int(self.engine.reg_read(arm_const.UC_ARM_REG_CPSR))
        self.write_words(TRAMPOLINE + offset + 0x18, status, RETURN_STUB + 4, handler)
        pc = self._run(TRAMPOLINE + offset)
        if pc not in (RETURN_STUB, RETURN_STUB + 4):
            raise RuntimeError(f"handler {handler:#x} slept at {pc:#x} in state {self.state}\n{self.log()}")

    def settle(self) -> None:
        """Deliver every pending interrupt and run the core until it sleeps with nothing pending."""
        resumed = False
        for _ in range(10_000_000):
            if self.devices.fast_interrupt():
                self._deliver(0x40, self.read_word(0x3C))
                resumed = True
            elif (handler := self.devices.interrupt_handler()) is not None:
                self._deliver(0x00, handler)
                resumed = True
            elif resumed:
                self.main_pc = self._run(self.main_pc)
                resumed = False
            else:
                return
        raise RuntimeError("the core never settles")

    @property
    def state(self) -> int:
        """SARK's state of the core."""
        return self.read(CORE_BLOCK + 46, 1)[0]

    def log(self) -> str:
        """Everything the binary logged."""
        parts, at = [], self.read_word(CORE_BLOCK + 88)
        while at:
            following, _, _, used = struct.unpack("<4I", self.read(at, 16))
            parts.append(self.read(at + 16, min(used, LOG_SIZE)).decode("latin1"))
            at = following
        return "".join(parts)

    def _post(self, command: int, data: int) -> None:
        """Put a command into the core's mailbox and interrupt it, as SCAMP does."""
        self.write_words(CORE_BLOCK + 48, data)
        self.write(CORE_BLOCK + 56, bytes([command]))
        self.devices.processor_pending = True
        self.settle()

    def start(self) -> None:
        """Let the binary initialise until it waits for the run command."""
        self.settle()
        self._post(MAILBOX_SIGNAL, SIGNAL_START)

    def run_command(self, ticks: int) -> None:
        """Ask for ``ticks`` time steps, as the host's "new run time" message to port 3 does, and release the core."""
        message = struct.pack("<IHH", 0, 28, 0) + bytes([0x07, 0xFF, (3 << 5) | CORE, 0xFF, 0, 0, 0, 0])
        message += struct.pack("<2H4I", 7, 0, ticks, 0, 0, 0)
        self.write(HOST_MESSAGE, message.ljust(MESSAGE_SIZE - 4, b"\0"))
        self._post(MAILBOX_MESSAGE, HOST_MESSAGE)
        self.write(CORE_BLOCK + 57, b"\0")
        self.devices.core_flags = 0
        self.main_pc = self._run(self.main_pc)
        self.settle()

    def tick(self) -> list[Packet]:
        """Run one timer tick; returns the packets the core sent."""
        self.devices.sent.clear()
        self.devices.start_timer_tick()
        self.settle()
        return list(self.devices.sent)

    def inject(self, packets: list[Packet]) -> None:
        """Let packets arrive and be processed."""
        self.devices.received.extend(packets)
        self.settle()
