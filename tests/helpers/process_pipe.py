"""Values as another process gets them."""

from __future__ import annotations

from multiprocessing import Pipe
from threading import Thread
from typing import Any


def through_a_pipe(value: Any) -> Any:
    """The value as it comes out of a pipe between processes."""
    receiver, sender = Pipe(duplex=False)
    sending = Thread(target=sender.send, args=(value,))
    sending.start()
    found = receiver.recv()
    sending.join()
    return found
