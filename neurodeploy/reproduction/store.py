"""Records of finished trainings, one JSON line each, so that items share them and an interrupted reproduction goes on."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, fields
from functools import cache
from pathlib import Path

from neurodeploy.datasets import load_dataset
from neurodeploy.files import dump_json, explain_os_error
from neurodeploy.training.parallel import TrainingRecord
from neurodeploy.training.recipe import Recipe

PACKAGE = Path(__file__).resolve().parents[1]
SOURCES = (
    "ann", "datasets", "encoding", "network", "readout", "simulation", "training", "compression", "inference.py", "kernels.py",
)  # fmt: skip
"""What a training's result depends on."""


@cache
def code_version() -> str:
    """Digest of the sources that a result depends on."""
    digest = hashlib.sha256()
    for name in SOURCES:
        path = PACKAGE / name
        for file in [path] if path.is_file() else sorted(path.rglob("*.py")):
            digest.update(f"{file.relative_to(PACKAGE)}\n".encode() + file.read_bytes())
    return digest.hexdigest()


class Store:
    """``results.jsonl`` in a folder."""

    def __init__(self, folder: Path, data_dir: str | Path | None = None) -> None:
        self._path = folder / "results.jsonl"
        self._data_dir = data_dir
        self._data: dict[str, str] = {}
        self._records = self._read()

    def key(self, recipe: Recipe, test_images: int | None) -> str:
        """Digest of the recipe (but its name and words), the data and the code."""
        plain = recipe.as_dict()
        for words in ("name", "description", "paper"):
            plain.pop(words, None)
        text = dump_json([plain, test_images, self._digest(recipe.data), code_version()])
        return hashlib.sha256(text.encode()).hexdigest()

    def get(self, key: str) -> TrainingRecord | None:
        """A finished training."""
        return self._records.get(key)

    def put(self, key: str, record: TrainingRecord, recipe: Recipe) -> None:
        """Append a finished training."""
        self._records[key] = record
        line = json.dumps({"key": key, "record": asdict(record), "recipe": recipe.as_dict()}, allow_nan=False)
        try:
            with self._path.open("a", encoding="utf-8") as stream:
                stream.write(line + "\n")
        except OSError as error:
            raise explain_os_error(error, self._path, "write") from None

    def _read(self) -> dict[str, TrainingRecord]:
        """All whole lines; one that a killed process left half-written is skipped."""
        names = {entry.name for entry in fields(TrainingRecord)}
        found = {}
        try:
            text = self._path.read_text("utf-8") if self._path.exists() else ""
        except OSError as error:
            raise explain_os_error(error, self._path, "read") from None
        if text and not text.endswith("\n"):
            with self._path.open("a", encoding="utf-8") as stream:
                stream.write("\n")
        for line in text.splitlines():
            try:
                entry = json.loads(line)
                if set(entry["record"]) == names:
                    found[entry["key"]] = TrainingRecord(**entry["record"])
            except (ValueError, KeyError, TypeError):
                continue
        return found

    def _digest(self, name: str) -> str:
        if name not in self._data:
            parts = [load_dataset(name, split, self._data_dir).digest() for split in ("train", "test")]
            self._data[name] = "".join(parts)
        return self._data[name]
