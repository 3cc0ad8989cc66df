"""Thousands of damaged and hostile network files through the command line: read, or refused with one clear error.

python benchmarks/fuzzing.py [--cases 600] [--seed 0] [--nir FOLDER] [--bare]

``--nir``: a folder of real ``.nir`` files to damage as well. ``--bare``: also h5py itself, without its own process.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tables import print_markdown

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "helpers"))

import fuzzing
from networks import layered, two_layer

from neurodeploy.network import save_network


def rows(folder: Path, what: str, arguments: argparse.Namespace) -> Iterator[list[object]]:
    """One row per kind of damage."""
    for kind in (*fuzzing.KINDS, *([fuzzing.BARE] if arguments.bare else [])):
        tally = fuzzing.run_cases(folder, kind, arguments.seed, arguments.cases)
        outcomes = tally.outcomes
        errors = sum(number for name, number in outcomes.items() if name.startswith("ND"))
        codes = ", ".join(f"{name} {outcomes[name]}" for name in sorted(outcomes) if name.startswith("ND"))
        yield [
            f"{what}: {kind}", outcomes.total(), outcomes["accepted"], f"{errors} ({codes})", outcomes["traceback"],
            outcomes["crash"], outcomes["hang"], f"{tally.reader_bytes >> 20}", f"{tally.worker_bytes >> 20}",
            f"{tally.slowest:.1f}",
        ]  # fmt: skip
        for line in tally.bad:
            print(line, file=sys.stderr, flush=True)


def main() -> None:
    """Print the table; the exit status is not zero when a case ended in anything but success or an error."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=600)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--nir", type=Path)
    parser.add_argument("--bare", action="store_true")
    arguments = parser.parse_args()
    columns = [
        "files", "tried", "accepted", "clear errors", "tracebacks", "crashes", "hangs", "reader's peak MiB",
        "worker's peak MiB", "slowest s",
    ]  # fmt: skip
    with tempfile.TemporaryDirectory() as temporary:
        folders = {".h5": Path(temporary) / "h5", ".nir": Path(temporary) / "nir"}
        for folder in folders.values():
            folder.mkdir()
        save_network(two_layer().as_stage("pruned", two_layer(seed=1)), folders[".h5"] / "two_layer.h5")
        save_network(layered(), folders[".h5"] / "layered.h5")
        for path in sorted(arguments.nir.rglob("*.nir")) if arguments.nir else []:
            shutil.copy(path, folders[".nir"] / path.name)
        used = [what for what, folder in folders.items() if any(folder.iterdir())]
        print_markdown(columns, (row for what in used for row in rows(folders[what], what, arguments)))


if __name__ == "__main__":
    main()
