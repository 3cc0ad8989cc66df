"""Compilation of numerical kernels: numba with a disk cache that follows every source file.

numba invalidates a cached kernel only when *its own* file changes, although the kernel contains
the code of all functions it calls, also those of other files (an STDP rule inside the presentation
kernel).  Here the cache directory carries a fingerprint of all Python files of the package, so an
edit anywhere is seen.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, TypeVar, cast

import numba
from numba import config as numba_config

Function = TypeVar("Function", bound=Callable[..., Any])

PACKAGE = Path(__file__).resolve().parent


@cache
def cache_directory() -> str:
    """Return the kernel cache of this state of the package's sources (size and mtime of each)."""
    base = os.environ.get("NEURODEPLOY_CACHE_DIR") or os.environ.get("NUMBA_CACHE_DIR")
    if not base:
        cache_home = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
        base = str(Path(cache_home) / "neurodeploy" / "kernels")
    fingerprint = hashlib.sha256()
    sources = [PACKAGE / "kernels.py", PACKAGE / "vectors.py"]
    for directory in ("encoding", "training"):
        sources += sorted((PACKAGE / directory).rglob("*.py"))
    sources += sorted((PACKAGE / "targets").glob("*/learning.py"))  # devices that are learning rules
    for source in sources:
        status = source.stat()
        fingerprint.update(f"{source}:{status.st_size}:{status.st_mtime_ns}".encode())
    return str(Path(base) / fingerprint.hexdigest()[:16])


def kernel(function: Function) -> Function:
    """Compile ``function`` with numba on first use: cached on disk, without the GIL.

    Strict IEEE arithmetic (no ``fastmath``, no contraction): the order of operations in the source
    is the order executed, so another implementation of the same steps gives the same bits.
    """
    configuration: Any = numba_config
    previous = configuration.CACHE_DIR
    configuration.CACHE_DIR = cache_directory()
    try:
        compiled = numba.njit(cache=True, nogil=True, error_model="numpy")(function)
    finally:
        configuration.CACHE_DIR = previous
    _tolerate_unknown_classes(compiled)
    return cast(Function, compiled)


def _tolerate_unknown_classes(compiled: Any) -> None:
    """Let a cache index that names a class this process cannot import count as empty.

    The index pickles argument types, among them the constants of every STDP rule ever compiled;
    a rule from a script or a plug-in that is absent now must not break the others.
    """
    cache_file = getattr(getattr(compiled, "_cache", None), "_cache_file", None)
    load_index = getattr(cache_file, "_load_index", None)
    if cache_file is None or load_index is None:
        return

    def load() -> Any:
        try:
            return load_index()
        except (ImportError, AttributeError):
            return {}

    cache_file._load_index = load


def inlined(function: Function) -> Function:
    """Compile ``function`` for calls from kernels only (no cache of its own)."""
    return cast(Function, numba.njit(nogil=True, error_model="numpy")(function))


def substituted(function: Function) -> Function:
    """Compile ``function`` as source substituted into its callers.

    For functions of a few nanoseconds: a call with arrays costs some 30 ns in reference counts.
    They need a single exit for the counts to vanish.
    """
    return cast(Function, numba.njit(inline="always", error_model="numpy")(function))
