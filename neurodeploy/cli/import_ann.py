"""neurodeploy import-ann."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import rich_click as click

from neurodeploy.ann.options import Conversion
from neurodeploy.cli.options import data_dir_option, given, json_option, limit_option, options_of, output_option
from neurodeploy.cli.output import note_limit, number, percent, print_json, print_table, progress_bar, say
from neurodeploy.wording import counted


@click.command("import-ann")
@click.argument("model", type=click.Path())
@click.option(
    "--data", "--dataset", "data", required=True, help="Data set to balance with (train) and to test on (test)."
)
@click.option("--architecture", default=None, help="Layers of a state_dict: text or a .toml file (.safetensors only).")
@click.option("--mean", default="0", show_default=True, help="Subtracted from pixels (0 to 1); one, or one per channel: 0.5,0.4,0.3.")  # fmt: skip
@click.option("--std", default="1", show_default=True, help="Pixels are divided by it after that.")
@options_of(Conversion)
@limit_option
@output_option
@data_dir_option
@json_option
def command(
    model: str, data: str, architecture: str | None, mean: str, std: str, limit: int | None, output: str,
    data_dir: str | None, as_json: bool, **options: Any,
) -> None:  # fmt: skip
    """Convert a trained ReLU network (.onnx, or a state_dict in .safetensors) to integrate-and-fire neurons.

    Example: neurodeploy import-ann model.onnx --data digits --steps 100 -o net.h5
    """
    from neurodeploy.ann import convert, load_ann, normalised_input
    from neurodeploy.datasets import Dataset, load_dataset
    from neurodeploy.errors import NeurodeployError
    from neurodeploy.files import check_writable
    from neurodeploy.network import save_network

    chosen = Conversion(**given(options, Conversion))
    normalisation = _numbers("--mean", mean), _numbers("--std", std)
    check_writable(Path(output))  # before the work
    ann = normalised_input(load_ann(model, architecture), *normalisation)
    train, test = load_dataset(data, "train", data_dir), load_dataset(data, "test", data_dir).limit(limit)
    if not isinstance(train, Dataset) or not isinstance(test, Dataset):
        raise NeurodeployError("ND305", f"'{data}' holds recorded events.", "Use a data set of images.")
    note_limit(limit, len(test))
    with progress_bar("converting", len(test)) as bar:
        network, report = convert(ann, train, test, chosen, bar.advance)
    save_network(network, output)
    if as_json:
        print_json({"output": output, **report.as_dict()})
        return
    print_table(
        f"{model} as integrate-and-fire neurons",
        ["population", "layer", "neurons", "unit", "threshold", "rate", "error"],
        [
            [layer.name, layer.kind, number(layer.neurons), _short(layer.unit), _short(layer.threshold), _short(layer.rate), _short(layer.error)]
            for layer in report.layers
        ],
    )  # fmt: skip
    rows = [["network as it was", percent(report.ann_accuracy)]]
    if report.replaced_accuracy is not None:
        rows.append(["max pooling replaced", percent(report.replaced_accuracy)])
    steps = len(report.accuracy_by_step)
    shown = sorted({step for step in (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000) if step < steps} | {steps})
    rows += [[f"spiking, {step} step{'s' * (step > 1)}", percent(report.accuracy_by_step[step - 1])] for step in shown]
    print_table(f"Accuracy on {counted(report.samples, 'sample')} of {data}", ["", "accuracy"], rows)
    for note in report.notes:
        say(f"Note: {note}")
    say(f"Written: [bold]{output}[/]")


def _short(value: float | None) -> str:
    return "–" if value is None else f"{value:.4g}"


def _numbers(option: str, text: str) -> tuple[float, ...]:
    try:
        return tuple(float(part) for part in text.split(","))
    except ValueError:
        raise click.UsageError(f"{option} is '{text}': write numbers such as 0.5 or 0.5,0.4,0.3.") from None
