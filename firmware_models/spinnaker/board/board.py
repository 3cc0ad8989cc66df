"""The mesh of 48 chips: routes packets and datagrams between them, and lets time pass.

Time is counted in processor cycles of 5 ns and jumps from one timer expiry to the next.  At one instant every core that
is due runs until it sleeps; then the packets that were sent are delivered, and those sent in answer, until none is left.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import NamedTuple

from neurodeploy.firmware_models.spinnaker.board import geometry
from neurodeploy.firmware_models.spinnaker.board import memory_map as at
from neurodeploy.firmware_models.spinnaker.board.chip import Chip
from neurodeploy.firmware_models.spinnaker.board.core import Core
from neurodeploy.firmware_models.spinnaker.board.devices import Packet
from neurodeploy.firmware_models.spinnaker.board.faults import Faults
from neurodeploy.firmware_models.spinnaker.board.rounds import Rounds, Target, threads_available
from neurodeploy.firmware_models.spinnaker.board.sdp import ETHERNET_PORT, Datagram
from neurodeploy.firmware_models.spinnaker.board.tags import TagTable

ETHERNET_CHIP = (0, 0)
CYCLES_PER_SECOND = at.CPU_CLOCK_MHZ * 1_000_000


class Route(NamedTuple):
    """Cores that a packet reaches, and the routers' counters that count it."""

    targets: list[Target]
    counted: list[tuple[list[int], int]]


