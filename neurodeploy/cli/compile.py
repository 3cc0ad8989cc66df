"""neurodeploy compile."""

from __future__ import annotations

from typing import Any

import rich_click as click

from neurodeploy.cli.options import data_dir_option, given, json_option, options_of
from neurodeploy.cli.output import busy, number, print_json, print_table, say
from neurodeploy.cli.rule_panels import target_panels
from neurodeploy.compiler import (
    Context,
    Usage,
    check_bundle_path,
    compile_network,
    find_target,
    save_bundle,
    target_names,
    verdict,
    working_targets,
)

_FIGURES = ("area", "latency", "programming", "supply_volts", "assumed", "unsourced", "defaults")
"""Entries of a manifest, if it has them, that ``--json`` gives, too."""


@click.command("compile")
@click.argument("network", type=click.Path())
@click.option("--target", required=True, help=f"Hardware: {', '.join(target_names())}.")
@click.option("--explain", is_flag=True, help="Say what each pass did.")
@click.option("--overwrite", is_flag=True, help="Replace an existing bundle.")
@click.option(
    "--calibrate",
    default=None,
    help="Data set to measure on: the busiest core and step, and summed inputs (--weight-bound calibrated).",
)
@click.option(
    "--calibration-samples", type=click.IntRange(1), default=500, show_default=True, help="How many training samples."
)
@data_dir_option
@options_of(*(target.options for target in working_targets().values()))
@click.option_panel("Options")
@target_panels({name: target.options for name, target in working_targets().items()})
@click.option(
    "-o", "--output", type=click.Path(), required=True, help="Bundle to write: a folder; see --overwrite if it exists."
)
@json_option
def command(
    network: str,
    target: str,
    explain: bool,
    overwrite: bool,
    calibrate: str | None,
    calibration_samples: int,
    data_dir: str | None,
    output: str,
    as_json: bool,
    **options: Any,
) -> None:
    """Compile a network for a target: passes, mapping, resources; writes a bundle.

    Example: neurodeploy compile small.h5 --target spinnaker -o small.bundle --explain
    """
    from neurodeploy.network import load_network

    chosen = given(options, find_target(target).options)
    check_bundle_path(output, overwrite=overwrite)  # before the work
    with busy(f"compiling for {target}"):
        loaded, context = load_network(network), Context()
        if calibrate is not None:
            from neurodeploy.api import calibration_spikes

            context.calibration = calibration_spikes(loaded, calibrate, calibration_samples, data_dir)
        compilation = compile_network(loaded, target, chosen, context=context)
        save_bundle(compilation, output, overwrite=overwrite)
    resources = compilation.program.resources()
    if as_json:
        print_json({
            "output": output,
            "fits": verdict(resources).fits,
            "resources": [usage.as_dict() for usage in resources],
            "passes": [{"name": r.name, "what": r.what, "synapses_before": r.synapses_before, "synapses_after": r.synapses_after,
                        "bytes_after": r.bytes_after, "seconds": r.seconds} for r in compilation.context.log],
            "weights": compilation.program.manifest.get("weights", []),
            **{name: compilation.program.manifest[name] for name in _FIGURES if name in compilation.program.manifest},
        })  # fmt: skip
        return
    if explain:
        print_table(
            "Passes",
            ["pass", "what it did", "synapses", "bytes", "ms"],
            [
                [r.name, r.what, number(r.synapses_after), number(r.bytes_after), f"{1000 * r.seconds:.0f}"]
                for r in compilation.context.log
            ],
        )
        for entry in compilation.program.manifest.get("weights", []):
            say(
                "  "
                + ", ".join(
                    f"{key} {value:.4g}" if isinstance(value, float) else f"{key} {value}"
                    for key, value in entry.items()
                )
            )
    print_resources(resources)
    for line in compilation.program.presentation().when_compiled():
        say(line)
    say(
        f"[bold]{output}[/] written. Next: neurodeploy run {output} --executor model; neurodeploy verify {output}; "
        f"neurodeploy report {output} -o report.html"
    )


def print_resources(resources: list[Usage]) -> None:
    """Print usages as a table, and the verdict."""
    rows = [
        [u.name, number(u.used), number(u.limit), f"{u.used / u.limit:.1%}" if u.limit else "", u.unit, u.where]
        for u in resources
    ]
    print_table("Resources", ["", "used", "limit", "share", "unit", "where"], rows)
    result = verdict(resources)
    say(f"{'It fits' if result.fits else '[red]It does not fit[/]'}; {result.tightest}.")
