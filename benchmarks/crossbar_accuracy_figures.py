"""Figures of ``crossbar_accuracy.py``: one panel for each network, the same colour for the same curve in all of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from crossbar_accuracy_pages import Found

AXES = {
    "levels": ("levels (of a cell; with nd.quantize: of the network's weights)", "log"),
    "variation": ("variation between devices: standard deviation of ln G, %", "percent"),
    "stuck": ("stuck cells, half on and half off, %", "percent"),
    "lines": ("side of a square tile, cells", "log"),
}
COLOURS = {
    "pair": "tab:blue", "reference": "tab:orange", "single": "tab:green",
    "target's rounding, pair": "tab:blue", "target's rounding, reference": "tab:orange",
    "nd.quantize, uniform": "tab:purple", "nd.quantize, k_means": "tab:red", "nd.quantize, weight_sharing": "tab:gray",
    "0 ohm": "tab:gray", "the device's own": "tab:green", "1 ohm": "tab:olive", "2 ohm": "tab:orange", "5 ohm": "tab:red",
    "gain restored": "tab:purple", "packed": "black", "grid": "tab:gray",
}  # fmt: skip
SIDEWAYS = {"variation": 0.3, "stuck": 0.05}
"""Percent of the axis from curve to curve."""
STYLES = {"pair": "-", "reference": "-.", "single": ":"}
LEAST = 10
"""Percent of accuracy that an axis shows at least."""
MARKERS = {"uniform": "D", "k_means": "v", "weight_sharing": "X", "pair": "o", "reference": "s", "single": "^"}


def draw(study: str, networks: Mapping[str, Mapping[str, Sequence[Found]]], path: Path) -> None:
    """One figure, as PNG."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    label, scale = AXES[study]
    figure, panels = plt.subplots(
        1, len(networks), figsize=(4.2 * len(networks), 4.4), squeeze=False, layout="constrained"
    )
    shown: dict[str, Any] = {}
    for axes, (title, lines) in zip(panels[0], networks.items(), strict=True):
        for number, (series, line) in enumerate(lines.items()):
            kept = [found for found in line if found.mean is not None]
            beside = number - (len(lines) - 1) / 2  # curves of the same x side by side, so that bars are seen
            places = [
                100 * found.point.x + beside * SIDEWAYS[study]
                if scale == "percent"
                else found.point.x * (1 + 0.02 * beside)
                for found in kept
            ]
            shown[series] = axes.errorbar(
                places, [found.mean for found in kept], yerr=[found.half or 0.0 for found in kept], capsize=2,
                markersize=4, linewidth=1.3, **_look(study, series),
            )  # fmt: skip
        axes.set(title=title, xlabel=label)
        axes.xaxis.label.set_size(8)
        axes.grid(alpha=0.3)
        low, high = axes.get_ylim()
        high = min(high, 101.0)
        if high - low < LEAST:
            low = high - LEAST
        axes.set_ylim(low, high)
        if scale == "log":
            ticks = sorted({found.point.x for line in lines.values() for found in line})
            axes.set_xscale("log", base=2)
            axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    panels[0, 0].set_ylabel("accuracy on MNIST, %")
    figure.legend(
        shown.values(), shown.keys(), loc="outside lower center", ncols=min(len(shown), 1 + len(networks)), fontsize=8
    )
    figure.savefig(path, dpi=110)
    plt.close(figure)


def _look(study: str, series: str) -> dict[str, Any]:
    if study != "lines":
        return {"color": COLOURS[series], "marker": MARKERS[series.rsplit(maxsplit=1)[-1]]}
    ohm, scheme, *what = series.split(", ")
    if not what:
        return {"color": COLOURS[ohm], "marker": MARKERS[scheme], "linestyle": STYLES[scheme]}
    return {"color": COLOURS[what[-1]], "marker": MARKERS[scheme], "linestyle": "--"}
