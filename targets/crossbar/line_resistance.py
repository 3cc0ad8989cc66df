"""Resistance of the lines of a crossbar whose inputs are voltages on its rows: exact, by one transfer matrix per tile.

Cells and wire segments are ohmic, so that the currents of the columns are linear in the voltages of the rows: ``I = V @ T``.
T is found once, when the array is programmed, and holds for every input (rows without input are driven to 0 V; the columns end in
virtual ground).  With ideal wires T is the matrix of conductances.

The circuit (as in badcrossbar, Joksas & Mehonic 2020, SoftwareX 12, 100617): a segment of resistance r_w in front of every cell
of a row, the first to the source; a segment r_b behind every cell of a column, the last to the virtual ground.  The method: with the
word line of row i eliminated (a tridiagonal matrix, whose inverse is M), what flows from its cells into the bit lines is

    G (w - b) = G M e_0 V / r_w - (G - G M G) b,

so that the voltages b_i of the bit lines at row i obey a block tridiagonal system of dense blocks, eliminated from the first
row to the last: m times the inverse of an n x n matrix, O(m n^3), and O(m n) memory.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from os import cpu_count

import numpy as np
from scipy.linalg import get_lapack_funcs
from threadpoolctl import threadpool_limits

from neurodeploy.kernels import kernel
from neurodeploy.network.arrays import FloatArray
from neurodeploy.targets.crossbar.parameters import checked_conductances, require, require_not_negative


def transfer_matrix(conductances: FloatArray, row_resistance: float, column_resistance: float) -> FloatArray:
    """Currents of the columns (A) for 1 V on each row alone, float64 ``(rows, columns)``.

    Args:
        conductances: of every cell, in S, ``(rows, columns)``, at least 0.
        row_resistance: of one segment of a word line, in ohm; 0 for ideal wires.
        column_resistance: of one segment of a bit line, in ohm; 0 for ideal wires.

    Raises:
        NeurodeployError: ND450, a conductance or resistance is negative or not finite, or the circuit is too badly conditioned.
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
    cells = checked_conductances("transfer_matrix", conductances)
    require_not_negative("transfer_matrix", row_resistance=row_resistance, column_resistance=column_resistance)
    if 0 in cells.shape or (row_resistance == 0 and column_resistance == 0):
        return cells
    rows, n = cells.shape
    pivots, into = np.zeros((2, rows, n)), cells.copy()  # of ideal word lines: M = 0
    if row_resistance > 0:
        eliminate_rows(cells, 1.0 / row_resistance, pivots, into)
    if column_resistance > 0:  # otherwise b = 0: what the cells let through
        into = _eliminate_columns(cells, pivots, into, column_resistance)
    _require_solvable(bool(np.isfinite(into).all()))
    return into


@kernel
def eliminate_rows(cells: FloatArray, g: float, pivots: FloatArray, into: FloatArray) -> None:
    """The word lines: what 1 V on each row drives into the bit lines (``into``, ``(rows, n)``), and of M (``pivots``) its diagonal
    and the factor from M[i + 1, j] to M[i, j], j > i.

    M is the inverse of a symmetric tridiagonal matrix with -g beside a diagonal of 2 g + G (g + G at the open end): with the pivots
    from both ends, M[i, j] = product of g / pivot between them / (pivot_left + pivot_right - diagonal).
    """
    rows, n = cells.shape
    right = np.empty(n)
    for row in range(rows):
        own, factor = pivots[0, row], pivots[1, row]
        for j in range(n - 1, -1, -1):
            right[j] = cells[row, j] + (2 * g if j < n - 1 else g)
            if j < n - 1:
                right[j] -= g * g / right[j + 1]
        left = 0.0
        first = 1.0  # M[0, j] = M[j, j] times the factors before j
        for j in range(n):
            middle = cells[row, j] + (2 * g if j < n - 1 else g)
            left = middle - g * g / left if j > 0 else middle
            own[j] = 1.0 / (left + right[j] - middle)
            factor[j] = g / left
            into[row, j] = own[j] * first * cells[row, j] * g
            first *= factor[j]


@kernel
def seen_by_columns(
    cells: FloatArray,
    own: FloatArray,
    factor: FloatArray,
    inverse: FloatArray,
    g: float,
    ends: float,
    block: FloatArray,
) -> None:
    """One row's block of the bit lines' system, its upper triangle: ``G - G M G - g^2 inverse``, and ``ends`` on the diagonal.

    ``own`` and ``factor`` describe M (:func:`eliminate_rows`), whose rows are made from the last up: left pivots carry the response
    towards the source. ``inverse``: of the block before.
    """
    n = len(cells)
    response = np.zeros(n)
    for i in range(n - 1, -1, -1):
        here = cells[i]
        for j in range(i + 1, n):
            response[j] *= factor[i]
            block[i, j] = response[j] * cells[j] * -here - g * g * inverse[i, j]
        response[i] = own[i]
        block[i, i] = own[i] * here * -here + here - g * g * inverse[i, i] + ends


@kernel
def mirror(matrix: FloatArray) -> None:
    """Its upper triangle into the lower."""
    for i in range(len(matrix)):
        for j in range(i):
            matrix[i, j] = matrix[j, i]


def _eliminate_columns(cells: FloatArray, pivots: FloatArray, into: FloatArray, resistance: float) -> FloatArray:
    """Currents into the virtual grounds for 1 V on each row."""
    rows, n = cells.shape
    g = 1.0 / resistance
    voltages = np.zeros((n, rows))  # of the bit lines at the present row, for each source so far
    block, inverse = np.empty((n, n)), np.zeros((n, n))
    for row in range(rows):
        seen_by_columns(cells[row], pivots[0, row], pivots[1, row], inverse, g, g if row == 0 else 2 * g, block)
        inverse = _inverse(block)
        voltages[:, row] = into[row] / g
        voltages[:, : row + 1] = g * (inverse @ voltages[:, : row + 1])
    return np.ascontiguousarray(g * voltages.T)


def _inverse(matrix: FloatArray) -> FloatArray:
    """Of a symmetric positive definite matrix, of which the upper triangle is given, in its place: by Cholesky."""
    factorise, invert = get_lapack_funcs(("potrf", "potri"), (matrix,))
    factor, failed = factorise(matrix.T, lower=1, overwrite_a=1, clean=0)  # no copy: to LAPACK the columns are rows
    _require_solvable(not failed)
    inverse: FloatArray = invert(factor, lower=1, overwrite_c=1)[0].T
    mirror(inverse)
    return inverse


def _require_solvable(holds: bool) -> None:
    what = "conductances and line resistances"
    require(holds, "transfer_matrix", what, "of too wide a range", "such that float64 can solve them")
