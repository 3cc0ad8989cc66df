"""Run unmodified PyNN scripts with real sPyNNaker on the software SpiNN-5 and compare with the firmware models.

python benchmarks/software_board/compare.py [SCRIPT …] [--address 127.0.0.4] [--real-time] [--keep FOLDER]
python benchmarks/software_board/compare.py --drawn 0 399 [--golden FOLDER]

Without scripts: all of ``benchmarks/software_board/networks`` and ``examples/pynn``.  Each script gets a board of its own,
in a process of its own.  Prints the table of ``docs/results/software_board.md``; 0 when nothing differs and no script fails.
With ``--drawn``: the networks of ``drawn/local_only.py`` of these seeds, up to twenty in one run.  ``--golden`` keeps every
recording as one file, network and arrays, for the tests.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from model import compare
from recorded import Comparison, Recorded

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
LIMIT_S = 1500
DRAWN, TOGETHER = HERE / "drawn/local_only.py", 20
KINDS = ("voltages", "spikes", "drawn", "weights")  # of Comparison, in the order of the columns
COLUMNS = (
    "script", "cores / chips", "steps", "voltages", "identical", "spikes", "identical", "Poisson spikes", "identical",
    "weights read back", "identical", "board CPU-s", "of it running", "slow-down",
)  # fmt: skip


@dataclass(frozen=True)
class Run:
    """One script on a board of its own; ``board`` is what ``serve.py`` printed."""

    script: Path
    folder: Path
    status: int
    board: dict[str, Any]
    wall_s: float


def environment() -> dict[str, str]:
    """The repository's packages, and one thread."""
    return os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", "NUMBA_NUM_THREADS": "1"}


def run_script(script: Path, address: str, folder: Path, *, real_time: bool = False, seeds: str = "") -> Run:
    """Start a board, run the script on it, stop the board; ``seeds`` is for scripts that draw their networks."""
    python = sys.executable
    board = subprocess.Popen(
        [python, str(HERE / "serve.py"), address, *(["--real-time"] if real_time else [])],
        stdout=subprocess.PIPE,
        text=True,
        env=environment(),
    )
    assert board.stdout is not None
    try:
        if board.stdout.readline().strip() != "ready":
            raise RuntimeError(f"no board on {address}: is the address taken?")
        began = time.perf_counter()
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / "log.txt").open("w") as log:
            status = subprocess.run(
                [python, str(HERE / "record.py"), str(script), address, str(folder)],
                stdout=log, stderr=subprocess.STDOUT, env=environment() | ({"SEEDS": seeds} if seeds else {}), timeout=LIMIT_S,
                check=False,
            ).returncode  # fmt: skip
        wall = time.perf_counter() - began
    finally:
        board.send_signal(signal.SIGTERM)
        said, _ = board.communicate(timeout=60)
    return Run(script, folder, status, json.loads(said.strip().splitlines()[-1]), wall)


def drawn(first: int, last: int) -> list[tuple[Path, str]]:
    """The script that draws networks, once for every twenty seeds."""
    starts = [first, *range(first - first % TOGETHER + TOGETHER, last + 1, TOGETHER)]
    ends = [*(start - 1 for start in starts[1:]), last]
    return [(DRAWN, f"{start}-{end}") for start, end in zip(starts, ends, strict=True)]


def keep_golden(run: Run, path: Path) -> None:
    """Network and arrays of a recording as one file."""
    network = json.loads((run.folder / "network.json").read_text())
    del network["host_cpu_s"]
    text = np.frombuffer(json.dumps(network).encode(), np.uint8)
    with np.load(run.folder / "arrays.npz") as arrays:
        np.savez_compressed(path, network=text, **arrays)


