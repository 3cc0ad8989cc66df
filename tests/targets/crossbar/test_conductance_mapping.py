"""Weights on conductances and back: exactly for levels, to rounding for analogue cells; what leaks, and what cannot be held."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neurodeploy.compression.quantization.device_states import DeviceStates
from neurodeploy.errors import NeurodeployError
from neurodeploy.network import Weights
from neurodeploy.targets.crossbar.cells import CellStates
from neurodeploy.targets.crossbar.conductance_mapping import COLUMNS_PER_OUTPUT, Scheme, map_weights

SCHEMES: tuple[Scheme, ...] = ("pair", "reference", "single")
MICRO = 1e-6


def quantized(seed: int, levels: int, signed: bool, per_output: bool, shape: tuple[int, int] = (13, 5)) -> Weights:
    """Codes into a codebook of random levels, 0 among them, with a mask."""
    rng = np.random.default_rng(seed)
    book = rng.uniform(-1 if signed else 0, 1, (shape[1] if per_output else 1, levels))
    book[:, rng.integers(levels)] = 0
    return Weights(
        codes=rng.integers(0, levels, shape).astype(np.uint8), levels=book if per_output else book[0],
        mask=rng.random(shape) < 0.7,
    )  # fmt: skip


@given(st.integers(0, 9999), st.integers(2, 20), st.sampled_from(SCHEMES), st.booleans(), st.booleans())
@settings(max_examples=150, deadline=None)
def test_the_networks_own_levels_come_back_exactly(
    seed: int, n: int, scheme: Scheme, per_output: bool, few: bool
) -> None:
    weights = quantized(seed, n, scheme != "single", per_output)
    cells = CellStates(5 * MICRO, 40 * MICRO, n if few else None)
    mapped = map_weights(weights, cells, scheme)
    np.testing.assert_array_equal(mapped.decoded(), weights.decoded())
    assert mapped.largest_error < 1e-12 and cells.g_min <= mapped.conductances.min()
    assert mapped.conductances.max() <= cells.g_max and mapped.conductances.shape == (
        13,
        5 * COLUMNS_PER_OUTPUT[scheme],
    )
    absent = ~weights.present()
    columns = mapped.conductances.reshape(13, 5, -1)
    assert (columns[absent] == mapped.g_zero).all()
    # What write-verify leaves behind does not matter below half the distance of two levels.
    assert mapped.placed is not None
    nearest = np.diff(mapped.placed, axis=1)
    error = 0.2 * nearest[nearest > 0].min(initial=1.0) / mapped.scale
    wrong = mapped.conductances + np.random.default_rng(seed).uniform(-error, error, mapped.conductances.shape)
    np.testing.assert_array_equal(mapped.decoded(wrong), weights.decoded())


@given(st.integers(0, 9999), st.sampled_from(SCHEMES), st.sampled_from([2, 3, 4, 16, None]))
@settings(max_examples=100, deadline=None)
def test_float_weights_take_the_nearest_level(seed: int, scheme: Scheme, levels: int | None) -> None:
    rng = np.random.default_rng(seed)
    values = rng.normal(size=(9, 4)) if scheme != "single" else rng.random((9, 4))
    cells = CellStates(1 * MICRO, 30 * MICRO, levels)
    if scheme == "reference" and levels == 2:
        with pytest.raises(NeurodeployError, match="3 levels or more"):
            map_weights(Weights(values=values), cells, scheme)
        return
    mapped = map_weights(Weights(values=values), cells, scheme)
    step = 0 if levels is None else cells.span / (levels - 1) * mapped.scale
    assert abs(mapped.weights() - values).max() == mapped.largest_error <= step / 2 + 1e-12
    if levels is not None:
        assert len(np.unique(mapped.conductances)) <= levels
    assert abs(mapped.decoded() - mapped.weights()).max() == 0


def test_a_pair_by_hand() -> None:
    mapped = map_weights(Weights(values=np.array([[2.0, -1.0], [0.0, 0.5]])), CellStates(10 * MICRO, 50 * MICRO))
    np.testing.assert_allclose(mapped.conductances / MICRO, [[50, 10, 10, 30], [10, 10, 20, 10]], rtol=1e-14)
    assert mapped.scale == pytest.approx(2 / 40e-6)
    leak = mapped.leak()  # five cells of 10 of 150 µS in all, and the differences know nothing of it
    assert tuple(leak) == pytest.approx((5, 50 * MICRO, 50 / 150, 0.0))


def test_what_does_not_cancel_in_a_single_array() -> None:
    weights = np.array([[1.0, 0.0], [0.0, 0.25], [0.5, 1.0]])
    mapped = map_weights(Weights(values=weights), CellStates(10 * MICRO, 50 * MICRO), "single")
    spikes = np.array([1, 0, 1])
    leaked = mapped.leak().weight_per_spike * spikes.sum()
    np.testing.assert_allclose(mapped.scale * (spikes @ mapped.conductances), spikes @ weights + leaked, rtol=1e-13)
    assert mapped.leak().cells == 2 and mapped.reference is None


def test_a_reference_column_takes_the_whole_range() -> None:
    weights = np.array([[3.0, -1.0], [0.0, 1.0]])
    mapped = map_weights(Weights(values=weights), CellStates(10 * MICRO, 50 * MICRO), "reference")
    assert mapped.reference is not None
    np.testing.assert_allclose(mapped.reference, [20 * MICRO] * 2)
    np.testing.assert_allclose(mapped.scale * (mapped.conductances - mapped.reference[:, None]), weights, atol=1e-12)
    assert tuple(mapped.leak())[1:] == pytest.approx((60 * MICRO, 60 / 150, 0.0))


def test_device_states_of_the_quantizer_are_exact_on_the_device() -> None:
    """Levels that the quantizer took from a device's states (in proportion to them) lie on them."""
    states = (0.0, 1 * MICRO, 2.5 * MICRO, 7 * MICRO)
    values = np.random.default_rng(3).normal(size=(20, 6))
    codes, levels = DeviceStates("0,1,2.5,7").share(values, np.ones(values.shape, bool))
    weights = Weights(codes=codes, levels=levels)
    mapped = map_weights(weights, CellStates(0.0, 7 * MICRO, states=states))
    assert mapped.largest_error < 1e-12 and set(np.unique(mapped.conductances)) <= set(states)
    np.testing.assert_array_equal(mapped.decoded(), weights.decoded())


