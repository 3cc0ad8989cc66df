"""One chip: memory, router, cores that run programs, and what its monitor (SCAMP) does to them."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from neurodeploy.firmware_models.spinnaker.board import geometry
from neurodeploy.firmware_models.spinnaker.board import memory_map as at
from neurodeploy.firmware_models.spinnaker.board.boot import boot
from neurodeploy.firmware_models.spinnaker.board.core import Core, CoreError
from neurodeploy.firmware_models.spinnaker.board.devices import Packet
from neurodeploy.firmware_models.spinnaker.board.heap import Heap
from neurodeploy.firmware_models.spinnaker.board.memory import ChipMemory
from neurodeploy.firmware_models.spinnaker.board.router import Router
from neurodeploy.firmware_models.spinnaker.board.sdp import Datagram

LONGEST_DATA = at.MESSAGE_SIZE - 20  # bytes after a datagram's header


@dataclass
class Chip:
    """Chip at ``place``; ``outgoing`` takes the datagrams that its cores send, ``failed`` hears of cores that die."""

    place: geometry.Place
    address: str | None
    outgoing: Callable[[Datagram], None]
    failed: Callable[[geometry.Place, int, str], None]
    now: int = 0
    flags: int = 0
    cores: dict[int, Core] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.memory = ChipMemory()
        boot(self.memory, self.place, self.address)
        self.sdram_heap = Heap(self.memory, at.SDRAM_HEAP)
        self.router = Router(self.memory, self.memory.word(at.SYSTEM_VARIABLES + at.SV_ROUTER_COPY))
        self.waiting: dict[int, deque[Datagram]] = {}
        self.awake: set[int] = set()  # cores that have something to do
        self.spinning: set[int] = set()  # cores that have not slept for so long that others do not wait for them

    # What cores ask of their chip

    def read_router(self, offset: int) -> int:
        """One word of the router's registers."""
        return self.router.read_register(offset)

    def write_router(self, offset: int, value: int) -> None:
        """Set one word of the router's registers."""
        self.router.write_register(offset, value)

    def interrupt_cores(self, mask: int) -> None:
        """Raise the processor interrupt of cores; that of the monitor collects their messages at once."""
        if mask & 1:
            self._collect_messages()
        for number, core in self.cores.items():
            if mask >> number & 1:
                core.devices.raise_processor_interrupt()
                self.awake.add(number)

    # Programs

    def block(self, core: int) -> int:
        """Address of a core's block of state."""
        return at.CORE_BLOCKS + core * at.CORE_BLOCK_SIZE

    def state(self, core: int) -> int:
        """State of a core."""
        return self.memory.window(self.block(core) + at.CORE_STATE, 1)[0]

    def application(self, core: int) -> int:
        """Application that a core belongs to; 0: none."""
        return self.memory.window(self.block(core) + at.CORE_APPLICATION, 1)[0]

    def start_program(self, mask: int, application: int, flags: int) -> None:
        """Start the program in the system's SDRAM on the cores of ``mask``."""
        for number in range(1, geometry.cores_of(self.place)):
            if mask >> number & 1 and self.state(number) != at.DEAD:
                self._set_state(number, at.INITIALISING, application)
                self.memory.set_words(self.block(number) + at.CORE_LOG, 0)
                self.waiting.pop(number, None)
                self.memory.write(self.block(number) + at.MAILBOX_IN_COMMAND, b"\0\0")
                self.flags |= 1 << number
                try:
                    self.cores[number] = Core(number, self, self.memory, at.SYSTEM_SDRAM, application | flags << 8)
                except CoreError as error:
                    self._die(number, str(error))
                    continue
                self.awake.add(number)

    def signal(self, data: int) -> None:
        """Carry out ``signal << 16 | application mask << 8 | application``."""
        signal, mask, application = data >> 16 & 15, data >> 8 & 255, data & 255
        numbers = [
            number for number in range(1, geometry.cores_of(self.place))
            if self.application(number) & mask == application and self.state(number) != at.DEAD
        ]  # fmt: skip
        bits = sum(1 << number for number in numbers)
        if signal in (at.SIGNAL_STOP, at.SIGNAL_INITIALISE, at.SIGNAL_POWER_DOWN):
            if signal == at.SIGNAL_STOP:
                self._clean(application, mask)
            for number in numbers:
                self._unload(number, at.POWERED_DOWN if signal == at.SIGNAL_POWER_DOWN else at.IDLE)
        elif signal in (at.SIGNAL_SYNC0, at.SIGNAL_SYNC1):
            self.flags = self.flags & ~bits if signal == at.SIGNAL_SYNC0 else self.flags | bits
            self.interrupt_cores(bits)
        else:
            for number in numbers:
                if number in self.cores:
                    self._mailbox(number, at.MAILBOX_SIGNAL, signal)

    def _clean(self, application: int, mask: int) -> None:
        """Give back memory and router entries of the applications that ``mask`` and ``application`` select."""
        for candidate in range(1, 256):
            if candidate & mask == application:
                self.sdram_heap.free_application(candidate)
                Heap(self.memory, at.SYSTEM_RAM_HEAP).free_application(candidate)
                self.router.free_application(candidate, clear=True)

    def _unload(self, core: int, state: int) -> None:
        """Take a program off a core; its user registers stay."""
        self.cores.pop(core, None)
        self.awake.discard(core)
        self.spinning.discard(core)
        self.waiting.pop(core, None)
        self._set_state(core, state, 0)

    def _set_state(self, core: int, state: int, application: int) -> None:
        self.memory.write(self.block(core) + at.CORE_STATE, bytes([state, application]))

    def _die(self, core: int, why: str) -> None:
        self.memory.write(self.block(core) + at.CORE_ERROR, bytes([at.DATA_ABORT]))
        self.memory.write(self.block(core) + at.CORE_STATE, bytes([at.RUNTIME_ERROR]))
        self.cores.pop(core, None)
        self.awake.discard(core)
        self.spinning.discard(core)
        self.failed(self.place, core, why)

    # Running

    def settle(self, core: int, limit: int | None = None) -> None:
        """Let a core run until it sleeps, or for about ``limit`` instructions; nothing happens if no program is on it."""
        self.awake.discard(core)
        if core in self.cores:
            self._run(core, [], limit)
            self._deliver_waiting(core)

    def receive(self, core: int, packets: list[Packet], limit: int | None = None) -> None:
        """Let multicast packets reach a core; one without a program ignores them."""
        if core in self.cores:
            self._run(core, packets, limit)

    def _run(self, core: int, packets: list[Packet], limit: int | None) -> None:
        try:
            self.cores[core].receive(packets, limit)
        except CoreError as error:
            self._die(core, str(error))

    # Messages between the monitor and cores

    def deliver(self, datagram: Datagram) -> bool:
        """Hand a datagram to the core it is for; False when nothing runs there or it does not fit into a buffer."""
        if datagram.core not in self.cores or len(datagram.data) > LONGEST_DATA:
            return False
        self.waiting.setdefault(datagram.core, deque()).append(datagram)
        self._deliver_waiting(datagram.core)
        return True

    def _deliver_waiting(self, core: int) -> None:
        queue = self.waiting.get(core)
        busy = self.memory.window(self.block(core) + at.MAILBOX_IN_COMMAND, 1)[0] != at.MAILBOX_IDLE
        if not queue or busy or core not in self.cores:
            return
        buffer = self._take_buffer()
        if buffer == 0:
            return
        content = queue.popleft().pack()
        self.memory.write(buffer + 4, len(content).to_bytes(2, "little") + b"\0\0" + content)
        self._mailbox(core, at.MAILBOX_MESSAGE, buffer)

    def _mailbox(self, core: int, command: int, data: int) -> None:
        self.memory.set_words(self.block(core) + at.MAILBOX_IN, data)
        self.memory.write(self.block(core) + at.MAILBOX_IN_COMMAND, bytes([command]))
        self.interrupt_cores(1 << core)

    def _collect_messages(self) -> None:
        """Take the datagrams that cores have put into their mailboxes."""
        variables = at.SYSTEM_VARIABLES
        flags = self.memory.word(variables + at.SV_MAILBOX_FLAGS)
        self.memory.set_words(variables + at.SV_MAILBOX_FLAGS, 0)
        for core in range(1, at.CORE_BLOCK_COUNT):
            if not flags >> core & 1:
                continue
            buffer = self.memory.word(self.block(core) + at.MAILBOX_OUT)
            length = int.from_bytes(self.memory.window(buffer + 4, 2), "little")
            datagram = Datagram.unpack(self.memory.read(buffer + 8, length))
            self._return_buffer(buffer)
            self.memory.write(self.block(core) + at.MAILBOX_OUT_COMMAND, bytes([at.MAILBOX_IDLE]))
            if datagram is not None:
                self.outgoing(datagram)

    def _take_buffer(self) -> int:
        root = at.SYSTEM_VARIABLES + at.SV_FREE_MESSAGE
        buffer = self.memory.word(root)
        if buffer:
            self.memory.set_words(root, self.memory.word(buffer))
            self._count_buffers(1)
        return buffer

    def _return_buffer(self, buffer: int) -> None:
        root = at.SYSTEM_VARIABLES + at.SV_FREE_MESSAGE
        self.memory.set_words(buffer, self.memory.word(root))
        self.memory.set_words(root, buffer)
        self._count_buffers(-1)

    def _count_buffers(self, change: int) -> None:
        place = at.SYSTEM_VARIABLES + at.SV_MESSAGES_IN_USE
        used = int.from_bytes(self.memory.window(place, 2), "little") + change
        self.memory.write(place, (used & 0xFFFF).to_bytes(2, "little"))
