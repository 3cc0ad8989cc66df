"""The report's tables as text cells, shared by the HTML page and the Markdown file."""

from __future__ import annotations

from neurodeploy.report.facts import Facts

Table = tuple[list[str], list[list[str]]]


def layer_rows(facts: Facts) -> Table:
    """Synapses, connectivity and levels of each projection."""
    return ["projection", "kind", "synapses", "connectivity", "levels"], [
        [
            row["projection"],
            row["kind"].replace("_", " "),
            f"{row['synapses']:,}",
            f"{100 * row['connectivity']:.1f} %",
            str(row["levels"] or "float"),
        ]
        for row in facts.layers()
    ]


def ladder_rows(facts: Facts) -> Table:
    """Every rung with accuracy and distance to the one above."""
    columns = [
        "rung",
        "accuracy",
        "output spikes",
        "synaptic events",
        "saturations",
        "spike distance",
        "same class as above",
    ]
    rows = []
    for rung in (facts.ladder or {}).get("rungs", []):
        if not rung["available"]:
            rows.append([rung["name"], "not available", "", "", "", "", rung["why"]])
            continue
        rows.append([
            rung["name"], _percent(rung["accuracy"]), f"{rung['output_spikes']:,}", f"{rung['synaptic_events']:,}",
            f"{rung['saturations']:,}", _percent(rung["spike_distance"]), _percent(rung["same_class"]),
        ])  # fmt: skip
    return columns, rows


def resource_rows(facts: Facts) -> Table:
    """Every usage, ours and the vendor's."""
    rows = []
    for usage in facts.program.resources():
        limit = "" if usage.limit is None else _number(usage.limit)
        share = f"{100 * usage.used / usage.limit:.1f} %" if usage.limit else ""
        rows.append([usage.name, _number(usage.used), limit, share, usage.unit, usage.where])
    return ["resource", "used", "limit", "share", "unit", "where"], rows


def energy_rows(facts: Facts) -> Table:
    """Every part of every method with its constant and source."""
    columns = ["method", "part", "events", "constant", "J in all", "mJ per inference", "source"]
    rows = []
    for cost in (facts.run or {}).get("costs", []):
        for item in cost["items"]:
            constant = item["constant"]
            rows.append([
                cost["method"], item["part"], f"{_number(item['count'])} {item['events']}", f"{constant['value']:g} {constant['unit']}",
                f"{item['joules']:.4g}", f"{1000 * item['joules'] / cost['samples']:.4g}", f"{constant['source']} ({constant['kind']})",
            ])  # fmt: skip
        if len(cost["items"]) > 1:
            rows.append(
                [
                    cost["method"],
                    "total",
                    "",
                    "",
                    f"{cost['joules']:.4g}",
                    f"{1000 * cost['joules_per_inference']:.4g}",
                    cost["note"],
                ]
            )
    return columns, rows


def pass_rows(facts: Facts) -> Table:
    """What each pass did."""
    return ["pass", "what it did", "synapses"], [
        [p["name"], p["what"], f"{p['synapses_after']:,}"] for p in facts.manifest["passes"]
    ]


def weight_rows(facts: Facts) -> Table:
    """What the target's weight format cost."""
    entries = facts.manifest.get("weights", [])
    if not entries:
        return [], []
    columns = list(entries[0])
    return [column.replace("_", " ") for column in columns], [
        [_cell(entry[column]) for column in columns] for entry in entries
    ]


def _cell(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, float) else f"{value:,}" if isinstance(value, int) else str(value)


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{100 * share:.2f} %"


def _number(value: float) -> str:
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.4g}"
