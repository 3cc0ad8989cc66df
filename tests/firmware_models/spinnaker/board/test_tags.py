"""IP tags, set and read by spinnman's messages."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neurodeploy.firmware_models.spinnaker.board import sdp
from neurodeploy.firmware_models.spinnaker.board.sdp import Command, Datagram
from neurodeploy.firmware_models.spinnaker.board.tags import FIXED, NEW, NONE, TRANSIENT, TagTable

pytest.importorskip("spinnman")
pytestmark = pytest.mark.spynnaker

from spinnman.constants import IPTAG_TIME_OUT_WAIT_TIMES  # noqa: E402
from spinnman.messages.scp.impl import (  # noqa: E402
    IPTagClear,
    IPTagGet,
    IPTagGetInfo,
    IPTagSet,
    IPTagSetTTO,
    ReverseIPTagSet,
)

HOST = ("127.0.0.9", 40000)


def ask(table, request):
    """What spinnman understands from the table's answer."""
    request.sdp_header.update_for_send(0, 0)
    datagram = Datagram.unpack(request.bytestring)
    content = table.command(*Command.of(datagram).arguments, HOST)
    assert content is not None
    response = request.get_scp_response()
    response.read_bytestring(datagram.reply(sdp.OK, content).pack(), 0)
    return response


@given(st.integers(0, 7), st.lists(st.integers(0, 255), min_size=4, max_size=4), st.integers(0, 0xFFFF), st.booleans())
@settings(max_examples=40)
def test_set_and_get(number, host, port, strip):
    table = TagTable()
    ask(table, IPTagSet(0, 0, host, port, number, strip=strip))
    tag = ask(table, IPTagGet(0, 0, number))
    assert list(tag.ip_address) == (host if any(host) else [127, 0, 0, 9])
    assert (tag.port, tag.in_use, tag.is_reverse, tag.strip_sdp) == (port, True, False, strip)
    sent_by = table.take(number)
    assert sent_by.endpoint == (".".join(map(str, tag.ip_address)), port)
    assert [ask(table, IPTagGet(0, 0, other)).in_use for other in range(8)] == [n == number for n in range(8)]


def test_the_sender_s_own_address_and_port():
    table = TagTable()
    ask(table, IPTagSet(0, 0, [0, 0, 0, 0], 0, 3, use_sender=True))
    assert table.take(3).endpoint == HOST


@given(
    st.integers(0, 7),
    st.integers(0, 7),
    st.integers(0, 7),
    st.integers(1, 17),
    st.integers(0, 0xFFFF),
    st.integers(0, 7),
)
@settings(max_examples=40)
def test_reverse(number, x, y, core, port, sdp_port):
    table = TagTable()
    ask(table, ReverseIPTagSet(0, 0, x, y, core, port, number, sdp_port))
    tag = ask(table, IPTagGet(0, 0, number))
    assert (tag.is_reverse, tag.strip_sdp, tag.rx_port, tag.port) == (True, True, port, 0)
    assert (tag.spin_chip_x, tag.spin_chip_y, tag.spin_cpu, tag.spin_port) == (x, y, core, sdp_port)
    assert list(tag.ip_address) == [0, 0, 0, 0]
    assert table.receiver(port) == number
    assert table.receive_ports == {port}
    ask(table, IPTagClear(0, 0, number))
    assert table.receiver(port) is None
    assert table.receive_ports == set()


def test_clear():
    table = TagTable()
    ask(table, IPTagSet(0, 0, [1, 2, 3, 4], 99, 2))
    ask(table, IPTagClear(0, 0, 2))
    assert not ask(table, IPTagGet(0, 0, 2)).in_use
    assert table.take(2) is None


def test_timeout():
    table = TagTable()
    assert ask(table, IPTagGetInfo(0, 0)).transient_timeout == 9
    ask(table, IPTagSetTTO(0, 0, IPTAG_TIME_OUT_WAIT_TIMES.TIMEOUT_80_ms))
    info = ask(table, IPTagGetInfo(0, 0))
    assert (info.transient_timeout, info.pool_size, info.fixed_size) == (4, TRANSIENT, FIXED)


def test_packets_are_counted():
    table = TagTable()
    ask(table, IPTagSet(0, 0, [1, 2, 3, 4], 99, 2))
    for _ in range(3):
        table.take(2)
    assert ask(table, IPTagGet(0, 0, 2)).count == 3


def test_a_temporary_tag_serves_one_reply():
    table = TagTable()
    numbers = [table.temporary(("127.0.0.9", port)) for port in range(TRANSIENT)]
    assert sorted(numbers) == list(range(FIXED, FIXED + TRANSIENT))
    for port, number in enumerate(numbers):
        assert table.take(number).endpoint[1] == port
        assert table.take(number) is None


def test_new_tags_come_from_the_pool_until_it_is_empty():
    table = TagTable()
    numbers = [int.from_bytes(table.command(NEW << 16, 99, 0, HOST), "little") for _ in range(TRANSIENT + 1)]
    assert numbers == [*range(FIXED, FIXED + TRANSIENT), NONE]
    assert table.temporary(HOST) == NONE
    assert table.take(FIXED).endpoint == (HOST[0], 99)
    table.command(3 << 16 | FIXED + 5, 0, 0, HOST)
    assert [table.temporary(HOST), table.temporary(HOST)] == [FIXED + 5] * 2


@pytest.mark.parametrize(("one", "two"), [(5 << 16, 0), (1 << 16 | 16, 0), (2 << 16, 9), (3 << 16 | 255, 0)])
def test_wrong_arguments(one, two):
    assert TagTable().command(one, two, 0, HOST) is None


def test_eight_tags_at_once():
    assert len(TagTable().command(2 << 16, 8, 0, HOST)) == 256


@given(*[st.integers(0, 0xFFFFFFFF)] * 3)
def test_any_command_is_answered_or_refused(one, two, three):
    table = TagTable()
    assert isinstance(table.command(one, two, three, HOST), bytes | None)
    assert isinstance(table.command(one & 0xF0000F0F | 1 << 16, two, three, HOST), bytes | None)
    assert all(len(tag.pack()) == 32 for tag in table.tags)
