"""Runs in a process of its own: one network on one board with the real sPyNNaker, chunk after chunk.

    python -m neurodeploy.targets.spinnaker.board_worker FOLDER < requests

A request is a line of JSON: ``spikes`` (an .npz with ``indptr`` and ``neurons`` of one sample), ``steps``, ``output`` and
whether they are injected ``live`` (:mod:`~neurodeploy.targets.spinnaker.board_live`), where the input is recorded too.
Answers are lines of JSON too: ``phase`` now and then (:mod:`~neurodeploy.targets.spinnaker.board_phases`); ``done`` when
``output`` is written, for every recorded population p ``steps_p`` and ``neurons_p``; or ``failed``, the reason, with the
``cores`` that died (:mod:`~neurodeploy.targets.spinnaker.board_cores`), after which the process ends.
A process of its own because sPyNNaker keeps global state, logs to standard output and looks for its configuration in HOME.
It ends when its standard input does: with its parent, whatever ends that, so that nobody else drives the board.
"""

from __future__ import annotations

import importlib.util
import json
import os
import queue
import shutil
import sys
import threading
import traceback
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from neurodeploy.targets.spinnaker.board_cores import DeadCores
from neurodeploy.targets.spinnaker.board_live import LiveInput
from neurodeploy.targets.spinnaker.board_phases import Phases


class Answers:
    """Lines for the parent, whole also when several threads write."""

    def __init__(self) -> None:
        self._stream = os.fdopen(os.dup(1), "w")
        self._lock = threading.Lock()
        os.dup2(2, 1)  # sPyNNaker's own output goes where errors go

    def tell(self, answer: Mapping[str, Any]) -> None:
        """Write one."""
        with self._lock:
            self._stream.write(json.dumps(answer) + "\n")
            self._stream.flush()


def main() -> None:
    """Serve requests until standard input ends."""
    folder = Path(sys.argv[1])
    answers, requests = Answers(), _requests(folder)
    phases = Phases(answers.tell)
    script = _script(folder)
    import pyNN.spiNNaker as sim

    description, arrays = script.load()
    dead = DeadCores()
    dead.listen()
    phases.listen()
    while True:
        request = requests.get()
        phases.begin(request["steps"] * description["time_step_ms"] / 1000 * description["time_scale_factor"])
        try:
            said = run(sim, script, description, arrays, request)
        except Exception as error:
            traceback.print_exc()
            phases.end()
            answers.tell({"failed": f"{type(error).__name__}: {error}", "cores": dead.found})
            os._exit(1)  # threads of sPyNNaker may wait for a board that is silent
        phases.end()
        answers.tell({"done": True, **said})


def _requests(folder: Path) -> queue.SimpleQueue[dict[str, Any]]:
    """Requests as they come; the end of standard input ends the process, whatever it does, and removes its folder."""
    waiting: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()

    def read() -> None:
        for line in sys.stdin:
            waiting.put(json.loads(line))
        shutil.rmtree(folder, ignore_errors=True)  # a parent that was killed cannot
        os._exit(0)

    threading.Thread(target=read, daemon=True).start()
    return waiting


def _script(folder: Path) -> Any:
    specification = importlib.util.spec_from_file_location("run_on_board", folder / "run_on_board.py")
    assert specification is not None and specification.loader is not None
    script = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(script)
    return script


def run(sim: Any, script: Any, description: dict[str, Any], arrays: Any, request: Mapping[str, Any]) -> dict[str, Any]:
    """One chunk, from building to the file of its spikes; returns what there is to say about it.

    Built anew for every chunk: sPyNNaker 7.4.1 fails to change the spike times of a source that is loaded
    (ReverseIpTagMultiCastSource.send_buffer_times indexes a list with an array).
    """
    with np.load(request["spikes"], allow_pickle=False) as stored:
        indptr, neurons = stored["indptr"], stored["neurons"]
    live, recorded, fed = bool(request.get("live")), list(description["recorded"]), []

    def injector(sim: Any) -> Any:
        step_s = description["time_step_ms"] / 1000 * description["time_scale_factor"]
        label = description["populations"][description["inputs"][0]]["label"]
        fed.append(LiveInput(sim, label, indptr, neurons, step_s))
        return fed[0].model

    times = [] if live else spike_times(indptr, neurons, description)
    populations, _ = script.build(sim, description, arrays, times, injector if live else None)
    if live:
        populations[description["inputs"][0]].record("spikes")
        recorded.append(description["inputs"][0])
    sim.run(request["steps"] * description["time_step_ms"])
    write_spikes(populations, recorded, description, Path(request["output"]))
    sim.end()
    if not live:
        return {}
    fed[0].close()
    return {"host_behind_s": max(fed[0].behind_s, default=0.0)}


def spike_times(indptr: Any, neurons: Any, description: dict[str, Any]) -> list[list[float]]:
    """Times in ms of the spikes of each input neuron."""
    at = np.repeat(np.arange(len(indptr) - 1), np.diff(indptr)) * description["time_step_ms"]
    size = sum(description["populations"][p]["size"] for p in description["inputs"])
    order = np.argsort(neurons, kind="stable")
    return [list(part) for part in np.split(at[order], np.searchsorted(neurons[order], np.arange(1, size)))]


def write_spikes(populations: list[Any], recorded: list[int], description: dict[str, Any], path: Path) -> None:
    """Spikes of the recorded populations."""
    found = {}
    for p in recorded:
        trains = populations[p].get_data("spikes").segments[-1].spiketrains
        times = [np.asarray(train.magnitude if hasattr(train, "magnitude") else train, float) for train in trains]
        found[f"steps_{p}"] = np.round(np.concatenate([*times, np.zeros(0)]) / description["time_step_ms"]).astype(
            np.int64
        )
        found[f"neurons_{p}"] = np.repeat(np.arange(len(times)), [len(t) for t in times]).astype(np.int32)
    np.savez(path, **found)


if __name__ == "__main__":
    main()
