"""One ARM968 core in the emulator unicorn, executing an unmodified .aplx with ideal timing.

Interrupts are delivered only while the core sleeps (wait for interrupt), so nothing is ever late or interrupted; and while
it loops until timer 2 expires, as synapse cores do until the end of a time step.
"""

from __future__ import annotations

import importlib
import struct
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurodeploy.firmware_models.spinnaker.board import memory_map as at
from neurodeploy.firmware_models.spinnaker.board.devices import LOOKS_PER_PACKET, ChipDevices, Devices, Packet
from neurodeploy.firmware_models.spinnaker.board.memory import ChipMemory

TRAMPOLINE = 0x00500000
RETURN_STUB = TRAMPOLINE + 0x100
RETURNED = (
    TRAMPOLINE + 0x1000
)  # word that the return stub sets; on a page without code, which a write would translate anew
COPY, FILL, EXECUTE = 2, 3, 4  # records of an .aplx
PACKETS_AT_ONCE = 64  # fewer than the 256 places of a core's queue of incoming spikes
FAST_VECTOR = 0x3C
STATUS_FAST, STATUS_NORMAL = 0x40, 0x00  # offsets of the two entries of the trampoline


class CoreError(Exception):
    """The program on a core did something that no ARM968 on SpiNNaker can."""


