"""neurodeploy export."""

from __future__ import annotations

from pathlib import Path

import rich_click as click

from neurodeploy.cli.options import json_option, output_option
from neurodeploy.cli.output import print_json, say
from neurodeploy.network.nir.neuron_nodes import APPROXIMATIONS
from neurodeploy.network.nir.operator_nodes import EXPANSIONS


@click.command("export")
@click.argument("network", type=click.Path())
@click.option(
    "--expand",
    multiple=True,
    type=click.Choice(list(EXPANSIONS)),
    help="Write this structure as a matrix (repeatable).",
)
@click.option(
    "--approximate", multiple=True, type=click.Choice(list(APPROXIMATIONS)),
    help="Leave this out for other programs (repeatable).",
)  # fmt: skip
@click.option(
    "--dtype", type=click.Choice(["float32", "float64"]), default="float32", show_default=True,
    help="Numbers in the graph's nodes; the exact ones are in its metadata.",
)  # fmt: skip
@output_option
@json_option
def command(
    network: str, expand: tuple[str, ...], approximate: tuple[str, ...], dtype: str, output: str, as_json: bool
) -> None:
    """Write a network as a NIR graph for other frameworks; 'import' gives the same network back.

    Example: neurodeploy export net.h5 -o net.nir
    """
    from neurodeploy.files import check_writable
    from neurodeploy.network import load_network
    from neurodeploy.network.nir import export_nir

    check_writable(Path(output))  # before the work
    remarks = export_nir(load_network(network), output, expand=expand, approximate=approximate, dtype=dtype)  # type: ignore[arg-type]
    if as_json:
        print_json({"output": output, "remarks": list(remarks)})
        return
    say(f"[bold]{output}[/]: written")
    for remark in remarks:
        say(f"  {remark}")
