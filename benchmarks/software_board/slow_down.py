"""How much slower than real time the software board is, by the size and the activity of a network.

python benchmarks/software_board/slow_down.py [--cores 1 4 16 64 200 400 700] [--rates 10 100] [--against CHECKOUT] [--threads 1 2]

One line per network (``sized.py``): seconds that the board worked per second of simulated time, on the clock and as processor
time, for every number of threads.  ``--against``: another checkout of this repository, whose board runs the same network right
before; its figures come first in each line.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
LIMIT_S = 3000
LONGEST_MS, SHORTEST_MS, CORE_MS = 2000, 50, 20_000  # simulated: cores · ms, within these bounds


def environment(root: Path) -> dict[str, str]:
    """The packages of a checkout, and one thread for numerical libraries."""
    return os.environ | {"PYTHONPATH": str(root), "OMP_NUM_THREADS": "1", "NUMBA_NUM_THREADS": "1"}


def slow_down(root: Path, address: str, cores: int, rate: float, threads: int | None) -> tuple[float, float, float]:
    """Seconds per simulated second, on the clock and of the processor, and the rate that the neurons had, in Hz."""
    milliseconds = min(LONGEST_MS, max(SHORTEST_MS, CORE_MS // cores))
    options = [] if threads is None else ["--threads", str(threads)]
    board = subprocess.Popen(
        [sys.executable, str(root / "benchmarks/software_board/serve.py"), address, *options],
        stdout=subprocess.PIPE, text=True, env=environment(root),
    )  # fmt: skip
    assert board.stdout is not None
    try:
        if board.stdout.readline().strip() != "ready":
            raise RuntimeError(f"no board on {address}: is the address taken?")
        with tempfile.TemporaryDirectory(prefix="slow_down_") as folder:
            done = subprocess.run(
                [sys.executable, str(HERE / "sized.py"), address, folder, str(cores), str(rate), str(milliseconds)],
                env=environment(ROOT), timeout=LIMIT_S, check=False, text=True,
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            )  # fmt: skip
            if done.returncode:
                raise RuntimeError("sPyNNaker failed: " + " / ".join(done.stdout.splitlines()[-6:]))
            found = json.loads((Path(folder) / "found.json").read_text())
    finally:
        board.send_signal(signal.SIGTERM)
        said, _ = board.communicate(timeout=60)
    answer = json.loads(said.strip().splitlines()[-1])
    if answer["errors"]:
        raise RuntimeError(f"cores died: {answer['errors']}")
    simulated = milliseconds / 1000
    return answer.get("running_clock_s", float("nan")) / simulated, answer["running_s"] / simulated, found["rate_hz"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--address", default="127.0.0.4", help="loopback address of the boards (not 127.0.0.1)")
    parser.add_argument("--cores", type=int, nargs="+", default=[1, 4, 16, 64, 200, 400, 700])
    parser.add_argument("--rates", type=float, nargs="+", default=[10.0, 100.0], help="spikes/s of every neuron")
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--against", type=Path, metavar="CHECKOUT")
    options = parser.parse_args(arguments)
    boards: list[tuple[str, Path, int | None]] = [(f"{n} thread{'s' * (n > 1)}", ROOT, n) for n in options.threads]
    if options.against is not None:
        boards.insert(0, ("before", options.against.resolve(), None))
    columns = ["cores", "spikes/s", *(f"{name}, {kind}" for name, _, _ in boards for kind in ("clock", "CPU"))]
    print(" | ".join(columns), " | ".join(["---"] * len(columns)), sep="\n", flush=True)
    for cores in options.cores:
        for rate in options.rates:
            found = [slow_down(root, options.address, cores, rate, threads) for _, root, threads in boards]
            times = [
                f"{value:.2g}" if value < 10 else f"{value:.0f}" for clock, cpu, _ in found for value in (clock, cpu)
            ]
            print(" | ".join([str(cores), f"{found[0][2]:.0f}", *times]), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
