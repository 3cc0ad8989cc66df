"""neurodeploy datasets."""

from __future__ import annotations

from typing import Any

import rich_click as click

from neurodeploy.cli.options import data_dir_option, json_option
from neurodeploy.cli.output import busy, number, print_json, print_table, say
from neurodeploy.cli.suggestions import SuggestingGroup
from neurodeploy.datasets import DATASETS, fetch, locate, sizes


@click.group("datasets", cls=SuggestingGroup, invoke_without_command=True)
@click.pass_context
def command(ctx: click.Context) -> None:
    """List the data sets (the default), or fetch one."""
    if ctx.invoked_subcommand is None:
        ctx.invoke(list_command)


@command.command("list")
@data_dir_option
@json_option
def list_command(data_dir: str | None = None, as_json: bool = False) -> None:
    """List the data sets, where they are, and how many samples are there (if none, how many were published)."""
    from neurodeploy.errors import NeurodeployError

    rows: list[dict[str, Any]] = []
    for name, source in DATASETS.items():
        place = locate(name, data_dir)
        where = (
            "embedded" if name == "digits" else str(place) if place else "not here: neurodeploy datasets fetch " + name
        )
        try:
            train, test = sizes(name, data_dir)
        except NeurodeployError as error:
            train, test, where = None, None, f"{error.code} {error.message}"
        rows.append(
            {
                "name": name,
                "train": train,
                "test": test,
                "where": where,
                "description": source.description,
            }
        )
    if as_json:
        print_json(rows)
    else:
        print_table(
            "Data sets",
            ["name", "train", "test", "where", "what"],
            [[r["name"], number(r["train"]), number(r["test"]), r["where"], r["description"]] for r in rows],
        )


@command.command("fetch")
@click.argument("name", type=click.Choice([name for name, source in DATASETS.items() if source.files]))
@data_dir_option
@json_option
def fetch_command(name: str, data_dir: str | None, as_json: bool) -> None:
    """Download a data set, checking its checksums."""
    with busy(f"fetching {name}"):
        folder = fetch(name, data_dir)
    if as_json:
        print_json({"name": name, "output": str(folder)})
    else:
        say(f"Written: [bold]{folder}[/]")
