"""Board in the loop: a network on a SpiNNaker board, chunk after chunk, through what goes wrong with boards.

sPyNNaker runs in a process of its own (``board_worker.py``).  When it fails (lost packets, a time-out, a reboot, a core in
run-time error), a new one is started and the chunk is run again as a whole: a chunk counts once, or not at all.
"""

from __future__ import annotations

import json
import logging
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections import deque
from pathlib import Path
from types import TracebackType

import numpy as np

from neurodeploy.board import probe
from neurodeploy.errors import NeurodeployError
from neurodeploy.network import Activity, SpikeBatch
from neurodeploy.simulation import effective_events, synaptic_events
from neurodeploy.targets.spinnaker.continuous import joined, parted, run_continuously
from neurodeploy.targets.spinnaker.emission import write_board_files
from neurodeploy.targets.spinnaker.mapping import SpinnakerMapping
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
    """One mapping on the board at ``machine``; a context manager."""

    def __init__(self, mapping: SpinnakerMapping, machine: str) -> None:
        if not spynnaker_installed():
            raise NeurodeployError(
                "ND406", "Running on a board needs sPyNNaker, which is not installed.",
                "Run: pip install 'neurodeploy[spinnaker]'.",
            )  # fmt: skip
        if machine == CONFIGURED and not (Path.home() / ".spynnaker.cfg").exists():
            raise NeurodeployError(
                "ND513",
                f"There is no {Path.home() / '.spynnaker.cfg'}.",
                "Write one, or name the board: --machine ADDRESS.",
            )
        if machine != CONFIGURED:
            probe(machine)
        self.mapping, self.machine = mapping, machine
        encoder = mapping.lowered.encoder
        self._steps, self._rest = (encoder.steps, encoder.rest_steps) if encoder else (1000, 0)
        self.restarts = 0
        self._home = tempfile.TemporaryDirectory()
        self._folder = Path(self._home.name)
        write_board_files(mapping, self._folder)
        if machine != CONFIGURED:
            (self._folder / ".spynnaker.cfg").write_text(
                f"[Machine]\nversion = {mapping.options.machine_version}\nmachine_name = {machine}\n"
                "enable_advanced_monitor_support = False\nenable_reinjection = False\n"
                "post_simulation_overrun_before_error = 36000\n[Mode]\nmode = Production\n"
                f"[Reports]\nwrite_network_graph = False\ndefault_report_file_path = {self._folder}\n"
            )
        self._worker: subprocess.Popen[str] | None = None
        self._last_lines: deque[str] = deque(maxlen=400)

    def __enter__(self) -> BoardSession:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None and self._worker is not None:
            self._worker.kill()  # it may wait for a board that is silent
        self.close()

    def close(self) -> None:
        """End sPyNNaker and remove its files."""
        if self._worker is not None and self._worker.stdin is not None:
            self._worker.stdin.close()
            try:
                self._worker.wait(timeout=60)
            except subprocess.TimeoutExpired:
                self._worker.kill()
        self._worker = None
        self._home.cleanup()

    @property
    def samples_at_once(self) -> int:
        """Samples of one run."""
        return max(1, STEPS_PER_RUN // (self._steps + self._rest))

    def run(self, inputs: SpikeBatch) -> Activity:
        """Run samples one after the other, with the encoder's rest between them and no reset; again when the board fails.

        Raises:
            NeurodeployError: ND514 when the board failed again and again; its last reason is quoted.
        """
        whole = joined(inputs, self._rest)
        given, output = self._folder / "input.npz", self._folder / "output.npz"
        np.savez(given, indptr=whole.indptr, neurons=whole.neurons)
        request = json.dumps({"spikes": str(given), "output": str(output), "steps": whole.steps})
        for _ in range(TRIES):
            output.unlink(missing_ok=True)
            if self._ask(request):
                break
            self._worker = None
            self.restarts += 1
            self._check_alive()
            logger.warning(
                "The board '%s' failed (%s); %d samples are run again.", self.machine, self._reason(), inputs.samples
            )
        else:
            raise NeurodeployError(
                "ND514",
                f"The board '{self.machine}' failed {TRIES} times on the same samples: {self._reason()}",
                "Check the board ('neurodeploy board probe'), its network and its power; then run again.",
            )
        spikes = {}
        with np.load(output, allow_pickle=False) as stored:
            for p, population in enumerate(self.mapping.populations):
                if population.model == "SpikeSourceArray":
                    spikes[population.label] = inputs
                else:
                    run = _batch(stored[f"steps_{p}"], stored[f"neurons_{p}"], whole.steps, population.size)
                    spikes[population.label] = parted(run, inputs.samples, inputs.steps)
        lowered = self.mapping.lowered
        return Activity(spikes, synaptic_events(lowered, spikes), {}, {}, effective_events(lowered, spikes))

    def _check_alive(self) -> None:
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
                        f"The board '{self.machine}' failed ({self._reason()}) and does not answer since: {error.message}",
                        error.hint,
                    ) from None
                time.sleep(1)
            else:
                return

    def expected(self, inputs: SpikeBatch) -> Activity:
        """What :meth:`run` must return, by the firmware model: without resets too."""
        return run_continuously(self.mapping, inputs)

    def _ask(self, request: str) -> bool:
        """Let the worker run one chunk; False when it fails."""
        worker = self._worker = self._worker or self._start()
        assert worker.stdin is not None and worker.stdout is not None
        try:
            worker.stdin.write(request + "\n")
            worker.stdin.flush()
            if worker.stdout.readline() == "done\n":
                return True
        except BrokenPipeError:
            pass
        worker.wait()
        self._listener.join()
        return False

    def _start(self) -> subprocess.Popen[str]:
        environment = None
        if self.machine != CONFIGURED:
            environment = {**os.environ, "HOME": str(self._folder), "XDG_CONFIG_HOME": str(self._folder / "none")}
        worker = subprocess.Popen(
            [sys.executable, str(Path(__file__).parent / "board_worker.py"), str(self._folder)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=self._folder,
            env=environment,
        )  # fmt: skip
        self._listener = threading.Thread(target=self._listen, args=(worker,), daemon=True)
        self._listener.start()
        return worker

    def _listen(self, worker: subprocess.Popen[str]) -> None:
        """Keep sPyNNaker's last lines, for its reason when it fails."""
        assert worker.stderr is not None
        self._last_lines.extend(worker.stderr)

    def _reason(self) -> str:
        errors = [line for line in self._last_lines if re.match(r"^[\w.]*(Error|Exception)\b", line)]
        return (errors or list(self._last_lines) or ["no reason given"])[-1].strip()


def _batch(steps: np.ndarray, neurons: np.ndarray, length: int, size: int) -> SpikeBatch:
    order = np.lexsort((neurons, steps))
    indptr = np.searchsorted(steps[order], np.arange(length + 1)).astype(np.int64)
    kept = order[: indptr[-1]]
    return SpikeBatch(1, length, size, indptr, neurons[kept].astype(np.int32))
