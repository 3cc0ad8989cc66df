"""Errors of arrays: against badcrossbar where the solution is exact, against solving every draw where it is scaled."""

from __future__ import annotations

import logging

import numpy as np
from crossbar_setting import HIGHEST, LOWEST, NOISE, SEGMENT, VOLTAGE, seconds

from neurodeploy.targets.crossbar.gated_lines import gated_currents
from neurodeploy.targets.crossbar.line_resistance import transfer_matrices
from neurodeploy.targets.crossbar.tiled_array import TiledArray, tiled_array
from neurodeploy.targets.crossbar.tiling import TileShape, dense_grid


def one_tile(cells: np.ndarray) -> TiledArray:
    """Solved on one thread."""
    tiling = dense_grid(cells.shape, TileShape(*cells.shape))
    return tiled_array(cells, tiling, row_resistance=SEGMENT, column_resistance=SEGMENT, threads=1)


def beside_badcrossbar(rounds: int) -> list[list[object]]:
    """Largest difference as a share of the largest current, and CPU seconds of both."""
    from badcrossbar.compute import compute

    logging.disable(logging.INFO)
    random = np.random.default_rng(1)
    found: list[list[object]] = []
    for size, vectors in ((64, 1000), (128, 100)):
        cells, spikes = random.uniform(LOWEST, HIGHEST, (size, size)), random.random((vectors, size)) < 0.1

        def peer(cells: np.ndarray = cells, spikes: np.ndarray = spikes) -> np.ndarray:
            options = {"node_voltages": False, "all_currents": False}
            return compute(VOLTAGE * spikes.T, 1 / cells, r_i=SEGMENT, **options).currents.output

        def ours(cells: np.ndarray = cells, spikes: np.ndarray = spikes) -> np.ndarray:
            return one_tile(cells).read(spikes, VOLTAGE, threads=1)

        expected, error = peer(), np.abs(ours() - peer()).max()
        times = np.array([[seconds(ours), seconds(peer)] for _ in range(rounds)])
        found.append(_comparison(f"row input, {size}×{size}, {vectors:,} vectors", error, expected, times))
    cells, spikes = random.uniform(LOWEST, HIGHEST, (64, 64)), random.random((10, 64)) < 0.1

    def gated_peer() -> np.ndarray:
        solved = []
        for gates in spikes:
            on = np.where(gates[:, None], 1 / cells, np.inf)
            solved.append(
                compute(np.full((64, 1), VOLTAGE), on, r_i_word_line=0, r_i_bit_line=SEGMENT).currents.output[0]
            )
        return np.array(solved)

    def gated() -> np.ndarray:
        return gated_currents(spikes, cells, SEGMENT, voltage=VOLTAGE, threads=1)

    expected, error = gated_peer(), np.abs(gated() - gated_peer()).max()
    times = np.array([[seconds(gated), seconds(gated_peer)] for _ in range(rounds)])
    found.append(_comparison("gate input, 64×64, 10 vectors", error, expected, times))
    return found


def _comparison(case: str, error: float, expected: np.ndarray, times: np.ndarray) -> list[object]:
    ours, peer = np.median(times, axis=0)
    return [case, f"{error / np.abs(expected).max():.0e}", f"{ours:.4f}", f"{peer:.3f}"]


def approximations() -> list[list[object]]:
    """Errors of what is scaled instead of solved: 5 % variation, and the width of read noise, by tile."""
    random = np.random.default_rng(2)
    found: list[list[object]] = []
    for size, draws in ((32, 400), (64, 200), (128, 30)):
        cells, spikes = random.uniform(LOWEST, HIGHEST, (size, size)), random.random((100, size)) < 0.1
        array = one_tile(cells)
        others = [cells * (1 + NOISE.relative * random.standard_normal(cells.shape)) for _ in range(draws)]
        exact = np.array([spikes @ tile for tile in transfer_matrices(others, SEGMENT, SEGMENT, threads=1)])
        scaled = np.array([array.near(other).read(spikes, 1.0, threads=1) for other in others])
        ideal = np.array([spikes @ other for other in others])
        errors = [np.sqrt(((one - exact) ** 2).mean() / (exact**2).mean()) for one in (scaled, ideal)]
        width = np.sqrt(scaled.var(axis=0).mean() / exact.var(axis=0).mean()) - 1
        found.append([f"{size}×{size}", draws, f"{errors[1]:.1e}", f"{errors[0]:.1e}", f"{100 * width:+.2f} %"])
    return found
