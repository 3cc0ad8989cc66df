"""neurodeploy run."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import rich_click as click

from neurodeploy.cli.options import (
    data_dir_option,
    data_option,
    input_option,
    json_option,
    limit_option,
    machine_option,
    restart_option,
    split_option,
)
from neurodeploy.cli.output import note_limit, number, percent, print_json, print_table, progress_bar, say
from neurodeploy.wording import counted, quantities, quantity

if TYPE_CHECKING:
    from neurodeploy.inference import Inference
    from neurodeploy.run_progress import RunProgress

MOST_PARTS = 12
"""Rows of a method's energy."""


@click.command("run")
@click.argument("path", type=click.Path())
@data_option
@split_option
@limit_option
@click.option(
    "--executor",
    default=None,
    help="reference (float), model (the default for a bundle: bit-exact firmware, or one simulated chip with its device's errors) or board.",
)
@machine_option
@input_option
@restart_option
@click.option(
    "--precision",
    type=click.Choice(["float32", "float64"]),
    default=None,
    help="Arithmetic of the executor 'reference' [default: float32]; others have their target's.",
)
@click.option(
    "--save-spikes",
    type=click.Path(),
    default=None,
    help="Also write the input spikes (.npz) for the bundle's run_on_board.py.",
)
@data_dir_option
@json_option
def command(
    path: str,
    data: str | None,
    split: str,
    limit: int | None,
    executor: str | None,
    machine: str | None,
    input_mode: str,
    restart: bool,
    precision: Literal["float32", "float64"] | None,
    save_spikes: str | None,
    data_dir: str | None,
    as_json: bool,
) -> None:
    """Run a data set on a bundle, or on a network file in the float simulator; prints accuracy, counts and energy.

    A bundle's run is written to NAME.run/ beside it. On a board finished chunks are kept there until the end: the same
    command goes on after them when it was interrupted, by whatever.
    Examples: neurodeploy run net.h5 --limit 100 (only the first 100 samples); neurodeploy run small.bundle --data mnist
    """
    from neurodeploy import api
    from neurodeploy.cli.board_progress import board_progress, check_board_options, prepare_checkpoint, say_lateness
    from neurodeploy.compiler import load_bundle
    from neurodeploy.errors import NeurodeployError
    from neurodeploy.files import check_folder_writable, check_writable
    from neurodeploy.finished_chunks import forget
    from neurodeploy.network import load_network
    from neurodeploy.runs import board_checkpoint, runs_folder, save_run, summary_of

    if save_spikes is not None:
        check_writable(Path(save_spikes))  # before the work
    program = load_bundle(path) if Path(path).is_dir() else None
    network = program.network if program else load_network(path)
    executor = executor or ("board" if machine is not None else "model" if program else "reference")
    executors = program.executors if program else ("reference",)
    if executor not in executors:
        raise NeurodeployError(
            "ND502",
            f"{'The target ' + program.target if program else 'A network that is not compiled'} has no executor '{executor}'.",
            f"Use one of: {', '.join(executors)}."
            + ("" if program else " Compile it for a target first: neurodeploy compile."),
        )
    if machine is not None and executor != "board":
        raise click.UsageError(f"--machine is for --executor board, not for '{executor}'.")
    check_board_options(machine, restart, input_mode)
    if program:
        check_folder_writable(runs_folder(Path(path)))
    dataset = api.dataset_of(network, data, split, limit, data_dir)
    note_limit(limit, len(dataset))
    if save_spikes is not None:
        write_input_spikes(network, dataset, Path(save_spikes))
    started, earlier = time.perf_counter(), 0  # samples of a call that was interrupted
    checkpoint: Path | None = None
    if program and machine is not None:
        checkpoint = prepare_checkpoint(board_checkpoint(Path(path), dataset, "run", machine), restart)
        with board_progress(f"running on {machine}", len(dataset)) as show:

            def follow(state: RunProgress) -> None:
                nonlocal earlier
                earlier = state.board.resumed if state.board else earlier
                show(state)

            found = api.run(
                program, dataset, executor=executor, machine=machine, precision=precision, checkpoint=checkpoint,
                follow=follow, live_input=input_mode == "live",
            )  # fmt: skip
    else:
        with progress_bar(f"running on {executor}", len(dataset)) as bar:
            found = api.run(
                program or network,
                dataset,
                executor=executor,
                machine=machine,
                precision=precision,
                progress=bar.advance,
            )
    seconds = time.perf_counter() - started
    summary = summary_of(found, dataset, executor, precision)
    if program:
        folder, summary = save_run(Path(path), program, dataset, executor, found, precision, machine)
        if checkpoint is not None:
            forget(checkpoint)
        summary = {"output": str(folder), **summary}
    if as_json:
        print_json({"seconds": seconds, **summary})
        return
    speed = (found.samples - earlier) / seconds
    rate = f"{speed:,.0f}" if speed > 9 else f"{speed:.2g}"
    say(
        f"{counted(found.samples, 'sample')} of {dataset.name} ({split}) on '{executor}'{f' in {precision}' if precision else ''}: accuracy [bold]{percent(found.accuracy)}[/], "
        f"{found.silent} silent, {rate} samples/s" + (f" ({earlier} of an earlier call)" if earlier else "")
    )
    if found.samples and found.silent == found.samples and found.lateness is None:
        say(
            "[yellow]No sample made an output spike.[/] 'neurodeploy inspect' shows which layer falls silent; for a network from "
            "elsewhere, check --convention, --dt and the encoder's --steps."
        )
    if found.lateness is not None:
        say_lateness(found.lateness)
    print_table("Events", ["", "total", "per sample"], _event_rows(found))
    operations = found.neurobench.as_dict()["synaptic_operations"]
    print_table(
        "NeuroBench",
        ["footprint, bytes", "connection sparsity", "activation sparsity", *(f"{name.replace('_', ' ')} ops" for name in operations)],
        [[number(found.neurobench.footprint_bytes), percent(found.neurobench.connection_sparsity),
          percent(found.neurobench.activation_sparsity), *(f"{value:,.0f}" for value in operations.values())]],
    )  # fmt: skip
    if program:
        say(
            "[dim]NeuroBench's metrics are of the network as it ran, after the target's passes; those before: run its .h5.[/]"
        )
        _print_energy(summary["costs"])
        say(f"Written: [bold]{summary['output']}[/]")


