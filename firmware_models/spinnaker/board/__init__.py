"""A SpiNN-5 board in software: executes the binaries of an installed sPyNNaker, answers its host software over UDP.

What is emulated and what is not is said in ``docs/software_board.md``.  Ideal timing: no core is ever late, no packet
waits in a router; results say what the binaries compute, not whether a real board keeps up.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from neurodeploy.firmware_models.spinnaker.board.board import SoftwareBoard
    from neurodeploy.firmware_models.spinnaker.board.faults import Faults
    from neurodeploy.firmware_models.spinnaker.board.server import BoardServer

_MODULES = {"BoardServer": "server", "Faults": "faults", "SoftwareBoard": "board"}

__all__ = ["BoardServer", "Faults", "SoftwareBoard"]


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(f"{__name__}.{_MODULES[name]}"), name)
    globals()[name] = value
    return value
