"""Run an unmodified PyNN script with real sPyNNaker on a board, and keep what came back.

python benchmarks/software_board/record.py SCRIPT ADDRESS FOLDER

The script is executed as it is; only ``sim.setup``, ``sim.run`` and ``sim.end`` are listened to.  When it ends the network
(populations, parameters, ring-buffer shifts, synapses read back from the board) and all recordings are written to
``FOLDER/network.json`` and ``FOLDER/arrays.npz``:

v{population}_{segment} int32 (steps, size), s16.15; t{…}, n{…} spikes: step and neuron; s{projection} float64
(synapses, 4): source, target, weight, delay in ms, as read back; a{projection} the same as the script asked for, of
FromListConnectors only; w{projection} weights that the script asked for, of plastic synapses.
Of projections without rows: w{projection} float64, what the script asked for; c{projection} int16, the codes in the cores'
memory.
"""

from __future__ import annotations

import json
import os
import runpy
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import plastic_synapses
import poisson_sources
import record_local_only as local_only

from neurodeploy.targets.spinnaker.board_configuration import write_board_configuration

NEURONS = {"IFCurrExpBase": "IF_curr_exp", "IFCurrDelta": "IF_curr_delta", "IFCondExpBase": "IF_cond_exp"}
PARAMETERS = {
    "IF_curr_delta": ("v_rest", "v_thresh", "i_offset", "v_reset", "tau_refrac", "tau_m", "cm"),
    "IF_curr_exp": ("v_rest", "v_thresh", "i_offset", "v_reset", "tau_refrac", "tau_m", "cm", "tau_syn_E", "tau_syn_I"),
}
PARAMETERS["IF_cond_exp"] = (*PARAMETERS["IF_curr_exp"], "e_rev_E", "e_rev_I")


COMPRESSION = """
[Mapping]
router_table_compress_as_far_as_possible = True
compressor = {compressor}
run_compression_checker = True
"""


def private_home(folder: Path, address: str, *, advanced: bool = False) -> None:
    """Give sPyNNaker a home of its own, so that the user's configuration is neither read nor written."""
    folder.mkdir(parents=True, exist_ok=True)
    os.environ.update(write_board_configuration(folder, address, monitors=advanced))
    os.chdir(folder)


def spread(value: Any, size: int) -> list[float]:
    """One number per neuron from what ``Population.get`` returns."""
    return np.broadcast_to(np.asarray(value, np.float64), size).tolist()


def is_static(projection: Any) -> bool:
    """Whether the weights of a projection between two whole populations never change."""
    information = projection._synapse_information
    return type(information.synapse_dynamics).__name__ == "SynapseDynamicsStatic" and not (
        information.prepop_is_view or information.postpop_is_view
    )


def has_rows(projection: Any) -> bool:
    """Whether the synapses of a projection are in rows, static or with a rule that the firmware model has."""
    return is_static(projection) or plastic_synapses.describe_rule(projection._synapse_information) is not None


