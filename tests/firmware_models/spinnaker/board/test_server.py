"""The board over real UDP, asked by spinnman's own connection and its pipeline with repeats."""

import contextlib
import socket
import struct
import threading
import time

import arm_programs as arm
import pytest

from neurodeploy.firmware_models.spinnaker.board import BoardServer, Faults, SoftwareBoard
from neurodeploy.firmware_models.spinnaker.board import memory_map as at
from neurodeploy.firmware_models.spinnaker.board.sdp import Datagram

pytest.importorskip("spinnman")
pytest.importorskip("unicorn")
pytestmark = pytest.mark.spynnaker

from spinnman.connections import SCPRequestPipeLine  # noqa: E402
from spinnman.connections.udp_packet_connections import SCAMPConnection  # noqa: E402
from spinnman.exceptions import SpinnmanTimeoutException  # noqa: E402
from spinnman.messages.scp import impl  # noqa: E402
from spinnman.messages.scp.enums import Signal  # noqa: E402
from spinnman.messages.sdp import SDPFlag, SDPHeader, SDPMessage  # noqa: E402
from spinnman.model.enums import CPUState  # noqa: E402

import neurodeploy.firmware_models.spinnaker.board.execution  # noqa: E402, F401 (compiles what the first test would wait for)

ADDRESS = "127.0.0.3"


@contextlib.contextmanager
def serving(faults=None, **options):
    """A board that answers, and spinnman's connection to it; its sockets are free again at the end."""
    try:
        server = BoardServer(SoftwareBoard(ADDRESS, faults), **options)
    except OSError as error:
        pytest.skip(f"{ADDRESS} is not to be had: {error}")
    failures = []

    def serve():
        try:
            server.serve()
        except BaseException as error:
            failures.append(error)

    thread = threading.Thread(target=serve)
    thread.start()
    connection = SCAMPConnection(remote_host=ADDRESS)
    try:
        yield server, connection
    finally:
        connection.close()
        server.stop()
        thread.join(10)
        server.close()
    assert failures == []
    for port in (17893, 54321):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as again:
            again.bind((ADDRESS, port))


def ask(connection, request, timeout=5.0):
    """One request, without repeats."""
    connection.send(connection.get_scp_data(request))
    _, _, data, offset = connection.receive_scp_response(timeout)
    response = request.get_scp_response()
    response.read_bytestring(data, offset)
    return response


def answers(connection, timeout=0.15):
    """Whether one request is answered."""
    try:
        ask(connection, impl.GetVersion(0, 0, 0), timeout)
    except SpinnmanTimeoutException:
        return False
    return True


def wait_for(condition):
    end = time.monotonic() + 120  # a loaded machine may compile the inner loop first
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.005)


def test_version_memory_and_wrong_destinations():
    with serving() as (server, connection):
        assert ask(connection, impl.GetVersion(0, 0, 0)).version_info.version_number == (4, 0, 0)
        ask(connection, impl.WriteMemory((5, 5, 0), at.SDRAM, bytes(range(256))))
        answer = ask(connection, impl.ReadMemory((5, 5, 0), at.SDRAM, 256))
        assert answer.data[answer.offset :] == bytes(range(256))
        for chip_and_core, code in (((0, 5, 0), "RC_ROUTE"), ((0, 0, 18), "RC_CPU"), ((1, 1, 17), "RC_CPU")):
            with pytest.raises(Exception, match=code):
                ask(connection, impl.GetVersion(*chip_and_core))
        assert server.received == 6


def test_a_request_without_reply_is_silent():
    with serving() as (_, connection):
        request = impl.WriteMemory((0, 0, 0), at.SDRAM, b"quiet")
        request.sdp_header.update_for_send(0, 0)
        content = bytearray(b"\0\0" + request.bytestring)
        content[2] = SDPFlag.REPLY_NOT_EXPECTED.value
        connection.send(bytes(content))
        answer = ask(connection, impl.ReadMemory((0, 0, 0), at.SDRAM, 5))  # the first answer is to this one
        assert answer.data[answer.offset :] == b"quiet"


def test_bytes_that_are_no_datagram_are_ignored():
    with serving() as (server, connection), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        for size in (0, 1, 9, 1500, 2000):
            sender.sendto(bytes([0x87, 0xFF] * size)[:size], (ADDRESS, 17893))
        sender.sendto(b"boot?", (ADDRESS, 54321))
        assert answers(connection, 5)
        wait_for(lambda: server.received == 7)
        sender.setblocking(False)
        with pytest.raises(BlockingIOError):
            sender.recv(100)


