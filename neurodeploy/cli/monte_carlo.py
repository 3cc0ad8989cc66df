"""neurodeploy monte-carlo."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import rich_click as click

from neurodeploy.cli.options import data_dir_option, data_option, json_option, limit_option, split_option
from neurodeploy.cli.output import note, note_limit, percent, print_json, print_table, progress_bar, say
from neurodeploy.wording import counted

if TYPE_CHECKING:
    from neurodeploy.targets.crossbar.monte_carlo import MonteCarlo


@click.command("monte-carlo")
@click.argument("bundle", type=click.Path())
@click.option("--chips", type=click.IntRange(1), default=20, show_default=True, metavar="N", help="How many chips.")
@data_option
@split_option
@limit_option
@click.option(
    "--workers",
    type=click.IntRange(1),
    default=None,
    metavar="K",
    help="Processes, each with one thread [default: one for every core].",
)
@click.option(
    "--dask",
    default=None,
    metavar="ADDRESS",
    help="Run on the dask cluster with this scheduler, such as tcp://10.0.0.1:8786; 'local': one made here with --workers "
    "processes. Needs the extra 'cluster'.",
)
@click.option(
    "--yield-at",
    type=click.FloatRange(0, 1),
    default=None,
    metavar="SHARE",
    help="Also say which share of chips reaches this accuracy, such as 0.8.",
)
@click.option(
    "--confidence",
    type=click.FloatRange(0, 1, min_open=True, max_open=True),
    default=0.95,
    show_default=True,
    help="Of the intervals.",
)
@click.option(
    "-o", "--output", type=click.Path(), default=None, help="Also write tables, every chip's too, as Markdown."
)
@click.option("--restart", is_flag=True, help="Run all chips again, those too that an earlier call finished.")
@data_dir_option
@json_option
def command(
    bundle: str,
    chips: int,
    data: str | None,
    split: str,
    limit: int | None,
    workers: int | None,
    dask: str | None,
    yield_at: float | None,
    confidence: float,
    output: str | None,
    restart: bool,
    data_dir: str | None,
    as_json: bool,
) -> None:
    """Run a data set on many chips of an in-memory target; prints means, spread and intervals, and the yield.

    Chip 0 is the one that 'run' runs. Finished chips are kept in NAME.run/ beside the bundle: the same command goes on after them
    when it was interrupted, by whatever, or when more chips are asked for. The result depends on no number of workers.
    Example: neurodeploy monte-carlo small.bundle --chips 100 --limit 1000 --yield-at 0.8
    """
    from neurodeploy import api
    from neurodeploy.compiler import load_bundle
    from neurodeploy.files import atomic_file, check_folder_writable, check_writable
    from neurodeploy.runs import finished_chips_file, runs_folder, save_monte_carlo
    from neurodeploy.targets.crossbar.monte_carlo import as_markdown, check_arguments

    program, at = load_bundle(bundle), Path(bundle)
    check_folder_writable(runs_folder(at))  # before the work
    if output is not None:
        check_writable(Path(output))
    dataset = api.dataset_of(program.network, data, split, limit, data_dir)
    check_arguments(program, dataset, chips, dask=dask)
    note_limit(limit, len(dataset))
    checkpoint = finished_chips_file(at, dataset)
    if restart:
        checkpoint.unlink(missing_ok=True)
    with progress_bar("running chips", chips, "chips") as bar:
        found: MonteCarlo = api.monte_carlo(
            at, dataset, chips=chips, workers=workers, dask=dask, confidence=confidence, yield_at=yield_at,
            checkpoint=checkpoint, progress=lambda done, accuracy: bar.update(done, f"accuracy {percent(accuracy)}"),
        )  # fmt: skip
    folder, summary = save_monte_carlo(at, dataset, found.as_dict())
    if output is not None:
        with atomic_file(output) as temporary:
            temporary.write_text(as_markdown(found), "utf-8")
    if as_json:
        print_json({"output": str(folder), "resumed": found.resumed, **summary})
        return
    _print(found)
    say(f"Written: [bold]{folder}[/]" + (f", [bold]{output}[/]" if output is not None else ""))


def _print(found: MonteCarlo) -> None:
    from neurodeploy.targets.crossbar.monte_carlo.markdown import spread_cells

    level = f"{100 * found.confidence:g} %"
    earlier = f" ({found.resumed} of an earlier call)" if found.resumed else ""
    print_table(
        f"{counted(len(found.chips), 'chip')} of {found.target}{earlier}: {counted(found.samples, 'sample')} of {found.data} "
        f"({found.split}) on each",
        ["", "mean", f"± ({level})", "deviation", "least", "5 %", "median", "95 %", "most"],
        [spread_cells(spread) for spread in found.spreads],
    )
    if (reached := found.yielded) is not None:
        low, high = (percent(limit) for limit in reached.interval)
        say(
            f"Yield: [bold]{reached.reached} of {reached.chips}[/] chips reach {percent(reached.at)}: {percent(reached.share)}, "
            f"{level} interval {low} to {high}."
        )
    worst = min(found.chips, key=lambda chip: chip.accuracy)
    low, high = (percent(limit) for limit in worst.interval(found.confidence))
    say(f"Chip {worst.number} is the worst: {percent(worst.accuracy)}, {level} interval over samples {low} to {high}.")
    say(
        "[dim]Intervals: of means over chips (Student's t), of the yield (Clopper-Pearson), of one chip over samples (Wilson).[/]"
    )
    if found.alike:
        note(
            "all chips gave the same. Does anything vary among them (--variation, --read-noise, --programming device)?"
        )
