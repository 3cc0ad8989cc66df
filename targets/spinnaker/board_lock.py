"""One neurodeploy at a time on a board: another's load stops what runs there, and its host would read zeros."""

from __future__ import annotations

import contextlib
import os
import re
from pathlib import Path
from types import ModuleType
from typing import IO

from neurodeploy.errors import NeurodeployError

fcntl: ModuleType | None
try:
    import fcntl
except ImportError:  # not on this system: nothing is locked
    fcntl = None


class BoardLock:
    """The board at an address, for this process and this machine; freed by :meth:`release` and by the end of the process."""

    def __init__(self, address: str) -> None:
        """Take it.

        Raises:
            NeurodeployError: ND516 when another process of this machine has it.
        """
        self._file: IO[str] | None = None  # closed, and so freed, with this object at the latest
        if fcntl is None:
            return
        folder = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "neurodeploy" / "boards"
        with contextlib.suppress(OSError):  # no cache, no lock
            folder.mkdir(parents=True, exist_ok=True)
            self._file = (folder / (re.sub(r"[^\w.-]", "_", address) + ".lock")).open("a+", encoding="ascii")
        if self._file is None:
            return
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self._file.seek(0)
            owner = self._file.read(32).strip()
            self.release()
            raise NeurodeployError(
                "ND516",
                f"Another neurodeploy{f' (process {owner})' if owner else ''} uses the board '{address}'.",
                "Wait until it has ended, or use another board.",
            ) from None
        self._file.truncate(0)
        self._file.write(str(os.getpid()))
        self._file.flush()

    def release(self) -> None:
        """Let others have it."""
        if self._file is not None:
            self._file.close()
            self._file = None
