"""The inspection's tables as text cells, shared by the terminal and the page."""

from __future__ import annotations

from collections.abc import Sequence

from neurodeploy.inspection.layers import LayerSummary

Table = tuple[list[str], list[list[str]]]


def layer_table(layers: Sequence[LayerSummary]) -> Table:
    """One row per layer, and the total."""
    columns = [
        "layer",
        "model",
        "shape",
        "neurons",
        "synapses",
        "sparsity",
        "levels",
        "bytes",
        "spikes/input",
        "SOPs/input",
    ]
    rows = []
    for layer in layers:
        levels = sorted({str(entry.levels or "float") for entry in layer.inputs})
        seen = layer.activity
        rows.append(
            [
                layer.name, layer.model, "x".join(map(str, layer.shape)), f"{layer.neurons:,}",
                f"{layer.synapses:,}" if layer.inputs else "–",
                "–" if layer.sparsity is None else f"{100 * layer.sparsity:.1f} %", ", ".join(levels) or "–",
                f"{layer.bytes:,}" if layer.inputs else "–", "–" if seen is None else f"{seen.spikes:,.1f}",
                "–" if seen is None or not layer.inputs else f"{seen.operations:,.0f}",
            ]
        )  # fmt: skip
    measured = [layer.activity for layer in layers if layer.activity]
    possible = sum(entry.possible for layer in layers for entry in layer.inputs)
    synapses = sum(layer.synapses for layer in layers)
    rows.append(
        [
            "total", "", "", f"{sum(layer.neurons for layer in layers):,}", f"{synapses:,}",
            f"{100 * (1 - synapses / possible):.1f} %" if possible else "–", "",
            f"{sum(layer.bytes for layer in layers):,}", f"{sum(a.spikes for a in measured):,.1f}" if measured else "–",
            f"{sum(a.operations for a in measured):,.0f}" if measured else "–",
        ]
    )  # fmt: skip
    return columns, rows


def projection_table(layers: Sequence[LayerSummary]) -> Table:
    """One row per projection."""
    columns = ["projection", "kind", "from", "to", "synapses", "weights", "unit", "delay", "receptor"]
    return columns, [
        [
            entry.name, entry.kind.replace("_", " "), entry.source, layer.name, f"{entry.synapses:,}",
            f"{entry.smallest:.4g} to {entry.largest:.4g}", entry.unit or "–",
            str(entry.delay_steps[0]) if len(set(entry.delay_steps)) == 1 else f"{entry.delay_steps[0]}–{entry.delay_steps[1]}",
            entry.receptor,
        ]
        for layer in layers
        for entry in layer.inputs
    ]  # fmt: skip
