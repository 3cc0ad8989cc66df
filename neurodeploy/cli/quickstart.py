"""neurodeploy quickstart."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

import rich_click as click

from neurodeploy.cli.options import json_option
from neurodeploy.cli.output import number, percent, print_json, print_table, say

THRESHOLD, LEVELS = 0.15, 3
MARK = "quickstart.txt"


@click.command("quickstart")
@click.option(
    "-o",
    "--output",
    type=click.Path(file_okay=False),
    default="quickstart",
    show_default=True,
    help="Folder to write; made if needed.",
)
@click.option(
    "--mapping",
    type=click.Choice(["spynnaker", "estimate"]),
    default="spynnaker",
    show_default=True,
    help="Run sPyNNaker's real mapping, or only our estimate.",
)
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="Seed of everything random.")
@json_option
def command(output: str, mapping: str, seed: int, as_json: bool) -> None:
    """Train, prune, quantize, compile for SpiNNaker, run bit-exactly and report: scikit-learn's digits, no download."""
    from neurodeploy import api
    from neurodeploy.cli.verify import print_ladder
    from neurodeploy.compiler import Context, compile_network, save_bundle
    from neurodeploy.runs import runs_folder, save_ladder, save_run

    folder = Path(output)
    _claim(folder)
    started = time.perf_counter()

    def step(what: str) -> None:
        if not as_json:
            say(f"[dim]{time.perf_counter() - started:6.1f} s[/]  {what}")

    step("training 100 neurons by STDP on the digits (20 passes over 1,438 images; the first time, compiling kernels)")
    network = api.train("digits-100", seed=seed)
    api.save(network, folder / "net.h5")
    step(f"pruning synapses below {THRESHOLD} and sharing {LEVELS} weight levels")
    pruned = api.prune(network, rule="threshold", threshold=THRESHOLD)
    api.save(pruned, folder / "pruned.h5")
    small = api.quantize(pruned, levels=LEVELS)
    api.save(small, folder / "small.h5")
    step(
        "compiling for SpiNNaker"
        + (": sPyNNaker partitions, places, routes and compresses" if mapping == "spynnaker" else "")
    )
    compilation = compile_network(small, "spinnaker", {"mapping": mapping}, context=Context(seed=seed))
    bundle = save_bundle(compilation, folder / "small.bundle", overwrite=True)
    shutil.rmtree(runs_folder(bundle), ignore_errors=True)  # runs of an earlier quickstart belong to another bundle
    program = compilation.program
    dataset = api.load_dataset("digits", "test")
    step(f"running {len(dataset)} test images on the bit-exact firmware model")
    found = api.run(program, dataset, executor="model")
    _, summary = save_run(bundle, program, dataset, "model", found)
    step("verifying every rung from float to the firmware model")
    ladder = api.verify(program, dataset)
    save_ladder(bundle, dataset, ladder)
    step("writing the report")
    written = api.report(bundle, folder / "report.html")
    seconds = time.perf_counter() - started
    if as_json:
        print_json({"output": str(folder), "seconds": seconds, "run": summary, "verification": ladder.as_dict(),
                    "written": [str(path) for path in written]})  # fmt: skip
        return
    step("done\n")
    print_ladder(ladder)
    usages = {usage.name: usage for usage in program.resources()}
    chosen = [name for name in (
        "sPyNNaker: cores", "sPyNNaker: chips", "sPyNNaker: SDRAM of the fullest core", "SDRAM of the fullest core",
        "DTCM of the fullest core", "sPyNNaker: routing entries of the fullest chip",
    ) if name in usages]  # fmt: skip
    rows = [
        [name, f"{number(usages[name].used)} of {number(usages[name].limit)} {usages[name].unit}"] for name in chosen
    ]
    rows += [["synaptic events per image", number(round(sum(summary["synaptic_events"].values()) / found.samples))]]
    rows += [
        [f"energy per image, {cost['method']}", f"{1000 * cost['joules_per_inference']:.4g} mJ"]
        for cost in summary["costs"]
    ]
    print_table("On SpiNNaker", ["", ""], rows)
    connectivity = small.synapses(small.projections[0]) / network.synapses(network.projections[0])
    say(
        f"Accuracy [bold]{percent(ladder.rung('float').accuracy)}[/] in float, [bold]{percent(found.accuracy)}[/] on the firmware model "
        f"with {percent(connectivity)} of the synapses."
    )
    say(f"\nReport: [bold]{folder / 'report.html'}[/]   bundle: [bold]{bundle}[/]   networks: {folder}/*.h5")
    say(
        "\nTry next:\n"
        f"  neurodeploy inspect {folder / 'small.h5'}\n"
        f"  neurodeploy compile {folder / 'pruned.h5'} --target spinnaker --synapses current -o {folder / 'current.bundle'} --explain\n"
        f"  neurodeploy datasets fetch mnist && neurodeploy train --data mnist -o mnist.h5\n"
        f"  python {bundle / 'run_on_board.py'} --help        (on a machine with a SpiNNaker board)"
    )


def _claim(folder: Path) -> None:
    """Make the folder, or take over one that an earlier quickstart marked; never write among a user's own files."""
    from neurodeploy.errors import NeurodeployError
    from neurodeploy.files import explain_os_error

    if folder.is_dir() and any(folder.iterdir()) and not (folder / MARK).exists():
        raise NeurodeployError(
            "ND409", f"'{folder}' is not empty and not of an earlier quickstart.", "Name another folder with --output."
        )
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / MARK).write_text("Made by 'neurodeploy quickstart', which may replace everything in this folder.\n")
    except OSError as error:
        raise explain_os_error(error, folder, "write") from None
