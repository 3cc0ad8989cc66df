"""A typing error in a command or an option is answered with what was probably meant."""

from __future__ import annotations

from importlib import import_module
from keyword import iskeyword

import pytest
import rich_click as click
from command_line import call

from neurodeploy.cli import COMMANDS


def answered(text: str, name: str) -> bool:
    """Whether an error names what was meant; click breaks long lines."""
    return "Did you mean" in text and f"'{name}'" in text.replace("\n", " ")


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_suggested(name: str) -> None:
    result = call(name[:-2] + name[-1])
    assert result.code == 2 and answered(result.err, name), result.err


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_is_suggested(name: str) -> None:
    command: click.Command = import_module(f"neurodeploy.cli.{name.replace('-', '_')}{'_' * iskeyword(name)}").command
    options = [option for parameter in command.params for option in parameter.opts if option.startswith("--")]
    for option in options:
        result = call(name, option[:3] + option[4:])
        assert result.code == 2 and answered(result.err, option), result.err


def test_commands_within_commands_and_what_is_near_nothing() -> None:
    assert answered(call("datasets", "fech").err, "fetch")
    assert answered(call("datasets", "list", "--data-dri", "x").err, "--data-dir")
    result = call("fly")
    assert result.code == 2 and "'fly'" in result.err and "quickstart, train" in result.err
