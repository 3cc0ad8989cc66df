"""Board in the loop: a network on a SpiNNaker board, chunk after chunk, through what goes wrong with boards.

sPyNNaker runs in a process of its own (``board_process.py``).  When it fails (lost packets, a time-out, a reboot, a core in
run-time error), a new one is started and the chunk is run again as a whole: a chunk counts once, or not at all.  Finished
chunks can be kept on disk (``finished_chunks.py``), so that a run that was killed goes on after them.
"""

from __future__ import annotations

import contextlib
import hashlib
import logging
import os
import tempfile
import time
from collections.abc import Callable, Mapping
from importlib.metadata import version
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np

from neurodeploy.board import probe, stop_application
from neurodeploy.compiler import BoardState
from neurodeploy.errors import NeurodeployError
from neurodeploy.finished_chunks import FinishedChunks
from neurodeploy.live_input import Lateness
from neurodeploy.network import Activity, SpikeBatch
from neurodeploy.simulation import effective_events, synaptic_events
from neurodeploy.targets.spinnaker.board_configuration import write_board_configuration
from neurodeploy.targets.spinnaker.board_lock import BoardLock
from neurodeploy.targets.spinnaker.board_process import BoardProcess
from neurodeploy.targets.spinnaker.continuous import joined, parted, run_continuously, run_joined
from neurodeploy.targets.spinnaker.emission import (
    ARRAYS,
    DESCRIPTION,
    SCRIPT,
    time_scale_factor,
    write_board_files,
)
from neurodeploy.targets.spinnaker.mapping import SpinnakerMapping
from neurodeploy.targets.spinnaker.planes import put_together
from neurodeploy.targets.spinnaker.vendor_mapping import spynnaker_installed

logger = logging.getLogger(__name__)

TRIES = 5
REBOOT_PROBES = 5
"""Probes of a board that failed, a second apart, before it is given up."""
CONFIGURED = "configured"
"""Instead of an address: whatever the user's own ~/.spynnaker.cfg says (a board, spalloc, a remote machine)."""
STEPS_PER_RUN = 50_000
"""At most so many time steps in one run: bounds the spike times and recordings that wait in SDRAM."""


