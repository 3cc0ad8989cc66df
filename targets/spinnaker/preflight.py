"""What a network will use of the board, computed from the mapping alone: no sPyNNaker needed, also when it does not fit.

Every rule is one function giving :class:`~neurodeploy.compiler.Usage`. Source: sPyNNaker 7.4.1
``splitter_population_vertex_fixed.py`` (one core per 256 neurons); the memory of a core is in ``core_memory.py``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from math import ceil, log2

import numpy as np

from neurodeploy.compiler import Usage
from neurodeploy.targets.spinnaker.core_memory import (
    bytes_saved_by_pruning,
    dtcm_bytes,
    longest_row,
    matrix_bytes,
    neuron_bytes,
    neuron_slices,
    ring_buffer_bits,
)
from neurodeploy.targets.spinnaker.mapping import SpinnakerMapping, map_network
from neurodeploy.targets.spinnaker.planes import SOURCES_PER_CORE, parts_by_name
from neurodeploy.targets.spinnaker.spec import MOST_BOARDS, BoardSpec, board_spec
from neurodeploy.targets.spinnaker.time_budget import CoreTime, busiest_core

_LONGEST_DELAY_STEPS = 255
"""What the firmware model was built for; the ring buffers set a lower limit for all but small populations."""
_SOURCE_SDRAM_BYTES, _SOURCE_DTCM_BYTES = 530, 8192
"""Fixed regions of such a core (its spikes come on top, in whatever SDRAM is free); its small DTCM use is a ceiling."""


@dataclass(frozen=True)
class CoreEstimate:
    """One core: neurons ``first`` to ``end`` of a population."""

    population: str
    first: int
    end: int
    sdram_bytes: int
    dtcm_bytes: int


def estimate_cores(mapping: SpinnakerMapping) -> list[CoreEstimate]:
    """Split populations over cores and estimate the memory of each.

    As sPyNNaker does, every core of a population gets the SDRAM that its fullest core needs.
    """
    cores = []
    for index, population in enumerate(mapping.populations):
        if population.model == "SpikeSourceArray":
            plane = population.plane
            most = SOURCES_PER_CORE if plane is None else plane.core[0] * plane.core[1]
            for first in range(0, population.size, most):
                end = min(first + most, population.size)
                cores.append(CoreEstimate(population.label, first, end, _SOURCE_SDRAM_BYTES, _SOURCE_DTCM_BYTES))
            continue
        slices = neuron_slices(mapping, index)
        most = slices[0][1]
        sdram = neuron_bytes(mapping, index, most) + matrix_bytes(mapping, index, slices)
        for first, end in slices:
            dtcm = dtcm_bytes(mapping, index, end - first, most)
            cores.append(CoreEstimate(population.label, first, end, sdram, dtcm))
    return cores


def preflight(mapping: SpinnakerMapping) -> list[Usage]:
    """All resource rules on a mapping."""
    spec, cores = board_spec(mapping.options.machine_version), estimate_cores(mapping)
    rules = (_cores, _chips, _sdram, _dtcm, _ring_buffers, _rows, _delays, _routing, _keys, _overshoot, _time)
    return [usage for rule in rules for usage in rule(mapping, cores, spec)]


def _cores(mapping: SpinnakerMapping, cores: list[CoreEstimate], spec: BoardSpec) -> Iterator[Usage]:
    largest = max(mapping.populations, key=lambda p: p.size)
    yield Usage(
        "cores", len(cores), mapping.options.boards * spec.application_cores, "cores", f"most by '{largest.label}'",
        _more_boards(spec, cores, "prune neurons"),
    )  # fmt: skip


def _chips(mapping: SpinnakerMapping, cores: list[CoreEstimate], spec: BoardSpec) -> Iterator[Usage]:
    yield Usage(
        "chips", chips_needed(cores, spec), mapping.options.boards * spec.chips, "chips", "by cores and SDRAM",
        _more_boards(spec, cores, "prune more"),
    )  # fmt: skip


def chips_needed(cores: list[CoreEstimate], spec: BoardSpec) -> int:
    """Chips when cores are put on them one after the other, a new one where cores or SDRAM of the last run out."""
    chips, places, room = 1, spec.cores_per_chip, spec.sdram_bytes_per_chip
    for core in cores:
        if places == 0 or core.sdram_bytes > room:
            chips, places, room = chips + 1, spec.cores_per_chip, spec.sdram_bytes_per_chip
        places, room = places - 1, room - core.sdram_bytes
    return chips


def _more_boards(spec: BoardSpec, cores: list[CoreEstimate], otherwise: str) -> str:
    """What to do when one board is too small: how many are needed."""
    if spec.name != "SpiNN-5":
        return "use --machine-version 5"
    needed = max(ceil(len(cores) / spec.application_cores), ceil(chips_needed(cores, spec) / spec.chips))
    return f"use --boards {needed}" if needed <= MOST_BOARDS else f"{otherwise}: no machine is so large"


def _sdram(mapping: SpinnakerMapping, cores: list[CoreEstimate], spec: BoardSpec) -> Iterator[Usage]:
    largest = max(cores, key=lambda core: core.sdram_bytes)
    yield Usage(
        "SDRAM of the fullest core", largest.sdram_bytes, spec.sdram_bytes_per_chip, "bytes",
        f"'{largest.population}', neurons {largest.first} to {largest.end - 1}", "prune more, or lower --neurons-per-core",
    )  # fmt: skip
    yield Usage("SDRAM in all", sum(core.sdram_bytes for core in cores), None, "bytes")
    if mapping.convolutions:
        options = replace(mapping.options, convolution="rows", lost_weights=1.0)
        rows = estimate_cores(map_network(mapping.lowered, options, mapping.calibrated))
        yield Usage(
            "SDRAM in all with --convolution rows", sum(core.sdram_bytes for core in rows), None, "bytes",
            f"on {len(rows)} cores",
        )  # fmt: skip
    if saved := bytes_saved_by_pruning(mapping):
        yield Usage(
            "SDRAM saved by pruning", saved, None, "bytes", "removed synapses are not in the rows; rows are "
            "as long as the longest",
        )  # fmt: skip


def _dtcm(mapping: SpinnakerMapping, cores: list[CoreEstimate], spec: BoardSpec) -> Iterator[Usage]:
    largest = max(cores, key=lambda core: core.dtcm_bytes)
    yield Usage(
        "DTCM of the fullest core", largest.dtcm_bytes, spec.dtcm_bytes_per_core, "bytes",
        f"'{largest.population}', neurons {largest.first} to {largest.end - 1}", "lower --neurons-per-core or shorten delays",
    )  # fmt: skip


def _ring_buffers(mapping: SpinnakerMapping, cores: list[CoreEstimate], spec: BoardSpec) -> Iterator[Usage]:
    for name, parts in parts_by_name(mapping.populations).items():
        if mapping.populations[parts[0]].model != "SpikeSourceArray":
            fullest = [(index, neuron_slices(mapping, index)[0]) for index in parts]
            bits = max(ring_buffer_bits(mapping, index, end - first) for index, (first, end) in fullest)
            yield Usage(
                "ring buffer entries of a core",
                2**bits,
                2**spec.ring_buffer_index_bits,
                "entries",
                f"'{name}'",
                "lower --neurons-per-core or shorten delays",
            )


def _rows(mapping: SpinnakerMapping, cores: list[CoreEstimate], spec: BoardSpec) -> Iterator[Usage]:
    """Rows as the population table of a core counts them: of one projection, on the neurons of that core."""
    longest, label = 0, ""
    for projection in mapping.projections:
        for first, end in neuron_slices(mapping, projection.target):
            longest, label = max((longest, label), (longest_row(mapping, projection, first, end), projection.label))
    yield Usage(
        "longest synaptic row", longest, spec.longest_row, "synapses", f"'{label}'" if label else "",
        "lower --neurons-per-core",
    )  # fmt: skip


def _delays(mapping: SpinnakerMapping, cores: list[CoreEstimate], spec: BoardSpec) -> Iterator[Usage]:
    delays = [(p.longest_delay, p.label) for p in mapping.projections]
    delays += [(convolution.delay_steps, convolution.label) for convolution in mapping.convolutions]
    if delays:
        longest, label = max(delays)
        yield Usage("longest delay", longest, _LONGEST_DELAY_STEPS, "steps", f"'{label}'", "shorten it")


def _routing(mapping: SpinnakerMapping, cores: list[CoreEstimate], spec: BoardSpec) -> Iterator[Usage]:
    # Cores of a population send under consecutive keys: a chip that sees them all needs one entry for each population. Kernels
    # get spikes from the cores of their source that they reach: one entry for each of those.
    rows = {projection.source for projection in mapping.projections}
    planes = {source for convolution in mapping.convolutions for *_, source in convolution.pairs()}
    entries = len(rows - planes)
    for plane in (mapping.populations[source].plane for source in planes):
        entries += 0 if plane is None else len(plane.blocks())
    yield Usage(
        "routing entries of the fullest chip (at most)",
        entries,
        spec.routing_entries_per_chip,
        "entries",
        "",
        "use fewer, larger populations",
    )


def _keys(mapping: SpinnakerMapping, cores: list[CoreEstimate], spec: BoardSpec) -> Iterator[Usage]:
    bits = sum(2 ** ceil(log2(max(p.size, 2))) * 16 for p in mapping.populations)  # 16: four bits of spike colour
    yield Usage("key space", bits, 2**32, "keys")


def _overshoot(mapping: SpinnakerMapping, cores: list[CoreEstimate], spec: BoardSpec) -> Iterator[Usage]:
    """A conductance neuron holds the current of a step: above cm/dt it passes the reversal potential (docs/spinnaker.md)."""
    for population in mapping.populations:
        if population.model == "IF_cond_exp" and population.summed_weight_bounds[1]:
            least = float(np.min(population.parameters["cm"])) / mapping.lowered.dt
            yield Usage(
                "inhibitory conductance that a step may reach", population.summed_weight_bounds[1], None, "µS",
                f"'{population.label}': overshoots the reversal potential above {least:g}, may excite above {2 * least:g}; "
                "--lateral-spikes bounds it",
            )  # fmt: skip


def _time(mapping: SpinnakerMapping, cores: list[CoreEstimate], spec: BoardSpec) -> Iterator[Usage]:
    if mapping.busiest:
        found = CoreTime(**mapping.busiest)
        yield Usage(
            "instructions of the busiest core and step of the samples", round(found.instructions), found.cycles,
            "instructions", found.text, "lower --neurons-per-core, or use a longer time step",
        )  # fmt: skip
        return
    # A figure without a limit: most samples are far below the maximum rate.
    if core := busiest_core(mapping):
        yield Usage(
            "instructions of the busiest core in a time step, every input at its maximum rate", round(core.instructions),
            None, "instructions", core.text, "lower --neurons-per-core, or a longer time step",
        )  # fmt: skip
