"""A SpiNN-5 board in software: executes the binaries of an installed sPyNNaker, answers its host software over UDP.

What is emulated and what is not is said in ``docs/software_board.md``.  Ideal timing: no core is ever late, no packet
waits in a router; results say what the binaries compute, not whether a real board keeps up.
"""

from neurodeploy.firmware_models.spinnaker.board.board import SoftwareBoard
from neurodeploy.firmware_models.spinnaker.board.faults import Faults
from neurodeploy.firmware_models.spinnaker.board.server import BoardServer

__all__ = ["BoardServer", "Faults", "SoftwareBoard"]