@pytest.mark.parametrize("seed", [0, 1])
def test_spinnman_s_repeats_get_through_lost_packets(seed):
    with serving(Faults(drop_packets=0.3, seed=seed)) as (server, connection):
        pipeline = SCPRequestPipeLine(connection, packet_timeout=0.05, n_retries=20)
        content = bytes(range(256)) * 8
        failures, pieces = [], {}
        for start in range(0, len(content), 256):
            pipeline.send_request(
                impl.WriteMemory((0, 0, 0), at.SDRAM + start, content[start : start + 256]),
                None, lambda *what: failures.append(what),
            )  # fmt: skip
        pipeline.finish()
        for start in range(0, len(content), 256):
            pipeline.send_request(
                impl.ReadMemory((0, 0, 0), at.SDRAM + start, 256),
                lambda answer, start=start: pieces.update({start: answer.data[answer.offset :]}),
                lambda *what: failures.append(what),
            )
        pipeline.finish()
        assert failures == []
        assert b"".join(pieces[start] for start in sorted(pieces)) == content
        assert server.received > 16


def test_everything_is_lost():
    with serving(Faults(drop_packets=1.0)) as (server, connection):
        assert not answers(connection)
        assert server.received == 1


def test_freezing_after_so_many_packets():
    with serving(Faults(freeze_after=3)) as (_, connection):
        assert [answers(connection) for _ in range(5)] == [True, True, True, False, False]


def test_rebooting_at_a_packet():
    with serving(Faults(reboot_at=3)) as (_, connection):
        ask(connection, impl.WriteMemory((0, 0, 0), at.SDRAM, b"kept"))
        first = ask(connection, impl.ReadMemory((0, 0, 0), at.SDRAM, 4))
        second = ask(connection, impl.ReadMemory((0, 0, 0), at.SDRAM, 4))
        assert (first.data[first.offset :], second.data[second.offset :]) == (b"kept", bytes(4))


def test_dead_chips_and_cores_are_seen():
    with serving(Faults(dead_chips=frozenset([(1, 0)]), dead_cores=frozenset([(0, 1, 7)]))) as (_, connection):
        with pytest.raises(Exception, match="RC_ROUTE"):
            ask(connection, impl.GetVersion(1, 0, 0))
        assert ask(connection, impl.GetChipInfo(0, 0)).chip_info.working_links == [1, 2]
        states = ask(connection, impl.GetChipInfo(0, 1)).chip_info.core_states
        assert [core for core, state in enumerate(states) if state == CPUState.DEAD] == [7]


def start(connection, words, chip=(0, 0), core=3):
    program = arm.aplx(words)
    ask(connection, impl.WriteMemory((*chip, 0), at.SYSTEM_SDRAM, program))
    ask(connection, impl.ApplicationRun(30, *chip, [core]))


def test_datagrams_reach_running_cores_alone():
    with serving() as (server, connection):
        start(connection, arm.SEND)
        chip = server.board.chip((0, 0))
        wait_for(lambda: not chip.awake)
        for core in (3, 4):
            header = SDPHeader(SDPFlag.REPLY_NOT_EXPECTED, destination_port=2, destination_cpu=core)
            connection.send_sdp_message(SDPMessage(header, b"for a core"))
        assert answers(connection, 5)
        wait_for(lambda: not server.board.busy)
        buffer = chip.memory.word(chip.block(3) + at.MAILBOX_IN)
        assert Datagram.unpack(chip.memory.read(buffer + 8, 18)).data == b"for a core"
        assert chip.memory.word(chip.block(4) + at.MAILBOX_IN) == 0


def free_port():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as found:
        found.bind((ADDRESS, 0))
        return found.getsockname()[1]


def test_raw_data_goes_to_the_core_of_a_reverse_tag():
    with serving() as (server, connection), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        start(connection, arm.SEND)
        port = free_port()
        ask(connection, impl.ReverseIPTagSet(0, 0, 0, 0, 3, port, 2, 1))
        sender.sendto(b"raw spikes", (ADDRESS, port))
        chip = server.board.chip((0, 0))
        wait_for(lambda: chip.memory.word(chip.block(3) + at.MAILBOX_IN))
        buffer = chip.memory.word(chip.block(3) + at.MAILBOX_IN)
        datagram = Datagram.unpack(chip.memory.read(buffer + 8, 18))
        assert (datagram.core, datagram.port, datagram.tag, datagram.data) == (3, 1, 2, b"raw spikes")
        server.board.outgoing.append(Datagram(0x07, 2, 255, 35, 0, 0, b"and back"))
        sender.settimeout(5)
        assert sender.recvfrom(100) == (b"and back", (ADDRESS, 17893))
        ask(connection, impl.IPTagClear(0, 0, 2))
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as again:
            wait_for(lambda: not server._raw)
            again.bind((ADDRESS, port))


