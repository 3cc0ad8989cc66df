"""The report as one self-contained HTML page."""

from __future__ import annotations

from html import escape

from neurodeploy.compiler import verdict
from neurodeploy.network.history import history_lines
from neurodeploy.report import figures
from neurodeploy.report.facts import Facts
from neurodeploy.report.html import figure, page_style, section, table
from neurodeploy.report.tables import (
    energy_rows,
    ladder_rows,
    layer_rows,
    pass_rows,
    resource_rows,
    weight_rows,
)
from neurodeploy.wording import counted


def render_page(facts: Facts) -> str:
    """The whole page; figures are embedded, nothing is loaded from elsewhere."""
    result = verdict(facts.program.resources())
    style = page_style()
    title = f"{facts.name} on {facts.manifest['target']}"
    sections = [
        section("Fidelity ladder", "The same input through every stage, from the trained network to the bit-exact model of "
                 "the chip. Spike distance: sum of differences in spike counts, relative to the rung above.",
                 figure(figures.ladder_figure(facts), "Accuracy of each rung"), table(ladder_rows(facts))),
        section("Resources", f"{'The network fits' if result.fits else 'The network does not fit'}; "
                 f"{result.tightest}. Lines without a prefix are our own estimate; those of the vendor's mapping say so.",
                 figure(figures.chip_map_figure(facts), "Cores in use on each chip of the board"), table(resource_rows(facts))),
        section("Energy", _energy_text(facts), figure(figures.energy_figure(facts), "Energy per inference"), table(energy_rows(facts))),
        section("Activity", _activity_text(facts),
                 figure(figures.raster_figure(facts), "Spikes of the first sample"),
                 figure(figures.confusion_figure(facts), "Confusion matrix of the run")),
        section("Network", "", table(layer_rows(facts)),
                 figure(figures.weight_maps_figure(facts), "Input weights of the excitatory neurons, with the class of each")),
        section("What the compiler did", "", table(pass_rows(facts)), table(weight_rows(facts))),
        section("Provenance", "", _provenance(facts)),
    ]  # fmt: skip
    missing = "".join(f"<li>{escape(entry)}</li>" for entry in facts.missing)
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>{escape(title)}</title><style>{style}</style></head><body>\n"
        f'<header><p class="kicker">neurodeploy report</p><h1>{escape(title)}</h1>{_cards(facts)}</header>\n<main>'
        + (f'<aside class="missing"><b>Not in this report:</b><ul>{missing}</ul></aside>' if missing else "")
        + "\n".join(section for section in sections if section)
        + f"</main><footer>neurodeploy {escape(facts.manifest['neurodeploy'])}. The model is bit-exact in its arithmetic and "
        "assumes ideal timing: no lost or late packets, no overruns.</footer></body></html>\n"
    )


def _cards(facts: Facts) -> str:
    cards = []
    ladder, run = facts.ladder, facts.run
    available = [rung for rung in ladder["rungs"] if rung["available"]] if ladder else []
    if run:
        cards.append(
            (
                f"{100 * run['accuracy']:.1f} %",
                f"accuracy on {run['executor']}, {counted(run['samples'], 'sample')} of {run['data']}",
            )
        )
    if available:
        cards.append(
            (
                f"{100 * available[0]['accuracy']:.1f} %",
                f"accuracy in float, {counted(ladder['samples'], 'sample')}" if ladder else "",
            )
        )
    layers = facts.layers()
    cards.append((f"{sum(layer['synapses'] for layer in layers):,}", "synapses, inhibition included"))
    cards.append(
        (f"{100 * layers[0]['connectivity']:.0f} %", f"connectivity of {layers[0]['projection'].replace('_', ' ')}")
    )
    vendor = [usage for usage in facts.program.resources() if usage.name in ("cores", "sPyNNaker: cores")]
    if vendor:
        cards.append((f"{vendor[-1].used:g}", f"cores of {vendor[-1].limit:g}"))
    if run:
        chips = next((cost for cost in run["costs"] if cost["method"] == "chips in use"), run["costs"][0])
        cards.append((f"{1000 * chips['joules_per_inference']:.3g} mJ", f"per inference, {chips['method']}"))
    return (
        '<div class="cards">'
        + "".join(f"<div><b>{escape(v)}</b><span>{escape(t)}</span></div>" for v, t in cards)
        + "</div>"
    )


def _energy_text(facts: Facts) -> str:
    if facts.run is None:
        return ""
    per_sample = facts.run["costs"][0]["hardware_seconds"] / facts.run["samples"]
    return (
        f"A presentation with its rest takes {1000 * per_sample:.0f} ms on the board. The methods answer different questions and are "
        "not to be added: the whole board as measured, only the chips in use, and the two ways in which elbez2022's 8 nJ are counted."
    )


def _activity_text(facts: Facts) -> str:
    if facts.run is None:
        return ""
    spikes = ", ".join(
        f"{total / facts.run['samples']:.1f} spikes of '{name}'" for name, total in facts.run["spikes"].items()
    )
    clipped = sum(facts.run["saturations"].values())
    return f"Per sample: {spikes}; {counted(facts.run['silent_samples'], 'sample')} without an output spike; {clipped:,} ring-buffer saturations."


def _provenance(facts: Facts) -> str:
    rows = [
        ["network digest", facts.network.digest()],
        ["trained on", str(facts.network.metadata.get("data", "unknown"))],
    ]
    rows += [list(line) for line in history_lines(facts.network)]
    rows += [["target options", ", ".join(f"{k} = {v}" for k, v in facts.manifest.get("options", {}).items())]]
    if facts.manifest.get("vendor_mapping"):
        rows.append(["mapped by", f"sPyNNaker {facts.manifest['vendor_mapping']['spynnaker']} on a virtual board"])
    return table((["", ""], rows))
