"""The conductances of a cell: grids, nearest states against a search through all, and cells that do not exist."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neurodeploy.errors import NeurodeployError
from neurodeploy.targets.crossbar.cells import CellStates


def test_grids() -> None:
    assert CellStates(1e-6, 4e-6).grid() is None
    np.testing.assert_allclose(CellStates(1e-6, 4e-6, 4).grid(), [1e-6, 2e-6, 3e-6, 4e-6], rtol=1e-15)
    given_states = CellStates(1e-6, 9e-6, states=(1e-6, 2e-6, 9e-6))
    assert given_states.levels == 3 and given_states.grid().tolist() == [1e-6, 2e-6, 9e-6]
    np.testing.assert_array_equal(CellStates(1.0, 2.0).nearest(np.array([0.5, 1.25, 3.0])), [1.0, 1.25, 2.0])


@given(st.lists(st.floats(0, 1), min_size=2, max_size=8, unique=True), st.lists(st.floats(-1, 2), max_size=20))
def test_the_nearest_state(states: list[float], wanted: list[float]) -> None:
    states = sorted(states)
    cells = CellStates(states[0], states[-1], states=tuple(states))
    for found, target in zip(cells.nearest(np.array(wanted)), wanted, strict=True):
        assert abs(found - target) <= min(abs(state - target) for state in states) + 1e-15


@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        ((2e-6, 1e-6), "g_min < g_max"), ((-1.0, 1.0), "g_min < g_max"), ((0.0, np.inf), "g_min < g_max"), ((0, 1, 1), "1 levels"),
        ((0.0, 1.0, 3, (0.0, 1.0)), "one of the two"), ((0.0, 1.0, None, (0.0, 0.5)), "ascending"),
        ((0.0, 1.0, None, (0.0, 0.5, 0.5, 1.0)), "ascending"), ((0.0, np.nan), "g_min < g_max"),
    ],
)  # fmt: skip
def test_cells_that_do_not_exist(arguments: Any, what: str) -> None:
    with pytest.raises(NeurodeployError, match=what) as raised:
        CellStates(*arguments)
    assert raised.value.code == "ND431"
