"""neurodeploy quantize."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import rich_click as click

from neurodeploy.cli.options import data_dir_option, given, json_option, options_of, output_option
from neurodeploy.cli.output import number, percent, print_json, print_table, progress_bar, say
from neurodeploy.cli.prune import say_left_alone
from neurodeploy.cli.rule_panels import rule_panels
from neurodeploy.compression import QUANTIZERS, default_quantizer
from neurodeploy.wording import counted


@click.command("quantize")
@click.argument("network", type=click.Path())
@click.option(
    "--rule",
    type=click.Choice(list(QUANTIZERS)),
    default=None,
    help="Quantizer [default: uniform with --bits, else weight_sharing].",
)
@click.option("--projection", multiple=True, help="Only this projection (repeatable).")
@options_of(*QUANTIZERS.values())
@click.option_panel("Options")
@rule_panels("--rule", QUANTIZERS.values())
@click.option("--calibrate", default=None, help="Data set: weights count as often as their sources spike on it.")
@click.option(
    "--calibration-samples", type=click.IntRange(1), default=500, show_default=True, help="How many training samples."
)
@click.option("--correct-bias", is_flag=True, help="Return the mean input that was lost as a constant current.")
@click.option("--balance", is_flag=True, help="Scale thresholds until mean rates are those of the float network.")
@data_dir_option
@output_option
@json_option
def command(
    network: str,
    rule: str | None,
    projection: tuple[str, ...],
    calibrate: str | None,
    calibration_samples: int,
    correct_bias: bool,
    balance: bool,
    data_dir: str | None,
    output: str,
    as_json: bool,
    **options: Any,
) -> None:
    """Reduce the weights of a network to a few levels.

    Example: neurodeploy quantize pruned.h5 --bits 4 --calibrate mnist --balance -o small.h5
    """
    from neurodeploy.api import quantize
    from neurodeploy.files import check_writable
    from neurodeploy.network import load_network, save_network

    check_writable(Path(output))  # before the work
    loaded = load_network(network)
    rule = rule or default_quantizer([name for name, value in options.items() if value is not None])
    rounds = (calibrate is not None) + (correct_bias or balance)
    rounds += balance * (len(loaded.populations) - len(loaded.sources))
    with progress_bar("calibrating", rounds * calibration_samples, "samples") as bar:
        small = quantize(
            loaded,
            rule,
            projections=projection or None,
            calibrate=calibrate,
            calibration_samples=calibration_samples,
            correct_bias=correct_bias,
            balance=balance,
            data_dir=data_dir,
            progress=bar.advance,
            **given(options, QUANTIZERS[rule]),
        )
    save_network(small, output)
    steps = {step["step"]: step for step in small.metadata["history"][-1 - correct_bias - balance :]}
    step = steps["quantize"]
    if as_json:
        print_json({"output": output, **step, **{name: s for name, s in steps.items() if name != "quantize"}})
        return
    for entry in step["weights"]:
        books = f" in {counted(entry['codebooks'], 'codebook')}" if entry["codebooks"] > 1 else ""
        say(
            f"[bold]{output}[/]: '{entry['projection']}' has {counted(entry['levels'], 'level')}{books}, relative rms error "
            f"{percent(entry['relative_rms_error'])}, {number(entry['became_zero'])} weights became zero, "
            f"{number(entry['clipped'])} were clipped"
        )
    say_left_alone(step)
    _say_corrections(steps)


def _say_corrections(steps: dict[str, Any]) -> None:
    for entry in steps.get("correct_bias", {}).get("i_offset", ()):
        say(f"Bias of '{entry['population']}': {entry['mean']:+.4g} nA in the mean, at most {entry['largest']:.4g} nA")
    if "balance" in steps:
        print_table(
            "Balanced thresholds: spikes per neuron and step",
            ["population", "float", "before", "after", "factor"],
            [
                [e["population"], *(f"{e[key]:.4g}" for key in ("reference_rate", "rate_before", "rate_after", "factor"))]
                for e in steps["balance"]["thresholds"]
            ],
        )  # fmt: skip
