"""Figures of an in-memory target's report: the tiles, conductances wanted and programmed, area by part."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from neurodeploy.compiler.presentation import Figure
from neurodeploy.costs import AreaReport
from neurodeploy.network.arrays import FloatArray
from neurodeploy.targets.crossbar.bundle_files import conductances_of
from neurodeploy.targets.crossbar.chip import written_cells
from neurodeploy.targets.crossbar.mapping import ArrayMapping, CrossbarMapping
from neurodeploy.targets.crossbar.tiling import Tile
from neurodeploy.targets.crossbar.weight_matrix import as_matrix, synapses_of
from neurodeploy.wording import counted

MOST_TILES = 24
_IDLE, _UNUSED = "#b3bcc8", "#ffffff"


def tile_map(mapping: CrossbarMapping) -> Figure | None:
    """Conductances to program of the first tiles of every array; cells without a synapse grey, cells not in use white."""
    chosen, left_out = shown_tiles(mapping)
    if not chosen:
        return None
    rows, columns = mapping.options.tile_size
    across = min(len(chosen), 6 if len(chosen) > 8 else 4)
    down = -(-len(chosen) // across)
    images = [tile_image(mapping, array, array.tiling.tiles[t]) for array, t in chosen]
    titles = [f"{array.projection} {t + 1}" if len(mapping.arrays) > 1 else f"tile {t + 1}" for array, t in chosen]

    def paint(figure: Any) -> None:
        panels = figure.subplots(down, across, squeeze=False)
        shown = None
        for axes in panels.flat[len(chosen) :]:
            axes.set_axis_off()
        for axes, image, title in zip(panels.flat, images, titles, strict=False):
            shown = _paint_tile(axes, image, 1e6 * mapping.device.g_max)
            axes.set_title(title, fontsize=6.5 if across > 4 else 8, pad=3)
        figure.colorbar(shown, ax=panels, shrink=0.7 if down > 1 else 0.9, label="conductance (µS)", pad=0.02)

    of_all = f"; not shown: {counted(left_out, 'tile')}" if left_out else ""
    references = ", and reference columns" if any(a.tiling.tile.reserved_columns for a in mapping.arrays) else ""
    caption = (
        f"Tiles of {rows} x {columns} cells, conductances to program. Grey: cells in use without a synapse (those of weight 0"
        f"{references}); white: cells not in use{of_all}"
    )
    height = down * (5.9 / across * min(max(rows / columns, 0.4), 2.5) + 0.28)
    return Figure(caption, paint, 6.8, max(height, 1.6), vector=False)


def shown_tiles(mapping: CrossbarMapping) -> tuple[list[tuple[ArrayMapping, int]], int]:
    """Which tiles a map shows, the arrays having equal shares as far as they have tiles; and how many it leaves out."""
    shares = dict.fromkeys((array.projection for array in mapping.arrays), 0)
    free = MOST_TILES
    while free and (open_ := [a for a in mapping.arrays if shares[a.projection] < a.tiles]):
        for array in open_[:free]:
            shares[array.projection] += 1
        free -= len(open_[:free])
    chosen = [(array, t) for array in mapping.arrays for t in range(shares[array.projection])]
    return chosen, sum(array.tiles for array in mapping.arrays) - len(chosen)


def tile_image(mapping: CrossbarMapping, array: ArrayMapping, tile: Tile) -> FloatArray:
    """Conductances of a tile's places, in S, ``(rows, columns)``: -1 without a synapse, NaN where no cell is in use."""
    shape = array.tiling.tile
    present = synapses_of(as_matrix(mapping.lowered, mapping.lowered.projection(array.projection)))
    held = np.repeat(present[np.ix_(tile.rows, tile.outputs)], shape.columns_per_output, axis=1)
    cells = array.mapped.conductances[np.ix_(tile.rows, array.tiling.columns(tile))]
    image = np.full((shape.rows, shape.columns), np.nan)
    image[: len(tile.rows), : cells.shape[1] + shape.reserved_columns] = -1.0
    image[: len(tile.rows), : cells.shape[1]] = np.where(held, cells, -1.0)
    return image


