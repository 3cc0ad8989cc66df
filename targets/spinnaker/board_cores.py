"""Cores that died: state, run-time error and what they logged (IOBUF), by sPyNNaker's own connection to the board."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Mapping, Sequence
from typing import Any

DEAD_STATES = ("RUN_TIME_EXCEPTION", "WATCHDOG")
ERRORS = {
    "RESET": "branch through zero", "UNDEF": "undefined instruction", "SVC": "supervisor call without a handler",
    "PABT": "prefetch abort", "DABT": "data abort", "IRQ": "unhandled interrupt", "FIQ": "unhandled fast interrupt",
    "VIC": "unconfigured interrupt controller", "ABORT": "abort by the program", "MALLOC": "out of memory (DTCM)",
    "DIVBY0": "division by zero", "EVENT": "event start-up failed", "SWERR": "error that the program found itself",
    "IOBUF": "no memory for its log", "ENABLE": "bad event enable", "NULL": "null pointer", "PKT": "packet start-up failed",
    "TIMER": "timer start-up failed", "API": "API start-up failed", "SARK_VERSRION_INCORRECT": "SARK of another version",
}  # fmt: skip
"""SARK's run-time errors (``sark.h``), by spinnman's names."""
SHOWN_CORES, SHOWN_LINES = 3, 6


class DeadCores:
    """Looks at the board's cores when a run has failed, before sPyNNaker stops them: ``found``, empty without a failure."""

    def __init__(self) -> None:
        self.found: list[dict[str, Any]] = []

    def listen(self) -> None:
        """Be there when sPyNNaker, handling an exception, stops a simulation."""
        from spynnaker.pyNN.spinnaker import SpiNNaker

        original = SpiNNaker.stop

        def look_and_stop(simulator: Any) -> None:
            if sys.exception() is not None and not self.found:
                with contextlib.suppress(Exception):  # the board may say nothing more; the failure's reason is told
                    self.found = dead_cores()
            original(simulator)

        SpiNNaker.stop = look_and_stop  # pyright: ignore[reportAttributeAccessIssue]


def dead_cores() -> list[dict[str, Any]]:
    """Every core in run-time error or stopped by the watchdog, in plain values; asks the board, so it may raise."""
    from spinn_machine import CoreSubsets
    from spinnman.model.enums import CPUState
    from spynnaker.pyNN.data import SpynnakerDataView

    placed, subsets = {}, CoreSubsets()
    for placement in SpynnakerDataView.iterate_placemements():
        placed[placement.x, placement.y, placement.p] = placement.vertex
        subsets.add_processor(placement.x, placement.y, placement.p)
    transceiver = SpynnakerDataView.get_transceiver()
    infos = transceiver.get_cpu_infos(subsets, [CPUState[name] for name in DEAD_STATES], include=True)
    found = []
    for place in infos:
        info, vertex = infos.get_cpu_info(*place), placed[place]
        population = getattr(vertex, "app_vertex", None)
        atoms = None if population is None else [int(vertex.vertex_slice.lo_atom), int(vertex.vertex_slice.hi_atom)]
        found.append({
            "x": place[0], "y": place[1], "core": place[2], "population": getattr(population, "label", None),
            "label": str(vertex.label), "neurons": atoms, "program": info.application_name, "state": info.state.name,
            "error": info.run_time_error.name, "link_register": int(info.link_register), "log": _log(place),
        })  # fmt: skip
    return found


def _log(place: tuple[int, int, int]) -> list[str]:
    """What a core logged, its numbers replaced by sPyNNaker's messages."""
    from spinn_machine import CoreSubsets
    from spinn_utilities.make_tools.replacer import Replacer
    from spynnaker.pyNN.data import SpynnakerDataView

    subset = CoreSubsets()
    subset.add_processor(*place)
    text = "\n".join(buffer.iobuf for buffer in SpynnakerDataView.get_transceiver().get_iobuf(subset))
    with Replacer() as replacer:
        return [replacer.replace(line) for line in text.split("\n") if line.strip()]


def describe_cores(cores: Sequence[Mapping[str, Any]]) -> str:
    """In words: where, what, why, and the last lines of the log."""
    lines = []
    for core in cores[:SHOWN_CORES]:
        neurons = core["neurons"]
        of = f"'{core['population']}', neurons {neurons[0]} to {neurons[1]}" if neurons else f"'{core['label']}'"
        why = "stopped by the watchdog"
        if core["state"] == DEAD_STATES[0]:
            why = f"in run-time error {core['error']} ({ERRORS.get(core['error'], 'unknown')})"
        lines.append(
            f"Core {core['core']} of chip {core['x']},{core['y']} ({of}; program '{core['program']}') is {why}, "
            f"link register {core['link_register']:#010x}."
        )
        log = core["log"]
        lines.append("  Its log (IOBUF) is empty." if not log else "  Its log (IOBUF) ends with:")
        lines += [f"    {line}" for line in log[-SHOWN_LINES:]]
    if len(cores) > SHOWN_CORES:
        lines.append(f"{len(cores) - SHOWN_CORES} more cores died.")
    return "\n".join(lines)
