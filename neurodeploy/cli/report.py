"""neurodeploy report."""

from __future__ import annotations

import rich_click as click

from neurodeploy.cli.options import json_option, output_option
from neurodeploy.cli.output import busy, print_json, say


@click.command("report")
@click.argument("bundle", type=click.Path())
@output_option
@json_option
def command(bundle: str, output: str, as_json: bool) -> None:
    """Write a bundle's report: one self-contained HTML page, Markdown and JSON beside it.

    Reads the runs and verifications in NAME.run/ beside the bundle, and says which it lacks.

    Example: neurodeploy report small.bundle -o report.html
    """
    from neurodeploy.api import report

    with busy("drawing the report"):
        written = report(bundle, output)
    if as_json:
        print_json({"written": [str(path) for path in written]})
    else:
        say("Written: " + ", ".join(f"[bold]{path}[/]" for path in written))
