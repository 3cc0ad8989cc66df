"""A software board that answers while a test runs."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from neurodeploy.board import open_board
from neurodeploy.firmware_models.spinnaker.board import BoardServer, Faults


@contextmanager
def board_at(address: str, faults: Faults | None = None, *, real_time: bool = False) -> Iterator[BoardServer]:
    """Serve a board at an address of this machine in a thread."""
    server = open_board(address, faults, real_time=real_time)
    thread = threading.Thread(target=server.serve)
    thread.start()
    try:
        yield server
    finally:
        server.stop()
        thread.join()
        server.close()
