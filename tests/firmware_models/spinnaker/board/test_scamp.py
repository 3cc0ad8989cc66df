"""The monitor's commands: spinnman's own requests are answered, and its own responses read the answers."""

import struct

import pytest
from board_host import HOST, ask, code_of, reply_to
from hypothesis import given, settings
from hypothesis import strategies as st

from neurodeploy.firmware_models.spinnaker.board import Faults, SoftwareBoard, geometry, scamp, sdp
from neurodeploy.firmware_models.spinnaker.board import memory_map as at
from neurodeploy.firmware_models.spinnaker.board.sdp import Datagram

pytest.importorskip("spinnman")
pytest.importorskip("unicorn")
pytestmark = pytest.mark.spynnaker

from spinnman.exceptions import SpinnmanException  # noqa: E402
from spinnman.messages.scp import impl  # noqa: E402
from spinnman.messages.scp.abstract_messages import AbstractSCPRequest  # noqa: E402
from spinnman.messages.scp.enums import SCPCommand, Signal  # noqa: E402
from spinnman.messages.scp.impl.sdram_de_alloc import SDRAMDeAlloc  # noqa: E402
from spinnman.messages.scp.scp_request_header import SCPRequestHeader  # noqa: E402
from spinnman.messages.sdp import SDPFlag, SDPHeader  # noqa: E402
from spinnman.model.enums import CPUState  # noqa: E402

HEAP = at.SDRAM_HEAP + 24  # of the first block


class Raw(AbstractSCPRequest):  # type: ignore[misc]
    """Any command with any arguments."""

    def __init__(self, command, one=0, two=0, three=0, data=b"", chip=(0, 0)):
        header = SDPHeader(SDPFlag.REPLY_EXPECTED, destination_chip_x=chip[0], destination_chip_y=chip[1])
        super().__init__(header, SCPRequestHeader(SCPCommand[command]), one, two, three, data)

    def get_scp_response(self):
        return impl.CheckOKResponse("raw", "RAW")


@pytest.fixture(scope="module")
def idle():
    """A board that no test changes."""
    return SoftwareBoard()


@pytest.fixture
def board():
    return SoftwareBoard()


@pytest.mark.parametrize("chip", [(0, 0), (4, 7)])
def test_version(idle, chip):
    version = ask(idle, impl.GetVersion(*chip, 0)).version_info
    assert (version.name, version.hardware, version.version_number) == ("SC&MP", "SpiNNaker", (4, 0, 0))
    assert (version.x, version.y, version.p) == (*chip, 0)


@given(st.binary(min_size=1, max_size=256), st.integers(0, 4096))
@settings(max_examples=20, deadline=None)
def test_write_and_read(idle, content, offset):
    address = at.SDRAM + 0x10000 + offset
    ask(idle, impl.WriteMemory((2, 2, 0), address, content))
    answer = ask(idle, impl.ReadMemory((2, 2, 0), address, len(content)))
    assert answer.data[answer.offset :] == content


def test_fill(board):
    ask(board, impl.FillRequest(0, 0, at.SDRAM_UNBUFFERED + 64, 0x12345678, 40))
    ask(board, impl.FillRequest(0, 0, at.SDRAM + 62, 1, 0))
    assert board.chip((0, 0)).memory.read(at.SDRAM + 60, 48) == bytes(4) + b"\x78\x56\x34\x12" * 10 + bytes(4)


@pytest.mark.parametrize("link", range(6))
def test_over_links(board, link):
    chip, other = (4, 4), geometry.neighbour((4, 4), link)
    ask(board, impl.WriteLink((*chip, 0), link, at.SDRAM + 8, b"neighbour's memory"))
    assert board.chip(other).memory.read(at.SDRAM + 8, 18) == b"neighbour's memory"
    answer = ask(board, impl.ReadLink((*chip, 0), link, at.SDRAM + 8, 18))
    assert answer.data[answer.offset :] == b"neighbour's memory"


