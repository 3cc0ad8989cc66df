"""Feeds damaged files to the command line in a process that may die: what became of each, and how much memory it took.

``python fuzzing.py FOLDER KIND SEED FIRST END`` is that process: one line per case. Outcomes: ``accepted`` (exit status
0), a code (``ND111``: exit status 1 and one message), or ``traceback …``; of a process that died, ``crash``; of a case
that lasts longer than :data:`SECONDS`, ``hang``.
"""

from __future__ import annotations

import re
import resource
import select
import signal
import subprocess
import sys
import time
from collections import Counter
from contextlib import redirect_stdout
from io import BytesIO, TextIOWrapper
from pathlib import Path
from typing import Any, NamedTuple

import h5py
import numpy as np

SECONDS = 10.0
ADDRESS_SPACE = 8 << 30
KINDS = ("bytes", "bytes, sealed again", "structure, sealed again")
BARE = "bytes, HDF5 without its own process"
"""Not of ours: what h5py itself does with the streams of the second kind."""


class Tally(NamedTuple):
    """Outcomes, the names of cases to look at, peak resident memory of reader and worker in bytes, slowest case (s)."""

    outcomes: Counter[str]
    bad: list[str]
    reader_bytes: int
    worker_bytes: int
    slowest: float


def run_cases(folder: Path, kind: str, seed: int, count: int) -> Tally:
    """Feed ``count`` cases made from the ``.h5`` and ``.nir`` files in ``folder``."""
    outcomes: Counter[str] = Counter()
    bad: list[str] = []
    first, memory, slowest = 0, [0, 0], 0.0
    while first < count:
        command = [sys.executable, __file__, str(folder), kind, str(seed), str(first), str(count)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, bufsize=1) as process:
            assert process.stdout is not None
            began, patience = time.monotonic(), 120.0  # the first case waits for imports
            while True:
                ready, _, _ = select.select([process.stdout], [], [], patience)
                line = process.stdout.readline() if ready else ""
                if not line:
                    break
                index, name, outcome, *peaks = line.rstrip("\n").split("\t")
                outcomes["traceback" if outcome.startswith("traceback") else outcome] += 1
                if outcome.startswith("traceback"):
                    bad.append(f"{kind} {seed} {index} ({name}): {outcome}")
                memory = [max(a, int(b)) for a, b in zip(memory, peaks, strict=True)]
                if patience == SECONDS:  # not the first of a process
                    slowest = max(slowest, time.monotonic() - began)
                first, began, patience = int(index) + 1, time.monotonic(), SECONDS
            process.kill()
        if first < count:
            what = "hang" if not ready or process.returncode == -signal.SIGALRM else "crash"
            outcomes[what] += 1
            bad.append(f"{kind} {seed} {first}: {what}, exit status {process.returncode}")
            first += 1
    return Tally(outcomes, bad, memory[0], memory[1], slowest)


def case(sources: list[Path], kind: str, seed: int, index: int) -> tuple[str, str, bytes]:
    """Name, file suffix and bytes of one case; always the same for the same numbers."""
    from mutations import damaged, hostile

    from neurodeploy.network import hdf5

    rng = np.random.default_rng([seed, index, KINDS.index(kind) if kind in KINDS else 1])
    source = sources[index % len(sources)]
    content, native = source.read_bytes(), source.suffix == ".h5"
    if kind == "bytes":
        return source.name, source.suffix, damaged(content, rng)
    stream = content[512:] if native else content
    name, stream = hostile(stream, rng) if kind.startswith("structure") else ("bytes", damaged(stream, rng))
    return f"{source.name}: {name}", source.suffix, hdf5.seal(stream) if native else stream


def judge(path: Path, command: list[Any]) -> str:
    """What the command line makes of a file."""
    from command_line import call

    try:
        result = call(*command)
    except BaseException as error:
        return f"traceback {type(error).__name__}: {str(error)[:200]!r}"
    if result.code == 0 and "Traceback" not in result.err:
        return "accepted"
    code = re.match(r"(ND\d{3}):? .+", result.err.strip())
    lines = result.err.strip().splitlines()
    if result.code == 1 and code and "Traceback" not in result.err and all(x.startswith(" ") for x in lines[1:]):
        return code[1]
    return f"traceback exit status {result.code}: {result.err[-300:]!r}"


def judge_bare(content: bytes) -> str:
    """What h5py makes of a stream in this process."""
    from neurodeploy.network.guarded_hdf5.worker import Reader, Refused

    signal.alarm(int(SECONDS))  # ends the process
    try:
        with redirect_stdout(TextIOWrapper(BytesIO())), h5py.File(BytesIO(content), "r") as file:
            Reader(1 << 26).group(file["/"])
    except Refused:
        return "refused"
    except Exception:
        return "h5py error"
    return "accepted"


def main(folder: Path, kind: str, seed: int, first: int, end: int) -> None:
    """Feed the cases ``first`` to ``end`` and print a line for each."""
    resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE, ADDRESS_SPACE))
    sources = sorted([*folder.glob("*.h5"), *folder.glob("*.nir")])
    for index in range(first, end):
        name, suffix, content = case(sources, kind, seed, index)
        path = folder / "cases" / f"{kind.split(',')[0]}-{seed}{suffix}"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)
        command: list[Any] = ["inspect", path]
        if suffix == ".nir":
            command = ["import", path, "--convention", "exact", "--dt", 1.0, "-o", path.with_suffix(".out")]
        judged = judge_bare(content[512:] if suffix == ".h5" else content) if kind == BARE else judge(path, command)
        outcome = judged.replace("\t", " ").replace("\n", " ")
        own, workers = (
            resource.getrusage(who).ru_maxrss * 1024 for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
        )
        print(index, name, outcome, own, workers, sep="\t", flush=True)


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # this checkout, not an installed one
    main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), int(sys.argv[4]), int(sys.argv[5]))
