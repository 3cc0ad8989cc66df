"""Pruning by segments of tiles: which synapses stay, how many tiles they take, and what cannot be pruned so."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from command_line import call
from compressible import layered
from hypothesis import given, settings
from hypothesis import strategies as st
from networks import into, two_layer

from neurodeploy.compression.pruning import prune
from neurodeploy.compression.pruning.magnitude import Magnitude
from neurodeploy.compression.pruning.tiles import Tiles
from neurodeploy.errors import NeurodeployError
from neurodeploy.network import LIF, Dense, OneToOne, Projection, Weights, load_network, problems, save_network
from neurodeploy.targets.crossbar.packing import pack
from neurodeploy.targets.crossbar.tiling import TileShape


def dense(weights: Any, mask: Any = None) -> Projection:
    return Projection("p", "a", "b", Dense(), Weights(values=np.asarray(weights, float), mask=mask), 0)


@given(
    st.integers(1, 30), st.integers(1, 25), st.integers(1, 12), st.integers(2, 12), st.floats(0, 0.95),
    st.booleans(), st.booleans(), st.integers(0, 999),
)  # fmt: skip
@settings(max_examples=100, deadline=None)
def test_whole_segments_within_the_sparsity(
    rows: int, columns: int, tile_rows: int, tile_columns: int, sparsity: float, signed: bool, masked: bool, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    weights = rng.normal(size=(rows, columns)) if signed else rng.random((rows, columns)) + 0.1
    present = rng.random(weights.shape) < 0.8 if masked else np.ones(weights.shape, bool)
    rule = Tiles(sparsity, "l1", tile_rows, tile_columns)
    kept = rule.keep_projection(dense(weights, present))
    budget = round((1 - sparsity) * weights.size)
    assert not (kept & ~present).any() and kept.sum() <= max(budget, 0)
    if present.sum() <= budget:
        np.testing.assert_array_equal(kept, present)
        return
    # At most as many different columns (of what is present) as there are groups, and a segment fewer than the budget.
    per = 2 if (weights[present] < 0).any() else 1
    capacity = tile_columns // per
    groups = -(-columns // capacity)
    if not masked:
        assert len(np.unique(kept, axis=1).T) <= groups
        assert budget - kept.sum() < capacity


def test_one_group_keeps_the_largest_rows() -> None:
    weights = np.random.default_rng(0).normal(size=(40, 6))
    kept = Tiles(0.75, "l2", 128, 128).keep_projection(dense(weights))
    norms = (weights**2).sum(axis=1)
    assert kept.all(axis=1).sum() == 10 and norms[kept[:, 0]].min() > norms[~kept[:, 0]].max()


def test_similar_columns_come_together() -> None:
    """Two kinds of columns, mixed: each keeps its own rows, and all that mattered stays."""
    rng = np.random.default_rng(1)
    kind = rng.permutation(np.arange(20) % 2)
    strong = np.where(kind == (np.arange(40) >= 20)[:, None], 1.0, 0.01)
    kept = Tiles(0.5, "l1", 20, 10).keep_projection(dense(strong * (1 + 0.1 * rng.random((40, 20)))))
    np.testing.assert_array_equal(kept, strong == 1.0)


def test_groups_hold_as_much_as_the_best_of_all() -> None:
    """Six columns in two groups of three: every split, with the best rows of each, holds no more (to a percent)."""
    shares = []
    for seed in range(10):
        weights = np.random.default_rng(seed).random((12, 6)) ** 3
        kept = Tiles(0.5, "l1", 6, 3).keep_projection(dense(weights))
        values = []
        for group in combinations(range(6), 3):
            halves = (list(group), [j for j in range(6) if j not in group])
            values.append(sum(np.sort(weights[:, half].sum(axis=1))[-6:].sum() for half in halves))
        assert kept.sum() == 36 and weights[kept].sum() <= max(values) + 1e-9
        shares.append(weights[kept].sum() / max(values))
    assert min(shares) > 0.95 and np.mean(shares) > 0.99


@pytest.mark.parametrize(("tile", "tiles"), [((128, 128), 1), ((64, 64), 3), ((32, 32), 10), ((128, 16), 7)])
def test_tiles_of_784_by_100_at_a_tenth(tile: tuple[int, int], tiles: int) -> None:
    """Magnitude pruning leaves nearly all of 7, 26, 100 and 49 tiles; whole segments as many as their groups need."""
    weights = np.random.default_rng(0).random((784, 100))
    kept = Tiles(0.9, "l1", *tile).keep_projection(dense(weights))
    found = pack(kept, TileShape(*tile), rounds=40)
    assert kept.any(axis=0).all() and 7700 <= kept.sum() <= 7840
    assert found.tiles == tiles
    if tile == (64, 64):
        magnitude = Magnitude(0.9).keep(weights, np.ones(weights.shape, bool))
        assert pack(magnitude, TileShape(*tile), rounds=40).tiles >= 24


@pytest.mark.parametrize("sparsity", [0.5, 0.8])
def test_every_kind_of_layer(sparsity: float) -> None:
    before = layered()
    pruned = prune(before, Tiles(sparsity, "l1", 4, 8))
    assert problems(pruned) == []
    for name in ("conv1", "conv2", "dense1", "shortcut", "dense2"):
        stored, was = pruned.projection(name).weights, before.projection(name).weights
        there = stored.present()
        assert 0 < there.sum() <= round((1 - sparsity) * there.size)
        np.testing.assert_array_equal(stored.decoded()[there], was.decoded()[there])
    kernels = pruned.projection("conv2").weights.present()
    assert len(np.unique(kernels.reshape(len(kernels), -1), axis=0)) <= -(-len(kernels) // 4)  # pairs


def test_at_the_command_line(tmp_path: Path) -> None:
    save_network(two_layer(), tmp_path / "net.h5")
    call("prune", tmp_path / "net.h5", "--rule", "tiles", "--to-sparsity", "0.5", "--tile-rows", "4", "--tile-columns", "8", "-o",
         tmp_path / "small.h5")  # fmt: skip
    small = load_network(tmp_path / "small.h5")
    step = small.metadata["history"][-1]
    assert step["rule"] == "tiles" and step["options"]["tile_columns"] == 8
    assert any(entry["after"] < entry["before"] for entry in step["synapses"])


@pytest.mark.parametrize(
    ("options", "what"),
    [({"tile_rows": 0}, "sizes of 1"), ({"tile_columns": 0}, "sizes of 1"), ({"columns_per_output": 3, "tile_columns": 2}, "cannot hold 3"),
     ({"to_sparsity": 1.0}, "target sparsity"), ({"columns_per_output": -1}, "sizes of 1")],
)  # fmt: skip
def test_options_that_make_no_sense(options: dict[str, Any], what: str) -> None:
    with pytest.raises(NeurodeployError, match=what) as raised:
        Tiles(**options)
    assert raised.value.code == "ND204"


def test_what_has_no_segments() -> None:
    with pytest.raises(NeurodeployError, match="cannot hold a pair"):
        Tiles(0.5, tile_columns=1).keep_projection(dense([[1.0, -1.0], [1.0, 1.0]]))
    network = into(LIF(), [[1.0], [2.0]])
    one_to_one = Projection("own", "a", "b", OneToOne(), Weights(values=np.ones(3)), 0)
    with pytest.raises(NeurodeployError, match="no matrix"):
        Tiles().keep_projection(one_to_one)
    with pytest.raises(NeurodeployError) as raised:
        prune(network, Tiles(0.99))
    assert raised.value.code == "ND203"
