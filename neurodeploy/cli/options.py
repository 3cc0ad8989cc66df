"""CLI options shared by commands, and options made from dataclass fields."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import rich_click as click

from neurodeploy.options import OptionField, option_fields

Command = TypeVar("Command", bound=Callable[..., Any])

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON for machines.")
data_dir_option = click.option(
    "--data-dir",
    type=click.Path(file_okay=False),
    default=None,
    help="Folder of the data sets (before $NEURODEPLOY_DATA and the cache).",
)
machine_option = click.option(
    "--machine",
    default=None,
    metavar="ADDRESS",
    help="A board at this address; 'configured': what your own ~/.spynnaker.cfg says.",
)
restart_option = click.option(
    "--restart",
    is_flag=True,
    help="On a board: begin again, instead of going on after the finished chunks of a call that was interrupted.",
)
input_option = click.option(
    "--input",
    "input_mode",
    type=click.Choice(["batched", "live"]),
    default="batched",
    show_default=True,
    help="On a board: input spikes loaded before a run, exact to the step, or sent while it runs, by the clock on the wall "
    "(a software board needs --real-time).",
)
limit_option = click.option(
    "--limit",
    "--images",
    "limit",
    type=click.IntRange(1),
    default=None,
    metavar="N",
    help="Only the first N samples; more than there are: all, with a note.",
)
data_option = click.option(
    "--data", default=None, help="Data set: see 'neurodeploy datasets' (default: the one it was trained on)."
)
split_option = click.option(
    "--split", type=click.Choice(["train", "test"]), default="test", show_default=True, help="Which samples."
)
output_option = click.option(
    "-o", "--output", type=click.Path(), required=True, help="File to write; one that exists is replaced, at the end."
)


def options_of(*classes: type[Any]) -> Callable[[Command], Command]:
    """Give a command one option for every field of the dataclasses; absent ones stay None.

    A field that several classes have becomes one option, whose help names them all.
    """

    def decorate(command: Command) -> Command:
        owners: dict[str, list[tuple[type[Any], OptionField]]] = {}
        for cls in classes:
            for field in option_fields(cls):
                owners.setdefault(field.name, []).append((cls, field))
        for name, found in owners.items():
            field = found[0][1]
            help_text = next((option.help for _, option in found if option.help), "")
            rules: dict[Any, list[str]] = {}
            for cls, option in found:
                rules.setdefault(option.default, []).append(getattr(cls, "name", cls.__name__))
            defaults = [f"{', '.join(names)}; default {default}" for default, names in rules.items()]
            text = name.replace("_", "-")
            declared = f"--{text}/--no-{text}" if field.type is bool else f"--{text}"
            kind: Any = click.Choice([str(choice) for choice in field.choices]) if field.choices else field.type
            command = click.option(
                declared, name, type=kind, default=None, help=f"{help_text} [{' | '.join(defaults)}]".strip()
            )(command)
        return command

    return decorate


def given(values: dict[str, Any], cls: type[Any]) -> dict[str, Any]:
    """The options that were given and belong to ``cls``, in its types; others that were given are a usage error."""
    known = {field.name: field for field in option_fields(cls)}
    chosen = {name: value for name, value in values.items() if value is not None}
    for name in chosen:
        if name not in known:
            raise click.UsageError(
                f"--{name.replace('_', '-')} is not an option of '{getattr(cls, 'name', cls.__name__)}'."
            )
    return {name: known[name].type(value) for name, value in chosen.items()}
