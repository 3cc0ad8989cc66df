"""neurodeploy inspect."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import rich_click as click

from neurodeploy.cli.options import json_option
from neurodeploy.cli.output import number, percent, print_json, print_table, say


@click.command("inspect")
@click.argument("path", type=click.Path())
@json_option
def command(path: str, as_json: bool) -> None:
    """Show what a network file (.h5) or a bundle holds: layers, synapses, sparsity, levels, history."""
    from neurodeploy.compiler import load_bundle
    from neurodeploy.network import load_network

    network = load_bundle(path).network if Path(path).is_dir() else load_network(path)
    summary = summarise(network)
    if as_json:
        print_json(summary)
        return
    say(
        f"[bold]{path}[/]: {summary['stage']} network, dt {network.dt:g} ms, trained on {summary['data'] or 'unknown data'}"
    )
    print_table(
        "Populations",
        ["name", "shape", "neurons", "model"],
        [[p["name"], "x".join(map(str, p["shape"])), number(p["neurons"]), p["model"]] for p in summary["populations"]],
    )
    print_table(
        "Projections",
        ["name", "synapses", "share", "levels", "weights", "delay", "receptor"],
        [[p["name"], number(p["synapses"]), percent(p["connectivity"]), str(p["levels"] or "float"),
          f"{p['smallest']:.4g} to {p['largest']:.4g}", str(p["delay_steps"]), p["receptor"]] for p in summary["projections"]],
    )  # fmt: skip
    for step in summary["history"]:
        say(f"  {step['step']}: {step['rule']} {step['options']}")
    if summary["test"]:
        say(
            f"  accuracy when trained: {percent(summary['test']['accuracy'])} on {summary['test']['samples']:,} test samples"
        )


def summarise(network: Any) -> dict[str, Any]:
    """A network as plain values."""
    import numpy as np

    from neurodeploy.network import LateralInhibition

    projections = []
    for p in network.projections:
        values = p.weights.decoded()[p.weights.present()]
        possible = network.population(p.source).size * network.population(p.target).size
        if isinstance(p.connectivity, LateralInhibition):
            possible -= network.population(p.source).size  # no neuron inhibits itself
        synapses = network.synapses(p)
        projections.append({
            "name": p.name, "kind": p.connectivity.kind, "source": p.source, "target": p.target, "receptor": p.receptor,
            "synapses": synapses, "connectivity": synapses / possible, "delay_steps": p.delay,
            "levels": None if p.weights.levels is None else int(p.weights.levels.shape[-1]),
            "distinct_weights": len(np.unique(values)),
            "smallest": float(values.min(initial=np.inf)) if len(values) else 0.0, "largest": float(values.max()) if len(values) else 0.0,
        })  # fmt: skip
    return {
        "stage": network.stage,
        "ancestors": [ancestor.stage for ancestor in network.ancestors],
        "dt_ms": network.dt,
        "data": network.metadata.get("data"),
        "populations": [
            {"name": p.name, "shape": list(p.shape), "neurons": p.size, "model": p.neuron.kind}
            for p in network.populations
        ],
        "projections": projections,
        "neurons_per_class": (
            np.bincount(network.readout.labels[network.readout.labels >= 0], minlength=network.readout.classes).tolist()
            if network.readout
            else None
        ),
        "history": network.metadata.get("history", []),
        "test": network.metadata.get("test"),
        "digest": network.digest(),
    }
