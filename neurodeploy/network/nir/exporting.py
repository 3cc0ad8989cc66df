"""From a :class:`~neurodeploy.network.Network` to a NIR graph: checks, the graph, what travels in the metadata, remarks.

What NIR has no words for is refused, all of it in one error; what it merely leaves out is in the metadata (embedding.py)
and comes back when neurodeploy reads the file.
"""

from __future__ import annotations

import io
from collections.abc import Collection, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import numpy as np

from neurodeploy.errors import NeurodeployError
from neurodeploy.files import atomic_file
from neurodeploy.network.network import Network
from neurodeploy.network.neurons import Relay, SpikeSource
from neurodeploy.network.nir.embedding import embed
from neurodeploy.network.nir.graph import graph_from_nir
from neurodeploy.network.nir.graph_builder import GraphBuilder
from neurodeploy.network.nir.neuron_nodes import (
    APPROXIMATIONS,
    neuron_problems,
)
from neurodeploy.network.nir.operator_nodes import (
    EXPANSIONS,
    operator_problems,
)
from neurodeploy.network.validation import validate

_LISTED = 12


def export_nir(
    network: Network,
    path: str | Path,
    *,
    expand: Collection[str] = (),
    approximate: Collection[str] = (),
    dtype: Literal["float32", "float64"] = "float32",
) -> tuple[str, ...]:
    """Write a network as a NIR graph, atomically; returns remarks on what other programs will not see.

    ``expand`` names structures to be written out as matrices (:data:`EXPANSIONS`), ``approximate`` what other programs
    may do without (:data:`APPROXIMATIONS`). ``dtype`` of the numbers in the nodes: float32 is what the PyTorch frameworks
    read; the exact numbers are in the metadata in any case. Ancestors are not written.

    Raises:
        NeurodeployError: ND201 when the network is not valid, ND232 with everything that NIR cannot say, ND101–ND104
            when the file cannot be written.
    """
    import nir

    graph, remarks = to_nir(network, expand=expand, approximate=approximate, dtype=dtype)
    content = io.BytesIO()  # HDF5 crashes on a full disk, so plain Python writes the bytes
    target: Any = content  # nir writes to any stream
    nir.write(target, graph)
    with atomic_file(path) as temporary:
        temporary.write_bytes(content.getvalue())
    return remarks


def to_nir(
    network: Network,
    *,
    expand: Collection[str] = (),
    approximate: Collection[str] = (),
    dtype: Literal["float32", "float64"] = "float32",
) -> tuple[Any, tuple[str, ...]]:
    """The ``nir.NIRGraph`` of a network, and remarks; see :func:`export_nir`."""
    _check_names("expand", expand, EXPANSIONS)
    _check_names("approximate", approximate, APPROXIMATIONS)
    validate(network)
    bare = replace(network, ancestors=())
    builder = GraphBuilder(bare, frozenset(approximate), np.dtype(dtype))
    for population in network.populations:
        if not isinstance(population.neuron, SpikeSource | Relay):
            builder.misfits += neuron_problems(network, population, approximate)
    for projection in network.projections:
        builder.misfits += operator_problems(network, projection, expand)
    if not builder.misfits:
        builder.build()
    if builder.misfits:
        lines = " ".join(f"{m.node}: {m.what} ({m.remedy})." for m in builder.misfits[:_LISTED])
        more = f" And {len(builder.misfits) - _LISTED} more." if len(builder.misfits) > _LISTED else ""
        raise NeurodeployError("ND232", f"NIR cannot say all of this network. {lines}{more}")
    graph = builder.graph()
    graph.metadata = embed(bare, graph_from_nir(graph, []))
    return graph, (*_remarks(network, approximate), *_strict_reading(graph))


def _check_names(option: str, given: Collection[str], known: Mapping[str, str]) -> None:
    for name in given:
        if name not in known:
            raise NeurodeployError(
                "ND232", f"There is nothing to {option} named '{name}'.", f"Known: {', '.join(known)}."
            )


def _remarks(network: Network, approximate: Collection[str]) -> list[str]:
    """What other programs will not see."""
    remarks = [APPROXIMATIONS[name] for name in approximate]
    resets = {getattr(p.neuron, "reset", "value") for p in network.populations}
    if "subtraction" in resets:
        remarks.append("NIR does not record reset by subtraction: tell the importing framework")
    if any(getattr(p.neuron, "max_spikes_per_step", 1) > 1 for p in network.populations):
        remarks.append(
            "NIR does not record that neurons may spike several times per step: tell the importing framework"
        )
    if any(p.weights.quantized or p.weights.mask is not None for p in network.projections):
        remarks.append("codes, levels and masks are in the metadata; the nodes hold the decoded weights")
    if network.ancestors:
        remarks.append("earlier stages of the network are not written")
    for population in network.populations:
        start, rest = getattr(population.neuron, "v_init", 0.0), getattr(population.neuron, "v_rest", 0.0)
        if not (np.all(np.asarray(start) == 0) or np.all(np.asarray(start) == np.asarray(rest))):
            remarks.append(f"NIR does not record the initial potential of '{population.name}'")
    return remarks


def _strict_reading(graph: Any) -> list[str]:
    """A remark when ``nir.read`` refuses the graph unless told not to check shapes."""
    import copy

    import nir

    try:
        nir.NIRGraph(nodes=copy.deepcopy(graph.nodes), edges=list(graph.edges), metadata={}, type_check=True)
    except (ValueError, AssertionError, NotImplementedError, TypeError) as error:
        return [f"nir.read needs type_check=False for this graph: {error}"]
    return []
