"""The host's side of the software board: spinnman's own messages, answered without a network; routing entries."""

from __future__ import annotations

import struct
from typing import Any

from neurodeploy.firmware_models.spinnaker.board import SoftwareBoard, geometry, scamp
from neurodeploy.firmware_models.spinnaker.board import memory_map as at
from neurodeploy.firmware_models.spinnaker.board.geometry import Place
from neurodeploy.firmware_models.spinnaker.board.sdp import Datagram

HOST = ("127.0.0.9", 40000)


def reply_to(board: SoftwareBoard, request: Any) -> Datagram:
    """The board's answer to a request of spinnman."""
    request.sdp_header.update_for_send(0, 0)
    datagram = Datagram.unpack(request.bytestring)
    assert datagram is not None
    place = geometry.chip_at(datagram.destination if datagram.destination != 0xFFFF else 0)
    return scamp.answer(board, board.chip(place), datagram, HOST)


def ask(board: SoftwareBoard, request: Any) -> Any:
    """What spinnman understands from the answer; raises its exception for an error code."""
    response = request.get_scp_response()
    response.read_bytestring(reply_to(board, request).pack(), 0)
    return response


def code_of(board: SoftwareBoard, request: Any) -> int:
    """Return code of the answer."""
    return int.from_bytes(reply_to(board, request).data[:2], "little")


def route(
    board: SoftwareBoard, place: Place, key: int, *, links: tuple[int, ...] = (), cores: tuple[int, ...] = ()
) -> None:
    """Load one routing entry."""
    value = sum(1 << link for link in links) | sum(1 << (6 + core) for core in cores)
    router = board.chip(place).router
    entry = router.allocate(1, 30)
    board.chip(place).memory.write(at.SDRAM, struct.pack("<2H3I", 0, 0, value, key, 0xFFFFFFFF))
    assert router.load(at.SDRAM, 1, entry, 30)


def settle(board: SoftwareBoard) -> None:
    """Let all cores come to rest."""
    while board.settle_one():
        pass
