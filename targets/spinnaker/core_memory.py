"""Memory of a core, computed from the mapping alone: SDRAM regions, synaptic rows, ring buffers, DTCM.

Sources: sPyNNaker 7.4.1 ``splitter_population_vertex_fixed.py``, ``synapse_io.py`` (a row is 3 words and a word per synapse,
rows padded to the longest), ``neuron_recorder``; c sources ``neuron/synapses.c`` (ring buffers).
"""

from __future__ import annotations

from dataclasses import replace
from math import ceil, log2

import numpy as np

from neurodeploy.network import Dense, LateralInhibition, Projection, Weights
from neurodeploy.network.arrays import Int32Array, IntArray
from neurodeploy.targets.spinnaker.mapping import SpinnakerMapping
from neurodeploy.targets.spinnaker.planes import parts_by_name
from neurodeploy.targets.spinnaker.pynn_network import PynnProjection

_WORD = 4
_ROW_HEADER_WORDS = 3
_MODEL_SIZES = {"IF_cond_exp": (68, 22), "IF_curr_exp": (60, 20), "IF_curr_delta": (52, 18)}
"""Bytes of parameters per neuron, and number of parameters, of each model's structures."""


def neuron_bytes(mapping: SpinnakerMapping, target: int, neurons: int) -> int:
    """Every region but the synaptic matrix, as ``get_sdram_used_by_atoms`` of ``splitter_population_vertex_fixed.py`` adds them.

    Names and sizes are those of the regions sPyNNaker 7.4.1 writes (``population_vertex.py``, ``neuron_recorder.py``,
    ``bit_field_utilities.py``); constants were read off its output for 50 to 256 neurons.
    """
    per_neuron, fields = _MODEL_SIZES[mapping.populations[target].model]
    into = [p for p in mapping.projections if p.target == target]
    local_only = local_only_bytes(mapping, target)
    regions = {
        "system, provenance, profiler, recording": 412 + 112 + 4 + 124 + 8,
        "core parameters": 28 + 4 * neurons,
        "neuron parameters and initial values": 2 * (4 + per_neuron * neurons),
        "neuron generation": 164 + 8 * fields + 20 * fields * neurons,
        "recording metadata": 52 + 8 * neurons,
        "current sources": 4,
    }
    if local_only:
        return sum(regions.values()) + 20 + local_only
    regions |= {
        "synapse parameters, connection builder": 36 + 100,
        "population table": 8 + 24 * len(into),
        "bit fields": 8 + sum(32 + _WORD * ceil(mapping.populations[p.source].size / 32) for p in into),
    }
    return sum(regions.values())


def local_only_bytes(mapping: SpinnakerMapping, target: int) -> int:
    """Kernels onto a population and their description (``LocalOnlyConvolution.get_parameters_usage_in_bytes``); 0 without."""
    pairs = [(c, source) for c in mapping.convolutions for _, _, after, source in c.pairs() if after == target]
    if not pairs:
        return 0
    codes = sum(int(convolution.codes[0, 0].size) for convolution, _ in pairs)
    return 28 + 40 * len({source for _, source in pairs}) + 36 * len(pairs) + 2 * (codes + codes % 2)


def matrix_bytes(mapping: SpinnakerMapping, target: int, slices: list[tuple[int, int]]) -> int:
    """Synaptic rows: of every source, padded to the longest row of any core; 16 bytes of alignment. Kernels have none."""
    if local_only_bytes(mapping, target):
        return 0
    total = 16
    for projection in mapping.projections:
        if projection.target == target:
            sources = mapping.populations[projection.source].size
            longest = max(longest_row(mapping, projection, first, end) for first, end in slices)
            total += sources * (_ROW_HEADER_WORDS + longest) * _WORD if longest else 0
    return total


def bytes_saved_by_pruning(mapping: SpinnakerMapping) -> int:
    """SDRAM that synaptic rows would take on top if removed synapses were kept with the weight 0.

    Rows are padded to the longest of their projection, so that only what shortens the longest row saves anything.
    """
    parts = parts_by_name(mapping.populations)
    planes = {index for convolution in mapping.convolutions for index in (*convolution.sources, *convolution.targets)}
    kept = {projection.label: projection for projection in mapping.projections}
    saved = 0
    for projection in mapping.lowered.projections:
        (target, *_), (source, *_) = parts[projection.target], parts[projection.source]
        if {target, source} & planes:  # kernels have no rows; rows between channels are not counted
            continue
        sources = mapping.populations[source].size
        slices = neuron_slices(mapping, target)
        now = kept.get(projection.name)
        rows = (
            max(longest_row(mapping, now, first, end) for first, end in slices)
            if now is not None
            else -_ROW_HEADER_WORDS
        )
        longer = _longest_unpruned_row(mapping, projection, slices, rows) - rows
        saved += len(slices) * sources * _WORD * longer
    return saved


