"""One SpiNNaker core executing a real .aplx in the unicorn ARM emulator (ideal timing, no network).

Only what a sPyNNaker neuron core touches is modelled: ITCM/DTCM/SDRAM/SysRAM, interrupt controller, timer 1,
DMA, communications controller, system controller flags.  Interrupts are delivered only while the core sleeps.
"""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import unicorn as uc
from unicorn import arm_const as arm

SDRAM, SDRAM_UNBUFFERED, SDRAM_SIZE = 0x60000000, 0x70000000, 128 << 20
SYSRAM, SYSRAM_UNBUFFERED, SYSRAM_SIZE = 0xE5000000, 0xF5000000, 0x8000
TRAMPOLINE = 0x00500000
RETURN_STUB = TRAMPOLINE + 0x100
TABLE_ADDRESS = 0x60100000  # region table and regions
HEAP = (0x60640000, 0x67000000)
CORE = 4
APP_ID = 30
CC_TMT, DMA_DONE, TIMER1, CPU_INT, SOFTWARE, MULTICAST = 11, 12, 4, 18, 1, 24


class Core:
    """Load a binary, give it data regions, start it, and step it tick by tick."""

    def __init__(self, executable: Path, regions: dict[int, tuple[int, bytes]]) -> None:
        self.engine = engine = uc.Uc(uc.UC_ARCH_ARM, uc.UC_MODE_ARM)
        engine.ctl_set_cpu_model(arm.UC_CPU_ARM_946)
        self.sdram = np.zeros(SDRAM_SIZE, np.uint8)
        self.sysram = np.zeros(SYSRAM_SIZE, np.uint8)
        engine.mem_map(0, 0x8000)
        engine.mem_map(0x00400000, 0x10000)
        engine.mem_map(TRAMPOLINE, 0x1000)
        for base in (SDRAM, SDRAM_UNBUFFERED):
            engine.mem_map_ptr(base, SDRAM_SIZE, uc.UC_PROT_ALL, self.sdram.ctypes.data)
        for base in (SYSRAM, SYSRAM_UNBUFFERED):
            engine.mem_map_ptr(base, SYSRAM_SIZE, uc.UC_PROT_ALL, self.sysram.ctypes.data)
        for names, low, high in (
            ("cc", 0x10000000, 0x20000000),
            ("timer", 0x11000000, 0x21000000),
            ("vic", 0x1F000000, 0x2F000000),
            ("dma", 0x30000000, 0x40000000),
            ("sc", 0xE2000000, 0xF2000000),
            ("wd", 0xE3000000, 0xF3000000),
            ("rtr", 0xE1000000, 0xF1000000),
            ("mc", 0xE0000000, 0xF0000000),
        ):
            read, write = (
                getattr(self, f"read_{names}", self.read_none),
                getattr(self, f"write_{names}", self.write_none),
            )
            for base in (low, high):
                engine.mmio_map(base, 0x20000 if names == "rtr" else 0x1000, read, None, write, None)
        engine.mmio_map(0xFFFFF000, 0x1000, self.read_vic, None, self.write_vic, None)
        self.vectors, self.controls = [0] * 16, [0] * 16
        self.enabled = self.fiq_select = self.soft = 0
        self.default_vector = 0
        self.timer_pending = self.dma_pending = self.cpu_pending = False
        self.dma_registers = [0] * 0x80
        self.timer_registers = [0] * 0x20
        self.flag = 1 << CORE
        self.received: list[tuple[int, int | None]] = []
        self.sent: list[tuple[int, int | None]] = []
        self.transmit_data: int | None = None
        self.control = 0
        self.in_trampoline = False
        self._write_trampoline()
        self._write_system_memory()
        self._write_regions(regions)
        self.entry = self._load(executable)
        self.main_pc = self.entry
        engine.reg_write(arm.UC_ARM_REG_R0, APP_ID | (1 << 8))
        self._run(self.entry)

    # ---- memory ----
    def word(self, address: int, value: int | None = None) -> int:
        if value is not None:
            self.engine.mem_write(address, struct.pack("<I", value & 0xFFFFFFFF))
            return value
        return struct.unpack("<I", bytes(self.engine.mem_read(address, 4)))[0]

    def _write_trampoline(self) -> None:
        # msr cpsr_c,#mode ; ldr lr,[pc,#..spsr] ; msr spsr_fsxc,lr ; ldr lr,[..return] ; ldr pc,[..handler]
        for offset, mode in ((0x00, 0xD2), (0x40, 0xD1)):
            code = [0xE321F000 | mode, 0xE59FE00C + 0, 0xE16FF00E, 0xE59FE008, 0xE59FF008]
            # literal words: spsr at +0x18, return at +0x1c, handler at +0x20
            code[1] = 0xE59FE000 | (0x18 - (0x04 + 8))
            code[3] = 0xE59FE000 | (0x1C - (0x0C + 8))
            code[4] = 0xE59FF000 | (0x20 - (0x10 + 8))
            self.engine.mem_write(TRAMPOLINE + offset, struct.pack("<5I", *code))
            self.word(TRAMPOLINE + offset + 0x1C, RETURN_STUB + 4)
        self.word(RETURN_STUB, 0xEE070F90)  # mcr p15,0,r0,c7,c0,4 (wait for interrupt)
        self.word(RETURN_STUB + 4, 0xEAFFFFFE)

    def _write_system_memory(self) -> None:
        sv = SYSRAM + 0x7F00

        def half(offset: int, value: int) -> None:
            self.engine.mem_write(sv + offset, struct.pack("<H", value))

        half(0x24, 200)
        half(0x26, 130)
        self.word(sv + 0x1C, 1_700_000_000)
        self.word(sv + 0xFC, 0x040000)
        self.word(sv + 0x50, 16384)
        self.word(sv + 0x54, 0x67900000)
        self.word(sv + 0x58, 0x400)
        self.engine.mem_write(sv + 0x94, bytes(range(20)))
        self.engine.mem_write(sv + 0xA8, bytes(range(20)))
        self.engine.mem_write(sv + 0xBC, bytes([18, 18]))
        self.word(sv + 0xC0, HEAP[0])
        self.word(sv + 0xC8, 0x67800000)
        self.word(sv + 0xCC, SYSRAM + 0x7000)
        self.word(sv + 0xDC, 0x67A00000)
        for offset, (low, high) in (
            (0x4C, HEAP),
            (0xD0, (0x67C00000, 0x67E00000)),
            (0x48, (SYSRAM + 0x4000, SYSRAM + 0x6000)),
        ):
            first, last = low + 16, high - 8
            for index, value in enumerate((first, first, last, last - first - 8, last, 0)):
                self.word(low + 4 * index, value)
            self.word(last, 0)
            self.word(last + 4, 0)
            self.word(sv + offset, low)
        # shared message buffers
        base, count, size = SYSRAM + 0x1000, 8, 296
        for index in range(count):
            self.word(base + index * size, base + (index + 1) * size if index + 1 < count else 0)
        self.word(sv + 0x68, base)
        half(0x6C, count)
        half(0x6E, count)
        self.message_buffer = base + count * size
        self.vcpu = SYSRAM + 0x7000 + 128 * CORE

    def _write_regions(self, regions: dict[int, tuple[int, bytes]]) -> None:
        table = np.zeros((32, 3), np.uint32)
        at = TABLE_ADDRESS + 392
        self.region_address = {}
        for number, (size, content) in sorted(regions.items()):
            padded = content + bytes(-len(content) % 4)
            words = np.frombuffer(padded, np.uint32)
            table[number] = (at, int(words.sum(dtype=np.uint64)) & 0xFFFFFFFF, words.size)
            self.engine.mem_write(at, padded)
            self.region_address[number] = at
            at += (size + 3) & ~3
        assert at < HEAP[0]
        self.engine.mem_write(TABLE_ADDRESS, struct.pack("<2I", 0xAD130AD6, 0x00010000) + table.tobytes())
        self.word(self.vcpu + 112, TABLE_ADDRESS)

    def _load(self, executable: Path) -> int:
        data = executable.read_bytes()
        at = 0
        while True:
            opcode, *args = struct.unpack_from("<4I", data, at)
            if opcode == 2:
                destination, source, length = args
                length = (length + 31) & ~31
                self.engine.mem_write(destination, data[at + source : at + source + length].ljust(length, b"\0"))
            elif opcode == 3:
                destination, length, value = args
                length = (length + 31) & ~31
                self.engine.mem_write(destination, struct.pack("<I", value) * (length // 4))
            elif opcode == 4:
                return args[0]
            else:
                raise ValueError(f"APLX record {opcode} at {at}")
            at += 16

    # ---- devices ----
    def read_none(self, engine, offset, size, user):  # noqa: ANN001
        return 0

    def write_none(self, engine, offset, size, value, user):  # noqa: ANN001
        return None

    def read_cc(self, engine, offset, size, user):
        if offset == 0:
            return 0x90000000 | (self.control & 0x0FFFFFFF)
        if offset == 0x0C:
            return (0x80000000 if self.received else 0) | (
                0x20000 if self.received and self.received[0][1] is not None else 0
            )
        if offset == 0x10:
            return self.received[0][1] or 0
        if offset == 0x14:
            return self.received.pop(0)[0]
        return 0

    def write_cc(self, engine, offset, size, value, user):
        if offset == 0:
            self.control = value
        elif offset == 4:
            self.transmit_data = value
        elif offset == 8:
            self.sent.append((value, self.transmit_data))
            self.transmit_data = None

    def read_timer(self, engine, offset, size, user):
        if offset == 4:
            self.timer_registers[1] = max(1, self.timer_registers[1] - 20)
            return self.timer_registers[1]
        if offset in (0x10, 0x14):
            return int(self.timer_pending)
        return self.timer_registers[(offset >> 2) & 31]

    def write_timer(self, engine, offset, size, value, user):
        if offset == 0x0C:
            self.timer_pending = False
        elif offset == 0:
            self.timer_registers[0] = self.timer_registers[1] = value
        else:
            self.timer_registers[(offset >> 2) & 31] = value

    def read_dma(self, engine, offset, size, user):
        if offset == 0x14:
            return (CORE << 24) | (int(self.dma_pending) << 10)
        return self.dma_registers[(offset >> 2) & 127]

    def write_dma(self, engine, offset, size, value, user):
        if offset == 0x10:
            if value & 8:
                self.dma_pending = False
            return
        self.dma_registers[(offset >> 2) & 127] = value
        if offset == 0x0C:
            system, local, length = self.dma_registers[1], self.dma_registers[2], value & 0x1FFFF
            source, target = (local, system) if value & (1 << 19) else (system, local)
            engine.mem_write(target, bytes(engine.mem_read(source, length)))
            self.dma_pending = True

    def read_sc(self, engine, offset, size, user):
        return {0x58: self.flag, 0x5C: self.flag}.get(offset, 0)

    def write_sc(self, engine, offset, size, value, user):
        if offset == 0x0C:
            self.cpu_pending = False

    def lines(self) -> int:
        return (
            self.soft
            | (self.timer_pending << TIMER1)
            | (self.cpu_pending << CPU_INT)
            | ((self.dma_pending and bool(self.dma_registers[6] & 0x400)) << DMA_DONE)
            | (1 << CC_TMT)
            | (bool(self.received) << MULTICAST)
            | (bool(self.received) << 6)
        )

    def irq_vector(self) -> int | None:
        active = self.lines() & self.enabled & ~self.fiq_select
        if not active:
            return None
        for slot in range(16):
            if self.controls[slot] & 0x20 and active >> (self.controls[slot] & 31) & 1:
                return self.vectors[slot]
        return None

    def read_vic(self, engine, offset, size, user):
        if offset == 0x30:
            return self.irq_vector() or self.default_vector
        if offset == 0x0C:
            return self.fiq_select
        if offset == 0x10:
            return self.enabled
        if offset == 0x08:
            return self.lines()
        if offset == 0x00:
            return self.lines() & self.enabled & ~self.fiq_select
        if 0x100 <= offset < 0x140:
            return self.vectors[(offset - 0x100) >> 2]
        if 0x200 <= offset < 0x240:
            return self.controls[(offset - 0x200) >> 2]
        return 0

    def write_vic(self, engine, offset, size, value, user):
        if offset == 0x0C:
            self.fiq_select = value
        elif offset == 0x10:
            self.enabled |= value
        elif offset == 0x14:
            self.enabled &= ~value
        elif offset == 0x18:
            self.soft |= value
        elif offset == 0x1C:
            self.soft &= ~value
        elif offset == 0x34:
            self.default_vector = value
        elif 0x100 <= offset < 0x140:
            self.vectors[(offset - 0x100) >> 2] = value
        elif 0x200 <= offset < 0x240:
            self.controls[(offset - 0x200) >> 2] = value

    # ---- execution ----
    def _run(self, pc: int) -> int:
        self.engine.emu_start(pc, 0xFFFFFFFC)
        return int(self.engine.reg_read(arm.UC_ARM_REG_PC))

    def _deliver(self, offset: int, handler: int) -> None:
        self.word(TRAMPOLINE + offset + 0x18, int(self.engine.reg_read(arm.UC_ARM_REG_CPSR)))
        self.word(TRAMPOLINE + offset + 0x20, handler)
        pc = self._run(TRAMPOLINE + offset)
        if pc not in (RETURN_STUB, RETURN_STUB + 4):
            raise RuntimeError(f"handler {handler:#x} slept at {pc:#x} state {self.state}")

    def settle(self) -> None:
        """Deliver every pending interrupt and run the core until it sleeps with nothing pending."""
        resumed = False
        for _ in range(10_000_000):
            if self.lines() & self.enabled & self.fiq_select:
                self._deliver(0x40, self.word(0x3C))
                resumed = True
                continue
            vector = self.irq_vector()
            if vector is not None:
                self._deliver(0, vector)
                resumed = True
                continue
            if not resumed:
                return
            self.main_pc = self._run(self.main_pc)
            resumed = False
        raise RuntimeError("core never settles")

    @property
    def state(self) -> int:
        return int(self.engine.mem_read(self.vcpu + 46, 1)[0])

    def wake(self) -> None:
        """Wake the sleeping main loop once (what any interrupt does), then settle."""
        self.main_pc = self._run(self.main_pc)
        self.settle()

    def post(self, command: int, data: int) -> None:
        self.word(self.vcpu + 48, data)
        self.engine.mem_write(self.vcpu + 56, bytes([command]))
        self.cpu_pending = True
        self.settle()

    def start(self) -> None:
        self.main_pc = int(self.engine.reg_read(arm.UC_ARM_REG_PC))
        self.settle()
        self.post(3, 3)

    def run_command(self, ticks: int) -> None:
        message = struct.pack("<IHH", 0, 24 + 4 + 0, 0) + bytes([0x07, 0xFF, (3 << 5) | CORE, 0xFF, 0, 0, 0, 0])
        message += struct.pack("<HHIII", 7, 0, ticks, 0, 0) + struct.pack("<I", 0)
        self.engine.mem_write(self.message_buffer, message.ljust(292, b"\0"))
        self.post(1, self.message_buffer)
        self.engine.mem_write(self.vcpu + 57, b"\0")
        self.flag = 0
        self.wake()

    def tick(self) -> list[tuple[int, int | None]]:
        """Run one timer tick; return the packets the core sent."""
        self.sent.clear()
        self.timer_registers[1] = self.timer_registers[0]
        self.timer_pending = True
        self.settle()
        return list(self.sent)

    def inject(self, packets: list[tuple[int, int | None]]) -> None:
        self.received.extend(packets)
        self.settle()
