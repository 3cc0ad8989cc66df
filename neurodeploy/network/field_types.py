"""Whether the values of a dataclass have the types that its fields declare: what a file holds is not taken on trust."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from functools import cache
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import numpy as np


def check_field_types(value: Any, where: str) -> None:
    """Raise ValueError, naming ``where`` and the field, at the first value whose type is not the declared one."""
    hints = _hints(value.__class__)
    for entry in fields(value):
        found = getattr(value, entry.name)
        if not fits(found, hints[entry.name]):
            shown = f"{found.dtype} array" if isinstance(found, np.ndarray) else repr(found)[:60]
            raise ValueError(f"'{where}' has the {entry.name} {shown}, which is of the wrong type")


def fits(value: Any, hint: Any) -> bool:
    """Whether a value is what a type hint of the IR's vocabulary says; an int is a float, a bool is no number."""
    origin, arguments = get_origin(hint), get_args(hint)
    if origin in (Union, UnionType):
        return any(fits(value, option) for option in arguments)
    if origin is Literal:
        return isinstance(value, str)  # which texts are known is a rule of the validation
    if origin is tuple:
        if not isinstance(value, tuple):
            return False
        if arguments[-1] is Ellipsis:
            return all(fits(item, arguments[0]) for item in value)
        return len(value) == len(arguments) and all(map(fits, value, arguments))
    if origin is np.ndarray:
        return isinstance(value, np.ndarray) and value.ndim > 0 and value.dtype.kind in "biuf"
    if origin is not None and issubclass(origin, Mapping):
        return isinstance(value, Mapping) and all(fits(item, arguments[1]) for item in value.values())
    if hint in (int, float):
        return isinstance(value, int | np.integer if hint is int else int | float | np.number) and not isinstance(
            value, bool
        )
    return hint is Any or isinstance(value, NoneType if hint is None else hint)


@cache
def _hints(cls: type) -> dict[str, Any]:
    return get_type_hints(cls)
