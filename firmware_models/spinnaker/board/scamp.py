"""The monitor program's commands (SC&MP 4.0.0): what a host asks of a chip.

Source: ``scamp-cmd.c`` of spinnaker_tools 4.0.0.  A command is one function; its answer is the content after the return code.
"""

from __future__ import annotations

import struct
from collections.abc import Callable

import numpy as np

from neurodeploy.firmware_models.spinnaker.board import geometry, sdp
from neurodeploy.firmware_models.spinnaker.board import memory_map as at
from neurodeploy.firmware_models.spinnaker.board.board import ETHERNET_CHIP, SoftwareBoard
from neurodeploy.firmware_models.spinnaker.board.chip import Chip
from neurodeploy.firmware_models.spinnaker.board.heap import Heap
from neurodeploy.firmware_models.spinnaker.board.sdp import Command, Datagram
from neurodeploy.firmware_models.spinnaker.board.tags import Endpoint

LONGEST = 256  # bytes of data in a datagram
VERSION = b"SC&MP/SpiNNaker\0" + b"4.0.0\0"
BUILD_DATE = 0x65000000
WORDS = 2  # the largest unit of a read or write: 0 bytes, 1 half words, 2 words
NEAREST_NEIGHBOUR_SIGNAL = 0  # kind of packet that carries a signal to all chips


class RefusedError(Exception):
    """A command that SCAMP answers with an error code."""

    def __init__(self, code: int, content: bytes = b"") -> None:
        super().__init__(code)
        self.code, self.content = code, content


def answer(board: SoftwareBoard, chip: Chip, datagram: Datagram, sender: Endpoint) -> Datagram:
    """Carry out the command in a datagram for a chip's monitor; returns the reply."""
    command = Command.of(datagram)
    if command is None:
        return datagram.reply(sdp.WRONG_LENGTH)
    try:
        if command.code == IP_TAG:
            found = board.tags.command(*command.arguments, sender)
            if found is None:
                raise RefusedError(sdp.WRONG_ARGUMENT)
            return datagram.reply(sdp.OK, found)
        if command.code not in COMMANDS:
            raise RefusedError(sdp.WRONG_COMMAND)
        return datagram.reply(sdp.OK, COMMANDS[command.code](board, chip, command))
    except RefusedError as refusal:
        return datagram.reply(refusal.code, refusal.content)
    except IndexError:
        return datagram.reply(sdp.WRONG_ARGUMENT)  # memory that is not there: a real monitor would have crashed


def waits_for_starts(content: bytes) -> bool:
    """Whether a datagram asks a monitor to start programs, or for the number of cores in a state."""
    datagram = Datagram.unpack(content)
    command = None if datagram is None or datagram.core else Command.of(datagram)
    return command is not None and command.code in (COUNT, START, COPY_AND_START)


def _version(board: SoftwareBoard, chip: Chip, command: Command) -> bytes:
    return struct.pack("<3I", geometry.address_of(chip.place) << 16, 0xFFFF0000 | LONGEST, BUILD_DATE) + VERSION


def _read(board: SoftwareBoard, chip: Chip, command: Command) -> bytes:
    address, size, unit = command.arguments
    if size > LONGEST or unit > WORDS:
        raise RefusedError(sdp.WRONG_ARGUMENT)
    return read_memory(board, chip, address, size)


def read_memory(board: SoftwareBoard, chip: Chip, address: int, size: int) -> bytes:
    """Bytes of memory, of the router's registers, or zeros for other devices."""
    offset = _router_offset(address)
    if offset is not None and offset >= POINT_TO_POINT:
        start = offset - POINT_TO_POINT
        return _point_to_point(board, chip)[start : start + size].ljust(size, b"\0")  # the table ends at 32 KiB
    if offset is not None:
        words = range(offset & ~3, offset + size, 4)
        content = b"".join(chip.router.read_register(word).to_bytes(4, "little") for word in words)
        return content[offset & 3 : (offset & 3) + size]
    try:
        return chip.memory.read(address, size)
    except IndexError:
        return bytes(size)


def _write(board: SoftwareBoard, chip: Chip, command: Command) -> bytes:
    address, size, unit = command.arguments
    if size > LONGEST or len(command.data) < size or unit > WORDS:
        raise RefusedError(sdp.WRONG_ARGUMENT)
    _write_memory(chip, address, command.data[:size])
    return b""


