"""Uniform grids: codes, clipping, the optimal step by brute force, fixed point, codebooks along an axis."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from compressible import layered, projection
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from networks import into, two_layer

from neurodeploy import api
from neurodeploy.compression.quantization import quantize
from neurodeploy.compression.quantization.clipping import best_step, weighted_percentile
from neurodeploy.compression.quantization.uniform import Uniform
from neurodeploy.errors import NeurodeployError
from neurodeploy.network import LIF, Network, Weights, problems

CLIPPINGS = ["max", "percentile", "mean_square_error"]
values_of = hnp.arrays(np.float64, st.integers(1, 12), elements=st.floats(0.015625, 4, width=32))


def error_of(values: np.ndarray, importance: np.ndarray, step: float, largest: int) -> float:
    codes = np.minimum(np.floor(values / step + 0.5), largest)
    return float((importance * (values - step * codes) ** 2).sum())


@given(values_of, st.integers(1, 5), st.integers(0, 99))
@settings(max_examples=100, deadline=None)
def test_the_step_is_the_global_optimum(values: np.ndarray, largest: int, seed: int) -> None:
    """Against 20,000 steps tried one by one."""
    importance = np.random.default_rng(seed).random(len(values)) + 0.01
    found = best_step(values, importance, largest)
    steps = np.linspace(values.max() / largest / 50, values.max() * 1.1, 20000)
    codes = np.minimum(np.floor(values[:, None] / steps + 0.5), largest)
    tried = (importance[:, None] * (values[:, None] - steps * codes) ** 2).sum(axis=0)
    assert error_of(values, importance, found, largest) <= tried.min() * (1 + 1e-9) + 1e-15


def test_the_step_of_large_layers_is_near_the_optimum() -> None:
    values = abs(np.random.default_rng(0).normal(size=20000))
    for largest in (1, 3, 7, 127):
        found = error_of(values, np.ones(20000), best_step(values, np.ones(20000), largest), largest)
        steps = values.max() / largest * np.geomspace(0.05, 1.5, 1500)
        assert found <= min(error_of(values, np.ones(20000), step, largest) for step in steps) * (1 + 1e-4)


def test_known_optima_for_the_normal_distribution() -> None:
    """Optimal uniform quantizers of a Gaussian, Max 1960 table II: the error of 2^b levels; ours hold one at zero, so
    a grid of 15 levels lies between those of 8 and of 16."""
    values = np.random.default_rng(1).normal(size=200_000)
    network = into(LIF(), values.reshape(400, 500))
    errors = [
        quantize(network, Uniform(bits)).metadata["history"][-1]["weights"][0]["relative_rms_error"] ** 2
        for bits in (4, 3)
    ]
    assert 0.01154 < errors[0] < 0.03744 and 0.03744 < errors[1] < 0.1188


@given(
    hnp.arrays(np.float64, st.tuples(st.integers(1, 7), st.integers(1, 5)), elements=st.floats(-4, 4, width=32)),
    st.integers(2, 8), st.sampled_from(CLIPPINGS), st.sampled_from(["free", "power_of_two"]),
    st.sampled_from(["projection", "neuron"]), st.integers(0, 99),
)  # fmt: skip
@settings(max_examples=150, deadline=None)
def test_inside_the_range_codes_decode_within_half_a_step(
    values: np.ndarray, bits: int, clipping: Any, step: Any, per: Any, seed: int
) -> None:
    mask = np.random.default_rng(seed).random(values.shape) < 0.8
    mask[0, 0] = True
    network = into(LIF(), Weights(values=values, mask=mask))
    rule = Uniform(bits, clipping=clipping, percentile=80, step=step, per=per)
    quantized = quantize(network, rule)
    weights = quantized.projections[0].weights
    assert problems(quantized) == [] and weights.levels is not None and weights.codes is not None
    np.testing.assert_array_equal(weights.present(), mask)  # no synapse is made, none is lost
    assert not weights.codes[~mask].any() and not weights.decoded()[~mask].any()
    assert quantize(network, rule).digest() == quantized.digest()
    negative = (values[mask] < 0).any()
    assert weights.levels.shape[-1] == (2**bits - 1 if negative else 2**bits)
    books = np.broadcast_to(weights.levels, (values.shape[1], weights.levels.shape[-1]))
    for column, book in enumerate(books):
        assert book[0] == 0
        if per == "neuron" and not mask[:, column].any():
            assert not book.any()
            continue
        grid = abs(book[1])
        np.testing.assert_allclose(book, grid * np.round(book / grid), rtol=1e-12)
        if step == "power_of_two":
            assert np.log2(grid) == np.round(np.log2(grid))
        there = mask[:, column]
        before, after = values[there, column], weights.decoded()[there, column]
        inside = abs(before) <= book.max()
        assert np.all(abs(before - after)[inside] <= grid / 2 * (1 + 1e-9))
        assert np.all(abs(after[~inside]) == book.max()) and np.all(after * before >= 0)


def test_maximum_clips_nothing_and_percentiles_clip_their_share() -> None:
    values = np.random.default_rng(2).normal(size=(100, 50))
    entries = {
        clipping: quantize(into(LIF(), values), Uniform(8, clipping=clipping, percentile=99.0)).metadata["history"][-1]
        for clipping in ("max", "percentile")
    }
    assert entries["max"]["weights"][0]["clipped"] == 0
    assert entries["percentile"]["weights"][0]["clipped"] == pytest.approx(50, abs=15)


def test_weighted_percentile() -> None:
    values = np.arange(1.0, 101)
    assert weighted_percentile(values, np.ones(100), 90) == 90
    assert weighted_percentile(values[::-1], np.ones(100), 100) == 100
    assert weighted_percentile(np.array([1.0, 2, 3]), np.array([1.0, 1, 8]), 20) == 2
    assert weighted_percentile(np.array([1.0, 2, 3]), np.array([1.0, 1, 8]), 21) == 3


@pytest.mark.parametrize(("rms", "errors"), [("mean_square_error", []), ("max", []), ("percentile", [])])
def test_no_clipping_beats_the_mean_square_error(rms: Any, errors: list[float]) -> None:
    best = quantize(layered(), Uniform(3)).metadata["history"][-1]["weights"]
    other = quantize(layered(), Uniform(3, clipping=rms)).metadata["history"][-1]["weights"]
    for one, two in zip(best, other, strict=True):
        assert one["relative_rms_error"] <= two["relative_rms_error"] * (1 + 1e-6)


def test_conductances_have_an_unsigned_grid() -> None:
    network = quantize(two_layer(30, 6), Uniform(4, clipping="max"))
    levels = network.projections[0].weights.levels
    assert levels is not None and len(levels) == 16 and levels.min() == 0
    assert levels.max() == pytest.approx(two_layer(30, 6).projections[0].weights.decoded().max())
    with pytest.raises(NeurodeployError, match="conductances are >= 0"):
        quantize(two_layer(30, 6), Uniform(4, grid="signed"))
    with pytest.raises(NeurodeployError, match="ND204"):
        quantize(layered(), Uniform(4, grid="unsigned"))


def test_kernels_sparse_and_pooling() -> None:
    network = quantize(layered(), Uniform(4, per="neuron"))
    assert problems(network) == []
    books = {p.name: None if p.weights.levels is None else p.weights.levels.shape for p in network.projections}
    assert books == {
        "conv1": (4, 15), "pool": None, "conv2": (6, 15), "dense1": (12, 15), "shortcut": (15,), "dense2": (5, 15),
        "lateral": None,
    }  # fmt: skip
    assert projection(network, "conv1").weights.level_axis == 0
    float_network = layered()
    for channel in range(4):  # each channel as if it stood alone
        alone = into(LIF(), float_network.projection("conv1").weights.decoded()[channel].reshape(-1, 1))
        single = quantize(alone, Uniform(4)).projections[0].weights.decoded().ravel()
        np.testing.assert_allclose(network.projection("conv1").weights.decoded()[channel].ravel(), single, rtol=1e-12)


@pytest.mark.parametrize(("levels", "count"), [(2, None), (3, 3), (4, 3), (5, 5), (300, 299)])
def test_levels_include_zero(levels: int, count: int | None) -> None:
    network = into(LIF(), [[-1.0, 0.3], [0.7, 0.1]])
    if count is None:
        with pytest.raises(NeurodeployError, match="2 signed levels"):
            quantize(network, Uniform(levels=levels))
        return
    weights: Any = quantize(network, Uniform(levels=levels)).projections[0].weights
    assert weights.levels.shape == (count,) and weights.levels[0] == 0
    assert weights.codes.dtype == (np.uint8 if count <= 256 else np.uint16)


def test_bits_alone_mean_uniform() -> None:
    assert api.quantize(layered(), bits=4).digest() == quantize(layered(), Uniform(4)).digest()
    assert api.quantize(two_layer()).metadata["history"][-1]["rule"] == "weight_sharing"


def losses(network: Network) -> dict[str, Any]:
    result: dict[str, Any] = network.metadata["history"][-1]["weights"][0]
    return result


def test_losses_are_counted() -> None:
    found = losses(quantize(into(LIF(), [[0.0, 0.1, -0.1], [1.0, -1.0, 0.6]]), Uniform(2, clipping="max")))
    assert found["became_zero"] == 2 and found["clipped"] == 0 and found["levels"] == 3
    heavy = losses(quantize(into(LIF(), [[1.0] * 50 + [9.0]]), Uniform(2)))
    assert heavy["clipped"] == 1


@pytest.mark.parametrize(
    "options", [{"bits": 1}, {"bits": 17}, {"levels": 1}, {"percentile": 0.0}, {"percentile": 101.0}]
)
def test_refusals(options: Any) -> None:
    with pytest.raises(NeurodeployError, match="ND204"):
        Uniform(**options)


def test_zeros_stay_zeros() -> None:
    for clipping in CLIPPINGS:
        weights: Any = quantize(into(LIF(), np.zeros((3, 2))), Uniform(4, clipping=clipping)).projections[0].weights
        assert not weights.decoded().any() and np.isfinite(weights.levels).all()