def test_allocating_sdram(board):
    first = ask(board, impl.SDRAMAlloc(0, 0, 30, 100, tag=5)).base_address
    assert first == HEAP
    assert ask(board, impl.SDRAMAlloc(0, 0, 30, 100, tag=5)).base_address == first  # sent twice
    with pytest.raises(SpinnmanException):
        ask(board, impl.SDRAMAlloc(0, 0, 30, 100, tag=5, retry_tag=False))
    assert ask(board, impl.SDRAMAlloc(0, 0, 31, 100)).base_address == first + 108
    ask(board, SDRAMDeAlloc(0, 0, base_address=first))
    assert code_of(board, SDRAMDeAlloc(0, 0, base_address=first)) == sdp.WRONG_ARGUMENT
    ask(board, impl.SDRAMAlloc(0, 0, 30, 50))
    assert ask(board, SDRAMDeAlloc(0, 0, app_id=30)).number_of_blocks_freed == 1
    with pytest.raises(SpinnmanException):
        ask(board, impl.SDRAMAlloc(0, 0, 30, at.SDRAM_SIZE))


def test_free_bytes_and_tags_of_the_heap(board):
    address = ask(board, impl.SDRAMAlloc(0, 0, 30, 100, tag=5)).base_address
    free, largest = struct.unpack("<2I", reply_to(board, Raw("CMD_ALLOC", 6)).data[4:])
    assert free == largest == 123_469_792 - 108
    found = reply_to(board, Raw("CMD_ALLOC", 30 << 8 | 7, 5)).data[4:]
    assert int.from_bytes(found, "little") == address


def test_routing_entries(board):
    chip = board.chip((1, 0))
    base = ask(board, impl.RouterAlloc(1, 0, 30, 3)).base_address
    assert base == 1
    table = b"".join(struct.pack("<2H3I", n, 0, 1 << n, 0x100 + n, 0xFFFFFFFF) for n in range(3))
    ask(board, impl.WriteMemory((1, 0, 0), at.SDRAM + 256, table))
    ask(board, impl.RouterInit(1, 0, 3, at.SDRAM + 256, base, 30))
    assert [chip.router.destinations(0x100 + n, None).links for n in range(3)] == [(0,), (1,), (2,)]
    answer = ask(board, impl.ReadMemory((1, 0, 0), at.ROUTER + 0x8004, 12))  # the keys, in the router's registers
    assert struct.unpack_from("<3I", answer.data, answer.offset) == (0x100, 0x101, 0x102)
    ask(board, Raw("CMD_ALLOC", 4, base, 1, chip=(1, 0)))
    assert chip.router.destinations(0x100, None).links == ()
    ask(board, impl.RouterAlloc(1, 0, 31, 1000))
    assert ask(board, impl.RouterAlloc(1, 0, 30, 24)).base_address == 0
    ask(board, impl.RouterClear(1, 0))
    assert ask(board, impl.RouterAlloc(1, 0, 30, 1023)).base_address == 1
    freed = reply_to(board, Raw("CMD_ALLOC", 30 << 8 | 5, 1, chip=(1, 0))).data[4:]
    assert int.from_bytes(freed, "little") == 1


def test_fixed_route(board):
    ask(board, impl.FixedRouteInit(0, 0, 1 << 3 | 1 << 9))
    route = ask(board, impl.FixedRouteRead(0, 0, 0)).route
    assert (set(route.link_ids), set(route.processor_ids)) == ({3}, {3})


def test_ip_tags(board):
    ask(board, impl.IPTagSet(0, 0, [127, 0, 0, 7], 1234, 2, strip=True))
    tag = ask(board, impl.IPTagGet(0, 0, 2))
    assert (list(tag.ip_address), tag.port, tag.strip_sdp) == ([127, 0, 0, 7], 1234, True)
    assert code_of(board, Raw("CMD_IPTAG", 1 << 16 | 16)) == sdp.WRONG_ARGUMENT