@pytest.mark.parametrize("strip", [False, True])
def test_datagrams_leave_by_an_ip_tag(strip):
    with serving() as (server, connection), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listener:
        listener.bind(("127.0.0.1", 0))
        listener.settimeout(5)
        ask(connection, impl.IPTagSet(0, 0, [127, 0, 0, 1], listener.getsockname()[1], 1, strip=strip))
        datagram = Datagram(0x07, 1, 255, 2 << 5 | 3, 0, 0x0102, b"output")
        server.board.outgoing.append(datagram)
        assert listener.recv(100) == (b"output" if strip else b"\0\0" + datagram.pack())


def test_endpoints_and_ports_that_cannot_be_used_change_nothing():
    with serving() as (server, connection):
        ask(connection, impl.IPTagSet(0, 0, [240, 0, 0, 1], 0, 1))
        server.board.outgoing.append(Datagram(0x07, 1, 255, 35, 0, 0, b"to nowhere"))
        for tag, port in ((2, 17893), (3, 54321), (4, 0)):
            ask(connection, impl.ReverseIPTagSet(0, 0, 0, 0, 3, port, tag, 1))
        assert answers(connection, 5)
        assert server._raw == {}


@pytest.mark.parametrize(("real_time", "milliseconds"), [(True, 60), (False, 3000)])
def test_simulated_time_waits_for_the_clock_only_if_asked(real_time, milliseconds):
    with serving(real_time=real_time) as (server, connection):
        began = time.perf_counter()
        start(connection, arm.COUNT_TIMER)
        wait_for(lambda: server.board.now >= milliseconds * 200_000)
        simulated = (server.board.now - 200_000) / 200e6  # the first expiry is not waited for
        assert (simulated <= time.perf_counter() - began) == real_time


def test_a_second_board_at_the_same_address():
    with serving(), pytest.raises(OSError, match="in use"):
        BoardServer(SoftwareBoard(ADDRESS))


def test_words_of_a_program_cross_the_network_unchanged():
    with serving() as (server, connection):
        start(connection, arm.KEEP_REGISTERS, chip=(6, 6), core=5)
        wait_for(lambda: server.board.chip((6, 6)).cores[5].asleep)
        core = server.board.chip((6, 6)).cores[5]
        assert struct.unpack("<I", core.window(at.DTCM, 4)) == (30,)
        assert ask(connection, impl.CountState(0, 0, 30, CPUState.INITIALISING)).count == 1


def test_the_monitor_answers_while_a_program_never_sleeps():
    with serving() as (server, connection):
        start(connection, arm.SPIN)
        wait_for(lambda: server.board.busy)
        for _ in range(20):
            assert ask(connection, impl.GetChipInfo(0, 0)).chip_info.core_states[3] == CPUState.INITIALISING
        wait_for(lambda: server.board.chip((0, 0)).cores[3].unfinished)
        assert ask(connection, impl.GetVersion(0, 0, 0)).version_info.version_number == (4, 0, 0)
        ask(connection, impl.SendSignal(30, Signal.STOP))
        assert ask(connection, impl.GetChipInfo(0, 0)).chip_info.core_states[3] == CPUState.IDLE
        wait_for(lambda: not server.board.busy)


def test_what_happens_is_told():
    said: list[str] = []
    with serving(say=said.append) as (_, connection):
        start(connection, arm.COUNT_TIMER)
        wait_for(lambda: "run began at 0 ms" in said)
        start(connection, arm.ABORT, core=5)
        wait_for(lambda: any("died" in line for line in said))
        ask(connection, impl.SendSignal(30, Signal.STOP))
        wait_for(lambda: any("run ended" in line for line in said))
    assert any(line.startswith("stopped: 1 core freed") for line in said)
    assert said[0].startswith("loaded: no name on 1 core (1 chip)")
    assert any(line.startswith("core 5 of chip 0,0 (no name) died: Invalid memory read") for line in said)
    assert any("ms in" in line and "than real time" in line for line in said if line.startswith("run ended at"))


def test_cores_are_counted_when_they_have_started(monkeypatch):
    """Forty programs take longer than a request; the answer waits for them, but not for one that never sleeps."""
    with serving() as (server, connection):
        for x in range(4):
            ask(connection, impl.WriteMemory((x, 0, 0), at.SYSTEM_SDRAM, arm.aplx(arm.KEEP_REGISTERS)))
            ask(connection, impl.ApplicationRun(30, x, 0, range(1, 11)))
        assert server.board.starting
        connection.send(connection.get_scp_data(impl.CountState(0, 0, 30, CPUState.INITIALISING)))
        wait_for(lambda: not server.board.starting)
        _, _, data, offset = connection.receive_scp_response(5.0)
        assert int.from_bytes(data[offset + 12 : offset + 16], "little") == 40
        monkeypatch.setattr("neurodeploy.firmware_models.spinnaker.board.server.LONGEST_HOLD_S", 0.2)
        start(connection, arm.SPIN, core=12)
        assert ask(connection, impl.CountState(0, 0, 30, CPUState.INITIALISING)).count == 41
        assert server.board.starting
