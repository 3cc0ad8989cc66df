"""One process at a time has a board."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from neurodeploy.errors import NeurodeployError
from neurodeploy.targets.spinnaker.board_lock import BoardLock
from neurodeploy.targets.spinnaker.board_process import LONGEST_REASON, shortened

HOLD = (
    "import sys; from neurodeploy.targets.spinnaker.board_lock import BoardLock; lock = BoardLock('127.0.0.9'); print('has it', flush=True);"
    "sys.stdin.read()"
)


def test_another_process_is_refused_until_the_first_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    with subprocess.Popen(
        [sys.executable, "-c", HOLD], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None and other.stdout.readline() == "has it\n"
        with pytest.raises(NeurodeployError, match=rf"ND516.*\(process {other.pid}\) uses the board '127.0.0.9'"):
            BoardLock("127.0.0.9")
        BoardLock("127.0.0.10").release()  # another board
        other.kill()  # however it ends
        other.wait()
    lock = BoardLock("127.0.0.9")
    with pytest.raises(NeurodeployError, match="ND516"):
        BoardLock("127.0.0.9")
    lock.release()
    BoardLock("127.0.0.9").release()


def test_reasons_are_one_line() -> None:
    reason = "SpinnmanGroupedProcessException: timed out\nStack trace: ['File a', 'File b']\nmore"
    assert shortened(reason) == "SpinnmanGroupedProcessException: timed out"
    assert len(shortened("x" * 40_000)) == LONGEST_REASON + 2
