"""The report as one self-contained HTML page."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from neurodeploy.compiler import Figure, Section, verdict
from neurodeploy.network.history import history_lines
from neurodeploy.report import figures
from neurodeploy.report.facts import Facts
from neurodeploy.report.html import figure, heading, page_style, section, table
from neurodeploy.report.tables import (
    efficiency_rows,
    energy_rows,
    joule_unit,
    ladder_rows,
    layer_rows,
    pass_rows,
    resource_rows,
    verdict_texts,
    weight_rows,
)
from neurodeploy.wording import counted


def render_page(facts: Facts) -> str:
    """The whole page; figures are embedded, nothing is loaded from elsewhere."""
    fits, binding = verdict_texts(verdict(facts.program.resources()))
    style, own = page_style(), facts.presentation
    title = f"{facts.name} on {facts.manifest['target']}"
    sections = [
        section("Fidelity ladder", "The same input through every stage, from the trained network to "
                 f"{own.model}. Spike distance: sum of differences in spike counts, relative to the rung above.",
                 figure(figures.ladder_figure(facts), "Accuracy of each rung"), table(ladder_rows(facts))),
        section("Resources", f"The network {fits}; {binding}. {own.resources_text}".strip(),
                 *_drawn(own.resource_figures()), table(resource_rows(facts))),
        section("Energy", "" if facts.run is None else own.energy_text(facts.run),
                 figure(figures.energy_figure(facts), "Energy per inference"), table(efficiency_rows(facts)), table(energy_rows(facts))),
        *(_target_section(part) for part in facts.sections),
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
        + f"</main><footer>neurodeploy {escape(facts.manifest['neurodeploy'])}. {escape(own.footer)}</footer></body></html>\n"
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
    cards += facts.presentation.cards()
    if run and run["costs"]:
        cost = next((c for c in run["costs"] if c["method"] == facts.presentation.headline), run["costs"][0])
        scale, unit = joule_unit(cost["joules_per_inference"] or 0.0)
        cards.append(
            (f"{scale * (cost['joules_per_inference'] or 0.0):.3g} {unit}", f"per inference, {cost['method']}")
        )
    return (
        '<div class="cards">'
        + "".join(f"<div><b>{escape(v)}</b><span>{escape(t)}</span></div>" for v, t in cards)
        + "</div>"
    )


def _target_section(part: Section) -> str:
    tables = [heading(title) + table(content) for title, content in part.tables if content[1]]
    return section(part.title, part.text, *_drawn(part.figures), *tables)


def _drawn(pictures: Sequence[Figure]) -> list[str]:
    return [figure(figures.of_target(picture), picture.caption) for picture in pictures]


def _activity_text(facts: Facts) -> str:
    if facts.run is None:
        return ""
    spikes = ", ".join(
        f"{total / facts.run['samples']:.1f} spikes of '{name}'" for name, total in facts.run["spikes"].items()
    )
    clipped = sum(facts.run["saturations"].values())
    return f"Per sample: {spikes}; {counted(facts.run['silent_samples'], 'sample')} without an output spike; {clipped:,} {facts.presentation.saturations}."


def _provenance(facts: Facts) -> str:
    rows = [
        ["network digest", facts.network.digest()],
        ["trained on", str(facts.network.metadata.get("data", "unknown"))],
    ]
    rows += [list(line) for line in history_lines(facts.network)]
    rows += [["target options", ", ".join(f"{k} = {v}" for k, v in facts.manifest.get("options", {}).items())]]
    rows += [[name, text] for name, text in facts.presentation.provenance()]
    return table((["", ""], rows))