class Listener:
    """Listens to ``pyNN.spiNNaker`` while a script runs."""

    def __init__(self, sim: Any, folder: Path) -> None:
        self.sim, self.folder = sim, folder
        self.time_step, self.runs, self.host_s = 1.0, [[]], 0.0
        self.initial: dict[int, list[float] | None] = {}
        self.arrays: dict[str, Any] = {}
        self.poisson: dict[int, list[list[Any]]] = {}  # per population and segment: what is said before each run
        self.populations: list[Any] = []
        self.projections: list[Any] = []
        self._setup, self._run, self._reset, self._end = sim.setup, sim.run, sim.reset, sim.end
        sim.setup, sim.run, sim.reset, sim.end = self.setup, self.run, self.reset, self.end
        self._collect(sim.Population, self.populations)
        self._collect(sim.SpiNNakerProjection, self.projections)

    @staticmethod
    def _collect(made: Any, into: list[Any]) -> None:
        """Append every instance of a class to a list."""
        original = made.__init__

        def listening(instance: Any, *arguments: Any, **options: Any) -> None:
            original(instance, *arguments, **options)
            into.append(instance)

        made.__init__ = listening

    def setup(self, timestep: float = 0.1, *arguments: Any, **options: Any) -> Any:
        self.time_step = timestep
        return self._setup(timestep, *arguments, **options)

    def run(self, simtime: float, *arguments: Any, **options: Any) -> Any:
        if not self.initial:
            for number, population in enumerate(self.populations):
                if type(population.celltype).__name__ in NEURONS:
                    value = population.initial_values["v"]
                    drawn = any(hasattr(v, "next") for v in np.ravel(np.asarray(value, object)))  # see population()
                    self.initial[number] = None if drawn else spread(value, population.size)
        for number, population in enumerate(self.populations):
            if type(population.celltype).__name__.startswith("SpikeSourcePoisson"):
                told = self.poisson.setdefault(number, [])
                told.extend([] for _ in range(len(self.runs) - len(told)))
                told[-1].append(poisson_sources.describe_run(population))
        began = time.process_time()
        answer = self._run(simtime, *arguments, **options)
        self.host_s += time.process_time() - began
        self.runs[-1].append(simtime)
        return answer

    def reset(self, *arguments: Any, **options: Any) -> Any:
        self.runs.append([])
        return self._reset(*arguments, **options)

    def end(self, *arguments: Any, **options: Any) -> Any:
        self.keep()
        return self._end(*arguments, **options)

    def keep(self) -> None:
        """Write the network and its recordings."""
        from spynnaker.pyNN.data import SpynnakerDataView

        placed = [p for p in SpynnakerDataView.iterate_placemements() if p.vertex.app_vertex is not None]
        place = {id(population): number for number, population in enumerate(self.populations)}
        described = {
            "time_step_ms": self.time_step, "runs_ms": self.runs, "host_cpu_s": self.host_s,
            "cores": len(placed), "chips": len({(p.x, p.y) for p in placed}),
            "populations": [self.population(n, p) for n, p in enumerate(self.populations)],
            "projections": [self.projection(n, p, place) for n, p in enumerate(self.projections) if has_rows(p)],
            "local_only": [self.local_only(n, p, place) for n, p in enumerate(self.projections) if local_only.kind(p)],
            "unmodelled_synapses": sum(not (has_rows(p) or local_only.kind(p)) for p in self.projections),
        }  # fmt: skip
        self.local_only_codes()
        np.savez(self.folder / "arrays.npz", **self.arrays)
        (self.folder / "network.json").write_text(json.dumps(described))

    def population(self, number: int, population: Any) -> dict[str, Any]:
        kind = type(population.celltype).__name__
        model = NEURONS.get(kind, kind)
        self.recordings(number, population)
        answer: dict[str, Any] = {"label": population.label, "model": model, "size": population.size}
        if number in self.poisson:
            answer |= {"runs": self.poisson[number], "cores": poisson_sources.describe_cores(population)}
        if model in PARAMETERS:
            found = {name: spread(population.get(name), population.size) for name in PARAMETERS[model]}
            shifts = [int(shift) for shift in population._vertex.get_ring_buffer_shifts()]
            # Potentials that the chip has drawn are known from the first recorded row only.
            initial = self.initial[number] or (self.arrays[f"v{number}_0"][0] / 32768).tolist()
            answer |= {"parameters": found | {"v": initial}, "shifts": shifts}
            answer["delay_slots"] = population._vertex.max_delay_steps_incoming
        return answer

    def recordings(self, number: int, population: Any) -> None:
        if not population._vertex.get_recording_variables():
            if type(population.celltype).__name__ == "SpikeSourceArray":
                self.given_spikes(number, population)
            return
        for index, segment in enumerate(population.get_data().segments):
            for signal in segment.analogsignals:
                if signal.name == "v":
                    self.arrays[f"v{number}_{index}"] = np.rint(signal.magnitude * 32768).astype(np.int32)
            if segment.spiketrains:
                times = [np.asarray(train.magnitude) for train in segment.spiketrains]
                neurons = np.repeat(np.arange(len(times)), [t.size for t in times])
                steps = np.rint(np.concatenate(times) / self.time_step).astype(np.int64)
                order = np.lexsort((neurons, steps))
                self.arrays[f"t{number}_{index}"] = steps[order]
                self.arrays[f"n{number}_{index}"] = neurons[order].astype(np.int32)

    def given_spikes(self, number: int, population: Any) -> None:
        """Spikes of a source that was not recorded, where every time is a whole step of the only run."""
        times = [np.asarray(train, np.float64) / self.time_step for train in population.get("spike_times")]
        if len(self.runs) == 1 and all(np.array_equal(train, np.rint(train)) for train in times):
            steps, neurons = (
                np.concatenate(times).astype(np.int64),
                np.repeat(np.arange(len(times)), [t.size for t in times]),
            )
            inside = steps < round(sum(self.runs[0]) / self.time_step)
            self.arrays[f"t{number}_0"], self.arrays[f"n{number}_0"] = steps[inside], neurons[inside].astype(np.int32)

    def projection(self, number: int, projection: Any, place: dict[int, int]) -> dict[str, Any]:
        information = projection._synapse_information
        found = projection.get(["weight", "delay"], "list")
        rows = np.array([tuple(row) for row in found], np.float64).reshape(-1, 4)
        self.arrays[f"s{number}"] = rows
        connector = information.connector
        asked = [getattr(connector, f"_FromListConnector__{column}", None) for column in ("weights", "delays")]
        if all(column is not None for column in asked) and is_static(projection):
            self.arrays[f"a{number}"] = np.column_stack([connector.conn_list[:, :2], *asked]).astype(np.float64)
        rule = None if is_static(projection) else plastic_synapses.describe_rule(information)
        if rule is not None:
            self.arrays[f"w{number}"] = plastic_synapses.asked_weights(information, rows)
        return {
            "number": number, "rule": rule, "source": place[id(projection.pre)], "target": place[id(projection.post)],
            "receptor": int(information.synapse_type), "connector": type(connector).__name__,
        }  # fmt: skip

    def local_only(self, number: int, projection: Any, place: dict[int, int]) -> dict[str, Any]:
        answer, self.arrays[f"w{number}"] = local_only.describe(projection, self.time_step)
        source, target = place[id(projection.pre)], place[id(projection.post)]
        return {"number": number, "source": source, "target": target} | answer

    def local_only_codes(self) -> None:
        """Kernels as they are on the first core; matrices put together from all of them."""
        number_of = {id(projection): number for number, projection in enumerate(self.projections)}
        for population in self.populations:
            incoming = [p for p in self.projections if p.post is population and local_only.kind(p)]
            for projection, neurons, codes in local_only.stored_codes(population, incoming) if incoming else ():
                name = f"c{number_of[id(projection)]}"
                if local_only.kind(projection) == "convolution":
                    np.testing.assert_array_equal(self.arrays.setdefault(name, codes), codes)
                else:
                    whole = self.arrays.setdefault(name, np.zeros((len(codes), population.size), np.int16))
                    whole[:, neurons.get_raster_ids()] = codes


def main(script: str, address: str, folder: str) -> None:
    """Run the script; sPyNNaker's own messages go to standard output as always."""
    path, target = Path(script).resolve(), Path(folder).resolve()
    private_home(target, address, advanced=os.environ.get("ADVANCED_MONITORS") == "1")
    if compressor := os.environ.get("COMPRESSOR"):
        with (target / ".spynnaker.cfg").open("a") as configuration:
            configuration.write(COMPRESSION.format(compressor=compressor))
    import pyNN.spiNNaker as sim

    Listener(sim, target)
    runpy.run_path(str(path), run_name="__main__")


if __name__ == "__main__":
    main(*sys.argv[1:4])