class SoftwareBoard:
    """A SpiNN-5 board; a chip is made when it is first used and costs nothing before.

    ``threads`` emulate several chips at a time (default: as many as there are processor cores); results do not depend on it.

    Attributes:
        outgoing: datagrams for the outside, sent through IP tags; whoever runs the board empties it.
        places: chips that work.
        errors: ``(chip, core, reason)`` of every core that died.
        spinning: ``(chip, core)`` of every core that did not sleep for so long that time went on without it.
        now: simulated time in processor cycles.
        instructions: with ``count_instructions``, those of every core in each instant, by simulated time.
    """

    def __init__(
        self,
        address: str = "127.0.0.2",
        faults: Faults | None = None,
        *,
        count_instructions: bool = False,
        threads: int | None = None,
    ) -> None:
        self.count_instructions = count_instructions
        self.instructions: dict[Target, list[tuple[int, int]]] = {}
        self.address = address
        self.faults = faults or Faults()
        self.places = tuple(place for place in geometry.CHIPS if place not in self.faults.dead_chips)
        self.outgoing: deque[Datagram] = deque()
        self.errors: list[tuple[geometry.Place, int, str]] = []
        self.spinning: list[Target] = []
        self._lost = self.faults.random(2)
        self._rounds = Rounds(threads or threads_available(), lambda *target: self.spinning.append(target))
        self.reboot()

    def reboot(self) -> None:
        """Lose everything and boot."""
        self.now = 0
        self.tags = TagTable()
        self.chips: dict[geometry.Place, Chip] = {}
        self.outgoing.clear()
        self._rounds.clear()
        self._senders: list[Target] = []
        self._instant = False  # the work that follows from the last jump in time has not ended
        self._mail: dict[geometry.Place, list[Datagram]] = {}
        self._routes: dict[tuple[geometry.Place, int], Route] = {}

    def close(self) -> None:
        """End the board's threads."""
        self._rounds.close()

    def chip(self, place: geometry.Place) -> Chip:
        """The chip at a place of the board."""
        if place not in self.chips:
            address = self.address if place == ETHERNET_CHIP else None
            mail = self._mail[place] = []
            chip = Chip(place, address, mail.append, lambda *what: self.errors.append(what), now=self.now)
            chip.router.changed = self._routes.clear
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
        return self._rounds.going_on or any(chip.awake for chip in self.chips.values())

    @property
    def starting(self) -> bool:
        """Whether some program has not yet come to rest for the first time, and is expected to."""
        return any(
            core.starting and number not in self.chips[place].spinning for (place, number), core in self._cores()
        )

    def settle_one(self, until: float | None = None) -> bool:
        """Let a core of every chip that has something to do run until it sleeps, or the clock (``time.perf_counter``)
        says ``until``; False when there is none."""
        if not self._rounds.going_on:
            awake = [(place, min(chip.awake)) for place, chip in self.chips.items() if chip.awake]
            if not awake:
                return False
            self._begin({target: [] for target in awake})
        self._go_on(until)
        return True

    @property
    def due(self) -> int | None:
        """Time of the next timer expiry; None when no timer runs."""
        times = [core.devices.due for _, core in self._cores()]
        return min((time for time in times if time is not None), default=None)

    def advance(self, until: float | None = None) -> bool:
        """Jump to the next timer expiry and let what follows happen, until the clock says ``until``: the next call goes on
        then.  False when no timer runs and no core spins."""
        if self._rounds.going_on:
            self._go_on(until)
            return True
        time = self.due
        spinning = {(place, number) for place, chip in self.chips.items() for number in chip.spinning}
        if time is None and not spinning:
            return False
        if time is not None:
            self.now = time
        for chip in self.chips.values():
            chip.now = self.now
        dues = {target: core.devices.due for target, core in self._cores()}
        self._begin({t: [] for t, due in dues.items() if t in spinning or (due is not None and due <= self.now)})
        self._instant = True
        self._go_on(until)
        return True

    def _end_instant(self) -> None:
        self._instant = False
        if self.count_instructions:
            for target, core in self._cores():
                self.instructions.setdefault(target, []).append((self.now, core.take_instructions()))

    def _cores(self) -> Iterator[tuple[Target, Core]]:
        for place, chip in self.chips.items():
            for number, core in chip.cores.items():
                yield (place, number), core

    def _begin(self, work: dict[Target, list[Packet]]) -> None:
        self._senders = list(work)
        self._rounds.begin(self.chips, work.items())

    def _go_on(self, until: float | None) -> None:
        """Go on with the round; deliver what was sent in it and what is sent in answer, until nothing is under way."""
        while self._rounds.go_on(until):
            for mail in list(self._mail.values()):
                while mail:
                    self._send(mail.pop(0))
            arriving = self._arriving()
            if not arriving:
                break
            self._begin(arriving)
        if self._instant and not self._rounds.going_on:
            self._end_instant()

    def _arriving(self) -> dict[Target, list[Packet]]:
        """What the senders of the last round have sent, by the cores that it reaches."""
        arriving: dict[Target, list[Packet]] = {}
        share = self.faults.drop_multicast
        for place, number in self._senders:
            core = self.chips[place].cores.get(number)
            for packet in core.sent() if core is not None else ():
                for target in self._targets(place, packet[0]):
                    if share and self._lost.random() < share:
                        continue
                    if target in arriving:
                        arriving[target].append(packet)
                    else:
                        arriving[target] = [packet]
        return arriving

    def _targets(self, start: geometry.Place, key: int) -> list[Target]:
        """Cores that a packet with ``key`` reaches from ``start``; the routers count it."""
        route = self._routes.get((start, key))
        if route is None:
            route = self._routes[start, key] = self._find_route(start, key)
        for counters, index in route.counted:
            counters[index] += 1
        return route.targets

    def _find_route(self, start: geometry.Place, key: int) -> Route:
        found = Route([], [])
        waiting: deque[tuple[geometry.Place, int | None]] = deque([(start, None)])
        seen = {start}
        while waiting:
            place, link = waiting.popleft()
            router = self.chip(place).router
            (links, cores), counted = router.find(key, link)
            found.targets.extend((place, core) for core in cores)
            found.counted.extend((router.counters, index) for index in counted)
            for out in links:
                other = geometry.neighbour(place, out)
                if other in seen or other not in self.places:
                    continue
                seen.add(other)
                waiting.append((other, (out + 3) % 6))
        return found
