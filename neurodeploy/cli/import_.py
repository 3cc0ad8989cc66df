"""neurodeploy import."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import rich_click as click

from neurodeploy.cli.encoder_options import NAMES, encoder_options, with_encoder
from neurodeploy.cli.options import json_option, output_option
from neurodeploy.cli.output import print_json, say
from neurodeploy.network.nir.conventions import CONVENTIONS
from neurodeploy.wording import counted

if TYPE_CHECKING:
    from neurodeploy.network import Network

TRIED = 20
"""Samples that are run after an import."""


@click.command("import")
@click.argument("graph", type=click.Path())
@click.option(
    "--convention", type=click.Choice(list(CONVENTIONS)), default=None,
    help="How the framework that wrote the graph steps it; not needed for files that neurodeploy wrote.",
)  # fmt: skip
@click.option("--dt", type=float, default=None, help="Time step in ms; default: what the framework's exporter assumes.")
@click.option(
    "--reset", type=click.Choice(["value", "subtraction", "none"]), default=None,
    help="Reset at a spike, which NIR does not record; default: the framework's.",
)  # fmt: skip
@click.option(
    "--reset-timing", type=click.Choice(["same_step", "next_step"]), default=None,
    help="When the reset acts; default: as in the framework.",
)  # fmt: skip
@click.option(
    "--max-spikes-per-step", type=click.IntRange(1), default=None,
    help="How often a neuron may spike in one step; default: as often as in the framework.",
)  # fmt: skip
@click.option("--round-delays", is_flag=True, help="Round delays to whole steps instead of refusing others.")
@encoder_options
@output_option
@json_option
def command(graph: str, output: str, as_json: bool, **options: Any) -> None:
    """Read a NIR graph that another framework exported, and say how samples become its input.

    With an encoder and --data, the first test samples are run, and a network that stays silent on them is warned of.

    Example: neurodeploy import trained.nir --convention snntorch --encoder constant --steps 25 --data digits -o net.h5
    """
    from neurodeploy.files import check_writable
    from neurodeploy.network import save_network
    from neurodeploy.network.nir import import_nir

    check_writable(Path(output))
    given = {name: options.pop(name) for name in NAMES}
    network = with_encoder(import_nir(graph, **options), given)
    save_network(network, output)
    warning = _warning(network)
    about = dict(network.metadata.get("nir", {}))
    synapses = sum(network.synapses(p) for p in network.projections)
    if as_json:
        sizes = {p.name: p.size for p in network.populations}
        print_json({"output": output, "dt": network.dt, "populations": sizes, "synapses": synapses, "nir": about,
                    "warnings": [warning] if warning else []})  # fmt: skip
        return
    neurons = sum(p.size for p in network.populations if p not in network.sources)
    say(f"[bold]{output}[/]: {counted(neurons, 'neuron')}, {counted(synapses, 'synapse')}, steps of {network.dt:g} ms")
    if about.get("changed_nodes"):
        changed = ", ".join(f"'{name}'" for name in about["changed_nodes"])
        say(f"Changed since neurodeploy exported it, so the graph's values count: {changed}")
    for lost in about.get("dropped", ()):
        say(f"No longer fits and was dropped: {lost}")
    if warning:
        say(f"[yellow]{warning}[/]")


def _warning(network: Network) -> str | None:
    """What the first test samples show, where encoder, read-out and data set are known and the set is here: a wrong
    convention or time step often leaves every output silent."""
    from neurodeploy import api
    from neurodeploy.errors import NeurodeployError

    data = network.metadata.get("data")
    if network.encoder is None or network.readout is None or data is None:
        return None
    try:
        found = api.run(network, str(data), limit=TRIED)
    except NeurodeployError as error:
        return None if error.code == "ND303" else f"{error.code} {error.message} {error.hint}"
    if found.silent < found.samples:
        return None
    return (
        f"No output spiked on the first {counted(found.samples, 'test sample')} of {data}: check --convention, --dt and --steps; "
        "'neurodeploy inspect' shows which layer falls silent."
    )