def _paint_tile(axes: Any, image: FloatArray, highest: float) -> Any:
    """One tile within its border; returns what the colour bar shows."""
    from matplotlib import colormaps

    colours = colormaps["viridis"].with_extremes(under=_IDLE, bad=_UNUSED)
    shown = axes.imshow(
        1e6 * image, cmap=colours, vmin=0, vmax=highest, interpolation="nearest", interpolation_stage="data",
        aspect="auto" if max(image.shape) > 2.5 * min(image.shape) else "equal",
    )  # fmt: skip
    axes.set(xticks=[], yticks=[])
    for spine in axes.spines.values():
        spine.set(visible=True, color="#5b6675", linewidth=0.8)
    return shown


def conductance_histogram(mapping: CrossbarMapping) -> Figure | None:
    """Conductances that the cells in use should have, and those they have on the chip of ``--device-seed``."""
    wanted, found = conductances(mapping)
    if not wanted.size:
        return None
    edges = np.linspace(0.0, 1e6 * max(wanted.max(), found.max()), 81)

    def paint(figure: Any) -> None:
        axes = figure.subplots()
        axes.hist(1e6 * wanted, edges, color="C4", label="wanted")
        axes.hist(1e6 * found, edges, histtype="step", color="C1", linewidth=1.3, label="programmed on this chip")
        axes.set(yscale="log", xlabel="conductance (µS)", ylabel="cells (logarithmic)", xlim=(0, edges[-1]))
        axes.legend(frameon=False)

    seed = mapping.options.device_seed
    caption = f"Conductances of the {wanted.size:,} cells in use, and on the chip with the device seed {seed}"
    return Figure(caption, paint, 6.4, 2.7)


def conductances(mapping: CrossbarMapping) -> tuple[FloatArray, FloatArray]:
    """Of all cells in use, those of reference columns too, in S: wanted, and on the chip of ``--device-seed``."""
    wanted: list[FloatArray] = [np.zeros(0)]
    found: list[FloatArray] = [np.zeros(0)]
    options = mapping.options
    models = mapping.device.nonidealities(options.age_seconds, options.temperature)
    for index, array in enumerate(mapping.arrays):
        cells, reference = written_cells(array, models, options.device_seed, index)
        wanted += [conductances_of(array, tile).ravel() for tile in array.tiling.tiles]
        found += [
            (block if reference is None else np.column_stack([block, reference[tile.rows, number]])).ravel()
            for number, (tile, block) in enumerate(zip(array.tiling.tiles, array.tiling.blocks(cells), strict=True))
        ]
    return np.concatenate(wanted), np.concatenate(found)


def area_figure(mapping: CrossbarMapping, area: AreaReport) -> Figure | None:
    """Area by kind of part, all arrays together, with its range."""
    parts = area_by_part(mapping, area)
    if not parts:
        return None

    def paint(figure: Any) -> None:
        axes = figure.subplots()
        names = [name for name, *_ in parts][::-1]
        values, lows, highs = (1e6 * np.array(column)[::-1] for column in list(zip(*parts, strict=True))[1:])
        axes.barh(names, values, color="C0", height=0.62)
        at = np.flatnonzero(highs > lows)
        ends = [(values - lows)[at], (highs - values)[at]]
        axes.errorbar(values[at], at, xerr=ends, fmt="none", ecolor="#1f2733", elinewidth=1, capsize=3)
        for place, (value, high) in enumerate(zip(values, highs, strict=True)):
            axes.annotate(f"{value:.3g}", (high, place), (5, 0), textcoords="offset points", va="center", fontsize=8)
        axes.set(xlabel="mm²", xlim=(0, 1.12 * highs.max()))

    return Figure("Area by part; lines: from the lowest to the highest constants", paint, 6.4, 0.8 + 0.3 * len(parts))


def area_by_part(mapping: CrossbarMapping, area: AreaReport) -> Sequence[tuple[str, float, float, float]]:
    """Name of a kind of part, its area on all arrays, the lowest and the highest, in m², largest first."""
    sums: dict[str, list[float]] = {}
    arrays = sorted((f"{array.projection}: " for array in mapping.arrays), key=len, reverse=True)
    for item in area.items:
        low, high = item.constant.range
        array = next((name for name in arrays if item.part.startswith(name)), "")
        of_part = sums.setdefault(item.part.removeprefix(array), [0.0, 0.0, 0.0])
        for k, value in enumerate((item.constant.value, low, high)):
            of_part[k] += item.count * value
    return sorted(((name, *values) for name, values in sums.items()), key=lambda part: -part[1])  # type: ignore[misc]
