"""neurodeploy run."""

from __future__ import annotations

import time
from pathlib import Path

import rich_click as click

from neurodeploy.cli.options import data_dir_option, json_option, limit_option, split_option
from neurodeploy.cli.output import number, percent, print_json, print_table, progress_bar, say


@click.command("run")
@click.argument("bundle", type=click.Path())
@click.option("--data", default=None, help="Data set (default: the one it was trained on).")
@split_option
@limit_option
@click.option("--executor", default="model", show_default=True, help="reference (float) or model (bit-exact firmware).")
@click.option(
    "--save-spikes",
    type=click.Path(),
    default=None,
    help="Also write the input spikes (.npz) for the bundle's run_on_board.py.",
)
@data_dir_option
@json_option
def command(
    bundle: str,
    data: str | None,
    split: str,
    limit: int | None,
    executor: str,
    save_spikes: str | None,
    data_dir: str | None,
    as_json: bool,
) -> None:
    """Run a data set on a bundle; writes NAME.run/ beside it and prints accuracy, counts and energy.

    Example: neurodeploy run small.bundle --data mnist --limit 1000 --executor model
    """
    from neurodeploy import api
    from neurodeploy.compiler import load_bundle
    from neurodeploy.errors import NeurodeployError
    from neurodeploy.runs import save_run

    program = load_bundle(bundle)
    if executor not in program.executors:
        raise NeurodeployError(
            "ND502",
            f"The target {program.target} has no executor '{executor}'.",
            f"Use one of: {', '.join(program.executors)}.",
        )
    dataset = api.dataset_of(program.network, data, split, limit, data_dir)
    if save_spikes is not None:
        write_input_spikes(program.network, dataset, Path(save_spikes))
    started = time.perf_counter()
    with progress_bar(f"running on {executor}", len(dataset)) as bar:
        found = api.run(program, dataset, executor=executor, progress=bar.advance)
    seconds = time.perf_counter() - started
    folder, summary = save_run(Path(bundle), program, dataset, executor, found)
    if as_json:
        print_json({"output": str(folder), "seconds": seconds, **summary})
        return
    say(
        f"{found.samples:,} samples of {dataset.name} ({split}) on '{executor}': accuracy [bold]{percent(found.accuracy)}[/], "
        f"{found.silent} silent, {found.samples / seconds:,.0f} samples/s"
    )
    rows = [
        [f"spikes of '{name}'", number(total), number(total / found.samples)]
        for name, total in found.events.spikes.items()
    ]
    rows += [
        [f"synaptic events of '{name}'", number(total), number(total / found.samples)]
        for name, total in found.events.synaptic_events.items()
    ]
    rows += [
        [f"saturations in '{name}'", number(total), ""] for name, total in found.events.saturations.items() if total
    ]
    print_table("Events", ["", "total", "per sample"], rows)
    print_table(
        "Energy",
        ["method", "J", "mJ per inference", "parts"],
        [
            [
                c["method"],
                f"{c['joules']:.4g}",
                f"{1000 * c['joules_per_inference']:.4g}",
                ", ".join(f"{i['part']} {i['joules']:.3g} J" for i in c["items"]),
            ]
            for c in summary["costs"]
        ],
    )
    say(f"Written: [bold]{folder}[/]")


def write_input_spikes(network: object, dataset: object, path: Path) -> None:
    """Write the encoded input as ``indptr`` and ``neurons``."""
    import numpy as np

    from neurodeploy.encoding import encode
    from neurodeploy.files import atomic_file

    spikes = encode(network, dataset)  # type: ignore[arg-type]
    with atomic_file(path) as temporary, temporary.open("wb") as stream:
        np.savez_compressed(stream, indptr=spikes.indptr, neurons=spikes.neurons)
