"""Ask the real sPyNNaker how it maps a network: partitioning, placement, keys, routing, data specification."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from neurodeploy.errors import NeurodeployError
from neurodeploy.files import load_json

TIME_LIMIT_S = 1800


def spynnaker_installed() -> bool:
    """Whether the extra ``spinnaker`` is installed."""
    return importlib.util.find_spec("spynnaker") is not None


def map_with_spynnaker(folder: Path, machine_version: int) -> dict[str, Any]:
    """What sPyNNaker's mapping reports for the board files in ``folder``; see ``mapping_worker.py`` for the keys.

    Raises:
        NeurodeployError: ND406 when sPyNNaker is not installed, ND407 when it refuses the network.
    """
    if not spynnaker_installed():
        raise NeurodeployError("ND406", "Mapping for SpiNNaker needs sPyNNaker, which is not installed.",
                               "Run: pip install 'neurodeploy[spinnaker]'; or compile with --mapping estimate.")
    with tempfile.TemporaryDirectory() as home:
        output = Path(home) / "mapping.json"
        worker = str(Path(__file__).parent / "mapping_worker.py")
        command = [sys.executable, worker, str(folder.resolve()), str(machine_version), str(output)]
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=TIME_LIMIT_S, cwd=home)
        except subprocess.TimeoutExpired:
            raise NeurodeployError("ND407", f"sPyNNaker's mapping did not end within {TIME_LIMIT_S} s.") from None
        if done.returncode or not output.exists():
            lines = [line for line in done.stderr.strip().splitlines() if line and not line.startswith(" ")]
            reason = lines[-1] if lines else f"exit status {done.returncode}"
            raise NeurodeployError("ND407", f"sPyNNaker cannot map the network: {reason}", "Use a smaller network, more "
                                   "boards, or see the resources with 'neurodeploy compile --mapping estimate'.")
        return dict(load_json(output))