class BoardSession:
    """One mapping on the board at ``machine``; a context manager.

    ``checkpoint``: folder of finished chunks, which are not run again; ``progress`` hears what the board is doing.
    ``live_input``: spikes are injected while the board runs, instead of loaded before; activities then hold the input
    as it arrived, ``lateness`` says how, and no chunk is kept.
    """

    def __init__(
        self, mapping: SpinnakerMapping, machine: str, *, checkpoint: Path | None = None,
        progress: Callable[[BoardState], None] = lambda state: None, live_input: bool = False,
    ) -> None:  # fmt: skip
        if not spynnaker_installed():
            raise NeurodeployError(
                "ND406", "Running on a board needs sPyNNaker, which is not installed.",
                "Run: pip install 'neurodeploy[spinnaker]'.",
            )  # fmt: skip
        if live_input and sum(p.model == "SpikeSourceArray" for p in mapping.populations) > 1:
            raise NeurodeployError(
                "ND502", "Live input goes to one population; the channels of this network's input are populations of their own.",
                "Load the spikes before (without --input live), or compile with --convolution rows.",
            )  # fmt: skip
        if machine == CONFIGURED and not (Path.home() / ".spynnaker.cfg").exists():
            raise NeurodeployError(
                "ND513",
                f"There is no {Path.home() / '.spynnaker.cfg'}.",
                "Write one, or name the board: --machine ADDRESS.",
            )
        if machine != CONFIGURED:
            probe(machine)
        self._lock = BoardLock(machine)
        self.mapping, self.machine = mapping, machine
        encoder = mapping.lowered.encoder
        self._steps, self._rest = (encoder.steps, encoder.rest_steps) if encoder else (1000, 0)
        self.restarts = self.resumed = 0
        self._host_behind_s = 0.0
        self._progress = progress
        self._home = tempfile.TemporaryDirectory()
        self._folder = Path(self._home.name)
        write_board_files(mapping, self._folder)
        self._environment: Mapping[str, str] = os.environ
        if machine != CONFIGURED:
            self._environment = write_board_configuration(self._folder, machine, mapping.options.machine_version)
        kept = None if live_input else checkpoint  # another run would not inject the same
        self._finished = None if kept is None else FinishedChunks(kept, self._what())
        dt = mapping.lowered.dt
        self.lateness = Lateness(dt * time_scale_factor(dt)) if live_input else None
        self._arrived: SpikeBatch | None = None
        self._process: BoardProcess | None = None

    def __enter__(self) -> BoardSession:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None and self._process is not None:
            self._process.kill()
            self._process = None
        self.close()

    def close(self) -> None:
        """End sPyNNaker and remove its files."""
        if self._process is not None:
            self._process.end()
        self._process = None
        self._home.cleanup()
        self._lock.release()

    @property
    def samples_at_once(self) -> int:
        """Samples of one run."""
        return max(1, STEPS_PER_RUN // (self._steps + self._rest))

    def run(self, inputs: SpikeBatch) -> Activity:
        """Run samples one after the other, with the encoder's rest between them and no reset; again when the board fails.

        Raises:
            NeurodeployError: ND514 when the board failed again and again; its last reason is quoted.
        """
        known = self._finished.get(inputs) if self._finished else None
        if known is not None:
            self.resumed += inputs.samples
            self._tell("going on after an earlier call")
            return self._activity(inputs, known)
        found = self._run(inputs)
        if self._finished:
            self._finished.put(inputs, found)
        return self._activity(inputs, found)

    def expected(self, inputs: SpikeBatch) -> Activity:
        """What :meth:`run` must return (or has returned for live input), by the firmware model: without resets too."""
        if self._arrived is not None:
            return run_joined(self.mapping, self._arrived, inputs.samples, inputs.steps)
        return run_continuously(self.mapping, inputs)

    def _what(self) -> str:
        """Hash of all that spikes depend on but the input."""
        digest = hashlib.sha256(f"{version('sPyNNaker')}/{self.machine}/{self._rest}/".encode())
        for name in (SCRIPT, DESCRIPTION, ARRAYS):
            digest.update((self._folder / name).read_bytes())
        return digest.hexdigest()

    def _activity(self, inputs: SpikeBatch, found: Mapping[str, SpikeBatch]) -> Activity:
        lowered = self.mapping.lowered
        spikes = {
            population.name: found.get(population.name, inputs)  # the input only where it was recorded
            for population in lowered.populations
        }
        return Activity(spikes, synaptic_events(lowered, spikes), {}, {}, effective_events(lowered, spikes))

    def _run(self, inputs: SpikeBatch) -> dict[str, SpikeBatch]:
        """Spikes of all populations but the input."""
        whole = joined(inputs, self._rest)
        given, output = self._folder / "input.npz", self._folder / "output.npz"
        np.savez(given, indptr=whole.indptr, neurons=whole.neurons)
        live = self.lateness is not None
        request = {"spikes": str(given), "output": str(output), "steps": whole.steps, "live": live}
        reason = ""
        for _ in range(TRIES):
            output.unlink(missing_ok=True)
            failed = self._ask(request)
            if failed is None:
                break
            reason = failed
            self.restarts += 1
            logger.warning("The board '%s' failed; %d samples are run again. %s", self.machine, inputs.samples, reason)
            self._check_alive(reason)
        else:
            raise NeurodeployError(
                "ND514",
                f"The board '{self.machine}' failed {TRIES} times on the same samples: {reason}",
                "Check the board ('neurodeploy board probe'), its network and its power; then run again.",
            )
        spikes: dict[int, SpikeBatch] = {}
        with np.load(output, allow_pickle=False) as stored:
            for p, population in enumerate(self.mapping.populations):
                source = population.model == "SpikeSourceArray"
                if live or not source:
                    run = _batch(stored[f"steps_{p}"], stored[f"neurons_{p}"], whole.steps, population.size)
                    spikes[p] = parted(run, inputs.samples, inputs.steps)
                    if source and self.lateness is not None:
                        self.lateness.add(whole, run, self._host_behind_s)
                        self._arrived = run
        return put_together(self.mapping.populations, spikes)

    def _ask(self, request: Mapping[str, Any]) -> str | None:
        """Let sPyNNaker run one chunk; the reason when it fails, and a new one is started the next time."""
        if self._process is None:
            self._tell("starting sPyNNaker")
            if self.machine != CONFIGURED:
                with contextlib.suppress(NeurodeployError):  # sPyNNaker will say why
                    stop_application(self.machine)  # what a host that was killed has left
            self._process = BoardProcess(self._folder, self._environment)
        failed = self._process.ask(request, self._hear)
        if failed is not None:
            self._process = None
        return failed

    def _hear(self, said: Mapping[str, Any]) -> None:
        self._host_behind_s = said.get("host_behind_s", 0.0)
        if "phase" in said:
            self._tell(said["phase"], said["seconds"], said["expected"])

    def _tell(self, doing: str, seconds: float = 0.0, expected: float | None = None) -> None:
        self._progress(BoardState(doing, seconds, expected, self.restarts, self.resumed))

    def _check_alive(self, reason: str) -> None:
        """Give up at once, instead of sPyNNaker's minutes, when the board answers nothing any more."""
        if self.machine == CONFIGURED:
            return
        for attempt in range(REBOOT_PROBES):
            try:
                probe(self.machine)
            except NeurodeployError as error:
                if attempt + 1 == REBOOT_PROBES:
                    raise NeurodeployError(
                        "ND514",
                        f"The board '{self.machine}' failed ({reason}) and does not answer since: {error.message}",
                        error.hint,
                    ) from None
                time.sleep(1)
            else:
                return


def _batch(steps: np.ndarray, neurons: np.ndarray, length: int, size: int) -> SpikeBatch:
    order = np.lexsort((neurons, steps))
    indptr = np.searchsorted(steps[order], np.arange(length + 1)).astype(np.int64)
    kept = order[: indptr[-1]]
    return SpikeBatch(1, length, size, indptr, neurons[kept].astype(np.int32))