def test_information_about_every_chip(idle, virtual_board):
    for chip in virtual_board.chips:
        info = ask(idle, impl.GetChipInfo(chip.x, chip.y)).chip_info
        assert info.n_cores == chip.n_processors
        assert set(info.working_links) == {link.source_link_id for link in chip.router.links}
        assert info.n_free_multicast_routing_entries == chip.router.n_available_multicast_entries
        assert (info.nearest_ethernet_x, info.nearest_ethernet_y) == (0, 0)
        assert info.is_ethernet_available == ((chip.x, chip.y) == (0, 0))
        assert info.ethernet_ip_address == (idle.address if info.is_ethernet_available else None)
        states = [CPUState.RUNNING, *[CPUState.IDLE] * (chip.n_processors - 1)]
        assert info.core_states[: chip.n_processors] == states
        assert 0 < info.largest_free_sram_block < at.SYSTEM_RAM_SIZE - at.MESSAGE_SIZE * 7
        if not info.is_ethernet_available:
            parent = geometry.neighbour((chip.x, chip.y), info.parent_link)
            assert max(parent) == max(chip.x, chip.y) - 1  # a step nearer to 0,0


def test_information_shows_what_is_allocated(board):
    before = ask(board, impl.GetChipInfo(3, 3)).chip_info
    ask(board, impl.SDRAMAlloc(3, 3, 30, 1000))
    ask(board, impl.RouterAlloc(3, 3, 30, 10))
    after = ask(board, impl.GetChipInfo(3, 3)).chip_info
    assert before.largest_free_sdram_block - after.largest_free_sdram_block == 1008
    assert before.n_free_multicast_routing_entries - after.n_free_multicast_routing_entries == 10


def test_dead_chips_and_cores_are_seen():
    board = SoftwareBoard(faults=Faults(dead_chips=frozenset([(1, 1)]), dead_cores=frozenset([(0, 0, 5)])))
    info = ask(board, impl.GetChipInfo(0, 0)).chip_info
    assert [core for core, state in enumerate(info.core_states) if state == CPUState.DEAD] == [5]
    assert info.working_links == [0, 2]
    assert code_of(board, impl.ReadLink((0, 0, 0), 1, at.SDRAM, 4)) == sdp.TIMEOUT


