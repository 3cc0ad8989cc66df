"""A whole network in the metadata of a NIR graph, so that what NIR cannot say comes back: masks, codes and levels, step
semantics, delays, encoder, read-out, provenance.

One JSON text holds the dataclasses; arrays stand beside it, except those that equal a parameter of a node (the weights,
as a rule): these are references to it. A fingerprint of every node tells whether another program changed the graph since.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from typing import Any

import numpy as np

from neurodeploy.network.connectivity import CONNECTIVITIES
from neurodeploy.network.field_types import check_field_types
from neurodeploy.network.network import Encoder, Network, Population, Projection, Readout, plain
from neurodeploy.network.neurons import NEURON_MODELS, StepSemantics
from neurodeploy.network.nir.graph import Graph, Node
from neurodeploy.network.weights import Weights

SCHEMA = 1
KEYS = ("neurodeploy_schema", "neurodeploy_network", "neurodeploy_nodes", "neurodeploy_arrays")
_KINDS: dict[str, Any] = {
    **NEURON_MODELS, **CONNECTIVITIES,
    **{kind.__name__: kind for kind in (StepSemantics, Population, Projection, Weights, Encoder, Readout, Network)},
}  # fmt: skip


@dataclass(frozen=True)
class Embedded:
    """A network found in metadata, and the nodes that are no longer what it was exported as."""

    network: Network
    changed: tuple[str, ...]


def embed(network: Network, graph: Graph) -> dict[str, Any]:
    """Metadata entries that hold a network (without ancestors) beside the graph it was exported as."""
    packer = _Packer(graph)
    text = json.dumps(packer.pack(network), sort_keys=True)
    entries = {
        "framework": "neurodeploy", "neurodeploy_schema": SCHEMA, "neurodeploy_network": text,
        "neurodeploy_nodes": json.dumps(fingerprints(graph), sort_keys=True),
    }  # fmt: skip
    return entries | ({"neurodeploy_arrays": packer.arrays} if packer.arrays else {})


def embedded(graph: Graph) -> Embedded | None:
    """The network a graph carries, None when it carries none that this version can read."""
    metadata = graph.metadata
    try:
        if int(metadata.get("neurodeploy_schema", 0)) != SCHEMA:
            return None
        found = fingerprints(graph)
        stored = json.loads(metadata["neurodeploy_network"])
        before = json.loads(metadata["neurodeploy_nodes"])
        network = _unpack(stored, graph, metadata.get("neurodeploy_arrays", {}))
        if not isinstance(network, Network):
            return None
        network.digest()  # fails where a value of the wrong type stands
        changed = sorted(name for name in {*found, *before} if found.get(name) != before.get(name))
    except Exception:  # whatever stands there, it is not what embed wrote: the graph itself still counts
        return None
    return Embedded(network, tuple(changed))


def fingerprints(graph: Graph) -> dict[str, str]:
    """SHA-256 of every node's type and parameters, and of the edges (under the empty name)."""
    result = {name: _fingerprint(node) for name, node in graph.nodes.items()}
    return {**result, "": hashlib.sha256(json.dumps(sorted(graph.edges)).encode()).hexdigest()}


def _fingerprint(node: Node) -> str:
    digest = hashlib.sha256(node.type.encode())
    for name in sorted(node.values):
        value = node.values[name]
        digest.update(f"\0{name}=".encode())
        if isinstance(value, str):
            digest.update(value.encode())
            continue
        array = np.asarray(value)
        array = array.astype("<f8" if array.dtype.kind == "f" else "<i8")
        digest.update(f"{array.shape}".encode() + np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()


class _Packer:
    """Dataclasses as JSON; arrays collected, or replaced by the name of a node's parameter that equals them."""

    def __init__(self, graph: Graph) -> None:
        self.arrays: dict[str, Any] = {}
        self._known: dict[bytes, list[Any]] = {}
        for name, node in graph.nodes.items():
            for key, value in node.values.items():
                if isinstance(value, np.ndarray) and value.ndim:
                    self._known.setdefault(_content(value), [name, key, False])
                    if value.ndim == 2:
                        self._known.setdefault(_content(value.T), [name, key, True])

    def pack(self, value: Any) -> Any:
        """A value as JSON."""
        if is_dataclass(value) and not isinstance(value, type):
            entries = {f.name: self.pack(getattr(value, f.name)) for f in fields(value) if f.name != "ancestors"}
            return {"kind": getattr(value, "kind", type(value).__name__), "fields": entries}
        if isinstance(value, np.ndarray) and value.ndim:
            return self._array(value)
        if isinstance(value, tuple) and any(is_dataclass(item) for item in value):
            return {"items": [self.pack(item) for item in value]}
        return {"value": plain(value)}

    def _array(self, array: Any) -> dict[str, Any]:
        if not array.size:
            return {"empty": [array.dtype.str, list(array.shape)]}
        reference = self._known.get(_content(array))
        if reference is not None:
            return {"node": reference}
        name = str(len(self.arrays))
        self.arrays[name] = np.ascontiguousarray(array)
        return {"array": name}


def _content(array: Any) -> bytes:
    return hashlib.sha256(f"{array.dtype.str}{array.shape}".encode() + np.ascontiguousarray(array).tobytes()).digest()


def _unpack(stored: Mapping[str, Any], graph: Graph, arrays: Mapping[str, Any]) -> Any:
    if "value" in stored:
        value = stored["value"]
        return tuple(value) if isinstance(value, list) else value
    if "items" in stored:
        return tuple(_unpack(item, graph, arrays) for item in stored["items"])
    if "empty" in stored:
        dtype, shape = stored["empty"]
        return np.zeros(shape, np.dtype(dtype)) if 0 in shape else None
    if "array" in stored:
        return arrays[stored["array"]]
    if "node" in stored:
        name, key, transposed = stored["node"]
        array = np.asarray(graph.nodes[name].values[key])
        return array.T if transposed else array
    kind = _KINDS[stored["kind"]]
    names = {entry.name for entry in fields(kind)}
    made = kind(**{k: _unpack(v, graph, arrays) for k, v in stored["fields"].items() if k in names})
    check_field_types(made, str(stored["kind"]))
    return made
