"""One ARM968 core in the emulator unicorn, with the memory that is its own, executing an unmodified .aplx with ideal timing."""

from __future__ import annotations

import ctypes
import importlib
import struct
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurodeploy.firmware_models.spinnaker.board import memory_map as at
from neurodeploy.firmware_models.spinnaker.board import state as of
from neurodeploy.firmware_models.spinnaker.board.devices import ChipDevices, Devices, Packet
from neurodeploy.firmware_models.spinnaker.board.memory import ChipMemory

COPY, FILL, EXECUTE = 2, 3, 4  # records of an .aplx
REASONS = {
    of.SLEPT_IN_HANDLER: "a handler slept",
    of.LOOPED_IN_HANDLER: "a handler of packets loops",
    of.HELD_TOO_DEEP: "handlers that never end interrupt one another",
}
WITHOUT_LIMIT = 1 << 62
TRANSLATED_BYTES = 8 << 20  # for translated code: unicorn's own gigabyte takes a third longer to set up


class CoreError(Exception):
    """The program on a core did something that no ARM968 on SpiNNaker can."""


class Core:
    """Core ``number`` of a chip with a program loaded; ``memory`` is the chip's."""

    def __init__(self, number: int, chip: ChipDevices, memory: ChipMemory, binary: int, register_0: int) -> None:
        self.chip, self.memory = chip, memory
        self.local: NDArray[np.uint8] = np.zeros(at.DTCM_SIZE, np.uint8)
        self._block: NDArray[np.int64] = np.zeros(of.BLOCK_WORDS, np.int64)
        self._words = self._block.data.cast("B").cast("q")  # a view: Python reads its words faster than numpy's
        self._trampoline = self._block.view(np.uint32)[of.TRAMPOLINE_WORD : of.CODE_WORD].data
        self._code = self._block.view(np.uint8)[4 * of.CODE_WORD :].data
        self.devices = Devices(number, chip, self._words)
        self._write_trampoline()
        try:
            self._words[of.MAIN] = self._load(binary)
        except IndexError as error:
            raise CoreError(f"the program at {binary:#x} does not fit: {error}") from error
        self._register_0 = register_0
        self._has_engine = False  # it is made at the first run, as that takes milliseconds
        self._sent: list[Packet] = []
        self._arriving: list[Packet] = []
        self._counted = 0
        self.unfinished = False  # it was stopped, and goes on at the next :meth:`settle`

    def _start_engine(self) -> None:
        unicorn: Any = importlib.import_module("unicorn")
        arm_const: Any = importlib.import_module("unicorn.arm_const")
        self._error = unicorn.UcError
        engine: Any = unicorn.Uc(unicorn.UC_ARCH_ARM, unicorn.UC_MODE_ARM)
        self.engine = engine
        engine.ctl_set_cpu_model(arm_const.UC_CPU_ARM_946)
        engine.ctl_set_tcg_buffer_size(TRANSLATED_BYTES)
        engine.ctl_set_tlb_mode(unicorn.UC_TLB_VIRTUAL)
        self._map_memory(unicorn.UC_PROT_ALL)
        self._connect(unicorn)
        engine.reg_write(arm_const.UC_ARM_REG_R0, self._register_0)
        self._has_engine = True

    def window(self, address: int, size: int) -> memoryview | None:
        """Bytes of the data memory (DTCM); None elsewhere."""
        if address >= at.DTCM and address + size <= at.DTCM + at.DTCM_SIZE:
            return self.local.data[address - at.DTCM : address - at.DTCM + size]
        return None

    def _map_memory(self, everything: int) -> None:
        engine, block = self.engine, self._block.ctypes.data
        sdram, system_ram = self.memory.sdram.ctypes.data, self.memory.system_ram.ctypes.data
        engine.mem_map_ptr(at.ITCM, at.ITCM_SIZE, everything, block + 4 * of.CODE_WORD)
        engine.mem_map_ptr(of.TRAMPOLINE, of.TRAMPOLINE_SIZE, everything, block + 4 * of.TRAMPOLINE_WORD)
        engine.mem_map_ptr(at.DTCM, at.DTCM_SIZE, everything, self.local.ctypes.data)
        for base in (at.SDRAM, at.SDRAM_UNBUFFERED):
            engine.mem_map_ptr(base, at.SDRAM_SIZE, everything, sdram)
        for base in (at.SYSTEM_RAM, at.SYSTEM_RAM_UNBUFFERED):
            engine.mem_map_ptr(base, at.SYSTEM_RAM_SIZE, everything, system_ram)
        addresses = engine._uch.value, block, self.local.ctypes.data, sdram, system_ram
        for word, address in zip(
            (of.ENGINE, of.BLOCK, of.DATA_MEMORY, of.SDRAM, of.SYSTEM_RAM), addresses, strict=True
        ):
            self._words[word] = address

    def _connect(self, unicorn: Any) -> None:
        """Map the devices' registers and tell the emulator of the compiled functions."""
        execution: Any = importlib.import_module("neurodeploy.firmware_models.spinnaker.board.execution")
        library: Any = importlib.import_module("neurodeploy.firmware_models.spinnaker.board.compiled").library
        handle, state = self.engine._uch, self._block.ctypes.data
        for base, size, read, write in execution.windows():
            code = library.uc_mmio_map(handle, base, size, read.address, state, write.address, state)
            if code != unicorn.UC_ERR_OK:
                raise self._error(code)
        for base, size, read, write in self.devices.chip_register_maps():
            self.engine.mmio_map(base, size, read, None, write, None)
        hook = ctypes.c_size_t()
        for kind, function in (
            (unicorn.UC_HOOK_TLB_FILL, execution.fill_translation),
            (unicorn.UC_HOOK_BLOCK, execution.count),
        ):
            code = library.uc_hook_add(handle, ctypes.byref(hook), kind, function.address, state, 1, 0)
            if code != unicorn.UC_ERR_OK:
                raise self._error(code)
        self._settle = execution.settle.ctypes  # a call of it lets other threads of Python run

    def _write_trampoline(self) -> None:
        """Code that enters a handler in IRQ or FIQ mode and sleeps when the handler returns."""
        for offset, mode in ((of.NORMAL_ENTRY, 0x92), (of.FAST_ENTRY, 0xD1)):
            code = (
                0xE321F000 | mode,  # msr cpsr_c, #mode
                0xE59FE00C,  # ldr lr, [pc, #12]   word +0x18: the interrupted CPSR
                0xE16FF00E,  # msr spsr_fsxc, lr
                0xE59FE008,  # ldr lr, [pc, #8]    word +0x1c: return address
                0xE59FF008,  # ldr pc, [pc, #8]    word +0x20: handler
            )
            self._set_words(of.TRAMPOLINE + offset, *code)
        # str pc, [pc, #RETURNED - here - 8]; mcr p15, 0, r0, c7, c0, 4 (sleep); b .
        self._set_words(of.RETURN_STUB, 0xE58FF000 | (of.RETURNED - of.RETURN_STUB - 8), 0xEE070F90, 0xEAFFFFFE)

    def _set_words(self, address: int, *values: int) -> None:
        """Set words of the trampoline."""
        for index, value in enumerate(values, (address - of.TRAMPOLINE) >> 2):
            self._trampoline[index] = value

    def _load(self, binary: int) -> int:
        """Copy the records of the .aplx at ``binary`` in SDRAM; returns the entry address."""
        place = binary
        while True:
            record, first, second, third = struct.unpack("<4I", self.memory.window(place, 16))
            if record == COPY:
                content = self.memory.read(place + second, (third + 31) & ~31)
            elif record == FILL and second <= at.SDRAM_SIZE:
                content = struct.pack("<I", third) * (((second + 31) & ~31) // 4)
            elif record == EXECUTE:
                return int(first)
            else:
                raise CoreError(f"unknown record {record} in the program at {place:#x}")
            self._bytes(first, len(content))[:] = content
            place += 16

    def _bytes(self, address: int, size: int) -> memoryview:
        """Memory of the core or its chip, shared; IndexError where there is none."""
        if address + size <= at.ITCM + at.ITCM_SIZE:
            return self._code[address - at.ITCM : address - at.ITCM + size]
        local = self.window(address, size)
        return self.memory.window(address, size) if local is None else local

    def settle(self, limit: int | None = None) -> None:
        """Run until the core sleeps with no interrupt pending, or for about ``limit`` instructions.

        Raises:
            CoreError: it did something impossible.
        """
        if not self._has_engine:
            self._start_engine()
        words = self._words
        words[of.NOW] = self.chip.now
        words[of.LAST_INSTRUCTION] = WITHOUT_LIMIT if limit is None else words[of.INSTRUCTIONS] + limit
        while True:
            words[of.STOP] = 0
            outcome = self._settle(self._block.ctypes.data)
            if outcome == of.FAILED:
                raise CoreError(self._reason())
            self.unfinished = outcome == of.STOPPED
            if words[of.SENT_COUNT] >= of.SENT_LIMIT:
                self._sent += self.devices.take_sent()
            elif self.unfinished or not self._arrive():
                return
            if self.unfinished and words[of.INSTRUCTIONS] >= words[of.LAST_INSTRUCTION]:
                return

    def _reason(self) -> str:
        words = self._words
        failure = words[of.FAILURE]
        if failure == of.EMULATOR:
            reason = str(self._error(words[of.ERROR]))
        elif failure == of.NO_MEMORY:
            reason = f"no memory for {words[of.WRONG_SIZE]} bytes at {words[of.WRONG_ADDRESS]:#010x}"
        else:
            reason = REASONS.get(failure, str(self.devices.trouble))
        return f"{reason} at {words[of.FAILED_AT]:#x}"

    def receive(self, packets: list[Packet], limit: int | None = None) -> None:
        """Let multicast packets arrive and be processed."""
        self._arriving += packets
        if not self.unfinished or self.interruptible:
            self._arrive()
        self.settle(limit)

    def _arrive(self) -> bool:
        """Let as many packets arrive as the core can queue; whether there was one."""
        if not self._arriving:
            return False
        arrived = self.devices.arrive(self._arriving)
        del self._arriving[:arrived]
        return arrived > 0

    def sent(self) -> list[Packet]:
        """Packets sent since the last call."""
        packets, self._sent = self._sent + self.devices.take_sent(), []
        return packets

    @property
    def started(self) -> bool:
        """Whether the program has run to its first sleep."""
        return self._words[of.STATUS] >= 0

    @property
    def starting(self) -> bool:
        """Whether the program has not yet come to rest for the first time."""
        return not self._has_engine or (self.unfinished and not self.started)

    @property
    def asleep(self) -> bool:
        """Whether it sleeps, rather than loops or goes on later."""
        return self.started and bool(self._words[of.ASLEEP]) and not self._words[of.HELD]

    @property
    def interruptible(self) -> bool:
        """Whether interrupts are let in when it is stopped, and not only when it sleeps."""
        return bool(self._words[of.INTERRUPTIBLE])

    @interruptible.setter
    def interruptible(self, value: bool) -> None:
        self._words[of.INTERRUPTIBLE] = value

    def take_instructions(self) -> int:
        """Instructions executed since the last call."""
        executed, self._counted = self.instructions - self._counted, self.instructions
        return executed

    @property
    def instructions(self) -> int:
        """Instructions executed."""
        return self._words[of.INSTRUCTIONS]
