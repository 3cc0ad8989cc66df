"""Figure 15, tables 4 and 5: what pruning itself costs."""

from __future__ import annotations

from functools import partial
from typing import Any

from neurodeploy.costs.guo2020 import PruningUnit, training_energy
from neurodeploy.reproduction.guo2020.sweeps import PANELS, sweep, unpruned
from neurodeploy.reproduction.item import Case, Item, Plan, Report, with_seeds
from neurodeploy.reproduction.plots import curve, labelled
from neurodeploy.reproduction.results import Results, at, spread
from neurodeploy.reproduction.rules import pruned
from neurodeploy.training.parallel import TrainingRecord

PANEL = "mnist-100"
BATCHES = (100, 1_000, 5_000)
UNIT = PruningUnit(100, 784)
THRESHOLDS = (0.005, 0.01, 0.02, 0.03, 0.04)


def runtime_cases(plan: Plan) -> list[Case]:
    """APTN at three batch sizes; with small batches the factor over time is taken to the power that ends alike."""
    base, result = PANELS[PANEL].base(), unpruned(plan, PANEL)
    for batch in BATCHES:
        scaled = batch if plan.images is None else max(1, batch * plan.images // 60_000)
        for x in THRESHOLDS:
            rule = pruned(
                base, "adaptive_time_neurons", threshold=x, batch_images=scaled, time_factor=1.3 ** (batch / 5_000)
            )
            result += with_seeds(plan, f"batch/{batch}", x, rule)
    return result


def rule_share(record: TrainingRecord) -> float:
    """Share of the training's CPU time that pruning took."""
    return record.rule_seconds / record.cpu_seconds if record.cpu_seconds > 0 else 0.0


def runtime_report(results: Results) -> Report:
    """CPU seconds of training and share of pruning for every point."""
    whole = results.point(f"{PANEL}/unpruned")
    rows = [["–", "100.0", spread(whole, "cpu_seconds", 1.0), "–"]]
    for batch in BATCHES:
        rows += [
            [f"{batch:,}", spread(point, "connectivity", digits=1), spread(point, "cpu_seconds", 1.0), spread(point, rule_share, digits=4)]
            for point in results.curve(f"batch/{batch}")
        ]  # fmt: skip
    return Report(
        ["images between prunings", "connectivity %", "training, CPU s", "pruning, % of it"], rows,
        ("CPU time of one thread, scaled to all images from the second chunk of 500 on (compilation left out), without labelling and"
         " testing; several trainings ran side by side.",
         "The paper (a Python simulation): time falls with connectivity; pruning takes 0.001 % at batches of 5,000 and under 0.04 %"
         " at 100."),
    )  # fmt: skip


def draw_runtime(results: Results, figure: Any) -> None:
    """A: training time; B: share of pruning; against connectivity."""
    left, right = figure.subplots(1, 2)
    whole = results.point(f"{PANEL}/unpruned")
    for index, batch in enumerate(BATCHES):
        points = results.curve(f"batch/{batch}")
        ends = (*points, whole) if whole is not None else points
        curve(left, ends, "connectivity", "cpu_seconds", f"batch {batch:,}", x_scale=100, y_scale=1, index=index)
        curve(right, points, "connectivity", rule_share, f"batch {batch:,}", x_scale=100, index=index)
    right.set_yscale("log")
    labelled(left, "connectivity %", "training, CPU s", "(A)")
    labelled(right, "connectivity %", "pruning, % of it", "(B)")


def steps(batch: int) -> int:
    """Prunings of 60,000 images from the 30,000th on, both ends included."""
    return 30_000 // batch + 1


def table4_report(results: Results) -> Report:
    """Cycles and operations of a pruning and per image, beside the training's own operations."""
    sops = at(results.curve(f"{PANEL}/aptn"), "connectivity", 0.1, "training_sops")
    small, large = UNIT.per_image(steps(100), 60_000), UNIT.per_image(steps(5_000), 60_000)
    counted = (
        (UNIT.cycles(), "cycles", (120, 2_000, 78_400)),
        (UNIT.operations(), "operations", (400, 1_100, 166_800)),
    )
    rows = [
        [f"{phase}, {what} per pruning", f"{value:,.0f}", f"{published:,}"]
        for values, what, paper in counted
        for (phase, value), published in zip(values.items(), paper, strict=True)
    ]
    rows += [
        [f"{what} per image, batch 100 / 5,000", f"{small[what]:.0f} / {large[what]:.0f}", published]
        for what, published in (("cycles", "404 / 9"), ("operations", "794 / 18"))
    ]
    rows += [
        ["training SOPs per image at 10 % connectivity", "–" if sops is None else f"{sops:,.0f}", "96,099"],
        ["their energy, µJ per image", "–" if sops is None else f"{1e6 * training_energy(sops).joules:.2f}", "2.3"],
        ["pruning at batch 100, nJ per image", f"{1e9 * UNIT.energy(steps(100), 60_000).joules:.2f}", "3.4"],
    ]
    return Report(["", "here", "paper"], rows, (
        "Cycles and operations are counted, not measured (`neurodeploy.costs.guo2020`, also where the paper's numbers contradict each"
        " other); SOPs per image are measured, linear between two thresholds of the sweep.",
    ))  # fmt: skip


def table5_report(results: Results) -> Report:
    """Memory of the pruning unit."""
    rows = [
        ["18 Kb block RAMs for spike counts and thresholds", str(UNIT.block_rams()), "2"],
        ["pruned flags in the weights' memory, bits", f"{UNIT.flag_bits():,}", "–"],
        ["NAND gates", "not counted", "0.3 % of the network's"],
    ]
    return Report(["", "here", "paper"], rows, (
        "The paper's gate counts stand in an image that the text at hand lacks, and belong to a design in another paper"
        " (Guo et al. 2020): they are not reproduced.",
    ))  # fmt: skip


ITEMS = (
    Item(
        "guo2020",
        "fig15",
        "training time and pruning's share against connectivity",
        runtime_cases,
        runtime_report,
        draw_runtime,
        (9.0, 4.0),
    ),
    Item(
        "guo2020",
        "table4",
        "cycles and energy of pruning beside training",
        partial(sweep, panel=PANEL, methods=("aptn",)),
        table4_report,
    ),
    Item("guo2020", "table5", "memory of the pruning unit (no training)", lambda plan: [], table5_report),
)
