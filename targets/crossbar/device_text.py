"""Device files as text."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any


def toml_of(table: Mapping[str, Any], lowest: float, highest: float) -> str:
    """TOML of the entries of a device file, with the comment that opens it; the same text on every machine."""
    lines = [
        f"# {_one_line(table['title'])}",
        f"# Paper: {_one_line(table['source'])}",
        "# Figure: beside each value",
        f"# On/off ratio: {highest / lowest:.6g}",
        f"# Valid range: {lowest:.6g} S to {highest:.6g} S",
        "",
    ]
    return "\n".join([*lines, *(f"{key} = {_written(value)}" for key, value in table.items())]) + "\n"


def _written(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{key} = {_written(entry)}" for key, entry in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(map(_written, value)) + "]"
    if isinstance(value, str):  # JSON's escapes are TOML's, but for the one character that JSON leaves bare
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007F")
    return repr(value)


def _one_line(text: str) -> str:
    return "".join(letter if letter.isprintable() else " " for letter in text)
