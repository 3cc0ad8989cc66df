"""Chips, cores and links of a SpiNN-5 board.

Source of the core counts: spinn_machine 7.4.1, ``version/version_5.py`` (a board on which 8 chips have 17 cores).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection

Place = tuple[int, int]

FIRST_COLUMN = (0, 0, 0, 0, 1, 2, 3, 4)
LAST_COLUMN = (4, 5, 6, 7, 7, 7, 7, 7)
CHIPS: tuple[Place, ...] = tuple(
    (x, y) for y in range(8) for x in range(FIRST_COLUMN[y], LAST_COLUMN[y] + 1)
)  # fmt: skip
SEVENTEEN_CORES = frozenset([(1, 1), (1, 3), (3, 1), (3, 3), (3, 5), (5, 2), (5, 4), (5, 6)])
LINKS: tuple[Place, ...] = ((1, 0), (1, 1), (0, 1), (-1, 0), (-1, -1), (0, -1))
"""Step to the neighbour over link 0 (east) to 5 (south); link l leads back by link (l + 3) % 6."""
NO_ROUTE, ITSELF = 6, 7  # entries of a point-to-point table beside links


def cores_of(chip: Place) -> int:
    """Number of cores, the monitor included."""
    return 17 if chip in SEVENTEEN_CORES else 18


def neighbour(chip: Place, link: int) -> Place:
    """Where a link leads, on the board or off it."""
    return chip[0] + LINKS[link][0], chip[1] + LINKS[link][1]


def routes_from(start: Place, chips: Collection[Place]) -> dict[Place, int]:
    """First link of a shortest way from ``start`` to every chip; :data:`ITSELF` for ``start``."""
    first = {start: ITSELF}
    waiting = deque([start])
    while waiting:
        chip = waiting.popleft()
        for link in range(6):
            other = neighbour(chip, link)
            if other in chips and other not in first:
                first[other] = link if chip == start else first[chip]
                waiting.append(other)
    return first


def address_of(chip: Place) -> int:
    """Point-to-point address."""
    return chip[0] << 8 | chip[1]


def chip_at(address: int) -> Place:
    """Chip with a point-to-point address."""
    return address >> 8, address & 0xFF