def test_point_to_point_routes(idle):
    """As spinnman reads them: columns of 256 chips, eight entries of three bits to a word."""
    routes = geometry.routes_from((2, 3), geometry.CHIPS)
    for x in (0, 4, 7, 8, 255):
        answer = ask(idle, impl.ReadMemory((2, 3, 0), at.ROUTER + 0x10000 + 128 * x, 128))
        words = struct.unpack_from("<32I", answer.data, answer.offset)
        column = [words[y // 8] >> 3 * (y % 8) & 7 for y in range(256)]
        assert column == [routes.get((x, y), geometry.NO_ROUTE) for y in range(256)]


def test_counting_cores(idle):
    assert ask(idle, impl.CountState(0, 0, 0, CPUState.IDLE)).count == 808
    assert ask(idle, impl.CountState(0, 0, 30, CPUState.IDLE)).count == 0


def test_stopping_an_application_frees_what_it_has(board):
    ask(board, impl.SDRAMAlloc(2, 2, 30, 100, tag=1))
    kept = ask(board, impl.SDRAMAlloc(2, 2, 31, 100, tag=1)).base_address
    ask(board, impl.RouterAlloc(2, 2, 30, 10))
    ask(board, impl.AppStop(30))
    chip = board.chip((2, 2))
    assert chip.router.largest_free() == 1023
    assert chip.sdram_heap.holds(kept)
    assert ask(board, impl.SDRAMAlloc(2, 2, 30, 100, tag=1)).base_address == HEAP


def test_a_program_that_is_none_dies(board):
    ask(board, impl.ApplicationRun(30, 0, 0, [1, 2]))
    assert [core for _, core, _ in board.errors] == [1, 2]
    assert ask(board, impl.CountState(0, 0, 30, CPUState.RUN_TIME_EXCEPTION)).count == 2
    ask(board, impl.SendSignal(30, Signal.START))
    ask(board, impl.AppStop(30))
    assert ask(board, impl.CountState(0, 0, 30, CPUState.RUN_TIME_EXCEPTION)).count == 0


def test_copying_a_program_checks_its_sum(board):
    content = struct.pack("<4I", 4, 5, 6, 0xFFFFFFE0)
    board.chip((0, 0)).memory.write(at.SYSTEM_SDRAM, content)
    total = sum(struct.unpack("<4I", content))
    ask(board, impl.AppCopyRun(1, 0, 3, 16, 30, [], total))
    assert board.chip((1, 0)).memory.read(at.SYSTEM_SDRAM, 16) == content
    assert reply_to(board, impl.AppCopyRun(1, 0, 3, 16, 30, [], total + 1)).data[:2] == bytes([sdp.WRONG_SUM, 0])
    assert code_of(board, impl.AppCopyRun(0, 0, 3, 16, 30, [], total)) == sdp.TIMEOUT  # nothing lies west of 0,0


def test_synchronisation_messages_can_be_turned_off(board):
    ask(board, impl.DoSync(False))


@pytest.mark.parametrize(
    "request_",
    [
        Raw("CMD_READ", at.SDRAM, 257, 0), Raw("CMD_READ", at.SDRAM, 4, 3), Raw("CMD_WRITE", at.SDRAM, 4, 0),
        Raw("CMD_WRITE", at.SDRAM, 300, 0, bytes(300)), Raw("CMD_FILL", 0, 1, 0xFFFFFFFF),
        Raw("CMD_FILL", at.SDRAM, 1, 0xFFFFFFFF), Raw("CMD_LINK_READ", at.SDRAM, 4, 6),
        Raw("CMD_LINK_READ", at.SDRAM, 300, 0), Raw("CMD_LINK_WRITE", at.SDRAM, 4, 9, bytes(4)),
        Raw("CMD_ALLOC", 8), Raw("CMD_ALLOC", 1, 0), Raw("CMD_ALLOC", 1, at.SDRAM_HEAP),
        Raw("CMD_RTR", 4), Raw("CMD_RTR", 1 | 2000 << 16, 0), Raw("CMD_RTR", 2 | 5 << 16, 0, 1),
        Raw("CMD_RTR", 2 | 5 << 16, at.SDRAM, 1024), Raw("CMD_AR", 1), Raw("CMD_SIG", 1), Raw("CMD_SIG", 3),
        Raw("CMD_SIG", 0, chip=(1, 1)), Raw("CMD_APP_COPY_RUN", 0, 3), Raw("CMD_APP_COPY_RUN", 7, 4),
        Raw("CMD_APP_COPY_RUN", 0, 0xFFFFFFFC), Raw("CMD_APP_COPY_RUN", 0, 4, 1),
    ],
)  # fmt: skip
def test_wrong_arguments(board, request_):
    assert code_of(board, request_) == sdp.WRONG_ARGUMENT


def test_commands_that_do_not_exist(idle):
    assert code_of(idle, Raw("CMD_BMP_POWER")) == sdp.WRONG_COMMAND


def test_a_command_that_is_too_short(idle):
    datagram = Datagram(0x87, 255, 0, 255, 0, 0, bytes(15))
    assert scamp.answer(idle, idle.chip((0, 0)), datagram, HOST).data[0] == sdp.WRONG_LENGTH


ADDRESS = st.one_of(
    st.integers(0, 0xFFFFFFFF),
    st.sampled_from([0, at.SDRAM, at.SDRAM_HEAP, at.SYSTEM_SDRAM, at.SYSTEM_RAM, at.ROUTER, at.ROUTER + 0x10000, HEAP]),
    st.integers(0, 300), st.builds(lambda op, app, n: op | app << 8 | n << 16, *[st.integers(0, 8)] * 3),
)  # fmt: skip


@given(
    st.lists(st.tuples(st.integers(0, 65), ADDRESS, ADDRESS, ADDRESS, st.binary(max_size=300)), min_size=1, max_size=8)
)
@settings(max_examples=60, deadline=None)
def test_any_command_is_answered(commands):
    board = SoftwareBoard()
    for code, *arguments, data in commands:
        content = struct.pack("<2H3I", code, 7, *arguments) + data
        reply = scamp.answer(board, board.chip((4, 4)), Datagram(0x87, 8, 0, 255, 0x404, 0, content), HOST)
        assert 0x80 <= int.from_bytes(reply.data[:2], "little") <= 0x8F
        assert len(reply.data) <= 4 + 256
        assert reply.data[2:4] == b"\7\0"
