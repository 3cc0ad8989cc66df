"""All that a worker needs to run chips, as values that go to any machine: a bundle's bytes and the samples."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from threading import Lock

import numba
import numpy as np
import scipy

import neurodeploy.compiler
import neurodeploy.targets
from neurodeploy.compiler import Compilation, Context, Program, load_bundle, save_bundle
from neurodeploy.compiler.bundles import read_manifest
from neurodeploy.datasets import AnyDataset
from neurodeploy.encoding import encode_in_chunks
from neurodeploy.errors import NeurodeployError
from neurodeploy.inference import CHUNK
from neurodeploy.network import SpikeBatch
from neurodeploy.targets.crossbar.monte_carlo.chip_result import ChipResult, run_chip
from neurodeploy.targets.crossbar.program import CrossbarProgram
from neurodeploy.worker_processes import one_thread

KEPT_BYTES = 256 << 20
"""Encoded input up to so many bytes is kept for the next chip; larger is encoded again for each."""
SOURCES = ("datasets", "encoding", "network", "readout", "simulation", "costs", "inference.py")
"""What a chip's result depends on, besides compiler and targets."""
Encoded = list[tuple[AnyDataset, SpikeBatch]]


@cache
def code_version() -> str:
    """Digest of the sources, and of the versions of the libraries, that a result depends on."""
    digest = hashlib.sha256(f"{np.__version__}/{scipy.__version__}/{numba.__version__}".encode())
    package, compiler, targets = (
        Path(next(iter(p.__path__))).resolve() for p in (neurodeploy, neurodeploy.compiler, neurodeploy.targets)
    )
    for root in (*(package / name for name in SOURCES), compiler, targets):
        for file in [root] if root.is_file() else sorted(root.rglob("*.py")):
            digest.update(f"{root.name}/{file.relative_to(root)}\n".encode() + file.read_bytes())
    return digest.hexdigest()


@dataclass(frozen=True, eq=False)
class Job:
    """Files of a bundle by name, and the samples."""

    bundle: dict[str, bytes]
    dataset: AnyDataset
    code: str

    @classmethod
    def of(cls, program: Program | Path, dataset: AnyDataset) -> Job:
        """Of a program, or of a bundle's folder."""
        if isinstance(program, Path):
            names = ["manifest.json", *read_manifest(program)["files"]]
            return cls({name: (program / name).read_bytes() for name in names}, dataset, code_version())
        with tempfile.TemporaryDirectory() as folder:
            return cls.of(save_bundle(Compilation(program, Context()), Path(folder) / "program.bundle"), dataset)

    @property
    def key(self) -> str:
        """Hexadecimal SHA-256 of all that a chip's result depends on, but its number (the manifest holds the files' hashes)."""
        parts = (hashlib.sha256(self.bundle["manifest.json"]).hexdigest(), self.dataset.digest(), self.code)
        return hashlib.sha256("/".join(parts).encode()).hexdigest()

    def load(self) -> CrossbarProgram:
        """The program."""
        with tempfile.TemporaryDirectory() as folder:
            for name, content in self.bundle.items():
                (Path(folder) / name).write_bytes(content)
            program = load_bundle(folder)
        assert isinstance(program, CrossbarProgram)
        return program


class Worker:
    """A job made ready: the program loaded, the input encoded at the first chip."""

    def __init__(self, job: Job) -> None:
        self._job, self._lock = job, Lock()
        self._program: CrossbarProgram | None = None
        self._encoded: Encoded | None = None

    def run(self, number: int) -> ChipResult:
        """One chip at a time, on one thread: line resistances are then solved in one order, whatever the machine has."""
        with self._lock, one_thread():
            if self._program is None:
                self._program = self._job.load()
            return run_chip(self._program, number, self._job.dataset, self._input(self._program))

    def _input(self, program: CrossbarProgram) -> Iterable[tuple[AnyDataset, SpikeBatch]]:
        if self._encoded is not None:
            return self._encoded
        return self._encode(program)

    def _encode(self, program: CrossbarProgram) -> Iterable[tuple[AnyDataset, SpikeBatch]]:
        kept: Encoded | None = []
        size = 0
        for part, inputs in encode_in_chunks(program.network, self._job.dataset, CHUNK):
            size += inputs.indptr.nbytes + inputs.neurons.nbytes
            if kept is not None:
                kept = [*kept, (part, inputs)] if size <= KEPT_BYTES else None
            yield part, inputs
        self._encoded = kept


Outcome = ChipResult | tuple[str, str, str]
"""A chip's result, or the parts of an error (exceptions with several arguments do not travel between processes)."""


def attempt(worker: Worker, number: int) -> Outcome:
    """Run a chip."""
    try:
        return worker.run(number)
    except NeurodeployError as error:
        return error.code, error.message, error.hint
