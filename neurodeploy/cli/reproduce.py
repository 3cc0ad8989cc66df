"""neurodeploy reproduce."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import rich_click as click

from neurodeploy.cli.options import data_dir_option, json_option
from neurodeploy.cli.output import print_json, print_table, progress_bar, say

if TYPE_CHECKING:
    from neurodeploy.reproduction import Plan


@click.command("reproduce")
@click.argument("paper", required=False)
@click.argument("item", required=False)
@click.option(
    "--workers", type=click.IntRange(1), default=None, help="Trainings at a time (default: one for every core)."
)
@click.option("--seeds", type=click.IntRange(1), default=1, show_default=True, help="Trainings of every point.")
@click.option(
    "--images",
    type=click.IntRange(24),
    default=None,
    metavar="N",
    help="Only the first N training images, and N/6 (at least 50) test images: a quick look, not the paper's numbers.",
)
@click.option("-o", "--output", type=click.Path(), default="reproduction", show_default=True, metavar="DIR",
              help="Folder of tables, figures and finished trainings; what it has is not trained again.")  # fmt: skip
@data_dir_option
@json_option
def command(
    paper: str | None, item: str | None, workers: int | None, seeds: int, images: int | None, output: str,
    data_dir: str | None, as_json: bool,
) -> None:  # fmt: skip
    """Train a paper's figure or table again and set it beside the paper's numbers; without arguments: list them.

    Example: neurodeploy reproduce guo2020 fig9 --seeds 3 -o reproduction
    """
    from neurodeploy.reproduction import Plan, find_item, reproduce

    plan = Plan(seeds, images)
    if paper is None or item is None:
        _list(paper, plan, as_json)
        return
    chosen = find_item(paper, item)
    with progress_bar(f"{paper} {item}", len(chosen.cases(plan)), "trainings") as bar:
        found = reproduce(
            chosen,
            plan,
            Path(output),
            workers=workers,
            data_dir=data_dir,
            progress=lambda done, total: bar.update(done),
        )
    if as_json:
        columns = found.report.columns
        print_json({
            "paper": paper, "item": item, "table": str(found.table), "figure": str(found.figure) if found.figure else None,
            "columns": list(columns), "rows": [list(row) for row in found.report.rows], "notes": list(found.report.notes),
            "failed": [{"series": case.series, "x": case.x, "error": _said(error)} for case, error in found.results.failed],
        })  # fmt: skip
        return
    if images is not None:
        say(f"[bold]Only the first {images:,} training images: these are not the paper's numbers.[/]")
    print_table(f"{paper}, {item}: {chosen.shows}", found.report.columns, found.report.rows)
    for note in found.report.notes:
        say(f"[dim]{note}[/]")
    if found.results.failed:
        say(f"Trainings refused: {len(found.results.failed)}, the first: {_said(found.results.failed[0][1])}")
    say(f"[bold]{found.table}[/]" + (f", [bold]{found.figure}[/]" if found.figure else ""))


def _said(error: Exception) -> str:
    return str(error)


def _minutes(row: dict[str, Any]) -> str:
    return "<1" if row["trainings"] and row["minutes"] < 1 else f"{row['minutes']:.0f}"


def _list(paper: str | None, plan: Plan, as_json: bool) -> None:
    from neurodeploy.reproduction import PAPERS, find_item, items
    from neurodeploy.reproduction.estimate import estimated_minutes

    if paper is not None and paper not in PAPERS:
        find_item(paper, "")
    rows: list[dict[str, Any]] = [
        {"paper": name, "item": entry.name, "shows": entry.shows, "trainings": len(entry.cases(plan)),
         "minutes": estimated_minutes(entry, plan)}
        for name in ([paper] if paper else PAPERS) for entry in items(name).values()
    ]  # fmt: skip
    if as_json:
        print_json(rows)
        return
    print_table(
        "Figures and tables to reproduce: neurodeploy reproduce PAPER ITEM",
        ["paper", "item", "trainings", "minutes", "what it shows"],
        [[r["paper"], r["item"], str(r["trainings"]), _minutes(r), r["shows"]] for r in rows],
    )  # fmt: skip
    say(
        "[dim]Minutes: two workers on two idle cores, from measured rates (docs/results/two_layer.md); items that share trainings take less.[/]"
    )
