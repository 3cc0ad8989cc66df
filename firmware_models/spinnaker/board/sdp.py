"""SpiNNaker datagrams and the control protocol in them (SDP, SCP); layouts: ``sdp_msg_t`` in ``sark.h``."""

from __future__ import annotations

import struct
from dataclasses import dataclass, replace

SCP_PORT = 17893  # UDP
REPLY_EXPECTED, NO_REPLY = 0x87, 0x07
ETHERNET_PORT = 255
TRANSIENT_TAG = 255
_HEADER, _COMMAND = struct.Struct("<4B2H"), struct.Struct("<2H")

OK, WRONG_LENGTH, WRONG_COMMAND, WRONG_ARGUMENT = 0x80, 0x81, 0x83, 0x84
WRONG_SUM, WRONG_PORT, TIMEOUT, NO_ROUTE_TO_CHIP, WRONG_CORE = 0x82, 0x85, 0x86, 0x87, 0x88


@dataclass(frozen=True)
class Datagram:
    """One datagram; ports are core | port << 5, addresses x << 8 | y."""

    flags: int
    tag: int
    destination_port: int
    source_port: int
    destination: int
    source: int
    data: bytes

    @classmethod
    def unpack(cls, content: bytes) -> Datagram | None:
        """Read one; None if it is too short to be one."""
        if len(content) < _HEADER.size:
            return None
        flags, tag, destination_port, source_port, destination, source = _HEADER.unpack_from(content)
        return cls(flags, tag, destination_port, source_port, destination, source, content[_HEADER.size :])

    def pack(self) -> bytes:
        """Bytes as in memory and, after two of padding, in a UDP packet."""
        return (
            _HEADER.pack(self.flags, self.tag, self.destination_port, self.source_port, self.destination, self.source)
            + self.data
        )

    @property
    def wants_reply(self) -> bool:
        """Whether the sender waits for an answer."""
        return bool(self.flags & 0x80)

    @property
    def core(self) -> int:
        """Core that it is for."""
        return self.destination_port & 31

    @property
    def port(self) -> int:
        """The core's port that it is for."""
        return self.destination_port >> 5

    def reply(self, code: int, content: bytes = b"") -> Datagram:
        """The answer: sender and receiver exchanged, return code, same sequence number."""
        sequence = int.from_bytes(self.data[2:4], "little")
        return replace(
            self, flags=self.flags & ~0x80, destination_port=self.source_port, source_port=self.destination_port,
            destination=self.source, source=self.destination, data=_COMMAND.pack(code, sequence) + content,
        )  # fmt: skip


@dataclass(frozen=True)
class Command:
    """Command, sequence number and arguments of a control message."""

    code: int
    arguments: tuple[int, int, int]
    data: bytes

    @classmethod
    def of(cls, datagram: Datagram) -> Command | None:
        """Read the command; None if the datagram is too short."""
        if len(datagram.data) < 16:
            return None
        code, _, one, two, three = struct.unpack_from("<2H3I", datagram.data)
        return cls(code, (one, two, three), datagram.data[16:])
