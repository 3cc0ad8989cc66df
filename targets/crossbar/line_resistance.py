"""Resistance of the lines of a crossbar whose inputs are voltages on its rows: exact, by one transfer matrix per tile.

Cells and wire segments are ohmic, so that the currents of the columns are linear in the voltages of the rows: ``I = V @ T``.
T is found once, when the array is programmed, and holds for every input (rows without input are driven to 0 V; the columns end in
virtual ground).  With ideal wires T is the matrix of conductances.

The circuit (as in badcrossbar, Joksas & Mehonic 2020, SoftwareX 12, 100617): a segment of resistance r_w in front of every cell
of a row, the first to the source; a segment r_b behind every cell of a column, the last to the virtual ground.  The method: with the
word line of row i eliminated (a tridiagonal matrix, whose inverse is M), what flows from its cells into the bit lines is

    G (w - b) = G M e_0 V / r_w - (G - G M G) b,

so that the voltages b_i of the bit lines at row i obey a block tridiagonal system of dense blocks, eliminated from the first
row to the last: m times the inverse of an n x n matrix, O(m n^3), and O(m n) memory for the answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from os import cpu_count

import numpy as np
from scipy.linalg import get_lapack_funcs
from threadpoolctl import threadpool_limits

from neurodeploy.network.arrays import FloatArray


def transfer_matrix(conductances: FloatArray, row_resistance: float, column_resistance: float) -> FloatArray:
    """Currents of the columns (A) for 1 V on each row alone, float64 ``(rows, columns)``.

    Args:
        conductances: of every cell, in S, ``(rows, columns)``, at least 0.
        row_resistance: of one segment of a word line, in ohm; 0 for ideal wires.
        column_resistance: of one segment of a bit line, in ohm; 0 for ideal wires.

    Raises:
        ValueError: a conductance or resistance is negative or not finite.
    """
    return transfer_matrices([conductances], row_resistance, column_resistance, threads=1)[0]


def transfer_matrices(
    tiles: Sequence[FloatArray], row_resistance: float, column_resistance: float, threads: int | None = None
) -> list[FloatArray]:
    """:func:`transfer_matrix` of many tiles on ``threads`` (all cores), the same bits on any number of them.

    BLAS has one thread in each: it is faster on such small matrices, and its sums have one order.
    """
    with threadpool_limits(1), ThreadPoolExecutor(threads or cpu_count()) as pool:
        return list(pool.map(lambda tile: _transfer_matrix(tile, row_resistance, column_resistance), tiles))


def _transfer_matrix(conductances: FloatArray, row_resistance: float, column_resistance: float) -> FloatArray:
    cells = np.ascontiguousarray(conductances, np.float64)
    if cells.ndim != 2 or not np.isfinite(cells).all() or (cells < 0).any():
        raise ValueError("conductances must be a matrix of finite numbers of at least 0")
    if not (0 <= row_resistance < np.inf and 0 <= column_resistance < np.inf):
        raise ValueError(f"line resistances must be finite and at least 0, not {row_resistance}, {column_resistance}")
    if 0 in cells.shape or (row_resistance == 0 and column_resistance == 0):
        return cells
    seen, into_columns = _eliminate_rows(cells, row_resistance)
    if column_resistance == 0:  # b = 0: what the cells let through
        return into_columns
    return _eliminate_columns(seen, into_columns, column_resistance)


def _eliminate_rows(cells: FloatArray, resistance: float) -> tuple[FloatArray, FloatArray]:
    """Per row what the bit lines see, ``G - G M G`` ``(rows, n, n)``, and the current of 1 V into them, ``(rows, n)``."""
    rows, n = cells.shape
    seen = np.zeros((rows, n, n))
    diagonal = np.arange(n)
    if resistance == 0:
        seen[:, diagonal, diagonal] = cells
        return seen, cells
    g = 1.0 / resistance
    # M is the inverse of a symmetric tridiagonal matrix with -g beside a diagonal of 2 g + G (g + G at the open end): with the
    # pivots from both ends, M[i, j] = product of g / pivot between them / (pivot_left + pivot_right - diagonal).
    middle = cells + np.where(diagonal < n - 1, 2 * g, g)
    left, right = middle.copy(), middle.copy()
    for j in range(1, n):
        left[:, j] -= g * g / left[:, j - 1]
        right[:, n - 1 - j] -= g * g / right[:, n - j]
    own = 1.0 / (left + right - middle)  # M's diagonal
    inverse = np.zeros((rows, n, n))
    inverse[:, diagonal, diagonal] = own
    for distance in range(1, n):
        first = diagonal[: n - distance]
        # M[i, j] = M[i + 1, j] g / left[i]: left pivots carry the response towards the source.
        inverse[:, first, first + distance] = inverse[:, first + 1, first + distance] * (g / left[:, first])
        inverse[:, first + distance, first] = inverse[:, first, first + distance]
    np.multiply(inverse, cells[:, :, None], out=inverse)
    into = inverse[:, :, 0] * g
    np.multiply(inverse, -cells[:, None, :], out=seen)
    seen[:, diagonal, diagonal] += cells
    return seen, into


def _eliminate_columns(seen: FloatArray, into: FloatArray, resistance: float) -> FloatArray:
    """Currents into the virtual grounds for 1 V on each row."""
    rows, n = into.shape
    g = 1.0 / resistance
    diagonal = np.arange(n)
    voltages = np.zeros((n, rows))  # of the bit lines at the present row, for each source so far
    inverse = np.zeros((n, n))
    for row in range(rows):
        block = seen[row] - g * g * inverse
        block[diagonal, diagonal] += g if row == 0 else 2 * g
        inverse = _inverse(block)
        voltages[:, row] = into[row] / g
        voltages[:, : row + 1] = g * (inverse @ voltages[:, : row + 1])
    return np.ascontiguousarray(g * voltages.T)


def _inverse(matrix: FloatArray) -> FloatArray:
    """Of a symmetric positive definite matrix, by Cholesky."""
    factorise, invert = get_lapack_funcs(("potrf", "potri"), (matrix,))
    factor, failed = factorise(matrix, lower=1, overwrite_a=1, clean=0)
    if failed:
        raise ValueError("the network of resistances is too badly conditioned for float64")
    inverse, _ = invert(factor, lower=1, overwrite_c=1)
    lower: FloatArray = np.tril(inverse)
    return lower + np.tril(lower, -1).T
