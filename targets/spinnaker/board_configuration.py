"""sPyNNaker's configuration in a private home: the user's own is neither read nor written."""

from __future__ import annotations

import os
from pathlib import Path


def write_board_configuration(
    home: Path, address: str | None, machine_version: int = 5, *, monitors: bool = False
) -> dict[str, str]:
    """Write ``.spynnaker.cfg`` into ``home``; returns the environment in which sPyNNaker finds only that one.

    ``address``: the board's, or None for a virtual one, which computes nothing. ``monitors``: sPyNNaker's advanced monitors
    and reinjection, on by default there; on a software board they cost most of the time.
    """
    machine = "virtual_board = True" if address is None else f"machine_name = {address}"
    (home / ".spynnaker.cfg").write_text(
        f"[Machine]\nversion = {machine_version}\n{machine}\n"
        f"enable_advanced_monitor_support = {monitors}\nenable_reinjection = {monitors}\n"
        "post_simulation_overrun_before_error = 36000\n[Mode]\nmode = Production\n"
        f"[Reports]\nwrite_network_graph = False\ndefault_report_file_path = {home}\n",
        "utf-8",
    )
    nowhere = str(home / "no_other_configuration")
    return {**os.environ, "HOME": str(home), "XDG_CONFIG_HOME": nowhere, "XDG_CONFIG_DIRS": nowhere}
