"""The report's tables as text cells, shared by the HTML page and the Markdown file."""

from __future__ import annotations

from typing import Any

from neurodeploy.compiler import Verdict
from neurodeploy.compiler.presentation import Table as Table
from neurodeploy.report.facts import Facts
from neurodeploy.wording import quantities, quantity


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


def verdict_texts(result: Verdict) -> tuple[str, str]:
    """Whether it fits, as the end of a sentence, and what binds first."""
    fits = "fits" if result.fits else "does not fit"
    return fits, result.tightest


def energy_rows(facts: Facts) -> Table:
    """Every part of every method with its constant and source; of a single method with its range and share."""
    costs = (facts.run or {}).get("costs", [])
    if len(costs) == 1:
        return _energy_of_one(costs[0])
    columns = ["method", "part", "events", "constant", "J in all", "mJ per inference", "source"]
    rows = []
    for cost in costs:
        for item in cost["items"]:
            rows.append([
                cost["method"], item["part"], f"{_number(item['count'])} {item['events']}", _constant(item["constant"]),
                f"{item['joules']:.4g}", f"{1000 * item['joules'] / cost['samples']:.4g}", _source(item["constant"]),
            ])  # fmt: skip
        if len(cost["items"]) > 1:
            rows.append([
                cost["method"], "total", "", "", f"{cost['joules']:.4g}", f"{1000 * cost['joules_per_inference']:.4g}",
                cost["note"],
            ])  # fmt: skip
    return columns, rows


def _energy_of_one(cost: dict[str, Any]) -> Table:
    samples = cost["samples"]
    rows = [
        [item["part"], f"{_number(item['count'])} {item['events']}", _constant(item["constant"]),
         quantity(item["joules"] / samples, "J"), _share(item["joules"], cost["joules"]), _range(item, samples),
         _source(item["constant"])]
        for item in cost["items"]
    ]  # fmt: skip
    if len(rows) > 1:
        rows.append(["total", "", "", quantity(cost["joules"] / samples, "J"), "", _range(cost, samples), cost["note"]])
    return ["part", "events", "constant", "per inference", "share", "range", "source"], rows


def efficiency_rows(facts: Facts) -> Table:
    """Energy per inference, per correct inference and per synaptic event, with ranges; nothing where no method counts events."""
    rows = []
    for cost in (facts.run or {}).get("costs", []):
        if not cost.get("joules_per_synaptic_event"):
            continue
        for name in ("joules_per_inference", "joules_per_correct_inference", "joules_per_synaptic_event"):
            if cost[name] is not None and cost["joules"]:
                what = name.removeprefix("joules_").replace("_", " ")
                rows.append(
                    [what, quantity(cost[name], "J"), _range(cost, cost["joules"] / cost[name]), cost["method"]]
                )
    return ["", "energy", "range", "method"], rows


def _range(part: dict[str, Any], divisor: float) -> str:
    low, high = part.get("joules_range", (0.0, 0.0))
    return quantities(low / divisor, high / divisor, "J")


def _constant(constant: dict[str, Any]) -> str:
    if constant["unit"].startswith("J") and 0 < constant["value"] < 1e-9:
        return f"{quantity(constant['value'], 'J')}{constant['unit'].removeprefix('J')}"
    return f"{constant['value']:g} {constant['unit']}"


def _source(constant: dict[str, Any]) -> str:
    return f"{constant['source']} ({constant['kind']})"


def _share(part: float, whole: float) -> str:
    return f"{100 * part / whole:.1f} %" if whole else ""


def joule_unit(most: float) -> tuple[float, str]:
    """Factor and name of the unit for energies of at most ``most`` joules: mJ, or a smaller one."""
    for factor, unit in ((1e3, "mJ"), (1e6, "µJ"), (1e9, "nJ")):
        if factor * most >= 1 or not most:
            return factor, unit
    return 1e12, "pJ"


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
