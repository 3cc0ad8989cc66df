"""Help panels of rules: one for each rule, with its own options and their defaults."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
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
            panel: Any = click.option_panel  # its stubs know no keywords of other classes
            command = panel(
                f"{choosing} {rule.name}".strip(), cls=RulePanel, rule=rule, help=summary(rule) + ("" if fields else " No options."),
                options=[field.name for field in fields],
            )(command)  # fmt: skip
        return command

    return decorate


def summary(rule: type[Any]) -> str:
    """The first sentence of a class's docstring, as plain text."""
    paragraph = " ".join((rule.__doc__ or "").split("\n\n")[0].replace("``", "").split())
    return re.split(r"(?<=\.)\s+(?=[A-Z])", paragraph)[0]


class RulePanel(RichOptionPanel):
    """A panel whose options say the defaults of one rule."""

    def __init__(self, name: str, rule: type[Any], **entries: Any) -> None:
        super().__init__(name, **entries)
        self.rule = rule

    def get_objects(self, command: Any, ctx: Any) -> Iterator[Any]:  # type: ignore[override]
        """The rule's options, each a copy with the rule's own help."""
        fields = {field.name: field for field in option_fields(self.rule)}
        for option in super().get_objects(command, ctx):
            own: Any = copy(option)
            field = fields[own.name]
            own.help = " ".join(filter(None, (field.help, f"[default: {shown(field.default)}]")))
            yield own


def shown(default: Any) -> str:
    """A default as one would write it."""
    if isinstance(default, bool):
        return "yes" if default else "no"
    return "none" if default in (None, "") else f"{default:g}" if isinstance(default, float) else str(default)