def row(run: Run, recorded: Recorded, found: Comparison | None) -> list[str]:
    """One line of the table."""
    network = recorded.network
    simulated = sum(sum(segment) for segment in network["runs_ms"]) / 1000
    counted = (
        ["no model"] + ["–"] * 7
        if found is None
        else [f"{getattr(found, name):,}" for kind in KINDS for name in (kind, f"same_{kind}")]
    )
    steps = sum(recorded.steps(segment) for segment in range(len(network["runs_ms"])))
    return [
        run.folder.name, f"{network['cores']} / {network['chips']}", f"{steps:,} of {recorded.time_step:g} ms", *counted,
        f"{run.board['cpu_s']:.1f}", f"{run.board['running_s']:.1f}", f"{run.board['running_s'] / simulated:.1f}",
    ]  # fmt: skip


def report(run: Run) -> tuple[list[str] | None, Comparison | None, str]:
    """The line of the table, the comparison, and what went wrong."""
    if run.status != 0 or not (run.folder / "network.json").exists():
        last = [line for line in (run.folder / "log.txt").read_text().splitlines() if line.strip()]
        return None, None, f"failed: {' / '.join(last[-3:])} (log: {run.folder / 'log.txt'})"
    recorded = Recorded(run.folder)
    try:
        found = None if recorded.unmodelled or recorded.network["unmodelled_synapses"] else compare(recorded)
    except ValueError as error:
        return row(run, recorded, None), None, f"the model refuses it: {error}"
    errors = f"dead cores {run.board['errors']}" if run.board["errors"] else ""
    return row(run, recorded, found), found, errors or (found.first_difference if found else "")


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table; 0 when every script ran and nothing differs, 1 otherwise."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("scripts", nargs="*", type=Path)
    parser.add_argument("--address", default="127.0.0.4", help="loopback address of the board (not 127.0.0.1)")
    parser.add_argument("--real-time", action="store_true", help="boards keep to the clock, for live input and output")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="keep recordings and logs here")
    parser.add_argument("--drawn", nargs=2, type=int, metavar=("FIRST", "LAST"), help="networks drawn from these seeds")
    parser.add_argument("--golden", type=Path, metavar="FOLDER", help="keep every recording here as one file")
    options = parser.parse_args(arguments)
    missing = [package for package in ("spynnaker", "unicorn") if importlib.util.find_spec(package) is None]
    if missing:
        parser.error(f"{' and '.join(missing)} not installed: pip install 'neurodeploy[spinnaker,emulator]'")
    scripts = [(script, "") for script in options.scripts] or [
        *((script, "") for script in sorted((HERE / "networks").glob("*.py"))),
        *((script, "") for script in sorted((ROOT / "examples/pynn").glob("*.py"))),
    ]
    if options.drawn:
        scripts = drawn(*options.drawn)
    print(" | ".join(COLUMNS), " | ".join(["---"] * len(COLUMNS)), sep="\n")
    total, good = Comparison(), 0
    with tempfile.TemporaryDirectory(prefix="software_board_") as temporary:
        for script, seeds in scripts:
            name = f"{script.stem}_{seeds.replace('-', '_')}".rstrip("_")
            folder = (options.keep or Path(temporary)).resolve() / name
            run = run_script(script, options.address, folder, real_time=options.real_time, seeds=seeds)
            line, found, trouble = report(run)
            print(" | ".join(line) if line else name, flush=True)
            if trouble:
                print(f"  {name}: {trouble}", file=sys.stderr, flush=True)
            good += line is not None and not trouble
            if options.golden is not None and line is not None:
                keep_golden(run, options.golden / f"{name}.npz")
            if found is not None:
                for name in (name for kind in KINDS for name in (kind, f"same_{kind}")):
                    setattr(total, name, getattr(total, name) + getattr(found, name))
    print(f"{good} of {len(scripts)} runs without failure or difference")
    counted = [f"{kind} {getattr(total, f'same_{kind}'):,} of {getattr(total, kind):,}" for kind in KINDS]
    print(f"{', '.join(counted)} identical")
    return 0 if good == len(scripts) else 1


if __name__ == "__main__":
    sys.exit(main())
