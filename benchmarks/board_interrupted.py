"""A run on a board, ended at random moments and started again until it is done, against the firmware model.

    python benchmarks/board_interrupted.py [--seeds 3] [--address 127.0.0.20]

``neurodeploy run --machine`` of 12 digits in chunks of 2 through real sPyNNaker on the software board: SIGKILL, SIGINT or
SIGTERM after 0.5 to 30 s (the process starts for some 5 s, a chunk takes some 3).
"""

from __future__ import annotations

import argparse
import json
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from board_in_the_loop import COMMAND
from tables import print_markdown

import neurodeploy as nd
from neurodeploy.board import probe
from neurodeploy.datasets import load_dataset
from neurodeploy.encoding import encode_in_chunks
from neurodeploy.errors import NeurodeployError
from neurodeploy.network import Network
from neurodeploy.targets.spinnaker.continuous import run_continuously
from neurodeploy.targets.spinnaker.program import SpinnakerProgram

SAMPLES, AT_ONCE = 12, 2
LONGEST_S = 30.0
SIGNALS = (signal.SIGKILL, signal.SIGINT, signal.SIGTERM)


def short_chunks(network: Network) -> str:
    """Code that makes chunks of two samples, then is the command line."""
    assert network.encoder is not None
    steps = AT_ONCE * (network.encoder.steps + network.encoder.rest_steps)
    return f"from neurodeploy.targets.spinnaker import board_session; board_session.STEPS_PER_RUN = {steps}\n{COMMAND}"


def until_done(command: list[str], seed: int) -> tuple[list[str], str]:
    """Interrupt and start again; the signals sent, and what the last run printed."""
    moments, sent = random.Random(seed), []
    while True:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        try:
            out, error = process.communicate(timeout=moments.uniform(0.5, LONGEST_S))
        except subprocess.TimeoutExpired:
            how = moments.choice(SIGNALS)
            process.send_signal(how)
            process.communicate()
            sent.append(how.name)
            continue
        if process.returncode:
            raise RuntimeError(error)
        return sent, out


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--address", default="127.0.0.20")
    arguments = parser.parse_args()
    network = nd.train("digits-100")
    with tempfile.TemporaryDirectory() as folder:
        bundle = Path(folder) / "net.bundle"
        program = nd.compile(network, "spinnaker", bundle=bundle, mapping="estimate")
        assert isinstance(program, SpinnakerProgram)
        data = load_dataset("digits", "test").limit(SAMPLES)
        model = [run_continuously(program.mapping, inputs) for _, inputs in encode_in_chunks(network, data, AT_ONCE)]
        expected = np.concatenate([activity.spikes["excitatory"].counts() for activity in model])
        command = [sys.executable, "-c", short_chunks(network), "run", str(bundle), "--machine", arguments.address]
        board = subprocess.Popen(
            [sys.executable, "-c", COMMAND, "board", "emulate", "--address", arguments.address],
            stdout=subprocess.DEVNULL,
        )
        try:
            wait_for(arguments.address)

            def rows() -> Iterator[list[object]]:
                for seed in range(arguments.seeds):
                    started = time.perf_counter()
                    sent, out = until_done([*command, "--limit", str(SAMPLES), "--json"], seed)
                    with np.load(Path(json.loads(out)["output"]) / "spikes.npz") as stored:
                        equal = int((stored["counts"] == expected).sum())
                    shown = ", ".join(f"{sent.count(how.name)} {how.name}" for how in SIGNALS)
                    yield [seed, shown, SAMPLES, expected.size, equal, f"{time.perf_counter() - started:.0f}"]

            print_markdown(["seed", "interruptions", "samples", "spike counts", "equal to the model's", "s"], rows())
        finally:
            board.terminate()
            board.wait()


def wait_for(address: str) -> None:
    """Until a board answers there."""
    for _ in range(100):
        try:
            probe(address)
            return
        except NeurodeployError:
            time.sleep(0.1)


if __name__ == "__main__":
    main()
