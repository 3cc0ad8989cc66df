"""The mesh of 48 chips: routes packets and datagrams between them, and lets time pass.

Time is counted in processor cycles of 5 ns and jumps from one timer expiry to the next.  At one instant every core that
is due runs until it sleeps; then the packets that were sent are delivered, and those sent in answer, until none is left.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

from neurodeploy.firmware_models.spinnaker.board import geometry
from neurodeploy.firmware_models.spinnaker.board import memory_map as at
from neurodeploy.firmware_models.spinnaker.board.chip import Chip
from neurodeploy.firmware_models.spinnaker.board.core import Core
from neurodeploy.firmware_models.spinnaker.board.devices import FIXED_ROUTE, Packet
from neurodeploy.firmware_models.spinnaker.board.faults import Faults
from neurodeploy.firmware_models.spinnaker.board.sdp import ETHERNET_PORT, Datagram
from neurodeploy.firmware_models.spinnaker.board.tags import TagTable

ETHERNET_CHIP = (0, 0)
Target = tuple[geometry.Place, int]  # chip, core
CYCLES_PER_SECOND = at.CPU_CLOCK_MHZ * 1_000_000


class SoftwareBoard:
    """A SpiNN-5 board; a chip is made when it is first used and costs nothing before.

    Attributes:
        outgoing: datagrams for the outside, sent through IP tags; whoever runs the board empties it.
        places: chips that work.
        errors: ``(chip, core, reason)`` of every core that died.
        now: simulated time in processor cycles.
        instructions: with ``count_instructions``, those of every core by simulated time; it slows emulation down a lot.
    """

    def __init__(
        self, address: str = "127.0.0.2", faults: Faults | None = None, *, count_instructions: bool = False
    ) -> None:
        self.count_instructions = count_instructions
        self.instructions: dict[Target, list[tuple[int, int]]] = {}
        self.address = address
        self.faults = faults or Faults()
        self.places = tuple(place for place in geometry.CHIPS if place not in self.faults.dead_chips)
        self.outgoing: deque[Datagram] = deque()
        self.errors: list[tuple[geometry.Place, int, str]] = []
        self._lost = self.faults.random(2)
        self.reboot()

    def reboot(self) -> None:
        """Lose everything and boot."""
        self.now = 0
        self.tags = TagTable()
        self.chips: dict[geometry.Place, Chip] = {}
        self.outgoing.clear()

    def chip(self, place: geometry.Place) -> Chip:
        """The chip at a place of the board."""
        if place not in self.chips:
            address = self.address if place == ETHERNET_CHIP else None
            chip = Chip(
                place,
                address,
                self._send,
                lambda *what: self.errors.append(what),
                now=self.now,
                counted=self.count_instructions,
            )
            for x, y, core in self.faults.dead_cores:
                if (x, y) == place:
                    chip.memory.write(chip.block(core) + at.CORE_STATE, bytes([at.DEAD]))
            self.chips[place] = chip
        return self.chips[place]

    def _send(self, datagram: Datagram) -> None:
        """Route a datagram that a core sent: to another core, or outside through the Ethernet chip."""
        if datagram.destination_port == ETHERNET_PORT:
            self.outgoing.append(datagram)
        else:
            place = geometry.chip_at(datagram.destination)
            if place in self.places:
                self.chip(place).deliver(datagram)

    @property
    def busy(self) -> bool:
        """Whether some core has something to do now."""
        return any(chip.awake for chip in self.chips.values())

    def settle_one(self) -> bool:
        """Let one core that has something to do run until it sleeps; False when there is none."""
        for chip in self.chips.values():
            if chip.awake:
                number = min(chip.awake)
                chip.settle(number)
                self._deliver_packets([(chip.place, number)])
                return True
        return False

    @property
    def due(self) -> int | None:
        """Time of the next timer expiry; None when no timer runs."""
        times = [core.devices.due for _, core in self._cores()]
        return min((time for time in times if time is not None), default=None)

    def advance(self) -> bool:
        """Jump to the next timer expiry and let everything that follows happen; False when no timer runs."""
        time = self.due
        if time is None:
            return False
        self.now = time
        woken: list[Target] = []
        for chip in self.chips.values():
            chip.now = time
        for (place, number), core in list(self._cores()):
            due = core.devices.due
            if due is not None and due <= time:
                core.devices.expire_timers(time)
                self.chips[place].settle(number)
                woken.append((place, number))
        self._deliver_packets(woken)
        if self.count_instructions:
            for target, core in self._cores():
                self.instructions.setdefault(target, []).append((time, core.instructions))
                core.instructions = 0
        return True

    def _cores(self) -> Iterator[tuple[Target, Core]]:
        for place, chip in self.chips.items():
            for number, core in chip.cores.items():
                yield (place, number), core

    def _deliver_packets(self, senders: list[Target]) -> None:
        """Deliver what ``senders`` sent and what is sent in answer, until nothing is under way."""
        while senders:
            arriving: dict[Target, list[Packet]] = {}
            for place, number in senders:
                core = self.chips[place].cores.get(number)
                for packet in core.sent() if core is not None else ():
                    for target in self._targets(place, packet[0]):
                        if self.faults.drop_multicast and self._lost.random() < self.faults.drop_multicast:
                            continue
                        arriving.setdefault(target, []).append(packet)
            for (place, number), packets in arriving.items():
                self.chips[place].receive(number, packets)
            senders = list(arriving)

    def _targets(self, start: geometry.Place, key: int) -> list[Target]:
        """Cores that a packet with ``key`` reaches from ``start``."""
        reached: list[Target] = []
        waiting: deque[tuple[geometry.Place, int | None]] = deque([(start, None)])
        seen = {start}
        while waiting:
            place, link = waiting.popleft()
            router = self.chip(place).router
            links, cores = router.fixed_destinations() if key & FIXED_ROUTE else router.destinations(key, link)
            reached += [(place, core) for core in cores]
            for out in links:
                other = geometry.neighbour(place, out)
                if other in seen or other not in self.places:
                    continue
                seen.add(other)
                waiting.append((other, (out + 3) % 6))
        return reached