def _write_memory(chip: Chip, address: int, content: bytes) -> None:
    offset = _router_offset(address)
    if offset is None:
        try:
            chip.memory.write(address, content)
        except IndexError:
            return  # a device that is not modelled
    else:
        for place in range(0, len(content) & ~3, 4):
            chip.router.write_register(offset + place, int.from_bytes(content[place : place + 4], "little"))


def _fill(board: SoftwareBoard, chip: Chip, command: Command) -> bytes:
    address, value, size = command.arguments
    np.frombuffer(chip.memory.window(address, size & ~3), "<u4")[:] = value
    return b""


def _count(board: SoftwareBoard, chip: Chip, command: Command) -> bytes:
    application, state, _ = command.arguments
    found = sum(
        other.application(core) == application and other.state(core) == state
        for other in (board.chips.values() if application else map(board.chip, board.places))
        for core in range(1, geometry.cores_of(other.place))
    )
    return found.to_bytes(4, "little")


def _over_link(board: SoftwareBoard, chip: Chip, link: int) -> Chip:
    if link >= len(geometry.LINKS):
        raise RefusedError(sdp.WRONG_ARGUMENT)
    place = geometry.neighbour(chip.place, link)
    if place not in board.places:
        raise RefusedError(sdp.TIMEOUT)
    return board.chip(place)


def _read_link(board: SoftwareBoard, chip: Chip, command: Command) -> bytes:
    address, size, link = command.arguments
    if size > LONGEST:
        raise RefusedError(sdp.WRONG_ARGUMENT)
    return read_memory(board, _over_link(board, chip, link), address, size)


def _write_link(board: SoftwareBoard, chip: Chip, command: Command) -> bytes:
    address, size, link = command.arguments
    if size > LONGEST or len(command.data) < size:
        raise RefusedError(sdp.WRONG_ARGUMENT)
    _write_memory(_over_link(board, chip, link), address, command.data[:size])
    return b""


def _start(board: SoftwareBoard, chip: Chip, command: Command) -> bytes:
    _start_program(chip, command.arguments[0])
    return b""


def _start_program(chip: Chip, cores: int) -> None:
    if cores & 1:
        raise RefusedError(sdp.WRONG_ARGUMENT)  # the monitor cannot be started again
    chip.start_program(cores & 0x3FFFF, cores >> 24, cores >> 18 & 63)


def _copy_and_start(board: SoftwareBoard, chip: Chip, command: Command) -> bytes:
    sum_and_link, size, cores = command.arguments
    if size % 4 or cores & 1:
        raise RefusedError(sdp.WRONG_ARGUMENT)
    content = _over_link(board, chip, sum_and_link & 7).memory.read(at.SYSTEM_SDRAM, size)
    total = int(np.frombuffer(content, "<u4").sum(dtype=np.uint64)) & 0xFFFFFFFF
    if sum_and_link >> 3 not in (0, total & 0x1FFFFFFF):
        raise RefusedError(sdp.WRONG_SUM, total.to_bytes(4, "little"))
    chip.memory.write(at.SYSTEM_SDRAM, content)
    _start_program(chip, cores)
    return b""


def _nearest_neighbour(board: SoftwareBoard, chip: Chip, command: Command) -> bytes:
    key, data, _ = command.arguments
    if key >> 24 == NEAREST_NEIGHBOUR_SIGNAL and data >> 28 == 5:
        _signal_all(board, data & 0x0FFFFFFF)
    return b""


def _signal(board: SoftwareBoard, chip: Chip, command: Command) -> bytes:
    kind, data, _ = command.arguments
    if kind not in (0, 2) or (kind == 0 and chip.place != ETHERNET_CHIP):
        raise RefusedError(sdp.WRONG_ARGUMENT)
    _signal_all(board, data & 0x0FFFFFFF)
    return b""


def _signal_all(board: SoftwareBoard, data: int) -> None:
    for chip in board.chips.values():
        chip.signal(data)


def _nothing(board: SoftwareBoard, chip: Chip, command: Command) -> bytes:
    return b""


