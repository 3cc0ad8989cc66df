"""48 chips: packets over several of them, time, faults."""

import arm_programs as arm
import pytest
from board_host import route, settle

from neurodeploy.firmware_models.spinnaker.board import Faults, SoftwareBoard, geometry
from neurodeploy.firmware_models.spinnaker.board import memory_map as at
from neurodeploy.firmware_models.spinnaker.board import state as of
from neurodeploy.firmware_models.spinnaker.board.devices import FIXED_ROUTE
from neurodeploy.firmware_models.spinnaker.board.sdp import Datagram

pytest.importorskip("unicorn")

KEY = 0x1000


def listen(board, place, monkeypatch):
    """What reaches a chip from now on, instead of its cores: (core, key, payload)."""
    heard: list[tuple[int, int, int | None]] = []
    record = lambda core, packets, limit: heard.extend((core, *packet) for packet in packets)  # noqa: E731
    monkeypatch.setattr(board.chip(place), "receive", record)
    return heard


def test_packets_cross_chips_by_entries_and_by_default():
    board = SoftwareBoard()
    route(board, (0, 0), KEY, links=(0,), cores=(4,))
    route(board, (3, 0), KEY, links=(2,), cores=(5,))  # 1,0 and 2,0 have no entry: straight on
    route(
        board,
        (3, 1),
        KEY,
        cores=(
            6,
            7,
        ),
    )
    assert sorted(board._targets((0, 0), KEY)) == [((0, 0), 4), ((3, 0), 5), ((3, 1), 6), ((3, 1), 7)]
    assert board._targets((0, 1), KEY) == []  # dropped where it comes from


def test_fixed_routes_lead_from_chip_to_chip():
    """(2, 0) west to (1, 0), there west again, on (0, 0) to core 3; multicast entries play no part."""
    board = SoftwareBoard()
    board.chip((2, 0)).router.fixed_route = board.chip((1, 0)).router.fixed_route = 1 << 3
    board.chip((0, 0)).router.fixed_route = 1 << (6 + 3)
    assert board._targets((2, 0), FIXED_ROUTE | 0x1234) == [((0, 0), 3)]
    assert board._targets((2, 0), 0x1234) == []


def test_packets_end_at_the_edge_and_at_dead_chips():
    board = SoftwareBoard(faults=Faults(dead_chips=frozenset([(2, 0)])))
    route(
        board,
        (0, 0),
        KEY,
        links=(
            0,
            3,
        ),
    )
    route(board, (3, 0), KEY, cores=(5,))
    assert board._targets((0, 0), KEY) == []
    assert (3, 0) in board.places and (2, 0) not in board.places


def test_a_packet_in_a_circle_is_dropped():
    board = SoftwareBoard()
    route(board, (0, 0), KEY, links=(0,))
    route(board, (1, 0), KEY, links=(3,), cores=(1,))
    assert board._targets((0, 0), KEY) == [((1, 0), 1)]


def test_a_core_answers_another_across_the_board(monkeypatch):
    board = SoftwareBoard()
    arm.start(board.chip((7, 7)), 1 << 2, arm.ECHO)
    settle(board)
    route(board, (0, 0), KEY, links=(1,))  # along the diagonal
    route(board, (7, 7), KEY, cores=(2,))
    route(board, (7, 7), KEY + 1, links=(4,))
    route(board, (0, 0), KEY + 1, cores=(9,))
    answered = listen(board, (0, 0), monkeypatch)
    arm.start(board.chip((0, 0)), 1 << 1, arm.SEND)
    settle(board)
    assert answered == [(9, KEY + 1, None), (9, KEY + 1, 0xAA)]


def test_time_jumps_from_expiry_to_expiry():
    board = SoftwareBoard()
    assert board.advance() is False
    for place in ((0, 0), (5, 5)):
        arm.start(board.chip(place), 1 << 1 | 1 << 2, arm.COUNT_TIMER)
    assert board.busy
    settle(board)
    assert not board.busy
    for step in range(1, 4):
        assert board.due == step * 200_000
        assert board.advance()
        assert board.now == board.chip((5, 5)).now == step * 200_000
    counts = [core.window(at.DTCM, 4)[0] for _, core in board._cores()]
    assert counts == [3] * 4


def test_a_program_started_later_counts_from_then():
    board = SoftwareBoard()
    arm.start(board.chip((0, 0)), 1 << 1, arm.COUNT_TIMER)
    settle(board)
    board.advance()
    arm.start(board.chip((4, 4)), 1 << 1, arm.COUNT_TIMER)
    settle(board)
    board.advance()
    assert [core.devices.due for _, core in board._cores()] == [600_000] * 2


def test_errors_name_chip_core_and_reason():
    board = SoftwareBoard()
    arm.start(board.chip((2, 3)), 1 << 8, arm.ABORT)
    settle(board)
    ((place, core, reason),) = board.errors
    assert (place, core) == ((2, 3), 8)
    assert reason
    assert not board.busy


@pytest.mark.parametrize("share", [0.0, 0.3, 1.0])
def test_lost_multicast_packets(share, monkeypatch):
    board = SoftwareBoard(faults=Faults(drop_multicast=share, seed=5))
    route(board, (0, 0), KEY, cores=(9,))
    arrived = listen(board, (0, 0), monkeypatch)
    for _ in range(60):
        arm.start(board.chip((0, 0)), 1 << 1, arm.SEND)
        settle(board)
    assert abs(len(arrived) - 120 * (1 - share)) <= 3 * (120 * share * (1 - share)) ** 0.5


def test_rebooting_loses_everything():
    board = SoftwareBoard()
    arm.start(board.chip((0, 0)), 1 << 1, arm.COUNT_TIMER)
    settle(board)
    board.advance()
    board.reboot()
    assert (board.now, board.due, board.busy) == (0, None, False)
    assert board.chip((0, 0)).state(1) == at.IDLE


def test_datagrams_go_to_other_cores_or_outside():
    board = SoftwareBoard()
    arm.start(board.chip((1, 1)), 1 << 4, arm.SEND)
    settle(board)
    board._send(Datagram(0x07, 1, 255, 33, 0, 0x0202, b"outside"))
    board._send(Datagram(0x07, 1, 1 << 5 | 4, 33, geometry.address_of((1, 1)), 0x0202, b"core"))
    board._send(Datagram(0x07, 1, 1 << 5 | 4, 33, 0x6363, 0x0202, b"nowhere"))
    assert [datagram.data for datagram in board.outgoing] == [b"outside"]
    assert board.chip((1, 1)).cores[4].devices.words[of.PROCESSOR_PENDING]
