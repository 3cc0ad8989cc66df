"""Running an item: train what is missing, in parallel; write the table and the figure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from neurodeploy.errors import NeurodeployError
from neurodeploy.files import atomic_file, explain_os_error
from neurodeploy.reproduction.item import Case, Item, Plan, Report
from neurodeploy.reproduction.results import Results, collect
from neurodeploy.reproduction.store import Store
from neurodeploy.training.parallel import TrainingRecord, train_and_measure, train_each


@dataclass(frozen=True)
class Reproduction:
    """What came out: the results, the table, the files."""

    results: Results
    report: Report
    table: Path
    figure: Path | None


def reproduce(
    item: Item,
    plan: Plan,
    folder: Path,
    *,
    workers: int | None = None,
    data_dir: str | Path | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
    run: Callable[..., TrainingRecord] = train_and_measure,
) -> Reproduction:
    """Train an item's cases, those of them that ``folder`` does not have yet, and write its table and figure there.

    ``progress`` hears how many of how many trainings are done. A training that is refused (a threshold that removes every
    synapse) is listed, not fatal.

    Raises:
        NeurodeployError: ND303 without the data, ND308 when a process dies, ND31x when no training succeeds.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise explain_os_error(error, folder, "write") from None
    cases = item.cases(plan)
    outcomes = _outcomes(cases, plan, Store(folder, data_dir), workers, data_dir, progress, run)
    results = collect(plan, cases, outcomes)
    if cases and not results.curves:
        raise results.failed[0][1]
    report = item.report(results)
    table, figure = folder / f"{item.paper}-{item.name}.md", folder / f"{item.paper}-{item.name}.png"
    with atomic_file(table) as temporary:
        temporary.write_text(markdown(item, plan, results, report), encoding="utf-8")
    if item.draw is None:
        return Reproduction(results, report, table, None)
    with atomic_file(figure) as temporary:
        draw(item, results, temporary)
    return Reproduction(results, report, table, figure)


def _outcomes(
    cases: list[Case], plan: Plan, store: Store, workers: int | None, data_dir: str | Path | None,
    progress: Callable[[int, int], None], run: Callable[..., TrainingRecord],
) -> list[TrainingRecord | NeurodeployError]:  # fmt: skip
    keys = [store.key(case.recipe, plan.test_images) for case in cases]
    recipes = {key: case.recipe for key, case in zip(keys, cases, strict=True) if store.get(key) is None}
    found: dict[str, TrainingRecord | NeurodeployError] = {}
    missing, total = list(recipes), len(set(keys))
    progress(total - len(missing), total)
    trained = train_each(
        [recipes[key] for key in missing], workers=workers, data_dir=data_dir, test_images=plan.test_images, run=run
    )
    for done, (index, outcome) in enumerate(trained, start=total - len(missing) + 1):
        key = missing[index]
        found[key] = outcome
        if not isinstance(outcome, NeurodeployError):
            store.put(key, outcome, recipes[key])
        progress(done, total)
    return [found.get(key) or _known(store, key) for key in keys]


def _known(store: Store, key: str) -> TrainingRecord:
    record = store.get(key)
    assert record is not None
    return record


def command(item: Item, plan: Plan) -> str:
    """The command line that repeats it."""
    images = "" if plan.images is None else f" --images {plan.images}"
    return f"neurodeploy reproduce {item.paper} {item.name} --seeds {plan.seeds}{images}"


def markdown(item: Item, plan: Plan, results: Results, report: Report) -> str:
    """The page: table, notes, failures, command."""
    lines = [f"# {item.paper}, {item.name}: {item.shows}", "", f"`{command(item, plan)}`", ""]
    if plan.images is not None:
        lines += [f"**Only the first {plan.images:,} training images: these are not the paper's numbers.**", ""]
    lines += ["| " + " | ".join(row) + " |" for row in (report.columns, ["---"] * len(report.columns), *report.rows)]
    lines += ["", *(f"- {note}" for note in report.notes)]
    lines += [
        f"- Not trained: {case.series}, x = {case.x:g}, seed {case.recipe.seed}: {error.message}"
        for case, error in results.failed
    ]
    trainings = sum(len(point.records) for points in results.curves.values() for point in points)
    lines += [f"- {plan.seeds} seed{'s' * (plan.seeds > 1)} (fewer where stated), {trainings} trainings."]
    return "\n".join(lines) + "\n"


def draw(item: Item, results: Results, path: Path) -> None:
    """The item's figure as PNG."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    assert item.draw is not None
    figure = Figure(figsize=item.size, layout="constrained")
    FigureCanvasAgg(figure)
    item.draw(results, figure)
    figure.savefig(path, dpi=130, format="png", metadata={"Software": None})
