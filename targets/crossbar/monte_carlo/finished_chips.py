"""Chips that have been run, on disk: a call that was interrupted, or asks for more chips, goes on after them.

One JSON line for each chip, on the disk before the next counts as finished, under the hash of all that its result depends on: bundle,
samples, and neurodeploy's code. Lines of something else, and one that a killed process left half-written, are passed over.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

from neurodeploy.files import explain_os_error
from neurodeploy.targets.crossbar.monte_carlo.chip_result import ChipResult


class FinishedChips:
    """Results in the file ``path`` under ``key``; None keeps nothing."""

    def __init__(self, path: Path | None, key: str) -> None:
        self._path, self._key = path, key

    def read(self) -> dict[int, ChipResult]:
        """By the chips' numbers.

        Raises:
            NeurodeployError: ND102 or ND103 when there is a file that cannot be read.
        """
        found: dict[int, ChipResult] = {}
        if self._path is None or not self._path.exists():
            return found
        try:
            lines = self._path.read_text("utf-8", errors="replace").splitlines()
        except OSError as error:
            raise explain_os_error(error, self._path, "read") from None
        for line in lines:
            try:
                entry = json.loads(line)
                if entry["key"] == self._key:
                    result = ChipResult.of(entry["chip"])
                    found[result.number] = result
            except (ValueError, KeyError, TypeError):
                continue
        return found

    def put(self, result: ChipResult) -> None:
        """Append a chip; it is on the disk when this returns.

        Raises:
            NeurodeployError: ND101 to ND104 when it cannot be written.
        """
        if self._path is None:
            return
        line = json.dumps({"key": self._key, "chip": result.as_dict()}, allow_nan=False)
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with self._path.open("a", encoding="utf-8") as stream:
                stream.write(("" if self._ends_whole() else "\n") + line + "\n")
                stream.flush()
                os.fsync(stream.fileno())
        except OSError as error:
            raise explain_os_error(error, self._path, "write") from None

    def _ends_whole(self) -> bool:
        assert self._path is not None
        with self._path.open("rb") as stream:
            if stream.seek(0, os.SEEK_END) == 0:
                return True
            stream.seek(-1, os.SEEK_END)
            return stream.read(1) == b"\n"