def test_states_elsewhere_are_decoded_by_where_the_levels_went() -> None:
    """0.31 goes to the state 0.6, which is nearer to the level 0.71, that went to 0.8."""
    weights = Weights(codes=np.array([[0, 1], [2, 3]]), levels=np.array([0.0, 0.31, 0.71, 1.0]))
    mapped = map_weights(weights, CellStates(0.0, 1.0, states=(0.0, 0.6, 0.8, 1.0)), "single")
    np.testing.assert_array_equal(mapped.conductances, [[0, 0.6], [0.8, 1]])
    np.testing.assert_array_equal(mapped.decoded(), weights.decoded())
    assert mapped.largest_error == pytest.approx(0.29)


def test_a_given_scale_leaves_room() -> None:
    mapped = map_weights(Weights(values=np.array([[1.0]])), CellStates(0.0, 1.0), scale=4.0)
    assert mapped.conductances.tolist() == [[0.25, 0.0]] and mapped.decoded() == 1.0
    silent = map_weights(Weights(values=np.zeros((3, 2))), CellStates(0.5, 1.0))
    assert (silent.conductances == 0.5).all() and silent.leak().share == 1


@pytest.mark.parametrize(
    ("weights", "cells", "options", "what"),
    [
        ({"values": [[1.0, -1.0]]}, (0.0, 1.0), {"scheme": "single"}, "single cell"),
        ({"values": [1.0]}, (0.0, 1.0), {}, "shape"),
        ({"values": [[np.nan]]}, (0.0, 1.0), {}, "finite"),
        ({"values": [[1.0]]}, (0.0, 1.0), {"scale": 0.5}, "Use at least 1"),
        ({"codes": [[0, 1]], "levels": [0.0, 0.5, 1.0, -1.0]}, (0.0, 1.0, 2), {}, "3 levels of one sign"),
        ({"codes": [[0, 1]], "levels": [0.0, 0.5, -1.0]}, (0.0, 1.0, 2), {"scheme": "reference"}, "3 levels"),
        ({"codes": [[0, 1]], "levels": [0.5, 1.0]}, (0.0, 1.0, 2), {"scheme": "single"}, "3 levels"),
        ({"codes": [[0, 1]], "levels": [0.0, 0.9, 1.0]}, (0.0, 1.0, None, (0.0, 0.5, 1.0)), {}, "0.9 and 1 apart"),
        ({"codes": [[0, 1]], "levels": [[0.0, 1.0]], "level_axis": 0}, (0.0, 1.0), {}, "per row"),
    ],
)  # fmt: skip
def test_what_an_array_cannot_hold(weights: dict[str, Any], cells: Any, options: dict[str, Any], what: str) -> None:
    stored = Weights(**{name: np.array(value) if name != "level_axis" else value for name, value in weights.items()})
    with pytest.raises(NeurodeployError, match=what) as raised:
        map_weights(stored, CellStates(*cells), **options)
    assert raised.value.code == "ND430"
