"""Tables that several items have."""

from __future__ import annotations

from collections.abc import Sequence

from neurodeploy.reproduction.item import Report
from neurodeploy.reproduction.results import Results, at, spread, value

CONNECTIVITIES = (0.5, 0.3, 0.2, 0.15, 0.1, 0.05)
INTERPOLATED = (
    "A threshold gives a connectivity, not the other way round: thresholds were swept, and a value at a connectivity is linear"
    " between the two trainings around it (means over seeds); a dash where the sweep does not reach it."
)


def accuracy_by_connectivity(
    results: Results, rows: Sequence[tuple[str, str]], baseline: str | None, along: str = "connectivity",
    notes: Sequence[str] = (),
) -> Report:  # fmt: skip
    """Test accuracy of each (label, series) at fixed connectivities; ``baseline``: the series of the unpruned network."""
    unpruned = results.point(baseline) if baseline else None
    columns = ["accuracy %", "unpruned", *(f"at {100 * c:g} %" for c in CONNECTIVITIES), "lowest connectivity %"]
    cells = [
        [
            label,
            spread(unpruned, "accuracy"),
            *(value(at(results.curve(series), along, c, "accuracy")) for c in CONNECTIVITIES),
            value(min((p.mean(along) for p in results.curve(series)), default=None), digits=1),
        ]
        for label, series in rows
    ]
    return Report(columns, cells, (*notes, INTERPOLATED))
