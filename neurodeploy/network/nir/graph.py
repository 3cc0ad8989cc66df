"""A NIR graph as plain data, nested graphs flattened: what the importer works on.

Not made of ``nir``'s classes: those refuse what exporters did write (parameters that are scalars, files without shapes or
``v_reset``, types they do not know), and with an assertion instead of a name.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import numpy as np

from neurodeploy.errors import NeurodeployError

TRANSPARENT = ("Flatten", "Identity")
"""Node types that change the shape alone: the order of values is C order before and after."""


class Misfit(NamedTuple):
    """A node that cannot come in: its name, what is wrong, what to do."""

    node: str
    what: str
    remedy: str


@dataclass(frozen=True)
class Node:
    """A primitive: its type under NIR's name, its parameters as numpy arrays, numbers or texts."""

    name: str
    type: str
    values: Mapping[str, Any]
    metadata: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Graph:
    """Primitives by name in alphabetical order, and edges ``(from, to)``, sorted, each once."""

    nodes: dict[str, Node]
    edges: tuple[tuple[str, str], ...]
    metadata: Mapping[str, Any] = field(default_factory=dict)
    version: str = ""

    def before(self, name: str) -> list[str]:
        """Nodes with an edge to ``name``."""
        return [a for a, b in self.edges if b == name]

    def after(self, name: str) -> list[str]:
        """Nodes with an edge from ``name``."""
        return [b for a, b in self.edges if a == name]


def graph_from_tree(tree: Mapping[str, Any], misfits: list[Misfit]) -> Graph:
    """Flatten what :func:`~neurodeploy.network.nir.reading.read_tree` read; what is wrong goes to ``misfits``."""
    root = tree.get("node")
    if not isinstance(root, Mapping) or "type" not in root:
        raise NeurodeployError(
            "ND120", "The file is HDF5, but holds no NIR graph: it has no 'node' with a type.", "Give a .nir file."
        )
    if root["type"] != "NIRGraph":
        kind = root["type"]
        root = {"type": "NIRGraph", "nodes": {"input": {"type": "Input"}, "node": root, "output": {"type": "Output"}},
                "edges": [["input", "node"], ["node", "output"]]}  # fmt: skip
        if not isinstance(kind, str):
            misfits.append(Misfit("node", "its type is no text", "mend the file"))
    nodes, edges = _flatten(root, "", misfits)
    kept = {a for edge in edges for a in edge}
    for name in sorted(kept - nodes.keys()):
        misfits.append(Misfit(name, "edges name it, but there is no such node", "mend the edges"))
    known = tuple(sorted({(a, b) for a, b in edges if a in nodes and b in nodes}))
    version = tree.get("version", "")
    metadata = root.get("metadata", {})
    return Graph(
        dict(sorted(nodes.items())), known, metadata if isinstance(metadata, Mapping) else {},
        version if isinstance(version, str) else "",
    )  # fmt: skip


def graph_from_nir(graph: Any, misfits: list[Misfit]) -> Graph:
    """The same from a ``nir.NIRGraph`` in memory."""
    return graph_from_tree({"node": _plain(graph.to_dict())}, misfits)


def _plain(value: Any) -> Any:
    """Tensors as arrays (by numpy's protocol), dictionaries with text keys."""
    if isinstance(value, Mapping):
        return {str(key): _plain(entry) for key, entry in value.items() if entry is not None}
    if isinstance(value, str | bool | int | float) or value is None:
        return value
    if isinstance(value, bytes):
        return value.decode()
    if isinstance(value, list | tuple) and any(isinstance(entry, str | list | tuple) for entry in value):
        return [_plain(entry) for entry in value]
    detach = getattr(value, "detach", None)
    return np.asarray(value if detach is None else detach())


def _flatten(
    root: Mapping[str, Any], prefix: str, misfits: list[Misfit]
) -> tuple[dict[str, Node], list[tuple[str, str]]]:
    """Primitives and edges of a graph; those of a nested graph get its name and a dot in front."""
    nodes: dict[str, Node] = {}
    entries: dict[str, list[str]] = {}
    exits: dict[str, list[str]] = {}
    edges: list[tuple[str, str]] = []
    members = root.get("nodes", {})
    for key, content in members.items() if isinstance(members, Mapping) else ():
        name = prefix + key.replace("/", "_")
        if not isinstance(content, Mapping) or not isinstance(content.get("type"), str):
            misfits.append(Misfit(name, "it has no type", "mend the file"))
            continue
        if content["type"] == "NIRGraph":
            inner, inner_edges = _flatten(content, f"{name}.", misfits)
            for end, kind in ((entries, "Input"), (exits, "Output")):
                end[name] = [n for n, node in inner.items() if node.type == kind and "." not in n[len(name) + 1 :]]
            ports = {*entries[name], *exits[name]}
            nodes.update({n: replace(node, type="Identity") if n in ports else node for n, node in inner.items()})
            edges += inner_edges
        else:
            metadata = content.get("metadata", {})
            values = {k: v for k, v in content.items() if k not in ("type", "metadata")}
            nodes[name] = Node(name, content["type"], values, metadata if isinstance(metadata, Mapping) else {})
    for edge in _pairs(root.get("edges", ()), prefix, misfits):
        a, b = (prefix + end.replace("/", "_") for end in edge)
        edges += [(x, y) for x in _port(a, exits, nodes, misfits) for y in _port(b, entries, nodes, misfits)]
    return nodes, edges


def _port(name: str, ports: Mapping[str, list[str]], nodes: Mapping[str, Node], misfits: list[Misfit]) -> list[str]:
    """The node an edge ends on: for a nested graph its one Input or Output."""
    if name not in ports or name in nodes:
        return [name]
    if len(ports[name]) != 1:
        problem = Misfit(
            name, f"an edge ends on a nested graph with {len(ports[name])} inputs or outputs", "name the inner node"
        )
        if problem not in misfits:
            misfits.append(problem)
        return []
    return ports[name]


def _pairs(stored: Any, prefix: str, misfits: list[Misfit]) -> list[tuple[str, str]]:
    pairs = []
    for edge in stored if isinstance(stored, list | tuple) else ():
        if isinstance(edge, list | tuple) and len(edge) == 2 and all(isinstance(end, str) for end in edge):
            pairs.append((edge[0], edge[1]))
        else:
            misfits.append(Misfit(prefix or "graph", "an edge is not a pair of names", "mend the file"))
    return pairs
