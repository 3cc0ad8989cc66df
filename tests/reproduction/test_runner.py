"""An item from its trainings to its page and figure, on digits; every item's page and figure from stand-in records."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from command_line import call
from small_recipes import small_recipe
from training_stand_ins import instead_of_training, record

from neurodeploy.errors import NeurodeployError
from neurodeploy.reproduction import PAPERS, Case, Item, Plan, Report, find_item, items, reproduce
from neurodeploy.reproduction.plots import curve, labelled
from neurodeploy.reproduction.results import Results, collect, spread
from neurodeploy.reproduction.rules import pruned
from neurodeploy.reproduction.runner import draw, markdown

THRESHOLDS = (0.05, 0.9999)
"""The second removes every synapse."""


def cases(plan: Plan) -> list[Case]:
    found = [Case("unpruned", 0.0, small_recipe(epochs=1))]
    return found + [Case("constant", x, pruned(small_recipe(epochs=1), "constant", threshold=x)) for x in THRESHOLDS]


def report(results: Results) -> Report:
    return Report(["x", "%"], [["0", spread(results.point("unpruned"), "accuracy")]], ("A note.",))


def draw_curve(results: Results, figure: Any) -> None:
    axes = figure.subplots()
    curve(axes, results.curve("constant"), "connectivity", "accuracy", "constant")
    labelled(axes, "connectivity %", "accuracy %")


SMALL = Item("guo2020", "small", "digits", cases, report, draw_curve)


def test_an_item_is_trained_once_and_written(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    found = reproduce(SMALL, Plan(), tmp_path, workers=2, progress=lambda done, total: told.append((done, total)))
    assert told == [(0, 3), (1, 3), (2, 3), (3, 3)]
    assert found.figure is not None and found.figure.read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"
    page = found.table.read_text("utf-8")
    assert "# guo2020, small: digits" in page and "- A note." in page
    assert "constant, x = 0.9999, seed 0: After 500 images pruning has removed every synapse." in page
    point = found.results.point("constant")
    assert point is not None and 0 < point.mean("connectivity") < 1
    lines = [json.loads(line) for line in (tmp_path / "results.jsonl").read_text().splitlines()]
    assert len(lines) == 2 and {line["recipe"]["data"] for line in lines} == {"digits"}
    again: list[tuple[int, int]] = []
    same = reproduce(SMALL, Plan(), tmp_path, workers=1, progress=lambda done, total: again.append((done, total)))
    assert again == [(2, 3), (3, 3)] and same.table.read_text("utf-8") == page and same.report == found.report


def test_when_nothing_can_be_trained_the_first_error_is_raised(tmp_path: Path) -> None:
    impossible = Item("guo2020", "none", "", lambda plan: cases(plan)[2:], report)
    with pytest.raises(NeurodeployError, match="ND203"):
        reproduce(impossible, Plan(), tmp_path, workers=1)


def connectivity(case: Case, chosen: list[Case]) -> float:
    """Falling along each curve, from 80 % to 3 %."""
    places = sorted({other.x for other in chosen if other.series == case.series})
    return 1.0 if len(places) == 1 else 0.8 * (0.03 / 0.8) ** (places.index(case.x) / (len(places) - 1))


ALL = [(paper, name) for paper in PAPERS for name in items(paper)]


@pytest.mark.parametrize(("paper", "name"), ALL)
def test_every_item_makes_a_page_and_a_figure(paper: str, name: str, tmp_path: Path) -> None:
    item, plan = find_item(paper, name), Plan(seeds=2, images=600)
    chosen = item.cases(plan)
    assert all(case.recipe.train_images == 600 for case in chosen)
    outcomes = [record(0.0, case.recipe.seed, connectivity=connectivity(case, chosen)) for case in chosen]
    results = collect(plan, chosen, outcomes)
    made = item.report(results)
    assert made.rows and all(len(row) == len(made.columns) for row in made.rows)
    assert all(any(re.search(r"\d", cell) for cell in row[1:]) or "NAND" in row[0] for row in made.rows)
    page = markdown(item, plan, results, made)
    assert f"neurodeploy reproduce {paper} {name} --seeds 2 --images 600" in page and "not the paper's numbers" in page
    if item.draw is not None:
        draw(item, results, tmp_path / "figure.png")
        assert (tmp_path / "figure.png").stat().st_size > 5_000


@pytest.mark.parametrize(("paper", "name"), ALL)
def test_every_item_bears_trainings_that_fail(paper: str, name: str, tmp_path: Path) -> None:
    item, plan = find_item(paper, name), Plan()
    chosen = item.cases(plan)
    gone = NeurodeployError("ND203", "gone")
    for kept in (lambda case: case.x == 0, lambda case: case.x != 0):
        results = collect(plan, chosen, [record(case.x) if kept(case) else gone for case in chosen])
        markdown(item, plan, results, item.report(results))
        if item.draw is not None:
            draw(item, results, tmp_path / "figure.png")


def test_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    listed = json.loads(call("reproduce", "--json").out)
    assert [(row["paper"], row["item"]) for row in listed] == ALL and all(row["shows"] for row in listed)
    assert "fig9" in call("reproduce", "guo2020").out and "rathi2019" not in call("reproduce", "guo2020").out
    for wrong, code in ((["guo2021"], 1), (["guo2020", "fig99"], 1), (["guo2020", "fig9", "--images", "1"], 2)):
        result = call("reproduce", *wrong)
        assert result.code == code and (code == 2 or "ND309" in result.err)
    table = json.loads(call("reproduce", "guo2020", "table5", "-o", tmp_path / "out", "--json").out)
    assert table["rows"][0][1:] == ["2", "2"] and Path(table["table"]).is_file() and table["figure"] is None


def test_seeds_are_separate_trainings(tmp_path: Path) -> None:
    seeded = Item("guo2020", "seeds", "", lambda plan: [
        Case("unpruned", 0.0, small_recipe(seed=seed)) for seed in range(plan.seeds)
    ], report)  # fmt: skip
    found = reproduce(seeded, Plan(seeds=3), tmp_path, workers=2, run=instead_of_training)
    assert [len(point.records) for point in found.results.curve("unpruned")] == [3] and "±" in found.report.rows[0][1]
