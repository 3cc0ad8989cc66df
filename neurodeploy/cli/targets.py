"""neurodeploy targets."""

from __future__ import annotations

from typing import Any

import rich_click as click

from neurodeploy.cli.options import json_option
from neurodeploy.cli.output import print_json, print_table


@click.command("targets")
@json_option
def command(as_json: bool) -> None:
    """List the installed targets, their devices, options and limits."""
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
                "devices": [dict(device) for device in target.devices()],
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
                [
                    key.replace("_", " "),
                    f"{value:,}"
                    if isinstance(value, int)
                    else f"{value:g}"
                    if isinstance(value, float)
                    else str(value),
                ]
                for key, value in entry["limits"].items()
            ],
        )
        if entry["devices"]:
            columns = list(entry["devices"][0])
            print_table("", columns, [[str(device[column]) for column in columns] for device in entry["devices"]])
        print_table(
            "",
            ["option", "default"],
            [[f"--{key.replace('_', '-')}", str(value)] for key, value in entry["options"].items()],
        )