def _allocate(board: SoftwareBoard, chip: Chip, command: Command) -> bytes:
    operation, application, flags = (command.arguments[0] >> shift & 0xFF for shift in (0, 8, 16))
    two, three = command.arguments[1:]
    heap, router = chip.sdram_heap, chip.router
    if operation == 1:
        if not heap.holds(two):
            raise RefusedError(sdp.WRONG_ARGUMENT)  # a real monitor would have crashed
        heap.free(two)
        return b""
    if operation == 4:
        router.free(two, bool(three))
        return b""
    if operation == 6:
        return struct.pack("<2I", chip.memory.word(heap.base + 12), heap.largest())
    results: dict[int, Callable[[], int]] = {
        0: lambda: heap.allocate(two, application, three, flags),
        2: lambda: heap.free_application(application),
        3: lambda: router.allocate(two, application),
        5: lambda: router.free_application(application, bool(two)),
        7: lambda: chip.memory.word(
            chip.memory.word(at.SYSTEM_VARIABLES + at.SV_ALLOCATION_TAGS) + 4 * (application << 8 | two & 0xFF)
        ),
    }
    if operation not in results:
        raise RefusedError(sdp.WRONG_ARGUMENT)
    return results[operation]().to_bytes(4, "little")


def _route(board: SoftwareBoard, chip: Chip, command: Command) -> bytes:
    one, two, three = command.arguments
    operation, application, count = one & 0xFF, one >> 8 & 0xFF, one >> 16
    router = chip.router
    done = True
    if operation == 0:
        router.initialise()
    elif operation == 1:
        done = router.clear(two, count)
    elif operation == 2:
        done = router.load(two, count, three, application)
    elif operation == 3 and two >> 31:
        return router.fixed_route.to_bytes(4, "little")
    elif operation == 3:
        router.fixed_route = two & 0xFFFFFF
        chip.memory.set_words(at.SYSTEM_VARIABLES + at.SV_FIXED_ROUTE, router.fixed_route)
    if operation > 3 or not done:
        raise RefusedError(sdp.WRONG_ARGUMENT)
    return b""


def _information(board: SoftwareBoard, chip: Chip, command: Command) -> bytes:
    links = sum(1 << link for link in range(6) if geometry.neighbour(chip.place, link) in board.places)
    ethernet = chip.address is not None
    summary = geometry.cores_of(chip.place) | links << 8 | chip.router.largest_free() << 14 | int(ethernet) << 25
    states = bytes(chip.state(core) for core in range(at.CORE_BLOCK_COUNT))
    variables = at.SYSTEM_VARIABLES
    parent = geometry.routes_from(chip.place, board.places).get((0, 0), geometry.NO_ROUTE)
    sizes = chip.sdram_heap.largest(), Heap(chip.memory, at.SYSTEM_RAM_HEAP).largest()
    return (
        struct.pack("<3I", summary, *sizes) + states + chip.memory.read(variables + 0x08, 2)
        + chip.memory.read(variables + 0xF0, 4) + parent.to_bytes(2, "little")
    )  # fmt: skip


def _point_to_point(board: SoftwareBoard, chip: Chip) -> bytes:
    """The table of 65,536 routes of three bits, eight to a word; 6 leads nowhere."""
    routes = geometry.routes_from(chip.place, board.places)
    words = np.full(65536 // 8, 0x00DB6DB6, np.uint32)
    for (x, y), route in routes.items():
        entry = x << 8 | y
        shift = 3 * (entry & 7)
        words[entry >> 3] = int(words[entry >> 3]) & ~(7 << shift) | route << shift
    return words.tobytes()


def _router_offset(address: int) -> int | None:
    for base in (at.ROUTER, at.ROUTER_UNBUFFERED):
        if base <= address < base + at.ROUTER_SIZE:
            return address - base
    return None


POINT_TO_POINT = 0x10000
COUNT, START, COPY_AND_START, IP_TAG = 15, 19, 21, 26
COMMANDS: dict[int, Callable[[SoftwareBoard, Chip, Command], bytes]] = {
    0: _version, 2: _read, 3: _write, 5: _fill, COUNT: _count, 17: _read_link, 18: _write_link, START: _start,
    20: _nearest_neighbour, COPY_AND_START: _copy_and_start, 22: _signal, 25: _nothing, 28: _allocate, 29: _route,
    31: _information, 32: _nothing,
}  # fmt: skip
