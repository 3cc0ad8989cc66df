"""The board's network port: SCP/SDP and raw data over UDP, between which the board computes.

One thread: packets are answered between two units of work, each a core's run or an instant of simulated time.
"""

from __future__ import annotations

import contextlib
import importlib
import selectors
import socket
import threading
import time
from collections.abc import Callable

from neurodeploy.firmware_models.spinnaker.board import geometry, scamp, sdp
from neurodeploy.firmware_models.spinnaker.board.board import CYCLES_PER_SECOND, SoftwareBoard
from neurodeploy.firmware_models.spinnaker.board.log import BoardLog
from neurodeploy.firmware_models.spinnaker.board.sdp import Datagram
from neurodeploy.firmware_models.spinnaker.board.tags import STRIP, Endpoint

BOOT_PORT = 54321
WORK_SECONDS = 0.01  # between two looks at the network
LOOK_SECONDS = 0.05  # between two looks at what there is to tell
PACKETS_AT_ONCE = 512
LONGEST_HOLD_S = 9.0  # spinnman repeats an unanswered request ten times, once a second
EMULATION, PREPARE_AFTER_S = "neurodeploy.firmware_models.spinnaker.board.execution", 0.1


class BoardServer:
    """Serves a board on its address until :meth:`stop`.

    ``real_time``: simulated time never runs ahead of the clock on the wall, as live input and output want.  ``say`` hears in
    short lines what hosts do with the board.
    """

    def __init__(
        self, board: SoftwareBoard, *, real_time: bool = False, say: Callable[[str], None] | None = None
    ) -> None:
        self.board, self.real_time = board, real_time
        self._log = None if say is None else BoardLog(board, say)
        self._looked = 0.0
        self._prepare: threading.Timer | None = None  # compiles or loads the inner loop; until then cores wait
        self.received = 0
        self.stopped = False
        self._lost = board.faults.random(1)
        self._selector = selectors.DefaultSelector()
        self._raw: dict[int, socket.socket] = {}
        self._later: dict[tuple[bytes, Endpoint], float] = {}  # requests that are answered later, and when they came
        self._started: tuple[float, int] | None = None
        self._unavailable: set[int] = set()  # ports that tags want and others have
        self._main = self._open(sdp.SCP_PORT)
        try:
            self._boot = self._open(BOOT_PORT)
        except OSError:
            self._main.close()
            raise

    def _open(self, port: int) -> socket.socket:
        """A socket on the board's address; OSError when that is taken or not this machine's."""
        opened = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        try:
            opened.bind((self.board.address, port))
        except OSError:
            opened.close()
            raise
        opened.setblocking(False)
        self._selector.register(opened, selectors.EVENT_READ)
        return opened

    def stop(self) -> None:
        """End :meth:`serve` after the present unit of work."""
        self.stopped = True

    def close(self) -> None:
        """Close the sockets."""
        for opened in (self._main, self._boot, *self._raw.values()):
            opened.close()
        self._selector.close()
        self.board.close()

    def serve(self) -> None:
        """Answer and compute until stopped."""
        while not self.stopped:
            self.step()

    def step(self) -> None:
        """Answer what has come, then compute for a moment; waits when there is nothing to do."""
        working = self._work()
        for key, _ in self._selector.select(0.0 if working else 0.02):
            self._take(key.fileobj)  # type: ignore[arg-type]
        self._answer_later()
        self._flush()
        if self._log is not None and time.perf_counter() - self._looked > LOOK_SECONDS:
            self._log.look()
            self._looked = time.perf_counter()

    def _work(self) -> bool:
        """Compute for up to :data:`WORK_SECONDS`; whether there is more."""
        if self._frozen or (self._prepare is not None and self._prepare.is_alive()):
            return False
        end = time.perf_counter() + WORK_SECONDS
        while time.perf_counter() < end:
            if not self.board.settle_one(end) and (self._ahead() or not self.board.advance(end)):
                return False
            self._flush()
        return True

    def _ahead(self) -> bool:
        """Whether the next instant lies in the future, in real time."""
        due = self.board.due
        if not self.real_time or due is None:
            self._started = None
            return False
        if self._started is None:
            self._started = time.perf_counter(), due
        began, first = self._started
        return (due - first) / CYCLES_PER_SECOND > time.perf_counter() - began

    @property
    def _frozen(self) -> bool:
        limit = self.board.faults.freeze_after
        return limit is not None and self.received >= limit

    def _take(self, opened: socket.socket) -> None:
        for _ in range(PACKETS_AT_ONCE):
            try:
                content, sender = opened.recvfrom(2048)
            except OSError:  # nothing more has come, or the socket was closed since it was looked at
                return
            frozen = self._frozen
            self.received += 1
            if self.received == 1:  # the first packet is answered before
                self._prepare = threading.Timer(PREPARE_AFTER_S, importlib.import_module, [EMULATION])
                self._prepare.daemon = True
                self._prepare.start()
            if self.received == self.board.faults.reboot_at:
                self.board.reboot()
                self._later.clear()
                self._started = None
            if frozen or self._loses():
                continue
            if opened is self._main and scamp.waits_for_starts(content[2:]) and self.board.starting:
                self._later.setdefault((content, sender), time.perf_counter())
            elif opened is self._main:
                self._answer(content, sender)
            elif opened is not self._boot:
                self._raw_data(content, sender, opened)

    def _answer_later(self) -> None:
        """Start programs, and say how many cores are in a state, when all that were started before have got ready.

        sPyNNaker asks once, half a second after it has started them: on a board they are then long ready.
        """
        for (content, sender), came in list(self._later.items()):
            if self.board.starting and time.perf_counter() - came < LONGEST_HOLD_S:
                return
            del self._later[content, sender]
            self._answer(content, sender)

    def _loses(self) -> bool:
        share = self.board.faults.drop_packets
        return share > 0.0 and self._lost.random() < share

    def _answer(self, content: bytes, sender: Endpoint) -> None:
        """A datagram from a host: for a monitor, or for a core."""
        datagram = Datagram.unpack(content[2:])
        if datagram is None or len(datagram.data) > scamp.LONGEST + 16:
            return
        board = self.board
        place = geometry.chip_at(datagram.destination if datagram.destination != 0xFFFF else 0)
        tag = datagram.tag
        if tag == sdp.TRANSIENT_TAG and datagram.wants_reply:
            tag = board.tags.temporary(sender)
        received = Datagram(
            datagram.flags,
            tag,
            datagram.destination_port,
            sdp.ETHERNET_PORT,
            geometry.address_of(place),
            0,
            datagram.data,
        )
        if place not in board.places:
            reply = received.reply(sdp.NO_ROUTE_TO_CHIP)
        elif received.core:
            if received.core < geometry.cores_of(place):
                board.chip(place).deliver(received)
                return
            reply = received.reply(sdp.WRONG_CORE)
        elif received.port:
            reply = received.reply(sdp.WRONG_PORT)
        else:
            reply = scamp.answer(board, board.chip(place), received, sender)
        if datagram.wants_reply:
            board.outgoing.append(reply)
            self._flush()

    def _raw_data(self, content: bytes, sender: Endpoint, opened: socket.socket) -> None:
        """Data for a reverse IP tag: handed to its core as a datagram."""
        number = self.board.tags.receiver(opened.getsockname()[1])
        if number is None or len(content) > scamp.LONGEST + 16:
            return
        tag = self.board.tags.tags[number]
        tag.endpoint = sender
        place = geometry.chip_at(tag.destination)
        if place in self.board.places:
            self.board.chip(place).deliver(
                Datagram(sdp.NO_REPLY, number, tag.destination_port, sdp.ETHERNET_PORT, tag.destination, 0, content)
            )

    def _flush(self) -> None:
        """Listen where tags want it, then send what waits: the reply to setting a tag comes when it works."""
        board = self.board
        self._listen(board.tags.receive_ports - {0})
        while board.outgoing:
            datagram = board.outgoing.popleft()
            tag = board.tags.take(datagram.tag)
            if tag is None or self._loses():
                continue
            content = datagram.data if tag.flags & STRIP else b"\0\0" + datagram.pack()
            with contextlib.suppress(OSError):  # an endpoint that no packet can be sent to
                self._main.sendto(content, tag.endpoint)

    def _listen(self, wanted: set[int]) -> None:
        """Open and close the ports for raw data."""
        self._unavailable &= wanted
        for port in wanted - self._raw.keys() - self._unavailable:
            try:
                self._raw[port] = self._open(port)
            except OSError:  # another program's, or a privileged one
                self._unavailable.add(port)
        for port in self._raw.keys() - wanted:
            closed = self._raw.pop(port)
            self._selector.unregister(closed)
            closed.close()
