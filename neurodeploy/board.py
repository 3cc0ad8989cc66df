"""Boards by their address: a software one to be opened, and a probe that says at once what answers there.

sPyNNaker takes 157 s to give up on an address where nothing answers; one short request tells the same in two seconds.
"""

from __future__ import annotations

import importlib.util
import socket
import struct
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from neurodeploy.errors import NeurodeployError
from neurodeploy.firmware_models.spinnaker.board.memory_map import DEAD, IDLE
from neurodeploy.firmware_models.spinnaker.board.sdp import SCP_PORT

if TYPE_CHECKING:
    from neurodeploy.firmware_models.spinnaker.board import BoardServer, Faults

TRIES = 3
VERSION_COMMAND, NEAREST_NEIGHBOUR_COMMAND, INFORMATION_COMMAND = 0, 20, 31
SPYNNAKER_APPLICATION = 17
"""The number of every simulation that sPyNNaker 7.4.1 starts (spinnman/utilities/appid_tracker.py)."""
NEEDED_VERSION = (4, 0, 0)  # sPyNNaker 7.4.1: spinnman/transceiver/base_transceiver.py

CONFIGURATION = """\
[Machine]
version = 5
machine_name = {address}
enable_advanced_monitor_support = False
enable_reinjection = False
post_simulation_overrun_before_error = 36000
"""
"""What sPyNNaker's configuration (``~/.spynnaker.cfg``) says of a software board; the last three are for its speed."""


def open_board(
    address: str,
    faults: Faults | None = None,
    *,
    real_time: bool = False,
    threads: int | None = None,
    say: Callable[[str], None] | None = None,
) -> BoardServer:
    """A software SpiNN-5 that answers on ``address`` once its ``serve()`` runs; ``say`` hears what hosts do with it.

    Raises:
        NeurodeployError: ND601 without the emulator, ND510 when the address is not to be had.
    """
    if importlib.util.find_spec("unicorn") is None:
        raise NeurodeployError(
            "ND601",
            "The software board needs the emulator unicorn, which is not installed.",
            "Run: pip install 'neurodeploy[emulator]'.",
        )
    from neurodeploy.firmware_models.spinnaker.board import BoardServer, SoftwareBoard

    if address in ("127.0.0.1", "localhost"):
        raise NeurodeployError(
            "ND510",
            f"A software board cannot be at {address}: for this address sPyNNaker talks to a board it makes up.",
            "Use another address of this machine, such as 127.0.0.2.",
        )
    try:
        return BoardServer(SoftwareBoard(address, faults, threads=threads), real_time=real_time, say=say)
    except OSError as error:
        raise NeurodeployError(
            "ND510",
            f"The address {address} cannot be used: {error.strerror or error}.",
            "Use an address of this machine on which no board runs yet, such as 127.0.0.2 or 127.0.0.3.",
        ) from None


def probe(address: str, timeout: float = 0.5) -> dict[str, Any]:
    """What answers at ``address``: software, version, cores in use, seconds.

    Raises:
        NeurodeployError: ND511 when nothing answers, ND512 when it is not a SpiNNaker board or of another version.
    """
    started = time.perf_counter()
    if not address or ":" in address:
        raise NeurodeployError(
            "ND511", f"'{address}' is not the address of a board.", "Give its IPv4 address or name, without a port."
        )
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as connection:
            connection.connect((address, SCP_PORT))
            version = _ask(connection, VERSION_COMMAND, (0, 0, 0), timeout)
            information = _ask(connection, INFORMATION_COMMAND, (0x5F, 0, 0), timeout)
    except (TimeoutError, ConnectionError) as error:
        reason = "nothing listens there" if isinstance(error, ConnectionError) else f"no answer to {TRIES} requests"
        raise NeurodeployError(
            "ND511",
            f"No SpiNNaker board answers at {address} (UDP {SCP_PORT}): {reason}.",
            _hint_for_own_machine(address, isinstance(error, ConnectionError))
            if address.startswith("127.")
            else "Check the power, the cable and the address; a board that was just switched on must be booted first: any sPyNNaker script does.",
        ) from None
    except OSError as error:
        raise NeurodeployError(
            "ND511", f"{address} cannot be reached: {error.strerror or error}.", "Check the address and the network."
        ) from None
    software, _, rest = version[12:].partition(b"\0")
    name, number = software.decode("ascii", "replace").split("/")[0], rest.split(b"\0")[0].decode("ascii", "replace")
    parts = tuple(int(part) for part in number.split(".") if part.isdigit())
    if name != "SC&MP" or parts[:1] != NEEDED_VERSION[:1] or parts < NEEDED_VERSION:
        raise NeurodeployError(
            "ND512",
            f"{address} runs '{name}' {number}; sPyNNaker 7.4.1 needs SC&MP {'.'.join(map(str, NEEDED_VERSION))} or later of the same major version.",
            "Give the address of a SpiNNaker board, or boot it again with this version of sPyNNaker.",
        )
    states = information[12:30]
    return {
        "address": address, "software": name, "version": number, "seconds": time.perf_counter() - started,
        "cores_running": sum(state not in (IDLE, DEAD) for state in states[1:]),
    }  # fmt: skip


def _hint_for_own_machine(address: str, free: bool) -> str:
    if address == "127.0.0.1":
        return "Start one in software, which needs another address: neurodeploy board emulate --address 127.0.0.2."
    if free:
        return f"Start one in software: neurodeploy board emulate --address {address}."
    return "A program that is frozen, or not a board, has this port: end it, or use another address."


def stop_application(address: str, application: int = SPYNNAKER_APPLICATION, timeout: float = 0.5) -> None:
    """Stop an application on all chips: its cores, memory and routes are free again.

    A host that was killed leaves its simulation on the board, and the next one's signals, of the same number, would
    reach both.

    Raises:
        NeurodeployError: ND511 when nothing answers.
    """
    # SCAMP's packet to all chips, as spinnman's AppStop: signal 2 (stop) for applications that are equal in all bits.
    arguments = (0x3F << 16, 5 << 28 | 2 << 16 | 0xFF << 8 | application, 1 << 31 | 0x3F << 8)
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as connection:
            connection.connect((address, SCP_PORT))
            _ask(connection, NEAREST_NEIGHBOUR_COMMAND, arguments, timeout)
    except OSError as error:
        raise NeurodeployError(
            "ND511", f"The board at {address} does not answer: {error}.", "Check the address and the network."
        ) from None


def _ask(connection: socket.socket, command: int, arguments: tuple[int, int, int], timeout: float) -> bytes:
    """Content of the answer to one SCP command for the monitor of chip 0,0; TimeoutError after three tries."""
    connection.settimeout(timeout)
    header = b"\0\0" + bytes([0x87, 0xFF, 0, 0xFF, 0, 0, 0, 0])
    for sequence in range(1, TRIES + 1):
        connection.send(header + struct.pack("<2H3I", command, sequence, *arguments))
        try:
            answer = connection.recv(2048)
        except TimeoutError:
            continue
        if len(answer) >= 14:
            return answer[14:]
    raise TimeoutError
