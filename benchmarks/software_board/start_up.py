"""How soon ``neurodeploy board emulate`` answers: from the start of its process to the first answer to SCP VER.

python benchmarks/software_board/start_up.py [--address 127.0.0.4] [--runs 10]

Prints the median and the longest of the runs, in seconds on the clock, and the processor time that the process had used by then
(Linux); the first run of all, with cold disk caches, is printed apart.
"""

from __future__ import annotations

import argparse
import os
import signal
import socket
import statistics
import struct
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from neurodeploy.firmware_models.spinnaker.board.sdp import SCP_PORT

VERSION_REQUEST = b"\0\0" + bytes([0x87, 0xFF, 0, 0xFF, 0, 0, 0, 0]) + struct.pack("<2H3I", 0, 1, 0, 0, 0)
COMMAND = [sys.executable, "-c", "from neurodeploy.cli import main; main()", "board", "emulate", "--quiet"]
LONGEST_S, BETWEEN_S = 20.0, 0.002


def processor_seconds(process: int) -> float:
    """Processor time that a process has used."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def seconds_to_answer(address: str) -> tuple[float, float]:
    """Start a board, ask until it answers, end it; clock and processor time."""
    began = time.perf_counter()
    board = subprocess.Popen([*COMMAND, "--address", address], stdout=subprocess.DEVNULL)
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as host:
            host.setblocking(False)
            host.bind((address, 0))
            while time.perf_counter() - began < LONGEST_S:
                host.sendto(VERSION_REQUEST, (address, SCP_PORT))
                time.sleep(BETWEEN_S)
                try:
                    if b"SC&MP" in host.recv(512):
                        return time.perf_counter() - began, processor_seconds(board.pid)
                except OSError:  # nothing yet, or the port is not open yet
                    continue
        raise TimeoutError(f"no answer from {address} within {LONGEST_S:g} s")
    finally:
        board.send_signal(signal.SIGTERM)
        board.wait(LONGEST_S)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--address", default="127.0.0.4", help="loopback address of the board (not 127.0.0.1)")
    parser.add_argument("--runs", type=int, default=10)
    options = parser.parse_args(arguments)
    first = seconds_to_answer(options.address)
    found = [seconds_to_answer(options.address) for _ in range(options.runs)]
    clock, processor = zip(*found, strict=True)
    print(
        f"first {first[0]:.2f} s; then {options.runs} runs: median {statistics.median(clock):.2f} s, longest {max(clock):.2f} s; "
        f"processor {statistics.median(processor):.2f} s"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
