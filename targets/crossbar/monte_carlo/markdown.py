"""The result as a page of Markdown."""

from __future__ import annotations

from neurodeploy.targets.crossbar.monte_carlo.result import MonteCarlo, Spread, Yield
from neurodeploy.wording import counted, quantity


def as_markdown(found: MonteCarlo) -> str:
    """Quantities over chips, the yield, and every chip."""
    level = f"{100 * found.confidence:g} %"
    lines = [
        f"# {counted(len(found.chips), 'chip')} of the target {found.target}", "",
        f"{counted(found.samples, 'sample')} of {found.data} ({found.split}) on each. Intervals cover {level}: of means over chips by "
        "Student's t, for these samples; of one chip's accuracy over samples by Wilson's score; of the yield by Clopper and Pearson.", "",
        f"| {' | '.join(spread_columns(found.confidence))} |", "| --- | --- | --- | --- | --- | --- | --- | --- | --- |",
    ]  # fmt: skip
    lines += [f"| {' | '.join(spread_cells(spread))} |" for spread in found.spreads]
    if (reached := found.yielded) is not None:
        lines += ["", yield_text(reached)]
    lines += ["", f"| chip | accuracy | {level} interval over samples | silent samples |", "| --- | --- | --- | --- |"]
    for chip in found.chips:
        low, high = chip.interval(found.confidence)
        lines.append(
            f"| {chip.number} | {100 * chip.accuracy:.2f} % | {100 * low:.2f} to {100 * high:.2f} % | {chip.silent} |"
        )
    return "\n".join(lines) + "\n"


def yield_text(reached: Yield) -> str:
    """How many chips reach the accuracy, and the interval of the share."""
    low, high = reached.interval
    return (
        f"Yield: {reached.reached} of {reached.chips} chips have an accuracy of at least {100 * reached.at:g} % "
        f"({100 * reached.share:.1f} %, interval {100 * low:.1f} to {100 * high:.1f} %)."
    )


def spread_columns(confidence: float) -> list[str]:
    """What :func:`spread_cells` gives."""
    level = f"{100 * confidence:g} %"
    return ["quantity", "mean", f"± ({level})", "standard deviation", "least", "5 %", "median", "95 %", "most"]


def spread_cells(spread: Spread) -> list[str]:
    """A quantity's row: name, mean, half its interval, deviation, least, quantiles 5, 50 and 95 %, most."""
    name = f"{spread.quantity}{f' of {spread.of!r}' if spread.of else ''}"
    low, _, median, _, high = spread.quantiles
    values = [spread.minimum, low, median, high, spread.maximum]
    half = "–" if spread.interval is None else _said(spread, spread.interval.high - spread.mean)
    deviation = "–" if spread.standard_deviation is None else _said(spread, spread.standard_deviation)
    return [name, _said(spread, spread.mean), half, deviation, *(_said(spread, value) for value in values)]


def _said(spread: Spread, value: float) -> str:
    if spread.unit:
        return quantity(value, spread.unit, 5)  # chips differ by little
    return f"{100 * value:.2f} %" if spread.quantity == "accuracy" else f"{value:.4g}"
