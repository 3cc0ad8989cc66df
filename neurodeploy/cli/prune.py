"""neurodeploy prune."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import rich_click as click

from neurodeploy.cli.options import given, json_option, options_of, output_option
from neurodeploy.cli.output import number, percent, print_json, say
from neurodeploy.cli.rule_panels import rule_panels
from neurodeploy.compression import PRUNING_RULES, default_pruning_rule
from neurodeploy.wording import counted


@click.command("prune")
@click.argument("network", type=click.Path())
@click.option(
    "--rule",
    type=click.Choice(list(PRUNING_RULES)),
    default=None,
    help="Pruning rule [default: magnitude with --to-sparsity, else threshold].",
)
@click.option("--projection", multiple=True, help="Only this projection (repeatable).")
@click.option("--rescale", is_flag=True, help="Keep the sum of each neuron's weights.")
@options_of(*PRUNING_RULES.values())
@click.option_panel("Options")
@rule_panels("--rule", PRUNING_RULES.values())
@output_option
@json_option
def command(
    network: str,
    rule: str | None,
    projection: tuple[str, ...],
    rescale: bool,
    output: str,
    as_json: bool,
    **options: Any,
) -> None:
    """Remove synapses, filters or neurons of a network, for good.

    Example: neurodeploy prune net.h5 --to-sparsity 0.9 -o pruned.h5
    """
    from neurodeploy.api import prune
    from neurodeploy.files import check_writable
    from neurodeploy.network import load_network, save_network

    check_writable(Path(output))  # before the work
    rule = rule or default_pruning_rule([name for name, value in options.items() if value is not None])
    pruned = prune(
        load_network(network),
        rule,
        projections=projection or None,
        rescale=rescale,
        **given(options, PRUNING_RULES[rule]),
    )
    save_network(pruned, output)
    step = pruned.metadata["history"][-1]
    if as_json:
        print_json({"output": output, **step})
        return
    for entry in step["synapses"]:
        say(
            f"[bold]{output}[/]: '{entry['projection']}' {number(entry['before'])} -> {counted(entry['after'], 'synapse')} "
            f"({percent(entry['after'] / entry['before'])} left)"
        )
    for entry in step.get("neurons", ()):
        say(
            f"[bold]{output}[/]: '{entry['population']}' {number(entry['before'])} -> {counted(entry['after'], 'neuron')}"
        )
    say_left_alone(step)


def say_left_alone(step: dict[str, Any]) -> None:
    """Print which projections a compression did not touch, and why."""
    for entry in step.get("left_alone", ()):
        say(f"[dim]'{entry['projection']}' is left alone: {entry['why']}[/]")
