"""neurodeploy calibrate."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import rich_click as click

from neurodeploy.cli.options import data_dir_option, data_option, json_option, machine_option
from neurodeploy.cli.output import busy, note, note_limit, percent, print_json, print_table, say
from neurodeploy.wording import counted

if TYPE_CHECKING:
    from neurodeploy.loop import LoopCalibration
    from neurodeploy.loop.measuring import Measured


@click.command("calibrate")
@click.argument("bundle", type=click.Path())
@data_option
@machine_option
@click.option(
    "--limit",
    "--images",
    "limit",
    type=click.IntRange(1),
    default=200,
    show_default=True,
    metavar="N",
    help="Training samples: one half fits, the other judges. Every measurement runs a half.",
)
@click.option(
    "--held-out",
    type=click.IntRange(1),
    default=200,
    show_default=True,
    metavar="N",
    help="Test samples that say what was gained.",
)
@click.option(
    "--reference",
    type=click.Path(),
    default=None,
    help="Network whose spike counts are aimed at [default: the bundle's oldest stage of the same shapes].",
)
@click.option(
    "--per-neuron", is_flag=True, help="Then adjust single neurons too, where more than chance separates them."
)
@click.option("-o", "--output", type=click.Path(), required=True, help="Bundle to write if a change is justified.")
@data_dir_option
@json_option
def command(
    bundle: str,
    data: str | None,
    machine: str | None,
    limit: int,
    held_out: int,
    reference: str | None,
    per_neuron: bool,
    output: str,
    data_dir: str | None,
    as_json: bool,
) -> None:
    """Adjust thresholds from the spike counts of a board (without --machine: of the firmware model), where that helps.

    A factor for each population brings its spikes to the float reference's; it is kept only if samples that had no part in
    finding it show a gain beyond chance. The bundle stays as it is.
    Example: neurodeploy calibrate small.bundle --machine 127.0.0.2 -o calibrated.bundle
    """
    from neurodeploy import api
    from neurodeploy.compiler import check_bundle_path, load_bundle
    from neurodeploy.network import load_network

    check_bundle_path(output)  # before the work
    program = load_bundle(bundle)
    for split, wanted, option in (("train", limit, "--limit"), ("test", held_out, "--held-out")):
        note_limit(wanted, len(api.dataset_of(program.network, data, split, wanted, data_dir)), option)
    with busy(f"calibrating on {machine or 'the firmware model'}"):
        found = api.calibrate(
            program, data, machine=machine, samples=limit, held_out=held_out, per_neuron=per_neuron, data_dir=data_dir,
            reference=None if reference is None else load_network(reference), progress=_plainly,
        )  # fmt: skip
    if found.network is not None:
        options = dict(program.manifest["options"])
        measured_on = data or program.network.metadata.get("data")
        api.compile(
            found.network, program.target, bundle=output, data_dir=data_dir,
            calibrate=measured_on if options.get("weight_bound") == "calibrated" else None, **options,
        )  # fmt: skip
    if as_json:
        print_json(_plain(found, output))
        return
    _print(found)
    say(f"Written: [bold]{output}[/]" if found.network is not None else "No change is justified; nothing is written.")


def _plainly(doing: str) -> None:
    if doing.startswith("measurement"):
        note(f"{doing}.")


def _print(found: LoopCalibration) -> None:
    rows = [["float reference", *_row(found.reference, found)], ["before", *_row(found.before, found)]]
    if found.after is not None:
        rows.append(["after", *_row(found.after, found)])
    names = list(found.factors)
    print_table(
        f"On {counted(len(found.before.right), 'held-out sample')}",
        ["", "accuracy", "standard error", *(f"spikes of '{name}' / sample" for name in names)], rows,
    )  # fmt: skip
    for name, factor in found.factors.items():
        say(f"Threshold of '{name}': {factor:.3f} times as far from the reset")
    if found.neurons:
        say(f"Single neurons adjusted: {found.neurons:,}")
    say(
        f"On the samples that judge: accuracy {100 * found.accuracy.mean:+.2f} ± {100 * found.accuracy.error:.2f} points, "
        f"spike count error {-100 * found.counts.mean:+.1f} ± {100 * found.counts.error:.1f} % "
        f"({counted(found.measurements, 'measurement')})"
    )


def _row(measured: Measured, found: LoopCalibration) -> list[str]:
    spikes = (f"{measured.totals[name].mean():,.2f}" for name in found.factors)
    return [percent(measured.accuracy), f"{100 * measured.accuracy_error:.2f} points", *spikes]


def _plain(found: LoopCalibration, output: str) -> dict[str, Any]:
    def plain(measured: Measured | None) -> dict[str, Any] | None:
        if measured is None:
            return None
        spikes = {name: float(measured.totals[name].mean()) for name in found.factors}
        return {
            "accuracy": measured.accuracy,
            "standard_error": measured.accuracy_error,
            "spikes_per_sample": spikes,
        }

    return {
        "output": output if found.network is not None else None,
        "factors": found.factors, "neurons_adjusted": found.neurons, "measurements": found.measurements,
        "held_out_samples": len(found.before.right), "reference": plain(found.reference), "before": plain(found.before),
        "after": plain(found.after), "accuracy_gain": found.accuracy.mean, "accuracy_gain_error": found.accuracy.error,
        "count_error_gain": found.counts.mean, "count_error_gain_error": found.counts.error,
    }  # fmt: skip
