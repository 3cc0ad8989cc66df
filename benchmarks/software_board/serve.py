"""A software SpiNN-5 in a process of its own; on SIGTERM it prints one line of JSON and ends.

python benchmarks/software_board/serve.py ADDRESS [--real-time] [--threads N]
"""

from __future__ import annotations

import argparse
import json
import signal
import sys
import time
from collections.abc import Sequence

from neurodeploy.firmware_models.spinnaker.board import BoardServer, SoftwareBoard


class TimedBoard(SoftwareBoard):
    """A board that knows how much its simulated time has cost: seconds of the processor, ``running_s``, and on the clock."""

    running_s = running_clock_s = 0.0
    instants = 0
    _passing = False  # an instant has begun and its work has not ended

    def advance(self, until: float | None = None) -> bool:
        began = time.process_time(), time.perf_counter()
        found = super().advance(until)
        self._count(*began)
        self.instants += found and not self._passing
        self._passing = self._rounds.going_on
        return found

    def settle_one(self, until: float | None = None) -> bool:
        began = time.process_time(), time.perf_counter()
        found = super().settle_one(until)
        if self._passing:
            self._count(*began)
            self._passing = self._rounds.going_on
        return found

    def _count(self, processor: float, clock: float) -> None:
        self.running_s += time.process_time() - processor
        self.running_clock_s += time.perf_counter() - clock


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until SIGTERM."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("address")
    parser.add_argument("--real-time", action="store_true", help="simulated time does not run ahead of the clock")
    parser.add_argument("--threads", type=int, help="chips emulated at a time")
    options = parser.parse_args(arguments)
    board = TimedBoard(options.address, threads=options.threads)
    server = BoardServer(board, real_time=options.real_time)
    signal.signal(signal.SIGTERM, lambda *_: server.stop())
    began = time.process_time()
    print("ready", flush=True)
    server.serve()
    answer = {
        "cpu_s": time.process_time() - began, "running_s": board.running_s,
        "running_clock_s": board.running_clock_s, "instants": board.instants,
        "chips": len(board.chips), "datagrams": server.received, "errors": board.errors,
    }  # fmt: skip
    print(json.dumps(answer), flush=True)
    server.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
