"""neurodeploy quantize."""

from __future__ import annotations

from typing import Any

import rich_click as click

from neurodeploy.cli.options import given, json_option, options_of, output_option
from neurodeploy.cli.output import percent, print_json, say
from neurodeploy.compression import QUANTIZERS


@click.command("quantize")
@click.argument("network", type=click.Path())
@click.option(
    "--rule", type=click.Choice(list(QUANTIZERS)), default="weight_sharing", show_default=True, help="Quantizer."
)
@click.option("--projection", multiple=True, help="Only this projection (repeatable).")
@options_of(*QUANTIZERS.values())
@output_option
@json_option
def command(network: str, rule: str, projection: tuple[str, ...], output: str, as_json: bool, **options: Any) -> None:
    """Reduce the weights of a network to a few levels.

    Example: neurodeploy quantize pruned.h5 --levels 3 -o small.h5
    """
    from neurodeploy.api import quantize
    from neurodeploy.network import load_network, save_network

    small = quantize(load_network(network), rule, projections=projection or None, **given(options, QUANTIZERS[rule]))
    save_network(small, output)
    step = small.metadata["history"][-1]
    if as_json:
        print_json({"output": output, **step})
        return
    for entry in step["weights"]:
        say(
            f"[bold]{output}[/]: '{entry['projection']}' has {entry['levels']} levels, relative rms error {percent(entry['relative_rms_error'])}"
        )
