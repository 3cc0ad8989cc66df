"""What a report says of SpiNNaker: boards, chips, ring buffers and elbez2022's energy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from neurodeploy.compiler.presentation import Figure, Presentation, RunSummary
from neurodeploy.compiler.resources import Usage


class SpinnakerPresentation(Presentation):
    """Of one program: its resources, and what sPyNNaker's mapping reported."""

    model = "the bit-exact model of the chip"
    footer = "The model is bit-exact in its arithmetic and assumes ideal timing: no lost or late packets, no overruns."
    board = "python run_on_board.py in the bundle, with sPyNNaker and a board"
    saturations = "ring-buffer saturations"
    headline = "chips in use"
    resources_text = "Lines without a prefix are our own estimate; those of the vendor's mapping say so."

    def __init__(self, resources: Sequence[Usage], vendor: Mapping[str, Any]) -> None:
        self.resources = resources
        self.vendor = vendor

    def cards(self) -> Sequence[tuple[str, str]]:
        """Cores of those there are."""
        cores = [usage for usage in self.resources if usage.name in ("cores", "sPyNNaker: cores")]
        return [(f"{cores[-1].used:g}", f"cores of {cores[-1].limit:g}")] if cores else []

    def energy_text(self, run: RunSummary) -> str:
        """Time on the board, and why its methods differ."""
        per_sample = run["costs"][0]["hardware_seconds"] / run["samples"]
        return (
            f"A presentation with its rest takes {1000 * per_sample:.0f} ms on the board. The methods answer different questions and are "
            "not to be added: the whole board as measured, only the chips in use, and the two ways in which elbez2022's 8 nJ are counted."
        )

    def resource_figures(self) -> Sequence[Figure]:
        """Cores in use on the board's chips, where sPyNNaker's mapping says where they are."""
        vendor = self.vendor
        placements = vendor.get("placements") if vendor else None
        if not placements:
            return ()
        used: dict[tuple[int, int], int] = {}
        for placement in placements:
            used[placement["x"], placement["y"]] = used.get((placement["x"], placement["y"]), 0) + 1
        chips = spinn5_chips() if vendor["machine_chips"] == 48 else list(used)
        return (Figure("Cores in use on each chip of the board", lambda figure: _paint(figure, chips, used), 4.2, 3.9),)

    def provenance(self) -> Sequence[tuple[str, str]]:
        """Which sPyNNaker mapped it."""
        vendor = self.vendor
        return [("mapped by", f"sPyNNaker {vendor['spynnaker']} on a virtual board")] if vendor else []


def spinn5_chips() -> list[tuple[int, int]]:
    """Coordinates of the 48 chips of a SpiNN-5 board (spinn_machine 7.4.1 ``version_5.py``: rows shifted by one each)."""
    rows = ((0, 5), (0, 6), (0, 7), (0, 8), (1, 8), (2, 8), (3, 8), (4, 8))
    return [(x, y) for y, (first, end) in enumerate(rows) for x in range(first, end)]


def _paint(figure: Any, chips: Sequence[tuple[int, int]], used: dict[tuple[int, int], int]) -> None:
    from matplotlib.patches import RegularPolygon

    axes = figure.subplots()
    for x, y in chips:
        cores = used.get((x, y), 0)
        share = cores / 16
        colour = "#eef1f5" if not cores else (0.92 - 0.5 * share, 0.45 - 0.2 * share, 0.09)
        centre = (x - 0.5 * y, y * 0.866)
        axes.add_patch(RegularPolygon(centre, 6, radius=0.56, facecolor=colour, edgecolor="white", linewidth=1.5))
        number, place = str(cores) if cores else "", (centre[0], centre[1] - 0.34)
        axes.text(*centre, number, ha="center", va="center", color="white", fontsize=9, weight="bold")
        grey = "#8a94a3" if not cores else "white"
        axes.text(*place, f"{x},{y}", ha="center", va="center", fontsize=4.5, color=grey)
    axes.set_aspect("equal")
    axes.autoscale_view()
    axes.set_axis_off()
