"""neurodeploy targets."""

from __future__ import annotations

from typing import Any

import rich_click as click

from neurodeploy.cli.options import json_option
from neurodeploy.cli.output import print_json, print_table


@click.command("targets")
@json_option
def command(as_json: bool) -> None:
    """List the installed targets, their options and limits."""
    from neurodeploy.compiler import option_fields, working_targets

    found: list[dict[str, Any]] = []
    for name, target in working_targets().items():
        options = {field.name: field.default for field in option_fields(target.options)}
        found.append(
            {
                "name": name,
                "description": target.description,
                "options": options,
                "limits": dict(target.spec(target.options())),
            }
        )
    if as_json:
        print_json(found)
        return
    for entry in found:
        print_table(
            f"{entry['name']}: {entry['description']}",
            ["limit", "value"],
            [
                [key.replace("_", " "), f"{value:,}" if isinstance(value, int) else str(value)]
                for key, value in entry["limits"].items()
            ],
        )
        print_table(
            "",
            ["option", "default"],
            [[f"--{key.replace('_', '-')}", str(value)] for key, value in entry["options"].items()],
        )
