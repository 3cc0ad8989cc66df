"""Weights on the levels of cells."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from crossbar_programs import assumed, compiled, device_with
from hypothesis import given, settings
from hypothesis import strategies as st
from networks import into

from neurodeploy.compiler import Context
from neurodeploy.errors import NeurodeployError
from neurodeploy.network import IF, Network, Weights
from neurodeploy.targets.crossbar.cells import CellStates
from neurodeploy.targets.crossbar.conductance_mapping import map_weights
from neurodeploy.targets.crossbar.round_to_levels import RoundToLevels
from neurodeploy.targets.crossbar.weight_matrix import scheme_of


def rounded(weights: Any, cells: CellStates, scheme: Any = None, lost: float = 1.0) -> tuple[Weights, list[str]]:
    network, context = into(IF(), weights), Context()
    return RoundToLevels(cells, scheme, lost)(network, context).projection("synapses").weights, context.notes


def test_analogue_cells_and_codes_are_left_alone() -> None:
    network = into(IF(), np.ones((2, 2)))
    assert RoundToLevels(CellStates(1e-6, 40e-6), None, 0.0)(network, Context()) is network
    codes = Weights(codes=np.array([[0, 1]], np.uint8), levels=np.array([0.0, 0.3]))
    coded = into(IF(), codes)
    assert (
        RoundToLevels(CellStates(1e-6, 40e-6, 4), None, 0.0)(coded, Context()).projection("synapses").weights is codes
    )


def test_nearest_of_levels_at_equal_distances() -> None:
    """Levels of one sign up to the largest weight: steps of 0.25; of both signs 5 are met."""
    weights, notes = rounded([[1.0, -0.62, 0.12], [0.13, -0.3, 0.0]], CellStates(1e-6, 40e-6, 5))
    np.testing.assert_allclose(weights.decoded(), [[1, -0.5, 0], [0.25, -0.25, 0]], rtol=1e-12)
    assert notes == [
        "'synapses': weights rounded to 5 levels; largest error 0.12, 1 weights became 0 (5.5 % of the summed |weight|)"
    ]


def test_codebooks_of_each_output_share_the_cells_conductances() -> None:
    """Two levels for each of three neurons are four conductances: cells with four hold them, cells with three are rounded to their grid."""
    books = np.array([[0.0, 0.9], [0.0, 0.5], [0.0, 0.4]])
    own = Weights(codes=np.array([[1, 1, 1], [0, 1, 0]], np.uint8), levels=books)
    assert rounded(own, CellStates(1e-6, 40e-6, 4))[0] is own
    weights, notes = rounded(own, CellStates(1e-6, 40e-6, 3))
    np.testing.assert_allclose(weights.decoded(), [[0.9, 0.45, 0.45], [0, 0.45, 0]], rtol=1e-12)
    assert "(from 3 codebooks) rounded to 3 levels" in notes[0]


def test_absent_synapses_stay_absent() -> None:
    mask = np.array([[True, False], [True, True]])
    weights, _ = rounded(Weights(values=np.array([[0.9, 0.0], [0.4, 0.0]]), mask=mask), CellStates(0.0, 1e-6, 4))
    assert weights.mask is not None and (weights.present() == mask).all()


def test_weights_lost_beyond_the_share_are_refused() -> None:
    cells, values = CellStates(1e-6, 40e-6, 2), [[1.0, 0.4, 0.4, 0.2]]
    assert (rounded(values, cells, lost=0.5)[0].decoded() == [[1, 0, 0, 0]]).all()
    with pytest.raises(NeurodeployError, match=r"'synapses': 2 levels round 50\.0 %.*49\.9 % allowed") as error:
        rounded(values, cells, lost=0.499)
    assert error.value.code == "ND433" and "--lost-weights" in error.value.hint


@given(st.integers(0, 999), st.integers(2, 9), st.sampled_from(["pair", "reference", "single"]), st.booleans())
@settings(max_examples=60, deadline=None)
def test_what_was_rounded_always_fits(seed: int, levels: int, scheme: Any, fixed: bool) -> None:
    """The codes that come out lie on the cells as they are: no second rounding, none refused, nearest of all."""
    rng = np.random.default_rng(seed)
    values = rng.normal(size=(6, 5)) if scheme == "pair" else np.abs(rng.normal(size=(6, 5)))
    inner = np.sort(rng.uniform(1.5, 39, levels - 2))
    states = (1e-6, *(1e-6 * inner).tolist(), 40e-6) if fixed else ()
    cells = CellStates(1e-6, 40e-6, None if fixed else levels, states)
    weights, _ = rounded(values, cells, scheme)
    mapped = map_weights(weights, cells, scheme_of(weights, scheme))
    np.testing.assert_allclose(mapped.weights(), weights.decoded(), rtol=1e-9, atol=1e-12)
    error = np.abs(weights.decoded() - values)
    assert weights.levels is not None
    np.testing.assert_allclose(error, np.abs(values[..., None] - weights.levels).min(axis=2), rtol=1e-9, atol=1e-12)


@given(st.integers(0, 999), st.integers(3, 9))
@settings(max_examples=40, deadline=None)
def test_signed_weights_beside_a_reference_column_fit(seed: int, levels: int) -> None:
    values = np.random.default_rng(seed).normal(size=(6, 5))
    cells = CellStates(1e-6, 40e-6, levels)
    try:
        weights, _ = rounded(values, cells, "reference")
    except NeurodeployError as error:  # few levels leave one sign none
        if error.code != "ND430":
            raise
        return
    mapped = map_weights(weights, cells, "reference")
    assert weights.levels is not None and len(weights.levels) <= levels
    np.testing.assert_allclose(mapped.decoded(), weights.decoded(), rtol=1e-9, atol=1e-12)


def network() -> Network:
    return into(IF(), np.random.default_rng(0).normal(size=(10, 4)))


def test_levels_of_a_device_with_states(tmp_path: Any) -> None:
    file = device_with(tmp_path / "d.toml", states=assumed("[1e-6, 10e-6, 25e-6, 40e-6]"))
    program = compiled(network(), device=str(file), lost_weights=1.0)
    assert set(np.unique(program.mapping.arrays[0].mapped.conductances)) <= {1e-6, 10e-6, 25e-6, 40e-6}
    with pytest.raises(NeurodeployError, match="3 levels") as error:
        compiled(network(), device=str(file), levels=3)
    assert error.value.code == "ND431"


def test_a_network_with_more_levels_than_cells_is_refused() -> None:
    levels = np.linspace(-1, 1, 9)
    codes = Weights(codes=np.arange(40).reshape(10, 4).astype(np.uint8) % 9, levels=levels)
    assert compiled(into(IF(), codes), levels=5).mapping.lowered.projection("synapses").weights.codes is not None
    with pytest.raises(NeurodeployError, match="Projection 'synapses': .*5 levels of one sign, 0 among them") as error:
        compiled(into(IF(), codes), levels=4)
    assert error.value.code == "ND430"
