"""The process in which sPyNNaker drives a board (``board_worker.py``): started, asked, and listened to when it fails."""

from __future__ import annotations

import json
import logging
import os
import re
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import neurodeploy
from neurodeploy.targets.spinnaker.board_cores import describe_cores

logger = logging.getLogger(__name__)

WORKER = "neurodeploy.targets.spinnaker.board_worker"
END_SECONDS = 60


LONGEST_REASON = 300


def shortened(reason: str) -> str:
    """A reason without the stack traces that spinnman puts into its messages."""
    first = re.split(r"\s*Stack trace:", reason.strip(), maxsplit=1)[0].split("\n")[0]
    return first if len(first) <= LONGEST_REASON else f"{first[:LONGEST_REASON]} …"


class BoardProcess:
    """sPyNNaker with the board files of ``folder``; ``environment``: where it finds its configuration."""

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        root = str(Path(neurodeploy.__file__).parents[1])
        paths = os.pathsep.join(path for path in (root, environment.get("PYTHONPATH", "")) if path)
        self._process = subprocess.Popen(
            [sys.executable, "-m", WORKER, str(folder)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=folder,
            env={**environment, "PYTHONPATH": paths},
        )  # fmt: skip
        self._last_lines: deque[str] = deque(maxlen=400)
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()

    def ask(self, request: Mapping[str, Any], told: Callable[[Mapping[str, Any]], None]) -> str | None:
        """Let it run one chunk; None when that is done, else why it failed, and it has ended.

        ``told`` hears its phases, and what it says at the end of a chunk (``done``).
        """
        process, answer = self._process, dict[str, Any]()
        assert process.stdin is not None and process.stdout is not None
        try:
            process.stdin.write(json.dumps(request) + "\n")
            process.stdin.flush()
            for line in process.stdout:
                answer = json.loads(line)
                if "phase" not in answer:
                    break
                told(answer)
        except BrokenPipeError:
            pass
        if "done" in answer:
            told(answer)
            return None
        process.wait()
        self._listener.join()
        logger.debug("sPyNNaker's last lines:\n%s", "".join(self._last_lines))
        cores = describe_cores(answer.get("cores", []))
        return shortened(str(answer.get("failed") or self._reason())) + (f"\n{cores}" if cores else "")

    def end(self) -> None:
        """Let it end by itself."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            self._process.wait(timeout=END_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self) -> None:
        """End it at once: it may wait for a board that is silent."""
        self._process.kill()
        self._process.wait()

    def _listen(self) -> None:
        """Keep sPyNNaker's last lines, for its reason when it dies."""
        assert self._process.stderr is not None
        self._last_lines.extend(self._process.stderr)

    def _reason(self) -> str:
        errors = [line for line in self._last_lines if re.match(r"^[\w.]*(Error|Exception)\b", line)]
        return (errors or list(self._last_lines) or ["no reason given"])[-1].strip()
