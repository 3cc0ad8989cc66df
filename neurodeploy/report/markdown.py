"""The report as Markdown: the tables, without figures."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from neurodeploy.compiler import verdict
from neurodeploy.report.facts import Facts
from neurodeploy.report.tables import (
    efficiency_rows,
    energy_rows,
    ladder_rows,
    layer_rows,
    pass_rows,
    resource_rows,
    verdict_texts,
    weight_rows,
)


def render_markdown(facts: Facts) -> str:
    """The whole report."""
    fits, binding = verdict_texts(verdict(facts.program.resources()))
    parts = [
        f"# {facts.name} on {facts.manifest['target']}\n",
        f"Network: {facts.network.stage}, dt {facts.network.dt:g} ms, digest `{facts.network.digest()[:16]}`; "
        f"compiled by neurodeploy {facts.manifest['neurodeploy']}.\n",
        f"**It {fits}**; {binding}.\n",
    ]
    if facts.missing:
        parts.append("Missing:\n" + "".join(f"- {entry}\n" for entry in facts.missing))
    own = [
        (f"{section.title}: {title}" if title else section.title, content)
        for section in facts.sections
        for title, content in section.tables
    ]
    tables = {
        "Layers": layer_rows(facts),
        "Fidelity ladder": ladder_rows(facts),
        "Resources": resource_rows(facts),
        "Energy in all": efficiency_rows(facts),
        "Energy": energy_rows(facts),
        **dict(own),
        "What the compiler did": pass_rows(facts),
        "Weights": weight_rows(facts),
    }
    for title, (columns, rows) in tables.items():
        if rows:
            parts.append(f"## {title}\n\n{_table(columns, rows)}")
    return "\n".join(parts)


def _table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [columns, ["---"] * len(columns), *rows]
    return "".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |\n" for line in lines)
