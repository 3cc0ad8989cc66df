"""Live injection: the host sends each input spike to the running board in the step it belongs to, by the clock on the wall.

sPyNNaker's ``SpikeInjector`` takes numbers of neurons as EIEIO messages in UDP datagrams, up to 127 in one, and sends them on
as multicast packets in whatever step they arrive; what it sent it records.
"""

from __future__ import annotations

import time
from typing import Any

import numpy as np


class LiveInput:
    """Feeds the population ``label`` of one run; built before the network, as its ``model`` goes into it."""

    def __init__(self, sim: Any, label: str, indptr: Any, neurons: Any, step_s: float) -> None:
        devices = sim.external_devices
        self._label, self._indptr, self._neurons, self._step_s = label, indptr, neurons, step_s
        self._connection = devices.SpynnakerLiveSpikesConnection(send_labels=[label], local_port=None)
        self._connection.add_start_resume_callback(label, self._feed)
        self.model = devices.SpikeInjector(database_notify_port_num=self._connection.local_port)
        self.behind_s: list[float] = []
        """By how much the host was late with the spikes of each step that has any, for those sent so far."""

    def close(self) -> None:
        """Give the connection's port back."""
        self._connection.close()

    def _feed(self, label: str, connection: Any) -> None:
        """Send every step's spikes when its time has come; runs in a thread of the connection."""
        started = time.monotonic()
        for step in np.flatnonzero(np.diff(self._indptr)):
            due = started + step * self._step_s
            wait = due - time.monotonic()
            if wait > 0:
                time.sleep(wait)
            connection.send_spikes(label, self._neurons[self._indptr[step] : self._indptr[step + 1]].tolist())
            self.behind_s.append(time.monotonic() - due)
