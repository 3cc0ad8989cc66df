"""Tables and figures of ``crossbar_accuracy.py``, from what its store has."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from crossbar_accuracy_networks import TRAININGS, WORDS
from crossbar_accuracy_points import DEVICES, Point, points, reference
from crossbar_accuracy_store import Store

from neurodeploy.files import atomic_file

PAGE = "crossbar_accuracy.md"
STUDENT = {2: 12.706, 3: 4.303, 4: 3.182, 5: 2.776, 6: 2.571, 7: 2.447, 8: 2.365, 9: 2.306, 10: 2.262}
"""97.5 % points of Student's t by number of chips."""
HEADS = {"levels": "{:g}", "variation": "{:.0%}", "stuck": "{:.1%}", "lines": "{0:g}×{0:g}"}


@dataclass(frozen=True)
class Found:
    """A point as measured; accuracies in percent. ``half``: of the 95 % interval of the mean over chips, None for one chip."""

    point: Point
    mean: float | None
    half: float | None
    chips: int
    tiles: int
    spikes: float
    refused: str | None

    def cell(self, spikes: float | None = None) -> str:
        """For a table; of lines with tiles, and spikes as a share of ``spikes``."""
        if self.refused is not None:
            return self.refused
        assert self.mean is not None
        text = f"{self.mean:.1f}" if self.half is None else f"{self.mean:.1f} ± {self.half:.1f}"
        return text if spikes is None else f"{text} ({self.tiles}; {self.spikes / spikes:.0%})"


def found_at(store: Store, point: Point, images: int) -> Found | None:
    """None where nothing was run."""
    chips = [chip for number, chip in sorted(store.chips(point.key(images)).items()) if number < point.chips]
    if not chips:
        return None
    if "refused" in chips[0]:
        return Found(point, None, None, 0, 0, 0.0, chips[0]["refused"])
    values = np.array([100 * chip["correct"] / chip["images"] for chip in chips])
    half = None
    if len(values) > 1:
        half = float(STUDENT[len(values)] * values.std(ddof=1) / np.sqrt(len(values)))
    spikes = float(np.mean([chip["spikes"] for chip in chips]))
    return Found(point, float(values.mean()), half, len(values), chips[0].get("tiles", 0), spikes, None)


def curves(store: Store, network: str, target: str, study: str, images: int, chips: int) -> dict[str, list[Found]]:
    """What was run of a study, by series; knobs that start at 0 have the ideal array there."""
    everything = list(points(network, target, chips))
    result: dict[str, list[Found]] = {}
    for point in everything:
        found = found_at(store, point, images) if point.study == study else None
        if found is not None:
            if point.series not in result and study in ("variation", "stuck"):
                ideal = next(p for p in everything if p.study == "ideal" and p.series == point.series)
                result[point.series] = [f for f in [found_at(store, ideal, images)] if f is not None]
            result.setdefault(point.series, []).append(found)
    return result


def tables(store: Store, images: int, chips: int) -> Iterator[tuple[str, str]]:
    """The name of each block of the page, and its table."""
    for target in DEVICES:
        for study, head in HEADS.items():
            rows, values = [], list[float]()
            for network in TRAININGS:
                whole = found_at(store, _without_lines(network, target, chips), images) if study == "lines" else None
                spikes = None if whole is None else whole.spikes
                for series, line in curves(store, network, target, study, images, chips).items():
                    values = sorted({*values, *(found.point.x for found in line)})
                    rows.append((WORDS[network], series, {found.point.x: found.cell(spikes) for found in line}))
            if rows:
                heads = ["network", "curve", *(head.format(value) for value in values)]
                yield f"{target} {study}", _table(heads, [[n, s, *(c.get(v, "") for v in values)] for n, s, c in rows])
        devices = {
            name: {
                f.point.series: f
                for line in curves(store, name, target, "devices", images, chips).values()
                for f in line
            }
            for name in TRAININGS
        }
        names = list(dict.fromkeys(name for cells in devices.values() for name in cells))
        if names:
            body = [[n, *(devices[w][n].cell() if n in devices[w] else "" for w in TRAININGS)] for n in names]
            yield f"{target} devices", _table(["device", *(WORDS[w] for w in TRAININGS)], body)
    yield "reference", _table(["network", "float simulator", "ideal arrays"], list(_reference(store, images)))


def _without_lines(network: str, target: str, chips: int) -> Point:
    """Of the same images as the points with line resistance."""
    everything = list(points(network, target, chips))
    images = next(point.most_images for point in everything if point.study == "lines")
    return next(p for p in everything if p.most_images == images and p.options.get("segment_ohms") == 0.0)


def _reference(store: Store, images: int) -> Iterator[list[str]]:
    for name in TRAININGS:
        floating = found_at(store, reference(name), images)
        cells = []
        for target in DEVICES:
            for point in points(name, target, 1):
                found = found_at(store, point, images) if point.study == "ideal" else None
                if found is not None and found.refused is None:
                    cells.append(f"{target}, {point.series}: {found.cell()}")
        if floating is not None:
            yield [WORDS[name], floating.cell(), "; ".join(cells)]


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def write_pages(store: Store, images: int, chips: int, folder: Path) -> None:
    """Replace each block ``<!-- NAME -->`` … ``<!-- end -->`` of the page; draw the figures."""
    from crossbar_accuracy_figures import draw

    page = folder / PAGE
    text = page.read_text("utf-8") if page.exists() else "# Accuracy on crossbars\n"
    for name, table in tables(store, images, chips):
        block = f"<!-- {name} -->\n{table}\n<!-- end -->"
        pattern = re.compile(rf"<!-- {re.escape(name)} -->.*?<!-- end -->", re.DOTALL)
        text = pattern.sub(lambda _, block=block: block, text) if pattern.search(text) else f"{text}\n{block}\n"
    with atomic_file(page) as temporary:
        temporary.write_text(text, "utf-8")
    for target in DEVICES:
        for study in HEADS if target == "rram" else list(HEADS)[1:]:  # levels are the same on either
            found = {name: curves(store, name, target, study, images, chips) for name in TRAININGS}
            if any(found.values()):
                draw(
                    study,
                    {WORDS[name]: lines for name, lines in found.items() if lines},
                    folder / f"crossbar_accuracy_{target}_{study}.png",
                )
