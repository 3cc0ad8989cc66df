"""Finished chips of ``crossbar_accuracy.py``, one JSON line each, so that an interrupted run goes on."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any


class Store:
    """The lines of a file, by the key of their point; a line that a killed process left unfinished is skipped."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._found: dict[str, dict[int, dict[str, Any]]] = {}
        text = path.read_text("utf-8") if path.exists() else ""
        if text and not text.endswith("\n"):
            path.write_text(text + "\n", "utf-8")
        for line in text.splitlines():
            try:
                entry = json.loads(line)
            except ValueError:
                continue
            self._found.setdefault(entry["key"], {})[entry["chip"]] = entry

    def chips(self, key: str) -> dict[int, dict[str, Any]]:
        """Finished chips of a point, by number."""
        return self._found.get(key, {})

    def put(self, key: str, chip: int, **found: Any) -> None:
        """Append one."""
        entry = {"key": key, "chip": chip, **found}
        self._found.setdefault(key, {})[chip] = entry
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.open("a", encoding="utf-8") as stream:
            stream.write(json.dumps(entry, allow_nan=False) + "\n")