class Core:
    """Core ``number`` of a chip with a program loaded; ``memory`` is the chip's."""

    def __init__(
        self, number: int, chip: ChipDevices, memory: ChipMemory, binary: int, register_0: int, counted: bool = False
    ) -> None:
        unicorn: Any = importlib.import_module("unicorn")
        arm_const: Any = importlib.import_module("unicorn.arm_const")
        self.memory = memory
        self.block = at.CORE_BLOCKS + number * at.CORE_BLOCK_SIZE
        self._error = unicorn.UcError
        self._program_counter, self._status = arm_const.UC_ARM_REG_PC, arm_const.UC_ARM_REG_CPSR
        engine: Any = unicorn.Uc(unicorn.UC_ARCH_ARM, unicorn.UC_MODE_ARM)
        self.engine = engine
        engine.ctl_set_cpu_model(arm_const.UC_CPU_ARM_946)
        self.local: NDArray[np.uint8] = np.zeros(at.DTCM_SIZE, np.uint8)
        self.code: NDArray[np.uint32] = np.zeros(at.ITCM_SIZE // 4, np.uint32)
        self._trampoline: NDArray[np.uint32] = np.zeros(0x2000 // 4, np.uint32)
        # Views: reading and writing words through the emulator costs microseconds.
        self._vectors, self._words = self.code.data, self._trampoline.data
        self.devices = Devices(number, chip, self._copy)
        self._map_memory(unicorn.UC_PROT_ALL)
        self._write_trampoline()
        try:
            self.main = self._load(binary)
        except (self._error, IndexError) as error:
            raise CoreError(f"the program at {binary:#x} does not fit: {error}") from error
        engine.reg_write(arm_const.UC_ARM_REG_R0, register_0)
        self.asleep = False
        self._loop: tuple[int, int, bool] | None = None  # where a program loops, its status, whether it is a handler
        self.status: int | None = None  # of the program where it sleeps; None before it has run
        self.instructions = 0  # executed since the last look, when they are counted
        if counted:
            engine.hook_add(unicorn.UC_HOOK_BLOCK, self._count)

    def _count(self, engine: Any, address: int, size: int, user: Any) -> None:
        """Count the instructions of a basic block; sPyNNaker's binaries are ARM code, four bytes each."""
        self.instructions += size >> 2

    def window(self, address: int, size: int) -> memoryview | None:
        """Bytes of the data memory (DTCM); None elsewhere."""
        if address >= at.DTCM and address + size <= at.DTCM + at.DTCM_SIZE:
            return self.local.data[address - at.DTCM : address - at.DTCM + size]
        return None

    def _map_memory(self, everything: int) -> None:
        engine = self.engine
        engine.mem_map_ptr(at.ITCM, at.ITCM_SIZE, everything, self.code.ctypes.data)
        engine.mem_map_ptr(TRAMPOLINE, 0x2000, everything, self._trampoline.ctypes.data)
        engine.mem_map_ptr(at.DTCM, at.DTCM_SIZE, everything, self.local.ctypes.data)
        for base in (at.SDRAM, at.SDRAM_UNBUFFERED):
            engine.mem_map_ptr(base, at.SDRAM_SIZE, everything, self.memory.sdram.ctypes.data)
        for base in (at.SYSTEM_RAM, at.SYSTEM_RAM_UNBUFFERED):
            engine.mem_map_ptr(base, at.SYSTEM_RAM_SIZE, everything, self.memory.system_ram.ctypes.data)
        for base, size, read, write in self.devices.register_maps():
            engine.mmio_map(base, size, read, None, write, None)

    def _write_trampoline(self) -> None:
        """Code that enters a handler in IRQ or FIQ mode and sleeps when the handler returns."""
        for offset, mode in ((STATUS_NORMAL, 0x92), (STATUS_FAST, 0xD1)):
            code = (
                0xE321F000 | mode,  # msr cpsr_c, #mode
                0xE59FE00C,  # ldr lr, [pc, #12]   word +0x18: the interrupted CPSR
                0xE16FF00E,  # msr spsr_fsxc, lr
                0xE59FE008,  # ldr lr, [pc, #8]    word +0x1c: return address
                0xE59FF008,  # ldr pc, [pc, #8]    word +0x20: handler
            )
            self._set_words(TRAMPOLINE + offset, *code)
        # str pc, [pc, #RETURNED - here - 8]; mcr p15, 0, r0, c7, c0, 4 (sleep); b .
        self._set_words(RETURN_STUB, 0xE58FF000 | (RETURNED - RETURN_STUB - 8), 0xEE070F90, 0xEAFFFFFE)

    def _set_words(self, address: int, *values: int) -> None:
        """Set words of the trampoline."""
        for index, value in enumerate(values, (address - TRAMPOLINE) >> 2):
            self._words[index] = value

    def _load(self, binary: int) -> int:
        """Copy the records of the .aplx at ``binary`` in SDRAM; returns the entry address."""
        place = binary
        while True:
            record, first, second, third = struct.unpack("<4I", self.memory.window(place, 16))
            if record == COPY:
                self._set(first, self.memory.read(place + second, (third + 31) & ~31))
            elif record == FILL and second <= at.SDRAM_SIZE:
                self._set(first, struct.pack("<I", third) * (((second + 31) & ~31) // 4))
            elif record == EXECUTE:
                return int(first)
            else:
                raise CoreError(f"unknown record {record} in the program at {place:#x}")
            place += 16

    def _set(self, address: int, content: bytes) -> None:
        self.engine.mem_write(address, content)

    def _copy(self, target: int, source: int, length: int) -> None:
        """What the DMA engine does."""
        self._bytes(target, length)[:] = self._bytes(source, length)

    def _bytes(self, address: int, length: int) -> memoryview:
        local = self.window(address, length)
        return self.memory.window(address, length) if local is None else local

    def _run(self, address: int) -> None:
        """Execute from ``address`` until the core sleeps."""
        try:
            self.engine.emu_start(address, 0xFFFFFFFC)
        except (self._error, IndexError) as error:  # IndexError: a device was told of memory that is not there
            raise CoreError(f"{error} at {self._place():#x}") from error

    def _place(self) -> int:
        return int(self.engine.reg_read(self._program_counter))

    def _continue(self, address: int, *, handler: bool) -> bool:
        """Run the program or a handler until it sleeps, where handlers then interrupt it, or loops; whether it sleeps."""
        self._run(address)
        if self.devices.looping:
            self.devices.looping = False
            status = int(self.engine.reg_read(self._status))
            self._loop = self._place() | status >> 5 & 1, status, handler
            return False
        self._loop = None
        if not handler:
            self.main, self.status = self._place(), int(self.engine.reg_read(self._status))
        elif not self._words[(RETURNED - TRAMPOLINE) >> 2]:
            raise CoreError(f"a handler slept at {self._place():#x}")
        else:
            self._set_words(RETURNED, 0)
        return True

    def _deliver(self, entry: int, handler: int, status: int | None) -> bool:
        """Run a handler that returns to ``status``; whether it came to its end."""
        assert status is not None
        self._set_words(TRAMPOLINE + entry + 0x18, status, RETURN_STUB + 4, handler)
        return self._continue(TRAMPOLINE + entry, handler=True)

    def _deliver_fast(self, status: int | None) -> bool:
        """Run the handler of fast interrupts."""
        return self._deliver(STATUS_FAST, int(self._vectors[FAST_VECTOR >> 2]), status)

    def _interrupt_loop(self) -> None:
        """Deliver packets to a program that loops, and let it go on until it loops again or ends the loop."""
        assert self._loop is not None
        place, status, handler = self._loop
        while self.devices.fast_interrupt() and not status & 0x40:
            if not self._deliver_fast(status):
                raise CoreError("a handler of packets loops")
        self._continue(place, handler=handler)

    def settle(self) -> None:
        """Run until the core sleeps with no interrupt pending.

        Raises:
            CoreError: it did something impossible; its state is then run-time error.
        """
        try:
            self._settle()
        except CoreError:
            self.memory.write(self.block + at.CORE_ERROR, bytes([at.DATA_ABORT]))
            self.memory.write(self.block + at.CORE_STATE, bytes([at.RUNTIME_ERROR]))
            raise

    def _settle(self) -> None:
        devices = self.devices
        if self._loop is not None:
            self._interrupt_loop()
        elif self.status is None:
            self.asleep = True
            self._continue(self.main, handler=False)
        while self._loop is None:
            if devices.fast_interrupt():
                self._deliver_fast(self.status)
                self.asleep = False
            elif (handler := devices.interrupt_handler()) is not None:
                self._deliver(STATUS_NORMAL, handler, self.status)
                self.asleep = False
            elif self.asleep:
                return
            else:
                self.asleep = True
                self._continue(self.main, handler=False)

    def receive(self, packets: list[Packet]) -> None:
        """Let multicast packets arrive and be processed."""
        for first in range(0, len(packets), PACKETS_AT_ONCE):
            self.devices.received.extend(packets[first : first + PACKETS_AT_ONCE])
            self.devices.looks = -LOOKS_PER_PACKET * len(self.devices.received)
            self.settle()

    def sent(self) -> list[Packet]:
        """Packets sent since the last call."""
        packets = self.devices.sent
        if packets:
            self.devices.sent = []
        return packets

    @property
    def state(self) -> int:
        """SARK's state of the core."""
        return self.memory.window(self.block + at.CORE_STATE, 1)[0]
