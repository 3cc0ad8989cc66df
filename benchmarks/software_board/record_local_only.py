"""What there is to keep of projections without synaptic rows: what the script asked for, and the codes on the board."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

KINDS = {"LocalOnlyConvolution": "convolution", "LocalOnlyPoolDense": "pool dense"}
CONVOLUTION_HEADER, SOURCE, CONNECTOR = 24, 40, 36  # bytes: 6 shorts and 3 words; see LocalOnlyConvolution
DENSE_HEADER, DENSE_SOURCE, DENSE_DIMENSION = 12, 20, 36


def kind(projection: Any) -> str | None:
    """ "convolution", "pool dense" or None."""
    return KINDS.get(type(projection._synapse_information.synapse_dynamics).__name__)


def pair(value: Any) -> list[int]:
    """A shape as sPyNNaker takes it: nothing, one number or two."""
    made: list[int] = np.broadcast_to(1 if value is None else np.asarray(value), 2).astype(int).tolist()
    return made


def describe(projection: Any, time_step_ms: float) -> tuple[dict[str, Any], NDArray[np.float64]]:
    """The description for ``network.json`` and the weights that the script asked for, divided by the pool's area."""
    information = projection._synapse_information
    connector, pre, post = information.connector, projection.pre._vertex, projection.post._vertex
    what = kind(projection)
    private = "_ConvolutionConnector__" if what == "convolution" else "_PoolDenseConnector__"
    receptors = [
        post.get_synapse_id_by_target(name)
        for name in (connector.positive_receptor_type, connector.negative_receptor_type)
    ]
    target_core = next(iter(post.machine_vertices)).vertex_slice.shape
    answer = {
        "kind": what, "receptors": receptors, "source_shape": pair(pre.atoms_shape), "target_shape": list(post.atoms_shape), "target_core": list(target_core),
        "pool_strides": pair(getattr(connector, private + "pool_stride")),
        "delay": round(information.synapse_dynamics.delay / time_step_ms),
        "ring_slots": int(post.splitter.max_support_delay()),
    }  # fmt: skip
    if what == "convolution":
        answer |= {name: pair(getattr(connector, private + name)) for name in ("strides",)}
        answer["padding"] = np.asarray(getattr(connector, private + "padding_shape")).astype(int).tolist()
        return answer, np.asarray(connector.kernel_weights, np.float64)
    area = np.prod(pair(getattr(connector, private + "pool_shape")))
    sources = np.prod(np.array(pre.atoms_shape) // answer["pool_strides"])
    return answer, np.asarray(connector.weights, np.float64).reshape(sources, -1) / area


def stored_codes(population: Any, projections: list[Any]) -> Iterator[tuple[Any, Any, NDArray[np.int16]]]:
    """For every core of a population and every projection: projection, the core's slice and the codes in its memory.

    The order of connectors in memory is that of ``get_sources_for_target``.
    """
    from spinn_front_end_common.interface.ds import DsSqlliteDatabase
    from spynnaker.pyNN.data import SpynnakerDataView
    from spynnaker.pyNN.models.common.local_only_2d_common import get_sources_for_target

    vertex = population._vertex
    ordered = [s.projection for found in get_sources_for_target(vertex).values() for s in found]
    assert {id(p) for p in ordered} == {id(p) for p in projections}
    for core in vertex.machine_vertices:
        place = SpynnakerDataView.get_placement_of_vertex(core)
        region = core.REGIONS.LOCAL_ONLY_PARAMS
        with DsSqlliteDatabase() as database:
            address = database.get_region_pointer(place.x, place.y, place.p, region)
        assert address is not None
        size = vertex.synapse_dynamics.get_parameters_usage_in_bytes(
            core.vertex_slice.n_atoms, vertex.incoming_projections
        )
        data = bytes(SpynnakerDataView.get_transceiver().read_memory(place.x, place.y, address, size))
        read = _convolution_codes if kind(ordered[0]) == "convolution" else _dense_codes
        for projection, codes in zip(ordered, read(data, len(ordered)), strict=True):
            yield projection, core.vertex_slice, codes


def _convolution_codes(data: bytes, connectors: int) -> Iterator[NDArray[np.int16]]:
    """Kernels as arrays of the shape of ``kernel_weights``."""
    sources, found, _ = struct.unpack_from("<3I", data, 12)
    assert found == connectors
    weights_at = CONVOLUTION_HEADER + SOURCE * sources + CONNECTOR * connectors
    for number in range(connectors):
        at = CONVOLUTION_HEADER + SOURCE * sources + CONNECTOR * number
        high, wide = struct.unpack_from("<2H", data, at)
        (begin,) = struct.unpack_from("<H", data, at + 16)
        yield np.frombuffer(data, "<i2", wide * high, weights_at + 2 * begin).reshape(wide, high)


def _dense_codes(data: bytes, connectors: int) -> Iterator[NDArray[np.int16]]:
    """Matrices of shape (pooled sources, neurons of this core)."""
    neurons, sources, found = struct.unpack_from("<3I", data)
    assert found == connectors
    at = DENSE_HEADER
    for _ in range(sources):
        (dimensions,) = struct.unpack_from("<I", data, at + 16)
        at += DENSE_SOURCE + DENSE_DIMENSION * dimensions
    for _ in range(connectors):
        dimensions, weights = struct.unpack_from("<2H", data, at)
        at += 12 + 4 * dimensions
        yield np.frombuffer(data, "<i2", weights, at).reshape(-1, neurons)
        at += 2 * (weights + weights % 2)
