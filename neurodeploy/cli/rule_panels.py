"""Help panels: one for each rule with its own options and their defaults, and one for each set of targets that share options."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from copy import copy
from typing import Any, TypeVar

import rich_click as click
from rich_click.rich_panel import RichOptionPanel

from neurodeploy.options import option_fields

Command = TypeVar("Command", bound=Callable[..., Any])


def rule_panels(choosing: str, rules: Iterable[type[Any]]) -> Callable[[Command], Command]:
    """Give a command's help a panel for each rule, entitled ``choosing NAME`` (``--rule threshold``).

    The options are those of :func:`neurodeploy.cli.options.options_of`; one that several rules have stands in each panel
    with the default that it has there.
    """

    def decorate(command: Command) -> Command:
        for rule in reversed(list(rules)):
            fields = option_fields(rule)
            helps = {field.name: f"{field.help} [default: {shown(field.default)}]".strip() for field in fields}
            text = summary(rule) + ("" if fields else " No options.")
            command = _panel(f"{choosing} {rule.name}".strip(), helps, text)(command)
        return command

    return decorate


def target_panels(targets: Mapping[str, type[Any]]) -> Callable[[Command], Command]:
    """Give a command's help a panel ``Options of A and B`` for each set of targets that share options.

    ``targets``: the options' class of each target.  An option belongs to all targets that have it with the same help text;
    where their defaults differ, the panel says each.
    """
    panels: dict[tuple[str, ...], dict[str, str]] = {}
    for (option, text), defaults in _defaults(targets).items():
        said = dict.fromkeys(defaults.values())
        each = "; ".join(f"{target}: {default}" for target, default in defaults.items())
        panels.setdefault(tuple(defaults), {})[option] = (
            f"{text} [default: {each if len(said) > 1 else next(iter(said))}]".strip()
        )

    def decorate(command: Command) -> Command:
        for owners in sorted(panels, key=lambda names: (len(panels[names]), names)):  # the last one stands first
            command = _panel(f"Options of {' and '.join(owners)}", panels[owners])(command)
        return command

    return decorate


def _defaults(targets: Mapping[str, type[Any]]) -> dict[tuple[str, str], dict[str, str]]:
    """For each option, by its name and help text, the default at each target that has it so."""
    found: dict[tuple[str, str], dict[str, str]] = {}
    for target, options in targets.items():
        for field in option_fields(options):
            found.setdefault((field.name, field.help), {})[target] = shown(field.default)
    return found


def _panel(title: str, helps: Mapping[str, str], text: str | None = None) -> Callable[[Command], Command]:
    panel: Any = click.option_panel  # its stubs know no keywords of other classes
    decorate: Callable[[Command], Command] = panel(title, cls=OwnPanel, helps=helps, help=text, options=list(helps))
    return decorate


def summary(rule: type[Any]) -> str:
    """The first sentence of a class's docstring, as plain text."""
    paragraph = " ".join((rule.__doc__ or "").split("\n\n")[0].replace("``", "").split())
    return re.split(r"(?<=\.)\s+(?=[A-Z])", paragraph)[0]


class OwnPanel(RichOptionPanel):
    """A panel whose options have help texts of its own."""

    def __init__(self, name: str, helps: Mapping[str, str], **entries: Any) -> None:
        super().__init__(name, **entries)
        self.helps = helps

    def get_objects(self, command: Any, ctx: Any) -> Iterator[Any]:  # type: ignore[override]
        """The options, each a copy with the panel's own help."""
        for option in super().get_objects(command, ctx):
            own: Any = copy(option)
            own.help = self.helps[own.name]
            yield own


def shown(default: Any) -> str:
    """A default as one would write it."""
    if isinstance(default, bool):
        return "yes" if default else "no"
    return "none" if default in (None, "") else f"{default:g}" if isinstance(default, float) else str(default)
