"""A run on a board that is interrupted, at any moment and by whatever, goes on after its last finished chunk."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from networks import two_layer

pytest.importorskip("spynnaker")
pytest.importorskip("unicorn")
pytestmark = pytest.mark.spynnaker

from software_board import board_at  # noqa: E402

import neurodeploy as nd  # noqa: E402
from neurodeploy.compiler import compile_network, save_bundle  # noqa: E402
from neurodeploy.datasets import load_dataset  # noqa: E402
from neurodeploy.encoding import encode_in_chunks  # noqa: E402
from neurodeploy.targets.spinnaker.continuous import run_continuously  # noqa: E402
from neurodeploy.targets.spinnaker.program import SpinnakerProgram  # noqa: E402

ADDRESS = "127.0.0.52"
SAMPLES, AT_ONCE = 6, 2
COMMAND = [
    sys.executable, "-c",
    "from neurodeploy.targets.spinnaker import board_session; board_session.STEPS_PER_RUN = 240\n"
    "from neurodeploy.cli import main; main()",
]  # fmt: skip


def _children(process: int) -> list[int]:
    path = Path(f"/proc/{process}/task/{process}/children")
    return [int(child) for child in path.read_text().split()] if path.exists() else []


def _chunks(folder: Path) -> int:
    return len(list(folder.glob("*.checkpoint/*.npz")))


def _killed(command: list[str], folder: Path, chunks: int, after: float) -> subprocess.Popen[str]:
    """Run the command and kill it so many seconds after so many chunks are finished; nothing of it goes on."""
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    while _chunks(folder) < chunks and process.poll() is None:
        time.sleep(0.02)
    time.sleep(after)
    left = _children(process.pid)
    process.kill()
    process.wait(timeout=30)
    for _ in range(100):
        if not any(Path(f"/proc/{child}").exists() for child in left):
            return process
        time.sleep(0.1)
    raise AssertionError("the process that drives the board outlived its parent")


def test_killed_at_a_random_moment(tmp_path: Path) -> None:
    """Counts and events as of the model run the same way, hence of an uninterrupted run."""
    network = two_layer(64, 5).with_metadata(data="digits")
    compiled = compile_network(network, "spinnaker", {"mapping": "estimate"})
    bundle = save_bundle(compiled, tmp_path / "net.bundle")
    command = [*COMMAND, "run", str(bundle), "--machine", ADDRESS, "--limit", str(SAMPLES), "--json"]
    folder = tmp_path / "net.run"
    with board_at(ADDRESS) as server:
        process = _killed(command, folder, 1, random.uniform(0, 1.5))
        assert process.returncode == -signal.SIGKILL, process.communicate()
        assert 1 <= _chunks(folder) < SAMPLES // AT_ONCE
        finished = subprocess.run(command, capture_output=True, text=True)
    assert finished.returncode == 0, finished.stderr
    assert not any(chip.cores for chip in server.board.chips.values())  # those of the killed one were stopped too
    assert "Goes on after" in finished.stderr
    told = json.loads(finished.stdout)
    program = compiled.program
    assert isinstance(program, SpinnakerProgram)
    data = load_dataset("digits", "test").limit(SAMPLES)
    expected = [run_continuously(program.mapping, spikes) for _, spikes in encode_in_chunks(network, data, AT_ONCE)]
    counts = np.concatenate([activity.spikes["excitatory"].counts() for activity in expected])
    assert counts.sum() > 0
    with np.load(Path(told["output"]) / "spikes.npz") as stored:
        np.testing.assert_array_equal(stored["counts"], counts)
        np.testing.assert_array_equal(stored["labels"], data.labels)
    for name in told["synaptic_events"]:
        assert told["synaptic_events"][name] == sum(int(a.synaptic_events[name].sum()) for a in expected)
    assert [path.name for path in folder.iterdir()] == [Path(told["output"]).name]


def test_restart_is_for_boards(tmp_path: Path) -> None:
    nd.save(two_layer(64, 5), tmp_path / "net.h5")
    done = subprocess.run(
        [*COMMAND, "run", str(tmp_path / "net.h5"), "--data", "digits", "--restart"], capture_output=True, text=True
    )
    assert done.returncode == 2 and "--restart is for runs on a board" in done.stderr
