"""neurodeploy sensitivity."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import rich_click as click

from neurodeploy.cli.options import data_dir_option, json_option, limit_option, split_option
from neurodeploy.cli.output import note_limit, percent, print_json, print_table, progress_bar
from neurodeploy.wording import counted

Number = TypeVar("Number", int, float)


def _listed(kind: type[Number]) -> Callable[[click.Context, click.Parameter, str], list[Number]]:
    """A callback that reads ``0.5,0.8`` as numbers."""

    def read(context: click.Context, parameter: click.Parameter, text: str) -> list[Number]:
        try:
            return [kind(part) for part in text.split(",") if part.strip()]
        except ValueError:
            raise click.BadParameter(f"'{text}' is not a list of numbers such as {parameter.default}") from None

    return read


@click.command("sensitivity")
@click.argument("network", type=click.Path())
@click.option("--dataset", "--data", "data", default=None, help="Data set (default: the one it was trained on).")
@split_option
@limit_option
@click.option("--sparsities", default="0.5,0.8,0.9", show_default=True, callback=_listed(float), help="To prune to.")
@click.option("--bits", default="8,4,2", show_default=True, callback=_listed(int), help="To quantize to.")
@click.option("--projection", multiple=True, help="Only this projection (repeatable).")
@data_dir_option
@json_option
def command(
    network: str,
    data: str | None,
    split: str,
    limit: int | None,
    sparsities: list[float],
    bits: list[int],
    projection: tuple[str, ...],
    data_dir: str | None,
    as_json: bool,
) -> None:
    """Show what each layer alone can lose: accuracy and output spikes with only that layer pruned or quantized.

    Example: neurodeploy sensitivity net.h5 --dataset mnist --limit 500 --sparsities 0.5,0.9 --bits 8,4
    """
    from neurodeploy import api
    from neurodeploy.compression.sensitivity import runs
    from neurodeploy.network import load_network

    loaded = load_network(network)
    dataset = api.dataset_of(loaded, data, split, limit, data_dir)
    note_limit(limit, len(dataset))
    names = projection or None
    with progress_bar("scanning", runs(loaded, sparsities, bits, names) * len(dataset)) as bar:
        found = api.sensitivity(
            loaded, dataset, sparsities=sparsities, bits=bits, projections=names, progress=bar.advance
        )
    if as_json:
        print_json(found.as_dict())
        return
    print_table(
        f"Sensitivity: {counted(found.samples, 'sample')} of {found.data} ({found.split}), uncompressed {percent(found.accuracy)}",
        ["layer", "setting", "accuracy", "change", "spike distance"],
        [
            [
                s.projection,
                f"sparsity {s.value:g}" if s.kind == "sparsity" else f"{s.value:g} bits",
                percent(s.accuracy),
                f"{100 * s.change:+.2f}",
                percent(s.spike_distance),
            ]
            for s in found.settings
        ],
    )
