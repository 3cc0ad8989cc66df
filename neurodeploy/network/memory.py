"""Refusing what the machine has no memory for before it is asked: a system that overcommits kills instead of refusing."""

from __future__ import annotations

import os
from pathlib import Path

from neurodeploy.errors import NeurodeployError

_ALWAYS = 1 << 28
"""Bytes that are taken without asking."""


def require_memory(needed: int, what: str) -> None:
    """Refuse ``what`` (ND107) where it needs more bytes than are available; nothing is allocated."""
    if needed <= _ALWAYS:
        return
    available = available_bytes()
    if available is not None and needed > available:
        raise NeurodeployError(
            "ND107",
            f"There is not enough memory: {what} takes about {needed / 2**30:,.1f} GiB, {available / 2**30:,.1f} GiB are"
            " available.",
            "Use a smaller network, or a machine with more memory.",
        )


def available_bytes() -> int | None:
    """Memory that can be taken without swapping, of the machine and of its control group; None where nobody says."""
    known = [found for found in (_of_machine(), _of_control_group()) if found is not None]
    return min(known) if known else None


def _of_machine() -> int | None:
    try:
        for line in Path("/proc/meminfo").read_text("ascii").splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    except (OSError, ValueError, IndexError):
        pass
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (ValueError, OSError, AttributeError):
        return None


def _of_control_group() -> int | None:
    """Version 2, as containers see it."""
    folder = Path("/sys/fs/cgroup")
    try:
        most, taken = (int((folder / name).read_text("ascii")) for name in ("memory.max", "memory.current"))
    except (OSError, ValueError):  # no such group, or "max"
        return None
    return max(0, most - taken)
