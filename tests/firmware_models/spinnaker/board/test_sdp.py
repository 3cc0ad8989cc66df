"""Datagrams against spinnman's own, and bytes that are none."""

import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neurodeploy.firmware_models.spinnaker.board import sdp
from neurodeploy.firmware_models.spinnaker.board.sdp import Command, Datagram

pytest.importorskip("spinnman")
pytestmark = pytest.mark.spynnaker

from spinnman.messages.scp.enums import SCPResult  # noqa: E402
from spinnman.messages.scp.impl import FillRequest, GetVersion  # noqa: E402
from spinnman.messages.sdp import SDPFlag, SDPHeader, SDPMessage  # noqa: E402

BYTE = st.integers(0, 255)


@given(
    st.sampled_from(SDPFlag), BYTE, *[st.integers(0, 7), st.integers(0, 31), BYTE, BYTE] * 2, st.binary(max_size=272)
)
@settings(max_examples=50)
def test_messages_of_the_host(flag, tag, port, core, x, y, from_port, from_core, from_x, from_y, data):
    header = SDPHeader(flag, tag, port, core, x, y, from_port, from_core, from_x, from_y)
    content = SDPMessage(header, data).bytestring
    datagram = Datagram.unpack(content)
    assert (datagram.wants_reply, datagram.tag) == (bool(flag.value & 0x80), tag)
    assert (datagram.core, datagram.port, datagram.destination) == (core, port, x << 8 | y)
    assert (datagram.source_port, datagram.source) == (from_port << 5 | from_core, from_x << 8 | from_y)
    assert datagram.data == data
    assert datagram.pack() == content


def test_a_reply_goes_back_with_the_same_number():
    request = GetVersion(3, 4, 5)
    request.sdp_header.update_for_send(1, 2)
    request.scp_request_header.sequence = 0xABCD
    datagram = Datagram.unpack(request.bytestring)
    reply = datagram.reply(sdp.OK, b"content").pack()
    header = SDPHeader.from_bytestring(reply, 0)
    assert header.flags == SDPFlag.REPLY_NOT_EXPECTED
    assert (header.source_chip_x, header.source_chip_y, header.source_cpu) == (3, 4, 5)
    assert (header.destination_chip_x, header.destination_chip_y) == (1, 2)
    assert (header.destination_cpu, header.destination_port) == (31, 7)
    assert reply[8:] == struct.pack("<2H", sdp.OK, 0xABCD) + b"content"


def test_arguments_of_a_command():
    request = FillRequest(0, 0, 0x60000000, 0xDEADBEEF, 400)
    request.sdp_header.update_for_send(0, 0)
    assert Command.of(Datagram.unpack(request.bytestring)) == Command(5, (0x60000000, 0xDEADBEEF, 400), b"")


@given(st.binary(max_size=40))
def test_short_ones_are_refused(content):
    datagram = Datagram.unpack(content)
    assert (datagram is None) == (len(content) < 8)
    if datagram is not None:
        assert datagram.pack() == content
        assert (Command.of(datagram) is None) == (len(content) < 24)
        assert len(datagram.reply(sdp.OK).data) == 4


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [("OK", "RC_OK"), ("WRONG_LENGTH", "RC_LEN"), ("WRONG_SUM", "RC_SUM"), ("WRONG_COMMAND", "RC_CMD"),
     ("WRONG_ARGUMENT", "RC_ARG"), ("WRONG_PORT", "RC_PORT"), ("TIMEOUT", "RC_TIMEOUT"),
     ("NO_ROUTE_TO_CHIP", "RC_ROUTE"), ("WRONG_CORE", "RC_CPU")],
)  # fmt: skip
def test_return_codes(ours, theirs):
    assert getattr(sdp, ours) == SCPResult[theirs].value
