"""Binary vectors through a differential array in tiles: CPU seconds of one thread, and errors, beside numpy, CrossSim, badcrossbar.

python benchmarks/crossbar.py [--crosssim DIR] [--badcrossbar DIR] [--vectors 10000] [--rounds 5]

DIR is a folder that holds the package ``simulator`` (CrossSim 3.2.0) or ``badcrossbar`` (1.1.0); without it the peer is left out.
"""

from __future__ import annotations

import argparse
import os
import sys
import warnings

import numpy as np
from crossbar_errors import approximations, beside_badcrossbar
from crossbar_setting import HIGHEST, LOWEST, NOISE, SEGMENT, VOLTAGE, seconds
from tables import print_markdown
from threadpoolctl import threadpool_limits

from neurodeploy.targets.crossbar.gated_lines import gated_currents
from neurodeploy.targets.crossbar.tiled_array import TiledArray, tiled_array
from neurodeploy.targets.crossbar.tiling import TileShape, dense_grid

ROWS, COLUMNS, TILE, LEVELS = 784, 100, 128, 16
CASES = {
    "ideal": (False, False),
    "read noise 5 %": (True, False),
    "line resistance": (False, True),
    "both": (True, True),
}


def weights(random: np.random.Generator) -> np.ndarray:
    """Signed 16-level weights, ``(rows, columns)``, -1 to 1."""
    return random.integers(1 - LEVELS, LEVELS, (ROWS, COLUMNS)) / (LEVELS - 1)


def pairs(signed: np.ndarray) -> np.ndarray:
    """Two columns for each weight: the positive and the negative one."""
    levels = np.stack([np.maximum(signed, 0), np.maximum(-signed, 0)], axis=2).reshape(ROWS, 2 * COLUMNS)
    return LOWEST + levels * (HIGHEST - LOWEST)


def in_tiles(cells: np.ndarray, segment: float) -> TiledArray:
    """The grid of tiles, solved on one thread."""
    tiling = dense_grid((ROWS, COLUMNS), TileShape(TILE, TILE, columns_per_output=2))
    return tiled_array(cells, tiling, row_resistance=segment, column_resistance=segment, threads=1)


def numpy_read(spikes: np.ndarray, array: TiledArray, noise: bool, random: np.random.Generator) -> np.ndarray:
    """What one would write without the package, given the transfer matrix."""
    currents = VOLTAGE * (spikes @ array.transfer)
    if noise:
        deviation = np.sqrt(spikes @ (NOISE.relative * array.transfer) ** 2)
        currents += VOLTAGE * deviation * random.standard_normal(currents.shape)
    return currents[:, ::2] - currents[:, 1::2]


def crosssim_core(signed: np.ndarray, noise: bool, lines: bool):
    """CrossSim's core for the same weights: balanced (differential), its own defaults otherwise."""
    from simulator import AnalogCore, CrossSimParameters

    of = CrossSimParameters()
    of.core.rows_max = of.core.cols_max = TILE
    of.core.mapping.weights.min, of.core.mapping.weights.max = -1, 1
    device, lines_of = of.xbar.device, of.xbar.array.parasitics
    device.Rmin, device.Rmax, device.cell_bits = 1 / HIGHEST, 1 / LOWEST, 4
    if noise:
        device.read_noise.enable, device.read_noise.magnitude = True, NOISE.relative
        device.read_noise.model = "NormalProportionalDevice"
    if lines:
        lines_of.enable, lines_of.Rp_row, lines_of.Rp_col = True, SEGMENT, SEGMENT
    return AnalogCore(signed.T, params=of)


def measured(
    case: str, signed: np.ndarray, spikes: np.ndarray, turn: int, random: np.random.Generator, crosssim: bool
) -> list[float]:
    """CPU seconds of solving, reading, numpy's reading and CrossSim, and the ratio of CrossSim to both of ours."""
    noise, lines = CASES[case]
    segment, floats = SEGMENT if lines else 0.0, spikes.astype(np.float64)
    solved: list[TiledArray] = []
    solving = seconds(lambda: solved.append(in_tiles(pairs(signed), segment)))
    reading = seconds(lambda: solved[0].read(spikes, VOLTAGE, NOISE if noise else None, turn, 1, "pair"))
    plain = seconds(lambda: numpy_read(floats, solved[0], noise, random))
    if not crosssim:
        return [solving, reading, plain, np.nan, np.nan]
    core, some = crosssim_core(signed, noise, lines), 20 if noise or lines else len(spikes)
    one_by_one = seconds(lambda: [core.matvec(vector) for vector in floats[:some]])
    together = seconds(lambda: core.matmat(floats[:some].T))
    peer = min(one_by_one, together) * len(spikes) / some
    return [solving, reading, plain, peer, peer / (solving + reading)]


def speeds(vectors: int, rounds: int, crosssim: bool) -> list[list[object]]:
    """One row for each case: medians over rounds in which all of them take turns; the first round compiles."""
    random = np.random.default_rng(0)
    signed, spikes = weights(random), random.random((vectors, ROWS)) < 0.1
    taken = [[measured(case, signed, spikes, turn, random, crosssim) for case in CASES] for turn in range(rounds + 1)]
    medians = np.median(taken[1:], axis=0)
    return [
        [case, *(f"{value:.3f}" for value in row[:3]), f"{row[3]:.1f}", f"{row[4]:.0f}"]
        for case, row in zip(CASES, medians, strict=True)
    ]


def gated_speed(vectors: int, rounds: int) -> float:
    """CPU seconds of ``vectors`` through one 64×64 tile with inputs on the gates."""
    random = np.random.default_rng(3)
    cells, spikes = random.uniform(LOWEST, HIGHEST, (64, 64)), random.random((vectors, 64)) < 0.1
    gated_currents(spikes[:1], cells, SEGMENT)
    return float(np.median([seconds(lambda: gated_currents(spikes, cells, SEGMENT, threads=1)) for _ in range(rounds)]))


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--crosssim", help="folder that holds CrossSim's package simulator")
    parser.add_argument("--badcrossbar", help="folder that holds the package badcrossbar")
    parser.add_argument("--vectors", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    folders = [folder for folder in (options.crosssim, options.badcrossbar) if folder]
    sys.path[:0] = os.pathsep.join(folders).split(os.pathsep) if folders else []  # before benchmarks/simulator.py
    warnings.simplefilter("ignore")
    with threadpool_limits(1):
        print_markdown(
            ["case", "solving s", "reading s", "numpy s", "CrossSim s", "CrossSim / ours"],
            speeds(options.vectors, options.rounds, bool(options.crosssim)),
        )
        taken = gated_speed(options.vectors, options.rounds)
        print(f"\ngate input, 64×64, {options.vectors:,} vectors: {taken:.4f} s\n")
        if options.badcrossbar:
            print_markdown(["case", "largest error", "ours s", "badcrossbar s"], beside_badcrossbar(options.rounds))
            print()
        print_markdown(["tile", "draws", "ideal wires", "scaled", "noise width"], approximations())


if __name__ == "__main__":
    main()
