"""What a network will use of the board, computed from the mapping alone: no sPyNNaker needed, also when it does not fit.

Every rule is one function giving :class:`~neurodeploy.compiler.Usage`. Sources: sPyNNaker 7.4.1
``splitter_population_vertex_fixed.py`` (one core per 256 neurons), ``synapse_io.py`` (a row is 3 words and a word per
synapse, rows padded to the longest), ``neuron_recorder``; c sources ``neuron/synapses.c`` (ring buffers).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil, log2

import numpy as np

from neurodeploy.compiler import Usage
from neurodeploy.targets.spinnaker.mapping import PynnProjection, SpinnakerMapping
from neurodeploy.targets.spinnaker.spec import MOST_BOARDS, BoardSpec, board_spec
from neurodeploy.targets.spinnaker.time_budget import busiest_core

_WORD = 4
_ROW_HEADER_WORDS = 3
_MODEL_SIZES = {"IF_cond_exp": (68, 22), "IF_curr_exp": (60, 20), "IF_curr_delta": (52, 18)}
"""Bytes of parameters per neuron, and number of parameters, of each model's structures."""
_LONGEST_DELAY_STEPS = 255
"""What the firmware model was built for; the ring buffers set a lower limit for all but small populations."""
_SOURCES_PER_CORE = 2048
"""Spikes of a SpikeSourceArray are sent by cores of at most this many sources (reverse_ip_tag_multi_cast_source)."""
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

    As sPyNNaker does, every core of a population gets what its fullest core needs.
    """
    cores = []
    for index, population in enumerate(mapping.populations):
        source = population.model == "SpikeSourceArray"
        most = min(population.size, _SOURCES_PER_CORE if source else mapping.options.neurons_per_core)
        slices = [(first, min(first + most, population.size)) for first in range(0, population.size, most)]
        if source:
            sdram, dtcm = _SOURCE_SDRAM_BYTES, _SOURCE_DTCM_BYTES
        else:
            sdram = _neuron_bytes(mapping, index, most) + _matrix_bytes(mapping, index, slices)
            dtcm = _dtcm_bytes(mapping, index, most)
        cores += [CoreEstimate(population.label, first, end, sdram, dtcm) for first, end in slices]
    return cores


def preflight(mapping: SpinnakerMapping) -> list[Usage]:
    """All resource rules on a mapping."""
    spec, cores = board_spec(mapping.options.machine_version), estimate_cores(mapping)
    rules = (_cores, _sdram, _dtcm, _ring_buffers, _delays, _routing, _keys, _time)
    return [usage for rule in rules for usage in rule(mapping, cores, spec)]


def _cores(mapping: SpinnakerMapping, cores: list[CoreEstimate], spec: BoardSpec) -> Iterator[Usage]:
    boards = mapping.options.boards
    needed = ceil(len(cores) / spec.application_cores)
    more = f"use --boards {needed}" if needed <= MOST_BOARDS else "prune neurons: no machine has so many cores"
    largest = max(mapping.populations, key=lambda p: p.size)
    yield Usage(
        "cores", len(cores), boards * spec.application_cores, "cores", f"most by '{largest.label}'",
        more if spec.name == "SpiNN-5" else "use --machine-version 5",
    )  # fmt: skip


def _sdram(mapping: SpinnakerMapping, cores: list[CoreEstimate], spec: BoardSpec) -> Iterator[Usage]:
    largest = max(cores, key=lambda core: core.sdram_bytes)
    yield Usage(
        "SDRAM of the fullest core", largest.sdram_bytes, spec.sdram_bytes_per_chip, "bytes",
        f"'{largest.population}', neurons {largest.first} to {largest.end - 1}", "prune more, or lower --neurons-per-core",
    )  # fmt: skip
    yield Usage("SDRAM in all", sum(core.sdram_bytes for core in cores), None, "bytes")


def _dtcm(mapping: SpinnakerMapping, cores: list[CoreEstimate], spec: BoardSpec) -> Iterator[Usage]:
    largest = max(cores, key=lambda core: core.dtcm_bytes)
    yield Usage(
        "DTCM of the fullest core", largest.dtcm_bytes, spec.dtcm_bytes_per_core, "bytes",
        f"'{largest.population}', neurons {largest.first} to {largest.end - 1}", "lower --neurons-per-core or shorten delays",
    )  # fmt: skip


def _ring_buffers(mapping: SpinnakerMapping, cores: list[CoreEstimate], spec: BoardSpec) -> Iterator[Usage]:
    for index, population in enumerate(mapping.populations):
        if population.model != "SpikeSourceArray":
            bits = _ring_buffer_bits(mapping, index, min(population.size, mapping.options.neurons_per_core))
            yield Usage(
                "ring buffer entries of a core",
                2**bits,
                2**spec.ring_buffer_index_bits,
                "entries",
                f"'{population.label}'",
                "lower --neurons-per-core or shorten delays",
            )


def _delays(mapping: SpinnakerMapping, cores: list[CoreEstimate], spec: BoardSpec) -> Iterator[Usage]:
    longest = max(mapping.projections, key=lambda p: p.longest_delay, default=None)
    if longest is not None:
        yield Usage(
            "longest delay", longest.longest_delay, _LONGEST_DELAY_STEPS, "steps", f"'{longest.label}'", "shorten it"
        )


def _routing(mapping: SpinnakerMapping, cores: list[CoreEstimate], spec: BoardSpec) -> Iterator[Usage]:
    # Cores of a population send under consecutive keys: a chip that sees them all needs one entry for each population.
    senders = {projection.source for projection in mapping.projections}
    yield Usage(
        "routing entries of the fullest chip (at most)",
        len(senders),
        spec.routing_entries_per_chip,
        "entries",
        "",
        "use fewer, larger populations",
    )


def _keys(mapping: SpinnakerMapping, cores: list[CoreEstimate], spec: BoardSpec) -> Iterator[Usage]:
    bits = sum(2 ** ceil(log2(max(p.size, 2))) * 16 for p in mapping.populations)  # 16: four bits of spike colour
    yield Usage("key space", bits, 2**32, "keys")


def _time(mapping: SpinnakerMapping, cores: list[CoreEstimate], spec: BoardSpec) -> Iterator[Usage]:
    # A figure without a limit: most samples are far below the maximum rate, and instructions are not cycles.
    if core := busiest_core(mapping):
        yield Usage(
            "instructions of the busiest core in a time step, every input at its maximum rate", round(core.instructions),
            None, "instructions", core.text, "lower --neurons-per-core, or a longer time step",
        )  # fmt: skip


def _neuron_bytes(mapping: SpinnakerMapping, target: int, neurons: int) -> int:
    """Every region but the synaptic matrix, as ``get_sdram_used_by_atoms`` of ``splitter_population_vertex_fixed.py`` adds them.

    Names and sizes are those of the regions sPyNNaker 7.4.1 writes (``population_vertex.py``, ``neuron_recorder.py``,
    ``bit_field_utilities.py``); constants were read off its output for 50 to 256 neurons.
    """
    per_neuron, fields = _MODEL_SIZES[mapping.populations[target].model]
    into = [p for p in mapping.projections if p.target == target]
    regions = {
        "system, provenance, profiler, recording": 412 + 112 + 4 + 124 + 8,
        "core parameters": 28 + 4 * neurons,
        "neuron parameters and initial values": 2 * (4 + per_neuron * neurons),
        "neuron generation": 164 + 8 * fields + 20 * fields * neurons,
        "recording metadata": 52 + 8 * neurons,
        "synapse parameters, current sources, connection builder": 36 + 4 + 100,
        "population table": 8 + 24 * len(into),
        "bit fields": 8 + sum(32 + _WORD * ceil(mapping.populations[p.source].size / 32) for p in into),
    }
    return sum(regions.values())


def _matrix_bytes(mapping: SpinnakerMapping, target: int, slices: list[tuple[int, int]]) -> int:
    """Synaptic rows: of every source, padded to the longest row of any core; 16 bytes of alignment."""
    total = 16
    for projection in mapping.projections:
        if projection.target == target:
            sources = mapping.populations[projection.source].size
            longest = max(_longest_row(projection, first, end) for first, end in slices)
            total += sources * (_ROW_HEADER_WORDS + longest) * _WORD if longest else 0
    return total


def _longest_row(projection: PynnProjection, first: int, end: int) -> int:
    if projection.all_but_self:
        return end - first
    inside = (projection.indices >= first) & (projection.indices < end)
    running = np.concatenate([[0], np.cumsum(inside)])
    longest: int = np.diff(running[projection.indptr]).max(initial=0)
    return int(longest)


def _ring_buffer_bits(mapping: SpinnakerMapping, target: int, neurons: int) -> int:
    """Index bits of the ring buffers: neuron, receptor, and delay slots (the longest delay, to a power of two)."""
    longest = max((p.longest_delay for p in mapping.projections if p.target == target), default=1)
    return ceil(log2(max(neurons, 2))) + 1 + ceil(log2(max(longest, 1)))


def _dtcm_bytes(mapping: SpinnakerMapping, target: int, neurons: int) -> int:
    """Data memory of a core: blocks as measured on the emulated heap of the real binaries (each with an 8-byte header).

    Vendor files: ``neuron.c`` (keys), ``neuron_model_lif_impl.h`` (32 bytes), ``exp_synapse_utils.h`` (24 bytes),
    ``synapses.c`` (ring buffers), ``spike_processing.c`` (two row buffers, 256 incoming spikes), ``population_table``.
    """
    model = mapping.populations[target].model
    synapse = 8 if model == "IF_curr_delta" else 24
    input_type = {"IF_cond_exp": 8, "IF_curr_delta": 4, "IF_curr_exp": 0}[model]
    into = [p for p in mapping.projections if p.target == target]
    blocks = {
        "keys, membrane, threshold": (4 + 32 + 4) * neurons,
        "input type and synapses": (input_type + synapse) * neurons,
        "recording": 8 * neurons + 8 + 4 * neurons + 8 + _WORD * ceil(neurons / 32) + 72 + 64,
        "ring buffers": 2 << _ring_buffer_bits(mapping, target, neurons),
        "population table and bit fields": sum(
            24 + _WORD * ceil(mapping.populations[p.source].size / 32) for p in into
        ),
        "row buffers and incoming spikes": 2 * 1032 + 1040,
        "SARK and API": 1168 + 448 + 96 + 8,
        "static data and stack": 2670 + 2048,
    }
    return sum(blocks.values()) + 8 * 16
