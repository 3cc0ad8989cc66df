"""neurodeploy inspect."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import rich_click as click

from neurodeploy.cli.options import data_dir_option, json_option
from neurodeploy.cli.output import percent, print_json, print_table, progress_bar, say
from neurodeploy.wording import counted


@click.command("inspect")
@click.argument("path", type=click.Path())
@click.option(
    "--data", default=None, help="Data set to run samples of (default: the one it was trained on, if it is here)."
)
@click.option(
    "--samples", type=click.IntRange(0), default=100, show_default=True, help="Test samples to run; 0: only look."
)
@click.option("--target", default=None, help="Also say what this target would refuse or lose.")
@click.option("--page", type=click.Path(), default=None, help="Also write everything as an HTML page.")
@data_dir_option
@json_option
def command(
    path: str, data: str | None, samples: int, target: str | None, page: str | None, data_dir: str | None, as_json: bool
) -> None:
    """Show what a network file (.h5) or a bundle holds: layers, synapses, sparsity, levels, bytes, operations, warnings."""
    from neurodeploy import inspection
    from neurodeploy.compiler import load_bundle
    from neurodeploy.inspection.tables import layer_table, projection_table
    from neurodeploy.network import load_network
    from neurodeploy.network.history import history_lines

    if page is not None:
        inspection.check_page(Path(page))  # before the work
    program = load_bundle(path) if Path(path).is_dir() else None
    network = program.network if program else load_network(path)
    dataset = _samples(network, data, samples, data_dir)
    activity = None
    if dataset is not None:
        with progress_bar("running samples", len(dataset)) as bar:
            activity = inspection.measure(network, dataset, bar.advance)
    layers = inspection.summarise(network, activity)
    findings = inspection.warnings_of(network, layers)
    if target is not None:
        findings += inspection.target_warnings(network, target, {})
    if page is not None:
        inspection.write_page(Path(page), Path(path).name, network, layers, findings)
    if as_json:
        print_json(_plain(network, layers, findings, program))
        return
    data_name = network.metadata.get("data") or "unknown data"
    say(f"[bold]{path}[/]: {network.stage} network, dt {network.dt:g} ms, trained on {data_name}")
    if program is not None:
        options = ", ".join(
            f"{name} = {value}" for name, value in program.manifest.get("options", {}).items() if value is not None
        )
        say(f"  compiled for {program.target} ({options})")
    print_table("Layers", *layer_table(layers))
    print_table("Projections", *projection_table(layers))
    for step, text in history_lines(network):
        say(f"  {step}: {text}")
    if test := network.metadata.get("test"):
        say(f"  accuracy when trained: {percent(test['accuracy'])} on {counted(test['samples'], 'test sample')}")
    if dataset is None and samples:
        say("  no samples were run: name a data set with --data for spikes and operations")
    for finding in findings:
        say(f"  [yellow]warning[/] [bold]{finding.where}[/]: {finding.what} ({finding.remedy})")
    if page is not None:
        say(f"Written: [bold]{page}[/]")


def _samples(network: Any, data: str | None, samples: int, data_dir: str | None) -> Any:
    """The first test samples, or None: without an encoder, when none are wanted, or when nobody named a set and none is here."""
    from neurodeploy import api
    from neurodeploy.errors import NeurodeployError

    if samples == 0 or (network.encoder is None and data is None):
        return None
    try:
        return api.dataset_of(network, data, "test", samples, data_dir)
    except NeurodeployError:
        if data is not None or data_dir is not None:
            raise
        return None


def _plain(network: Any, layers: Any, findings: Any, program: Any) -> dict[str, Any]:
    """Plain values for JSON."""
    import numpy as np

    readout = network.readout
    return {
        "stage": network.stage,
        "ancestors": [ancestor.stage for ancestor in network.ancestors],
        "dt_ms": network.dt,
        "data": network.metadata.get("data"),
        "target": None if program is None else program.target,
        "target_options": None if program is None else program.manifest.get("options"),
        "layers": [layer.as_dict() for layer in layers],
        "projections": [entry for layer in layers for entry in layer.as_dict()["inputs"]],
        "neurons_per_class": (
            np.bincount(readout.labels[readout.labels >= 0], minlength=readout.classes).tolist() if readout else None
        ),
        "warnings": [finding._asdict() for finding in findings],
        "history": network.metadata.get("history", []),
        "test": network.metadata.get("test"),
        "digest": network.digest(),
    }
