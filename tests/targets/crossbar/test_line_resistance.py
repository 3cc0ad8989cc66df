"""Transfer matrices against the whole circuit solved at once, closed forms, and badcrossbar's answers."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.linalg import splu

from neurodeploy.errors import NeurodeployError
from neurodeploy.targets.crossbar.line_resistance import transfer_matrices, transfer_matrix

FloatArray = NDArray[np.float64]


def whole_circuit(cells: FloatArray, row_resistance: float, column_resistance: float) -> FloatArray:
    """Kirchhoff's laws at all 2 m n nodes, solved by sparse LU for 1 V on each row."""
    m, n = cells.shape
    word = np.arange(m * n).reshape(m, n)
    bit = word + m * n
    entries: list[tuple[int, int, float]] = []

    def resistor(one: int, other: int | None, g: float) -> None:
        entries.append((one, one, g))
        if other is not None:
            entries.extend([(other, other, g), (one, other, -g), (other, one, -g)])

    sources = np.zeros((2 * m * n, m))
    for i in range(m):
        for j in range(n):
            resistor(word[i, j], bit[i, j], cells[i, j])
            resistor(word[i, j], word[i, j - 1] if j else None, 1 / row_resistance)
            resistor(bit[i, j], bit[i + 1, j] if i < m - 1 else None, 1 / column_resistance)
        sources[word[i, 0], i] = 1 / row_resistance
    rows, columns, values = zip(*entries, strict=True)
    nodes = splu(sparse.csc_array((values, (rows, columns)), shape=(2 * m * n, 2 * m * n))).solve(sources)
    answer: FloatArray = nodes[bit[m - 1]].T / column_resistance
    return answer


BADCROSSBAR = [0.0010415313626153113, 0.0005291201562388566]


@given(st.integers(1, 9), st.integers(1, 9), st.floats(0.01, 1e3), st.floats(0.01, 1e3), st.integers(0, 999))
@settings(max_examples=60, deadline=None)
def test_equals_the_whole_circuit(m: int, n: int, row_resistance: float, column_resistance: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    cells = 10.0 ** rng.uniform(-7, -3.5, (m, n)) * (rng.random((m, n)) < 0.8)  # some are open
    expected = whole_circuit(cells, row_resistance, column_resistance)
    found = transfer_matrix(cells, row_resistance, column_resistance)
    np.testing.assert_allclose(found, expected, rtol=1e-8, atol=1e-12 * max(float(cells.max()), 1e-12))


def test_one_cell_is_three_resistors_in_series() -> None:
    assert transfer_matrix(np.array([[1e-3]]), 7.0, 13.0)[0, 0] == pytest.approx(1 / (1000 + 7 + 13), rel=1e-14)


def test_a_ladder_of_one_row_is_a_voltage_divider() -> None:
    """Two cells on a row with ideal columns: the second sees what is left behind the first segment."""
    g, r = np.array([[2e-3, 1e-3]]), 100.0
    second = 1 / (1 / g[0, 1] + r)  # cell and segment in series
    v0 = (1 / r) / (1 / r + g[0, 0] + second)
    expected = [v0 * g[0, 0], v0 * second]
    np.testing.assert_allclose(transfer_matrix(g, r, 0.0)[0], expected, rtol=1e-14)
    # A column of the two cells, both rows at 1 V: what the second node passes on comes from both.
    behind_first = 1 / (1 / g[0, 0] + r)
    v1 = (behind_first + g[0, 1]) / (behind_first + g[0, 1] + 1 / r)
    assert transfer_matrix(g.T, 0.0, r).sum() == pytest.approx(v1 / r, rel=1e-14)


def test_ideal_wires_leave_the_conductances() -> None:
    cells = np.random.default_rng(0).random((5, 3)) * 1e-4
    np.testing.assert_array_equal(transfer_matrix(cells, 0.0, 0.0), cells)
    np.testing.assert_allclose(transfer_matrix(cells, 1e-9, 1e-9), cells, rtol=1e-9)
    assert transfer_matrix(np.zeros((4, 4)), 1.0, 1.0).max() == 0


def test_ideal_lines_one_way_are_the_limit() -> None:
    cells = 10.0 ** np.random.default_rng(2).uniform(-7, -3.5, (20, 30))
    for one, limit in (((0.0, 50.0), (1e-7, 50.0)), ((50.0, 0.0), (50.0, 1e-7))):
        np.testing.assert_allclose(transfer_matrix(cells, *one), transfer_matrix(cells, *limit), rtol=1e-6)


def test_badcrossbars_currents() -> None:
    """badcrossbar 1.1.0: compute([[1], [0.5]], [[1e3, 2e3], [5e3, 1e4]], r_i_word_line=10, r_i_bit_line=20).currents.output."""
    cells = 1 / np.array([[1e3, 2e3], [5e3, 1e4]])
    currents = np.array([1.0, 0.5]) @ transfer_matrix(cells, 10.0, 20.0)
    np.testing.assert_allclose(currents, BADCROSSBAR, rtol=1e-12)


def test_tiles_are_the_same_on_any_number_of_threads() -> None:
    rng = np.random.default_rng(1)
    tiles = [rng.random((m, n)) * 1e-4 for m, n in ((16, 16), (7, 30), (30, 7), (1, 1))]
    one, two = (transfer_matrices(tiles, 1.0, 2.0, threads) for threads in (1, 2))
    for tile, a, b in zip(tiles, one, two, strict=True):
        np.testing.assert_array_equal(a, b)
        np.testing.assert_array_equal(a, transfer_matrix(tile, 1.0, 2.0))


@pytest.mark.parametrize(
    ("cells", "resistance", "what"),
    [([[-1.0]], 1.0, "at least 0"), ([[np.nan]], 1.0, "finite"), ([1.0], 1.0, "shape"), ([[1.0]], -1.0, "row_resistance = -1"),
     ([[1.0]], np.inf, "row_resistance = inf")],
)  # fmt: skip
def test_what_no_circuit_has(cells: list[list[float]], resistance: float, what: str) -> None:
    with pytest.raises(NeurodeployError, match="ND450: transfer_matrix") as caught:
        transfer_matrix(np.array(cells), resistance, 1.0)
    assert what in str(caught.value)


def test_what_float64_cannot_solve() -> None:
    with pytest.raises(NeurodeployError, match="ND450.*of too wide a range"):
        transfer_matrix(np.ones((3, 3)), 1e300, 1e-300)