def _event_rows(found: Inference) -> list[list[str]]:
    samples = max(found.samples, 1)
    rows = [
        [f"spikes of '{name}'", number(total), number(total / samples)] for name, total in found.events.spikes.items()
    ]
    rows += [
        [f"synaptic events of '{name}'", number(total), number(total / samples)]
        for name, total in found.events.synaptic_events.items()
    ]
    rows += [
        [f"effective operations of '{name}'", number(total), number(total / samples)]
        for name, total in found.events.effective_events.items()
    ]
    rows += [
        [f"saturations in '{name}'", number(total), ""] for name, total in found.events.saturations.items() if total
    ]
    return rows


def _print_energy(costs: list[dict[str, Any]]) -> None:
    columns, rows = ["method", "part", "per inference", "share", "range"], energy_rows(costs)
    if not any(row[-1] for row in rows):  # no constant has a range
        columns, rows = columns[:-1], [row[:-1] for row in rows]
    print_table("Energy", columns, rows)


def energy_rows(costs: list[dict[str, Any]]) -> list[list[str]]:
    """A row for each part of every method, the largest first and the smallest of many in one, and one for their sum."""
    rows = []
    for cost in costs:
        samples = cost["samples"] or 1
        parts = sorted(cost["items"], key=lambda item: -item["joules"])
        shown = parts if len(parts) <= MOST_PARTS else parts[: MOST_PARTS - 1]
        cells = [
            [item["part"], *_energy_cells(item["joules"], item["joules_range"], samples, cost["joules"])]
            for item in shown
        ]
        if rest := parts[len(shown) :]:
            joules = sum(item["joules"] for item in rest)
            ends = [sum(item["joules_range"][end] for item in rest) for end in (0, 1)]
            cells.append([f"{len(rest)} smaller parts", *_energy_cells(joules, ends, samples, cost["joules"])])
        if len(parts) > 1:
            cells.append(["total", *_energy_cells(cost["joules"], cost["joules_range"], samples, 0.0)])
        rows += [["" if k else cost["method"], *line] for k, line in enumerate(cells)]
    return rows


def _energy_cells(joules: float, ends: Sequence[float], samples: int, whole: float) -> list[str]:
    """Energy per inference, its share of the whole, and its range."""
    low, high = ends
    share = f"{100 * joules / whole:.1f} %" if whole else ""
    return [quantity(joules / samples, "J"), share, quantities(low / samples, high / samples, "J")]


def write_input_spikes(network: object, dataset: object, path: Path) -> None:
    """Write the encoded input as ``indptr`` and ``neurons``."""
    import numpy as np

    from neurodeploy.encoding import encode
    from neurodeploy.files import atomic_file

    spikes = encode(network, dataset)  # type: ignore[arg-type]
    with atomic_file(path) as temporary, temporary.open("wb") as stream:
        np.savez_compressed(stream, indptr=spikes.indptr, neurons=spikes.neurons)
