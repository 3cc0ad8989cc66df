"""neurodeploy verify."""

from __future__ import annotations

from pathlib import Path

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
from neurodeploy.cli.output import note_limit, percent, print_json, print_table, progress_bar, say
from neurodeploy.wording import counted


@click.command("verify")
@click.argument("bundle", type=click.Path())
@data_option
@split_option
@limit_option
@machine_option
@input_option
@restart_option
@data_dir_option
@json_option
def command(
    bundle: str,
    data: str | None,
    split: str,
    limit: int | None,
    machine: str | None,
    input_mode: str,
    restart: bool,
    data_dir: str | None,
    as_json: bool,
) -> None:
    """Compare every stage from float to hardware on the same input: the fidelity ladder.

    Example: neurodeploy verify small.bundle --data mnist --limit 100
    """
    from neurodeploy import api
    from neurodeploy.cli.board_progress import board_progress, check_board_options, prepare_checkpoint
    from neurodeploy.compiler import load_bundle
    from neurodeploy.files import check_folder_writable
    from neurodeploy.finished_chunks import forget
    from neurodeploy.runs import board_checkpoint, runs_folder, save_ladder
    from neurodeploy.verification.ladder import Ladder, rungs_available

    check_board_options(machine, restart, input_mode)
    program = load_bundle(bundle)
    check_folder_writable(runs_folder(Path(bundle)))  # before the work
    dataset = api.dataset_of(program.network, data, split, limit, data_dir)
    note_limit(limit, len(dataset))
    if machine is None:
        with progress_bar("climbing the ladder", rungs_available(program) * len(dataset)) as bar:
            ladder: Ladder = api.verify(program, dataset, progress=bar.advance)
        folder = save_ladder(Path(bundle), dataset, ladder)
    else:
        checkpoint = prepare_checkpoint(board_checkpoint(Path(bundle), dataset, "verify", machine), restart)
        with board_progress(f"verifying on {machine}", len(dataset)) as follow:
            ladder = api.verify(
                program, dataset, machine=machine, checkpoint=checkpoint, follow=follow, live_input=input_mode == "live"
            )
        folder = save_ladder(Path(bundle), dataset, ladder)
        forget(checkpoint)
    if as_json:
        print_json({"output": str(folder), **ladder.as_dict()})
        return
    print_ladder(ladder)
    say(f"Written: [bold]{folder}[/]")


def print_ladder(ladder: object) -> None:
    """Print a ladder as a table."""
    from neurodeploy.verification import Ladder

    assert isinstance(ladder, Ladder)
    rows = []
    for rung in ladder.rungs:
        if not rung.available:
            continue
        spikes, events = (
            f"{(total or 0) / max(ladder.samples, 1):,.1f}" for total in (rung.output_spikes, rung.synaptic_events)
        )
        rows.append(
            [rung.name, percent(rung.accuracy), spikes, events, percent(rung.spike_distance), percent(rung.same_class)]
        )
    print_table(
        f"Fidelity ladder: {counted(ladder.samples, 'sample')} of {ladder.data} ({ladder.split})",
        ["rung", "accuracy", "spikes / sample", "synaptic events / sample", "spike distance", "same class"],
        rows,
    )
    for rung in ladder.rungs:
        if rung.note:
            say(f"{rung.name.capitalize()}: {rung.note}.")
    missing = ", ".join(f"{rung.name} ({rung.why})" for rung in ladder.rungs if not rung.available)
    say(
        "[dim]Spike distance and same class: to the rung above."
        + (f" Not available: {missing}." if missing else "")
        + "[/]"
    )
