"""Rounds: many cores run until they sleep, those of one chip one after the other, those of several chips in parallel.

Within a round chips share nothing: packets and datagrams wait for its end, when they are delivered in the order of the cores.
So the result is the same for any number of threads.
"""

from __future__ import annotations

import os
import time
from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor

from neurodeploy.firmware_models.spinnaker.board import geometry
from neurodeploy.firmware_models.spinnaker.board.chip import Chip
from neurodeploy.firmware_models.spinnaker.board.devices import Packet

SLICE = 2_000_000  # instructions between two looks at the clock: some 10 ms
PATIENCE = 2_000_000_000  # instructions without sleeping, 10 s of a core, after which time goes on without it
SPINNING_SLICE = 200_000  # instructions of such a core in each round it takes part in, 1 ms of a core
WORTH_THREADS = 32  # cores and packets in a round, below which another thread costs more than it gains
Target = tuple[geometry.Place, int]  # chip, core
Job = tuple[int, list[Packet]]  # core, packets that reach it


def threads_available() -> int:
    """Processor cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class Rounds:
    """Runs the cores of ``chips``; ``spins`` hears of a core that never sleeps."""

    def __init__(self, threads: int, spins: Callable[[geometry.Place, int], None]) -> None:
        self.threads, self.spins = threads, spins
        self._pool = ThreadPoolExecutor(threads) if threads > 1 else None
        self.clear()

    def clear(self) -> None:
        """Forget what was to be done."""
        self._jobs: dict[geometry.Place, deque[Job]] = {}
        self._began: dict[Target, int] = {}  # instructions of unfinished cores when their job began
        self._chips: dict[geometry.Place, Chip] = {}
        self._worked = False  # since the last call of :meth:`go_on`

    @property
    def going_on(self) -> bool:
        """Whether a round has begun and not ended."""
        return bool(self._jobs)

    def begin(self, chips: dict[geometry.Place, Chip], work: Iterable[tuple[Target, list[Packet]]]) -> None:
        """Begin a round of cores and the packets that reach them."""
        self._chips = chips
        for (place, number), packets in work:
            self._jobs.setdefault(place, deque()).append((number, packets))

    def go_on(self, until: float | None) -> bool:
        """Work until the round has ended or the clock says ``until``; whether it has ended."""
        self._worked = False
        while self._jobs:
            if self._pool is not None and len(self._jobs) > 1 and self._size() >= WORTH_THREADS:
                largest_first = sorted(self._jobs, key=lambda place: -len(self._jobs[place]))
                for _ in self._pool.map(lambda place: self._run(place, until), largest_first):
                    pass
            else:
                for place in list(self._jobs):
                    self._run(place, until)
            self._jobs = {place: jobs for place, jobs in self._jobs.items() if jobs}
            if until is not None and time.perf_counter() >= until:
                break
        return not self._jobs

    def _size(self) -> int:
        return sum(1 + len(packets) for jobs in self._jobs.values() for _, packets in jobs)

    def _run(self, place: geometry.Place, until: float | None) -> None:
        """Run the cores of one chip until the clock says ``until``; at least one core of one chip."""
        chip, jobs = self._chips[place], self._jobs[place]
        while jobs and not (self._worked and until is not None and time.perf_counter() >= until):
            self._worked = True
            number, packets = jobs[0]
            core = chip.cores.get(number)
            began = 0 if core is None else self._began.setdefault((place, number), core.instructions)
            limit = SPINNING_SLICE if number in chip.spinning else SLICE
            if packets:
                jobs[0] = (number, [])
                chip.receive(number, packets, limit)
            else:
                chip.settle(number, limit)
            if core is None or chip.cores.get(number) is not core or self._ended(chip, number, began):
                jobs.popleft()
                self._began.pop((place, number), None)

    def _ended(self, chip: Chip, number: int, began: int) -> bool:
        """Whether a core has come to rest, or is one that the others do not wait for."""
        core = chip.cores[number]
        if not core.unfinished:
            chip.spinning.discard(number)
            core.interruptible = False
            return True
        if number not in chip.spinning and core.instructions - began >= PATIENCE:
            chip.spinning.add(number)
            core.interruptible = True
            self.spins(chip.place, number)
        return number in chip.spinning

    def close(self) -> None:
        """End the threads."""
        if self._pool is not None:
            self._pool.shutdown()
