"""CLI options shared by commands, and options made from dataclass fields."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import rich_click as click

from neurodeploy.options import option_fields

Command = TypeVar("Command", bound=Callable[..., Any])

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON for machines.")
data_dir_option = click.option(
    "--data-dir",
    type=click.Path(file_okay=False),
    default=None,
    help="Folder of the data sets (before $NEURODEPLOY_DATA and the cache).",
)
limit_option = click.option("--limit", type=click.IntRange(1), default=None, help="Only the first N samples.")
split_option = click.option(
    "--split", type=click.Choice(["train", "test"]), default="test", show_default=True, help="Which samples."
)
output_option = click.option("-o", "--output", type=click.Path(), required=True, help="File or folder to write.")


def options_of(*classes: type[Any]) -> Callable[[Command], Command]:
    """Give a command one option for every field of the dataclasses (of the same name: the first); absent ones stay None."""

    def decorate(command: Command) -> Command:
        seen: set[str] = set()
        for cls in classes:
            for field in option_fields(cls):
                if field.name in seen:
                    continue
                seen.add(field.name)
                kind: Any = field.type
                if field.choices:
                    kind = click.Choice([str(choice) for choice in field.choices])
                help_text = (
                    f"{field.help or ''} [{getattr(cls, 'name', cls.__name__)}; default {field.default}]".strip()
                )
                command = click.option(
                    f"--{field.name.replace('_', '-')}", field.name, type=kind, default=None, help=help_text
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
