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
from neurodeploy.targets.spinnaker.mapping import PynnPopulation, PynnProjection, SpinnakerMapping
from neurodeploy.targets.spinnaker.spec import BoardSpec, board_spec

_WORD = 4
_ROW_HEADER_WORDS = 3
_SOURCES_PER_CORE = 2048
"""Spikes of a SpikeSourceArray are sent by cores of at most this many sources (reverse_ip_tag_multi_cast_source)."""


@dataclass(frozen=True)
class CoreEstimate:
    """One core: neurons ``first`` to ``end`` of a population."""

    population: str
    first: int
    end: int
    sdram_bytes: int
    dtcm_bytes: int


def estimate_cores(mapping: SpinnakerMapping) -> list[CoreEstimate]:
    """Split populations over cores and estimate the memory of each."""
    cores = []
    for index, population in enumerate(mapping.populations):
        source = population.model == "SpikeSourceArray"
        most = _SOURCES_PER_CORE if source else mapping.options.neurons_per_core
        for first in range(0, population.size, most):
            end = min(first + most, population.size)
            if source:
                # 'run' sends spikes in chunks that fit; the fixed part is what sPyNNaker reserves.
                cores.append(CoreEstimate(population.label, first, end, 1024, 8192))
            else:
                sdram = _neuron_bytes(population, end - first) + _matrix_bytes(mapping, index, first, end)
                cores.append(CoreEstimate(population.label, first, end, sdram, _dtcm_bytes(mapping, index, end - first)))
    return cores


def preflight(mapping: SpinnakerMapping) -> list[Usage]:
    """All resource rules on a mapping."""
    spec, cores = board_spec(mapping.options.machine_version), estimate_cores(mapping)
    rules = (_cores, _sdram, _dtcm, _ring_buffers, _delays, _routing, _keys)
    return [usage for rule in rules for usage in rule(mapping, cores, spec)]


def _cores(mapping: SpinnakerMapping, cores: list[CoreEstimate], spec: BoardSpec) -> Iterator[Usage]:
    boards = mapping.options.boards
    needed = ceil(len(cores) / spec.application_cores)
    largest = max(mapping.populations, key=lambda p: p.size)
    yield Usage(
        "cores", len(cores), boards * spec.application_cores, "cores", f"most by '{largest.label}'",
        f"use --boards {needed}" if spec.name == "SpiNN-5" else "use --machine-version 5",
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
            yield Usage("ring buffer index", bits, spec.ring_buffer_index_bits, "bits", f"'{population.label}'",
                        "lower --neurons-per-core or shorten delays")


def _delays(mapping: SpinnakerMapping, cores: list[CoreEstimate], spec: BoardSpec) -> Iterator[Usage]:
    longest = max(mapping.projections, key=lambda p: p.delay_steps, default=None)
    if longest is not None:
        yield Usage("longest delay", longest.delay_steps, spec.delay_steps_without_extension, "steps",
                    f"'{longest.label}'", "shorten it; longer ones need delay-extension cores")


def _routing(mapping: SpinnakerMapping, cores: list[CoreEstimate], spec: BoardSpec) -> Iterator[Usage]:
    # Cores of a population send under consecutive keys, so a chip needs one entry per population it sees at least,
    # one per sending core at most (before compression).
    senders = {population.label: 0 for population in mapping.populations}
    for core in cores:
        senders[core.population] += 1
    targets = {mapping.populations[p.source].label for p in mapping.projections}
    most = sum(count for label, count in senders.items() if label in targets)
    yield Usage("routing entries of the fullest chip (at most)", most, spec.routing_entries_per_chip, "entries", "",
                "use fewer, larger populations")


def _keys(mapping: SpinnakerMapping, cores: list[CoreEstimate], spec: BoardSpec) -> Iterator[Usage]:
    bits = sum(2 ** ceil(log2(max(p.size, 2))) * 16 for p in mapping.populations)  # 16: four bits of spike colour
    yield Usage("key space", bits, 2**32, "keys")


def _neuron_bytes(population: PynnPopulation, neurons: int) -> int:
    """Parameters twice (initial values are kept for resets), with their fixed parts; measured on sPyNNaker's regions."""
    words = {"IF_cond_exp": 17, "IF_curr_exp": 15, "IF_curr_delta": 11}[population.model]
    return 2 * words * _WORD * neurons + 8 * neurons + 2048


def _matrix_bytes(mapping: SpinnakerMapping, target: int, first: int, end: int) -> int:
    total = 0
    for projection in mapping.projections:
        if projection.target == target:
            sources = mapping.populations[projection.source].size
            longest = _longest_row(projection, first, end)
            total += sources * (_ROW_HEADER_WORDS + longest) * _WORD if longest else 0
    return total


def _longest_row(projection: PynnProjection, first: int, end: int) -> int:
    if projection.all_but_self:
        return end - first
    inside = (projection.indices >= first) & (projection.indices < end)
    running = np.concatenate([[0], np.cumsum(inside)])
    return int(np.diff(running[projection.indptr]).max(initial=0))


def _ring_buffer_bits(mapping: SpinnakerMapping, target: int, neurons: int) -> int:
    delays = [p.delay_steps for p in mapping.projections if p.target == target]
    slots = max(delays, default=1) + 1
    return ceil(log2(max(neurons, 2))) + 1 + ceil(log2(slots))


def _dtcm_bytes(mapping: SpinnakerMapping, target: int, neurons: int) -> int:
    population = mapping.populations[target]
    ring_buffers = 2 * 2 ** _ring_buffer_bits(mapping, target, neurons)
    words = {"IF_cond_exp": 17, "IF_curr_exp": 15, "IF_curr_delta": 11}[population.model]
    rows = max((_longest_row(p, 0, neurons) for p in mapping.projections if p.target == target), default=0)
    row_buffers = 2 * (_ROW_HEADER_WORDS + rows) * _WORD
    bit_fields = sum(mapping.populations[p.source].size // 8 for p in mapping.projections if p.target == target)
    input_buffer, stack_and_fixed = 256 * 2 * _WORD, 12 * 1024
    return ring_buffers + words * _WORD * neurons + row_buffers + bit_fields + input_buffer + stack_and_fixed
