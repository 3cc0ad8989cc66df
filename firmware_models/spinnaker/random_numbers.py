"""Random numbers as the binaries draw them (``spinn_common/src/random.c`` and ``normal.c``).

The generator is Marsaglia's JKISS with a 64-bit multiplication (D. Jones, "Good practice in (pseudo) random number
generation for bioinformatics applications", 2010, after G. Marsaglia's KISS): a congruential generator, a shift register
and a multiply-with-carry generator, added.  Its state are four 32-bit words x, y, z, c.  Exponential numbers are drawn by
von Neumann's comparison of uniform ones, normal numbers by a polynomial inverse of the distribution function.
"""

from __future__ import annotations

from functools import cache
from statistics import NormalDist
from typing import Any, TypeAlias

import numpy as np
from numba import njit
from numpy.typing import NDArray

from neurodeploy.firmware_models.spinnaker.arrays import Int32Array, Int64Array, UInt64Array

Seed: TypeAlias = tuple[int, int, int, int]
SMALLEST_C, LARGEST_C, ARBITRARY_Y = 1, 698769068, 13031301
_MASK = np.uint64(0xFFFFFFFF)
_ADD, _MULTIPLY, _CARRY = np.uint64(1234567), np.uint64(314527869), np.uint64(4294584393)
_FIVE, _SEVEN, _SEVENTEEN, _TWENTY_TWO, _HALF_WORD = (np.uint64(n) for n in (5, 7, 17, 22, 32))
_S1615_ONE = np.uint64(1 << 15)

# Inverse normal distribution (normal.c): offset, multiplier, leading term (s16.15 / 2^13 or s16.15) and polynomial of order 4
# of the central patches, from the one next to the tails inwards; leading term and polynomial of the tails, outermost first.
_CENTRE: tuple[tuple[int, int, int, tuple[int, ...]], ...] = (
    (7200, 32, 16, (1364524482, 4157352, 893590920, 482307216, -56131990)),
    (6272, 16, 14, (1594011413, 34197350, 980366094, 540913971, 14157698)),
    (4608, 8, 13, (2059946197, 130876674, 1126841309, 628910107, -391651081)),
    (2048, 6, 11, (669410721, 151375990, 657881394, 208981697, -111730420)),
    (0, 6, 10, (135763632, 134215538, 347443147, -134393924, 14235314)),
)
_TAIL: tuple[tuple[int, tuple[int, ...]], ...] = (
    (98304, (489693536, -966086639, 1048652819, -1202555181, 638185482)),
    (98304, (510971994, -1008958387, 1097593202, -1269255408, 208850025)),
    (65536, (535062308, -1057614622, 1153468280, -1347876992, 1901851228)),
    (65536, (562587223, -1113360216, 1217886707, -1442344496, 1417447081)),
    (65536, (594357355, -1177895230, 1292890733, -1558625637, 896662126)),
)
_OUTERMOST = 229376  # 7.0: the answer for the lowest of the 65536 arguments


def valid_seed(words: Seed) -> Seed:
    """A seed that the generator may start from: y is not 0 and c within 1..698769068 (``validate_mars_kiss64_seed``)."""
    x, y, z, c = words
    return x, y or ARBITRARY_Y, z, c % LARGEST_C + 1


def host_seeds(seed: int | None, cores: int) -> list[Seed]:
    """Seeds of the cores of a population, as sPyNNaker's host draws them from the population's ``seed``."""
    generator = np.random.RandomState(seed)
    return [
        valid_seed(tuple(int(generator.randint(-(1 << 31), (1 << 31) - 1)) + (1 << 31) for _ in range(4)))  # type: ignore[arg-type]
        for _ in range(cores)
    ]


def generator_state(seed: Seed) -> UInt64Array:
    """The state of the generator, uint64 of shape (4,).

    Raises:
        ValueError: the seed is not one of four 32-bit words that the generator may start from.
    """
    if len(seed) != 4 or not all(0 <= word < 1 << 32 for word in seed):
        raise ValueError(f"a seed is four words of 32 bits, not {seed}")
    if seed[1] == 0 or not SMALLEST_C <= seed[3] <= LARGEST_C:
        raise ValueError(f"seed {seed}: the second word must not be 0, the fourth must be 1..{LARGEST_C}")
    return np.array(seed, dtype=np.uint64)


@njit(cache=True, nogil=True)
def next_word(state: UInt64Array) -> Any:
    """Advance the generator; a uniform 32-bit number (uint64)."""
    state[0] = (_MULTIPLY * state[0] + _ADD) & _MASK
    y = state[1] ^ ((state[1] << _FIVE) & _MASK)
    y ^= y >> _SEVEN
    state[1] = y ^ ((y << _TWENTY_TWO) & _MASK)
    product = _CARRY * state[2] + state[3]
    state[3] = product >> _HALF_WORD
    state[2] = product & _MASK
    return (state[0] + state[1] + state[2]) & _MASK


@njit(cache=True, nogil=True)
def exponential_variate(state: UInt64Array) -> Any:
    """An exponential number of mean 1, s16.15 (uint64)."""
    whole = np.uint64(0)
    while True:
        first = next_word(state)
        u = first
        while True:
            other = next_word(state)
            if u < other:
                return whole + (first >> _SEVENTEEN)
            u = next_word(state)
            if u >= other:
                break
        whole += _S1615_ONE


def _horner(coefficients: tuple[int, ...], at: Int64Array) -> Int64Array:
    """The polynomial at ``at`` / 2^16, every step floored and wrapped to 32 bits."""
    at = at.astype(np.int16).astype(np.int64)
    value: NDArray[np.int64] = np.full(at.shape, coefficients[0], dtype=np.int64)
    for coefficient in coefficients[1:]:
        value = ((value * at >> 16) + coefficient).astype(np.int32).astype(np.int64)
    return value


def _central(argument: Int64Array, patch: int) -> Int64Array:
    offset, multiplier, leading, polynomial = _CENTRE[patch]
    at = ((argument * argument >> 17) - offset) * multiplier * 2
    value = (_horner(polynomial, at) + (at << 14)).astype(np.int32).astype(np.int64)
    return ((value >> 16) + (leading << 13)) * argument >> 16


def _tail(distance: Int64Array, zeros: int) -> Int64Array:
    leading, polynomial = _TAIL[9 - zeros]
    value = _horner(polynomial, (distance - (1 << (14 - zeros))) << (zeros + 1))
    return leading + (((value >> 15) + (value >> 14 & 1)) >> 1)


@cache
def normal_quantiles() -> Int32Array:
    """The normal number (s16.15) for the upper 16 bits of a random word, shape (65536,).

    Words count as signed: index 0x8000 is the lowest of them and gives -7.
    """
    argument = np.arange(32769, dtype=np.int64)
    values = np.zeros(32769, dtype=np.int64)
    for zeros in range(10):  # leading zeros of the 15 bits of the distance from the end
        distance = np.arange(1 << (14 - zeros), 1 << (15 - zeros))
        inside = 32768 - distance
        values[inside] = _central(argument[inside], 4 - zeros) if zeros < 5 else _tail(distance, zeros)
    for near in range(1, 32):  # no polynomial this close to the end
        values[32768 - near] = round(-NormalDist().inv_cdf(near / 65536) * 32768)
    values[32768] = _OUTERMOST
    table = np.concatenate([values[:32768], -values[:0:-1]]).astype(np.int32)
    table.setflags(write=False)
    return table
