"""IP tags: where the Ethernet chip sends datagrams for the outside, and on which ports it listens for raw data.

Source: ``cmd_iptag`` and ``eth_send_msg`` in SC&MP 4.0.0.
"""

from __future__ import annotations

import socket
import struct
from dataclasses import dataclass

FIXED, TRANSIENT = 8, 8  # tags 0-7 are set by the host, the others serve replies
VALID, TEMPORARY, REVERSE, STRIP, USE_SENDER = 0x8000, 0x4000, 0x0200, 0x0100, 0x0400
NEW, SET, GET, CLEAR, TIMEOUT = 0, 1, 2, 3, 4
NONE = 255
TAG_SIZE, LONGEST = 32, 256  # bytes of a tag, and of a datagram's content
Endpoint = tuple[str, int]


@dataclass
class Tag:
    """One entry of the table."""

    endpoint: Endpoint = ("0.0.0.0", 0)
    flags: int = 0
    timeout: int = 0
    count: int = 0
    receive_port: int = 0
    destination: int = 0
    destination_port: int = 0

    def pack(self) -> bytes:
        """The 32 bytes that a host reads (``iptag_t``)."""
        return struct.pack(
            "<4s6s3HI2HB7x", socket.inet_aton(self.endpoint[0]), bytes(6), self.endpoint[1], self.timeout, self.flags,
            self.count, self.receive_port, self.destination, self.destination_port,
        )  # fmt: skip


class TagTable:
    """Tags of one Ethernet chip; replies to hosts go through temporary ones."""

    def __init__(self) -> None:
        self.tags = [Tag() for _ in range(FIXED + TRANSIENT)]
        self._next = 0
        self.timeout_code = 9  # 2.56 s

    def temporary(self, endpoint: Endpoint) -> int:
        """A tag for one reply to ``endpoint``."""
        for _ in range(TRANSIENT):
            tag = FIXED + self._next
            self._next = (self._next + 1) % TRANSIENT
            if self.tags[tag].flags in (0, VALID | TEMPORARY):
                self.tags[tag] = Tag(endpoint, VALID | TEMPORARY)
                return tag
        return NONE

    def command(self, one: int, two: int, three: int, sender: Endpoint) -> bytes | None:
        """Carry out an IPTAG command; its answer, None for a wrong argument."""
        operation, number = one >> 16 & 0xFF, one & 0xFF
        if operation > TIMEOUT or number >= len(self.tags):
            return None
        if operation == NEW:
            number = next((tag for tag in range(FIXED, FIXED + TRANSIENT) if not self.tags[tag].flags), NONE)
        if operation in (NEW, SET):
            if number != NONE:
                self.tags[number] = _tag(one, two, three, sender)
            return number.to_bytes(4, "little")
        if operation == GET:
            if two * TAG_SIZE > LONGEST:
                return None
            return b"".join(tag.pack() for tag in self.tags[number : number + two])
        if operation == TIMEOUT:
            answer = FIXED << 24 | TRANSIENT << 16 | TAG_SIZE << 8 | self.timeout_code
            self.timeout_code = two if two < 16 else self.timeout_code
            return answer.to_bytes(4, "little")
        self.tags[number] = Tag()
        return b""

    def take(self, number: int) -> Tag | None:
        """The tag to send by; a temporary one is used up."""
        if number >= len(self.tags) or not self.tags[number].flags & VALID:
            return None
        tag = self.tags[number]
        if tag.flags & TEMPORARY:
            self.tags[number] = Tag()
        else:
            tag.count += 1
        return tag

    def receiver(self, port: int) -> int | None:
        """The tag that listens on a UDP port."""
        for number, tag in enumerate(self.tags[:FIXED]):
            if tag.flags & VALID and tag.flags & REVERSE and tag.receive_port == port:
                return number
        return None

    @property
    def receive_ports(self) -> set[int]:
        """UDP ports on which raw data may arrive."""
        return {tag.receive_port for tag in self.tags[:FIXED] if tag.flags & VALID and tag.flags & REVERSE}


def _tag(one: int, two: int, three: int, sender: Endpoint) -> Tag:
    """The tag that a host asks for; a reverse one has nowhere to send until data arrives."""
    flags = one >> 20 & 0x0F00
    reverse = bool(flags & REVERSE)
    address = socket.inet_ntoa(three.to_bytes(4, "little")) if three or reverse else sender[0]
    port = 0 if reverse else sender[1] if flags & USE_SENDER else two & 0xFFFF
    receive_port = two & 0xFFFF if reverse else 0
    return Tag((address, port), flags | VALID, 0, 0, receive_port, two >> 16, one >> 8 & 0xFF)
