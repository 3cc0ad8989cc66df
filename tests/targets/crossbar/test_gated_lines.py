"""The ladder against Kirchhoff's laws at every node of both lines, closed forms, and badcrossbar's answers."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.linalg import spsolve

from neurodeploy.errors import NeurodeployError
from neurodeploy.targets.crossbar.gated_lines import gated_currents

FloatArray = NDArray[np.float64]


def whole_column(rungs: FloatArray, source: float, bit: float, voltage: float) -> float:
    """Current into the virtual ground: all 2 m nodes of source line and bit line, solved at once."""
    m = len(rungs)
    entries: list[tuple[int, int, float]] = []
    injected = np.zeros(2 * m)
    for row in range(m):
        for first, resistance in ((0, source), (m, bit)):
            entries.append((first + row, first + row, 1 / resistance))
            if row < m - 1:
                below = first + row + 1
                entries += [(below, below, 1 / resistance), (first + row, below, -1 / resistance)]
                entries.append((below, first + row, -1 / resistance))
        entries += [(row, row, rungs[row]), (m + row, m + row, rungs[row])]
        entries += [(row, m + row, -rungs[row]), (m + row, row, -rungs[row])]
    injected[m - 1] = voltage / source
    rows, columns, values = zip(*entries, strict=True)
    nodes = spsolve(sparse.csc_array((values, (rows, columns)), shape=(2 * m, 2 * m)), injected)
    return float(nodes[2 * m - 1] / bit)


@given(
    st.integers(1, 12), st.integers(1, 4), st.floats(0.01, 1e3), st.floats(0.01, 1e3), st.booleans(), st.integers(0, 999)
)  # fmt: skip
@settings(max_examples=60, deadline=None)
def test_equals_the_whole_circuit(m: int, n: int, source: float, bit: float, leaky: bool, seed: int) -> None:
    rng = np.random.default_rng(seed)
    cells = 10.0 ** rng.uniform(-7, -3.5, (m, n))
    idle = cells * 1e-3 if leaky else np.zeros((m, n))
    spikes = rng.random((3, m)) < 0.5
    found = gated_currents(spikes, cells, source + bit, voltage=0.3, idle=idle if leaky else None, threads=1)
    for vector, gates in enumerate(spikes):
        rungs = np.where(gates[:, None], cells, idle)
        expected = [whole_column(rungs[:, column], source, bit, 0.3) for column in range(n)]
        # The peer loses what a volt has of digits beside the drop of the last segment.
        np.testing.assert_allclose(found[vector], expected, rtol=1e-8, atol=1e-14 / bit)


def test_cells_of_a_column_share_the_segments_below_them() -> None:
    g, r = np.array([[2e-3], [1e-3]]), 100.0
    upper = 1 / (1 / 2e-3 + r)
    alone = [1 / (1 / 2e-3 + 2 * r), 1 / (1 / 1e-3 + r)]
    both = 1 / (1 / (upper + 1e-3) + r)
    found = gated_currents(np.array([[0, 0], [1, 0], [0, 1], [1, 1]]), g, r)[:, 0]
    np.testing.assert_allclose(found, [0, *alone, both], rtol=1e-14)
    assert both < 0.95 * sum(alone)  # not the sum of what each gives alone


BADCROSSBAR: dict[tuple[int, ...], list[float]] = {
    (1, 0, 1): [0.0014200298953662182, 0.0007293981257849482],
    (1, 1, 1): [0.0016002584088571036, 0.000824236075231095],
}


@pytest.mark.parametrize("gates", BADCROSSBAR)
def test_badcrossbars_currents(gates: tuple[int, ...]) -> None:
    """badcrossbar 1.1.0: compute(ones((3, 1)), r, r_i_word_line=0, r_i_bit_line=20), inf where a gate is off."""
    cells = 1 / np.array([[1e3, 2e3], [5e3, 1e4], [2e3, 4e3]])
    np.testing.assert_allclose(gated_currents(np.array([gates]), cells, 20.0)[0], BADCROSSBAR[gates], rtol=1e-12)


def test_ideal_lines_add_conductances_and_split_columns_add_currents() -> None:
    rng = np.random.default_rng(0)
    cells, spikes = rng.random((50, 9)) * 1e-4, rng.random((600, 50)) < 0.2
    np.testing.assert_allclose(gated_currents(spikes, cells, 0.0, voltage=2.0), 2 * spikes @ cells, rtol=1e-12)
    split = gated_currents(spikes, cells, 5.0, tile_rows=20, idle=cells / 100)
    parts = [
        gated_currents(spikes[:, p], cells[p], 5.0, idle=cells[p] / 100)
        for p in (slice(20), slice(20, 40), slice(40, 50))
    ]
    np.testing.assert_allclose(split, sum(parts), rtol=1e-13)
    np.testing.assert_array_equal(
        gated_currents(spikes, cells, 5.0, threads=1), gated_currents(spikes, cells, 5.0, threads=3)
    )


def test_idle_cells_of_no_conductance_are_no_rungs() -> None:
    rng = np.random.default_rng(1)
    cells, spikes = rng.random((40, 5)) * 1e-4, rng.random((30, 40)) < 0.3
    plain, explicit = (
        gated_currents(spikes, cells, 50.0),
        gated_currents(spikes, cells, 50.0, idle=np.zeros_like(cells)),
    )
    np.testing.assert_allclose(plain, explicit, rtol=1e-12)
    assert gated_currents(np.zeros((2, 0), bool), np.zeros((0, 3)), 1.0).tolist() == [[0.0] * 3] * 2


@pytest.mark.parametrize(
    ("arguments", "what"),
    [({"resistance": -1.0}, "resistance = -1.0"), ({"spikes": [[2, 0]]}, "0 or 1"), ({"spikes": [[1]]}, "shape of the spikes"),
     ({"tile_rows": 0}, "tile_rows = 0"), ({"idle": np.zeros((1, 1))}, "shape of idle"), ({"voltage": 0.0}, "voltage = 0.0"),
     ({"conductances": np.array([[-1.0]])}, "conductance of row 0")],
)  # fmt: skip
def test_what_no_array_has(arguments: dict[str, object], what: str) -> None:
    with pytest.raises(NeurodeployError, match="ND450: gated_currents") as caught:
        gated_currents(**{"spikes": np.ones((1, 2)), "conductances": np.ones((2, 1)), "resistance": 1.0, **arguments})
    assert what in str(caught.value)
