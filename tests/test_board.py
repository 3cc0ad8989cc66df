"""Probing addresses: what answers is said at once, and in words."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from threading import Thread

import pytest

from neurodeploy.board import open_board, probe
from neurodeploy.errors import NeurodeployError

SILENT = "127.0.0.65"


def _answering(version: bytes) -> Iterator[None]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as opened:
        opened.bind((SILENT, 17893))
        opened.settimeout(0.05)
        stopped: list[bool] = []

        def serve() -> None:
            while not stopped:
                try:
                    _, sender = opened.recvfrom(600)
                except TimeoutError:
                    continue
                if version:
                    opened.sendto(bytes(14) + bytes(12) + version, sender)

        thread = Thread(target=serve)
        thread.start()
        yield
        stopped.append(True)
        thread.join()


def test_nothing_there() -> None:
    with pytest.raises(NeurodeployError, match="ND511.*nothing listens"):
        probe("127.0.0.64")


def test_silence_is_told_within_two_seconds() -> None:
    started = time.perf_counter()
    for _ in _answering(b""):
        with pytest.raises(NeurodeployError, match="ND511.*no answer to 3 requests"):
            probe(SILENT)
    assert time.perf_counter() - started < 10  # 1.5 s on an idle machine


@pytest.mark.parametrize("version", [b"BC&MP/SpiNN-5\0" + b"2.0.0\0", b"SC&MP/SpiNNaker\0" + b"3.4.2\0", b"hello"])
def test_something_else_is_there(version: bytes) -> None:
    for _ in _answering(version):
        with pytest.raises(NeurodeployError, match="ND512"):
            probe(SILENT)


def test_software_board_answers() -> None:
    pytest.importorskip("unicorn")
    from software_board import board_at

    with board_at("127.0.0.66"):
        found = probe("127.0.0.66")
    assert (found["software"], found["version"], found["cores_running"]) == ("SC&MP", "4.0.0", 0)


def test_addresses_that_a_board_cannot_have() -> None:
    pytest.importorskip("unicorn")
    with pytest.raises(NeurodeployError, match="ND510.*makes up"):
        open_board("127.0.0.1")
    with pytest.raises(NeurodeployError, match="ND510.*192.0.2.1"):
        open_board("192.0.2.1")
