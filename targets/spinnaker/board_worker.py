"""Runs in a process of its own: one network on one board with the real sPyNNaker, chunk after chunk.

    python board_worker.py FOLDER < requests

A request is a line of JSON: ``spikes`` (an .npz with ``indptr`` and ``neurons`` of one sample), ``steps`` and ``output``.
The answer is a line too, when ``output`` is written: for every recorded population p ``steps_p`` and ``neurons_p``.
A process of its own because sPyNNaker keeps global state, logs to standard output and looks for its configuration in HOME.
"""

from __future__ import annotations

import importlib.util
import json
import os
import sys
from pathlib import Path
from typing import Any

import numpy as np


def main() -> None:
    """Serve requests until standard input ends."""
    folder = Path(sys.argv[1])
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # sPyNNaker's own output goes where errors go
    import pyNN.spiNNaker as sim

    specification = importlib.util.spec_from_file_location("run_on_board", folder / "run_on_board.py")
    assert specification is not None and specification.loader is not None
    script = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(script)
    description, arrays = script.load()
    for line in sys.stdin:
        request = json.loads(line)
        # Built anew for every chunk: sPyNNaker 7.4.1 fails to change the spike times of a source that is loaded
        # (ReverseIpTagMultiCastSource.send_buffer_times indexes a list with an array).
        populations, _ = script.build(sim, description, arrays, spike_times(Path(request["spikes"]), description))
        sim.run(request["steps"] * description["time_step_ms"])
        write_spikes(populations, description, Path(request["output"]))
        sim.end()
        answers.write("done\n")
        answers.flush()


def spike_times(path: Path, description: dict[str, Any]) -> list[list[float]]:
    """Times in ms of the spikes of each input neuron."""
    with np.load(path, allow_pickle=False) as stored:
        indptr, neurons = stored["indptr"], stored["neurons"]
    at = np.repeat(np.arange(len(indptr) - 1), np.diff(indptr)) * description["time_step_ms"]
    size = description["populations"][description["input"]]["size"]
    order = np.argsort(neurons, kind="stable")
    return [list(part) for part in np.split(at[order], np.searchsorted(neurons[order], np.arange(1, size)))]


def write_spikes(populations: list[Any], description: dict[str, Any], path: Path) -> None:
    """Spikes of the recorded populations."""
    found = {}
    for p in description["recorded"]:
        trains = populations[p].get_data("spikes").segments[-1].spiketrains
        times = [np.asarray(train.magnitude if hasattr(train, "magnitude") else train, float) for train in trains]
        found[f"steps_{p}"] = np.round(np.concatenate([*times, np.zeros(0)]) / description["time_step_ms"]).astype(
            np.int64
        )
        found[f"neurons_{p}"] = np.repeat(np.arange(len(times)), [len(t) for t in times]).astype(np.int32)
    np.savez(path, **found)


if __name__ == "__main__":
    main()
