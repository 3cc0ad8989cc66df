"""Options as dataclass fields: checked, and turned into CLI options, from the one declaration."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, fields
from types import NoneType
from typing import Any, Literal, NamedTuple, TypeVar, get_args, get_origin, get_type_hints

from neurodeploy.errors import NeurodeployError

T = TypeVar("T")


class OptionField(NamedTuple):
    """One option: its name, type, default, the values allowed (empty: any of the type) and its help text."""

    name: str
    type: type
    default: Any
    choices: tuple[Any, ...]
    help: str


def option_fields(cls: type[Any]) -> list[OptionField]:
    """The options of a dataclass; a field's help is its ``metadata['help']``, ``X | None`` is an X that may be left out."""
    hints = get_type_hints(cls)
    result = []
    for entry in fields(cls):
        hint = _without_none(hints[entry.name])
        choices = get_args(hint) if get_origin(hint) is Literal else ()
        default = entry.default if entry.default is not MISSING else None
        result.append(
            OptionField(
                entry.name, type(choices[0]) if choices else hint, default, choices, entry.metadata.get("help", "")
            )
        )
    return result


def options_from(cls: type[T], values: Mapping[str, Any], what: str) -> T:
    """Build an options dataclass from names and values.

    Raises:
        NeurodeployError: ND401 for an unknown name or a value that is not allowed; ``what`` names whose options.
    """
    known = {option.name: option for option in option_fields(cls)}
    for name, value in values.items():
        if name not in known:
            raise NeurodeployError("ND401", f"{what} has no option '{name}'.", f"It has: {', '.join(known) or 'none'}.")
        option = known[name]
        if value is None and option.default is None:
            continue
        if option.choices and value not in option.choices:
            raise NeurodeployError("ND401", f"{what}: {name} is {value!r}.", f"Use one of {list(option.choices)}.")
        if not option.choices and not isinstance(value, (int, float) if option.type is float else option.type):
            raise NeurodeployError("ND401", f"{what}: {name} is {value!r}.", f"Give a {option.type.__name__}.")
    return cls(**values)


def _without_none(hint: Any) -> Any:
    """X of ``X | None``; any other type as it is."""
    parts = [part for part in get_args(hint) if part is not NoneType]
    return parts[0] if NoneType in get_args(hint) and len(parts) == 1 else hint