def neuron_slices(mapping: SpinnakerMapping, target: int) -> list[tuple[int, int]]:
    """Neurons of each core of a population: first and end (exclusive), on a plane by their :meth:`Plane.positions`."""
    size, plane = mapping.populations[target].size, mapping.populations[target].plane
    most = min(size, mapping.options.neurons_per_core) if plane is None else plane.core[0] * plane.core[1]
    return [(first, min(first + most, size)) for first in range(0, size, most)]


def _longest_unpruned_row(
    mapping: SpinnakerMapping, projection: Projection, slices: list[tuple[int, int]], rows: int
) -> int:
    """Longest row on any core if no synapse had been removed."""
    if projection.weights.present().all() or isinstance(projection.connectivity, LateralInhibition):
        return rows
    if isinstance(projection.connectivity, Dense):
        return slices[0][1]
    whole = replace(projection, weights=Weights(values=np.ones(projection.weights.shape)))
    indptr, indices, _, _ = mapping.lowered.expand(whole)
    return max(_longest(indptr, indices, first, end) for first, end in slices)


def longest_row(mapping: SpinnakerMapping, projection: PynnProjection, first: int, end: int) -> int:
    """Synapses of the source neuron that has most on neurons ``first`` to ``end``."""
    if projection.all_but_self:
        return end - first
    return _longest(projection.indptr, row_targets(mapping, projection), first, end)


def row_targets(mapping: SpinnakerMapping, projection: PynnProjection) -> IntArray | Int32Array:
    """Targets as :func:`neuron_slices` numbers them."""
    plane = mapping.populations[projection.target].plane
    return projection.indices if plane is None else plane.positions()[projection.indices]


def _longest(indptr: IntArray, indices: IntArray | Int32Array, first: int, end: int) -> int:
    inside = (indices >= first) & (indices < end)
    running = np.concatenate([[0], np.cumsum(inside)])
    longest: int = np.diff(running[indptr]).max(initial=0)
    return int(longest)


def ring_buffer_bits(mapping: SpinnakerMapping, target: int, neurons: int) -> int:
    """Index bits of the ring buffers: neuron, receptor, and delay slots (the longest delay, to a power of two)."""
    if slots := kernel_slots(mapping, target):
        return ceil(log2(max(neurons, 2))) + 1 + ceil(log2(slots))
    longest = max((p.longest_delay for p in mapping.projections if p.target == target), default=1)
    return ceil(log2(max(neurons, 2))) + 1 + ceil(log2(max(longest, 1)))


def kernel_slots(mapping: SpinnakerMapping, target: int) -> int:
    """Delay slots of a population with kernels (a delay of all of them is stored as 0); 0 without kernels."""
    delays = [c.delay_steps for c in mapping.convolutions for _, _, after, _ in c.pairs() if after == target]
    return 2 ** max(1, ceil(log2(max(delays)))) if delays else 0


def dtcm_bytes(mapping: SpinnakerMapping, target: int, neurons: int, most: int) -> int:
    """Data memory of a core with so many neurons, of a population whose fullest core has ``most``: blocks as measured on the emulated heap of the real binaries (each with an 8-byte header).

    Vendor files: ``neuron.c`` (keys), ``neuron_model_lif_impl.h`` (32 bytes), ``exp_synapse_utils.h`` (24 bytes),
    ``synapses.c`` (ring buffers), ``spike_processing.c`` (two row buffers, 256 incoming spikes), ``population_table``.
    """
    model = mapping.populations[target].model
    synapse = 8 if model == "IF_curr_delta" else 24
    input_type = {"IF_cond_exp": 8, "IF_curr_delta": 4, "IF_curr_exp": 0}[model]
    into = [p for p in mapping.projections if p.target == target]
    local_only = local_only_bytes(mapping, target)
    blocks = {
        "keys, membrane, threshold": (4 + 32 + 4) * neurons,
        "input type and synapses": (input_type + synapse) * neurons,
        "recording": 8 * neurons + 8 + 4 * neurons + 8 + _WORD * ceil(neurons / 32) + 72 + 64,
        "ring buffers": 2 << ring_buffer_bits(mapping, target, most),
        "population table and bit fields": sum(
            24 + _WORD * ceil(mapping.populations[p.source].size / 32) for p in into
        ),
        "kernels": local_only,
        "row buffers and incoming spikes": 1040 if local_only else 2 * 1032 + 1040,
        "SARK and API": 1168 + 448 + 96 + 8,
        "static data and stack": 2670 + 2048,
    }
    return sum(blocks.values()) + 8 * 16
