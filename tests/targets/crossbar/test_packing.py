"""Packing against every partition of few outputs, and its promises for many: nothing lost, never worse, always the same."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from neurodeploy.compression.pruning.column_groups import Segments, grouped_segments
from neurodeploy.targets.crossbar import packing
from neurodeploy.targets.crossbar.packing import pack
from neurodeploy.targets.crossbar.tiling import TileShape

BoolArray = NDArray[np.bool_]


def random_mask(rows: int, outputs: int, density: float, seed: int) -> BoolArray:
    mask: BoolArray = np.random.default_rng(seed).random((rows, outputs)) < density
    return mask


def partitions(members: list[int]) -> Iterator[list[list[int]]]:
    """Every partition of a set."""
    if not members:
        yield []
        return
    for rest in partitions(members[1:]):
        yield [[members[0]], *rest]
        for k, group in enumerate(rest):
            yield [*rest[:k], [members[0], *group], *rest[k + 1 :]]


def cheapest(mask: BoolArray, tile: TileShape) -> tuple[int, int]:
    """Fewest tiles, then fewest rows touched, of all partitions into groups that a tile holds."""
    costs = []
    for groups in partitions(list(range(mask.shape[1]))):
        if max(map(len, groups)) <= tile.outputs:
            touched = [int(mask[:, group].any(axis=1).sum()) for group in groups]
            costs.append((sum(-(-rows // tile.rows) for rows in touched), sum(touched)))
    return min(costs)


def rows_on_tiles(found: packing.Packing) -> int:
    return sum(len(tile.rows) for tile in found.tiling.tiles)


@given(
    st.integers(1, 16),
    st.integers(1, 7),
    st.integers(1, 5),
    st.integers(1, 7),
    st.floats(0.05, 0.6),
    st.integers(0, 999),
)
@settings(max_examples=150, deadline=None)
def test_few_outputs_are_packed_as_well_as_possible(
    rows: int, outputs: int, tile_rows: int, tile_columns: int, density: float, seed: int
) -> None:
    mask, tile = random_mask(rows, outputs, density, seed), TileShape(tile_rows, tile_columns)
    found = pack(mask, tile)
    assert (found.tiles, rows_on_tiles(found)) == cheapest(mask, tile)
    assert found.tiling.holds(mask)


@given(
    st.integers(1, 60),
    st.integers(11, 40),
    st.integers(1, 20),
    st.integers(2, 12),
    st.sampled_from([1, 2]),
    st.integers(0, 999),
)
@settings(max_examples=40, deadline=None)
def test_many_outputs(rows: int, outputs: int, tile_rows: int, tile_columns: int, per_output: int, seed: int) -> None:
    mask, tile = random_mask(rows, outputs, 0.15, seed), TileShape(tile_rows, tile_columns, per_output)
    found = pack(mask, tile, rounds=20)
    assert found.tiling.holds(mask) and found.bound <= found.tiles <= found.ordered <= found.grid
    assert all(len(t.rows) <= tile.rows and len(t.outputs) <= tile.outputs for t in found.tiling.tiles)
    again = pack(mask, tile, rounds=20)
    for one, other in zip(found.tiling.tiles, again.tiling.tiles, strict=True):
        assert one.rows.tolist() == other.rows.tolist() and one.outputs.tolist() == other.outputs.tolist()


def test_annealing_finds_the_best_partition(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of 20 random masks small enough to know: nearly always the fewest tiles, never more than one above."""
    tile = TileShape(6, 3)
    above = []
    for seed in range(20):
        mask = random_mask(24, 9, 0.2, seed)
        exact = pack(mask, tile).tiles
        monkeypatch.setattr(packing, "EXACT_UP_TO", 0)
        above.append(pack(mask, tile, rounds=50).tiles - exact)
        monkeypatch.undo()
    assert min(above) >= 0 and max(above) <= 1 and sum(above) <= 2


def test_hidden_blocks_are_found() -> None:
    """Eight groups of sixteen outputs with 32 rows each, shuffled: eight tiles, the information bound, instead of 64."""
    rng = np.random.default_rng(5)
    blocks = np.kron(np.eye(8, dtype=bool), np.ones((32, 16), bool))
    mask = blocks[rng.permutation(256)][:, rng.permutation(128)]
    found = pack(mask, TileShape(32, 16))
    assert (found.grid, found.tiles, found.bound) == (64, 8, 8) and found.ordered > 50


@pytest.mark.parametrize(("sparsity", "gone"), [(0.5, 0.0), (0.8, 0.3), (0.9, 0.0), (0.9, 0.6), (0.95, 0.3)])
@pytest.mark.parametrize("segment", [32, 1])
def test_the_tiles_of_pruning_by_tiles_are_found_again(sparsity: float, gone: float, segment: int) -> None:
    """Weights like images, ten blobs and noise; the mask alone tells the packer what the rule put together."""
    rng = np.random.default_rng(3)
    y, x = np.divmod(np.arange(400), 20)
    middles, kind = rng.uniform(4, 16, (10, 2)), np.arange(60) % 10
    blobs = np.exp(-((y[:, None] - middles[:, 0]) ** 2 + (x[:, None] - middles[:, 1]) ** 2) / 20)
    weights = blobs[:, kind] * rng.uniform(0.5, 1, (400, 60)) + 0.1 * rng.random((400, 60))
    present, tile = rng.random((400, 60)) >= gone, TileShape(32, 16)
    segments = Segments(round((1 - sparsity) * weights.size), segment)
    owner, kept = grouped_segments(weights * present, present, tile.outputs, segments)
    mask = kept[owner].T & present
    touched = [int(mask[:, owner == group].any(axis=1).sum()) for group in range(len(kept))]
    assert present.sum() > segments.budget and owner.max() == 3
    found = pack(mask, tile, rounds=60)
    assert found.tiling.holds(mask) and found.tiles <= sum(-(-rows // 32) for rows in touched) < found.grid


def test_random_pruning_saves_hardly_a_tile() -> None:
    """The table of the issue's notes: 784 x 100 at 10 % needs 25 of 26 tiles of 64 x 64, though two could hold the synapses."""
    mask = np.zeros(78400, bool)
    mask[np.random.default_rng(0).permutation(78400)[:7840]] = True
    found = pack(mask.reshape(784, 100), TileShape(64, 64), rounds=40)
    assert (found.grid, found.tiles, found.bound) == (26, 25, 2)


def test_nothing_to_pack() -> None:
    found = pack(np.zeros((5, 20), bool), TileShape(4, 4))
    assert (found.grid, found.tiles, found.bound) == (10, 0, 0)
    assert found.tiling.partial_sums("none").conversions == 0


def test_outputs_that_touch_the_same_rows_are_not_annealed(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a matrix without zeros: there is nothing to reorder but outputs without a synapse between them."""

    def refuse(*_: object) -> NDArray[np.int64]:
        raise AssertionError("annealed")

    monkeypatch.setattr(packing, "_annealed", refuse)
    mask = np.zeros((50, 40), bool)
    mask[np.ix_(np.arange(50) % 3 > 0, np.arange(40) % 4 > 0)] = True  # 33 rows, 30 outputs
    found = pack(mask, TileShape(16, 8))
    assert (found.grid, found.ordered, found.tiles) == (20, 15, 4 * 3)  # ordered: 5 groups of 6 outputs
    assert found.tiling.holds(mask)
    assert pack(np.ones((50, 40), bool), TileShape(16, 8)).tiles == 20
