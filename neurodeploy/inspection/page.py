"""The inspection as one self-contained HTML page."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import Any

import numpy as np

from neurodeploy.errors import NeurodeployError
from neurodeploy.files import atomic_file, check_writable
from neurodeploy.inspection.layers import LayerSummary
from neurodeploy.inspection.tables import layer_table, projection_table
from neurodeploy.inspection.warnings import Finding
from neurodeploy.network import Network
from neurodeploy.network.history import history_lines
from neurodeploy.report.figures import BLUE, GREY, ORANGE, Picture, draw
from neurodeploy.report.html import figure, page_style, section, table
from neurodeploy.wording import counted

MOST_PANELS = 12


def check_page(path: Path) -> None:
    """Refuse, before any work, a path that :func:`write_page` could not write (ND106, ND101–ND103)."""
    if path.suffix.lower() not in (".html", ".htm"):
        raise NeurodeployError("ND106", f"The page '{path}' does not end in .html.", "Use a name such as network.html.")
    check_writable(path)


def write_page(
    path: Path, name: str, network: Network, layers: Sequence[LayerSummary], findings: Sequence[Finding]
) -> None:
    """Write the page to ``path`` (.html); ND106 for another ending."""
    check_page(path)
    with atomic_file(path) as temporary:
        temporary.write_text(render(name, network, layers, findings), "utf-8")


def render(name: str, network: Network, layers: Sequence[LayerSummary], findings: Sequence[Finding]) -> str:
    """The page; figures are embedded, nothing is loaded from elsewhere."""
    warnings = "".join(f"<li><b>{escape(f.where)}</b>: {escape(f.what)} — {escape(f.remedy)}.</li>" for f in findings)
    measured = next((layer.activity for layer in layers if layer.activity), None)
    told = (
        f"Activity is the mean over {counted(measured.samples, 'sample')} of {counted(measured.steps, 'step')} of {network.dt:g} ms."
        if measured
        else "No samples were run: activity and operations are unknown."
    )
    body = [
        section("Layers", told, table(layer_table(layers))),
        section("Projections", "", table(projection_table(layers))),
        section(
            "Activity",
            "Neurons by the share of steps in which they spike.",
            figure(_rates(layers), "Firing of each spiking layer"),
        ),
        section("Weights", "Synapses that exist, by weight.", figure(_weights(network), "Weights of each projection")),
        section("Provenance", "", table(_provenance(network))),
    ]
    cards = [
        (f"{sum(layer.neurons for layer in layers):,}", "neurons, inputs included"),
        (f"{sum(layer.synapses for layer in layers):,}", "synapses"),
        (f"{sum(layer.bytes for layer in layers) / 1024:,.1f} KiB", "of stored weights"),
        (str(len(findings)), "warnings"),
    ]
    shown = "".join(f"<div><b>{escape(value)}</b><span>{escape(text)}</span></div>" for value, text in cards)
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>{escape(name)}</title><style>{page_style()}</style></head><body>\n"
        f'<header><p class="kicker">neurodeploy inspect</p><h1>{escape(name)}</h1><div class="cards">{shown}</div></header>\n'
        "<main>"
        + (f'<aside class="missing"><b>Warnings</b><ul>{warnings}</ul></aside>' if warnings else "")
        + "\n".join(part for part in body if part)
        + "</main><footer>Operations and bytes follow NeuroBench's definitions.</footer></body></html>\n"
    )


def _rates(layers: Sequence[LayerSummary]) -> Picture | None:
    spiking = [layer for layer in layers if layer.activity and layer.activity.histogram][:MOST_PANELS]
    if not spiking:
        return None

    def paint(canvas: Any) -> None:
        for axes, layer in zip(_panels(canvas, len(spiking)), spiking, strict=False):
            assert layer.activity is not None
            axes.bar(np.arange(10) * 10 + 5, layer.activity.histogram, width=9, color=BLUE)
            axes.set(
                title=layer.name, xlabel="% of steps with a spike", ylabel="neurons", yscale="symlog", xlim=(0, 100)
            )

    return draw(paint, 7.6, 2.3 * -(-len(spiking) // 3))


def _weights(network: Network) -> Picture | None:
    shown = [p for p in network.projections if p.weights.present().any() and np.size(p.weights.present()) > 1]
    shown = shown[:MOST_PANELS]
    if not shown:
        return None

    def paint(canvas: Any) -> None:
        for axes, projection in zip(_panels(canvas, len(shown)), shown, strict=False):
            values = projection.weights.decoded()[projection.weights.present()]
            axes.hist(values, bins=60, color=ORANGE if projection.weights.quantized else BLUE)
            axes.axvline(0, color=GREY, linewidth=0.8)
            axes.set(title=projection.name, xlabel="weight", ylabel="stored weights", yscale="log")

    return draw(paint, 7.6, 2.3 * -(-len(shown) // 3))


def _panels(canvas: Any, count: int) -> list[Any]:
    columns = min(count, 3)
    grid = np.atleast_1d(canvas.subplots(-(-count // columns), columns)).ravel()
    for unused in grid[count:]:
        unused.set_visible(False)
    return list(grid)


def _provenance(network: Network) -> tuple[list[str], list[list[str]]]:
    rows = [["digest", network.digest()], ["stage", network.stage], ["time step", f"{network.dt:g} ms"]]
    if network.encoder is not None:
        options = ", ".join(f"{name} = {value:g}" for name, value in network.encoder.parameters.items())
        rows.append(
            [
                "encoder",
                f"{network.encoder.name}, {counted(network.encoder.steps, 'step')}"
                + (f", {options}" if options else ""),
            ]
        )
    if network.readout is not None:
        rows.append(["readout", f"{network.readout.name} of {network.readout.population}"])
    rows += [list(line) for line in history_lines(network)]
    return ["", ""], rows
