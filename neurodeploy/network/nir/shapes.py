"""Shapes of what flows through a NIR graph, without batch and time: from the Input nodes on, node by node.

Exporters leave shapes out, leave the batch axis in, write one value for a whole layer, or one per channel: whatever has
only one reading is accepted; the rest is named (NIR issues #70, #137, #176).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import prod
from typing import Any

import numpy as np

from neurodeploy.network.connectivity import Convolution1d, Convolution2d, Pooling2d
from neurodeploy.network.connectivity.windows import window_problem
from neurodeploy.network.nir.graph import Graph, Misfit, Node
from neurodeploy.network.nir.parameters import (
    PARAMETERS,
    Shape,
    Unfit,
    convolution_of,
    integer_tuple,
    matrix_of,
    number_array,
    pooling_of,
)


def _linear(node: Node, given: Shape | None) -> tuple[Shape, Shape]:
    out, into = matrix_of(node).shape
    if given is not None and prod(given) != into:
        raise Unfit(f"its weight takes {into} values, its input has the shape {given}", _batch_hint(given, into))
    return given or (into,), (out,)


def _spatial(node: Node, given: Shape | None) -> tuple[Shape, Shape]:
    kind: Convolution1d | Convolution2d | Pooling2d
    channels, made, axes = None, 0, 2
    if node.type.startswith("Conv"):
        kind = convolution_of(node)
        made, per_group = number_array(node, "weight").shape[:2]
        channels, axes = per_group * kind.groups, kind.axes_count
    else:
        kind = pooling_of(node)
    shape = given
    if shape is not None:
        while len(shape) > axes + 1 and shape[0] == 1:
            shape = shape[1:]
    if "input_shape" in node.values and channels is not None:
        own = (channels, *integer_tuple(node, "input_shape", axes))
        shape = own if shape is None or prod(shape) == prod(own) else shape
    if shape is None:
        raise _Later
    if len(shape) == axes and channels == 1:
        shape = (1, *shape)
    if len(shape) != axes + 1:
        raise Unfit(f"its input has the shape {shape}", f"(channels, {'height, width' if axes == 2 else 'length'})")
    if channels is not None and shape[0] != channels:
        raise Unfit(f"it takes {channels} channels, its input has the shape {shape}", "mend the weight or the groups")
    dilation = (1,) * len(kind.kernel) if isinstance(kind, Pooling2d) else kind.dilation
    if window := window_problem(kind.kernel, kind.stride, kind.padding, dilation):
        raise Unfit(window, "mend the window")
    target = kind.target_shape(shape) if isinstance(kind, Pooling2d) else kind.target_shape(shape, made)
    if min(target) < 1:
        raise Unfit(f"its output would have the shape {target}", "a smaller kernel, or more padding")
    if problem := kind.misfit(shape, target):
        raise Unfit(*problem)
    return shape, target


def _elementwise(node: Node, given: Shape | None) -> tuple[Shape, Shape]:
    """Populations, Scale and Delay: the parameters have the shape of the layer, or broadcast to it."""
    names = PARAMETERS.get(node.type, ("scale",) if node.type == "Scale" else ("delay",))
    shapes = {name: number_array(node, name).shape for name in names}
    try:
        own = np.broadcast_shapes(*shapes.values())
    except ValueError:
        listed = ", ".join(f"{name} {shape}" for name, shape in shapes.items() if shape)
        raise Unfit(f"its parameters' shapes differ: {listed}", "give one value each, or one per neuron") from None
    if given is None:
        if prod(own) == 1 and len(own) == 0:
            raise _Later
        return own, own
    if prod(own) in (1, prod(given)):
        return given, given
    try:
        fits = np.broadcast_shapes(own, given) == given
    except ValueError:
        fits = False
    if not fits:
        raise Unfit(f"its parameters have the shape {own}, its input {given}", _batch_hint(given, prod(own)))
    return given, given


def _flatten(node: Node, given: Shape | None) -> tuple[Shape, Shape]:
    if given is None and "input_type" in node.values:
        given = tuple(int(v) for v in number_array(node, "input_type").ravel())
    if given is None:
        raise _Later
    first = integer_tuple(node, "start_dim", 1, 1)[0]
    last = integer_tuple(node, "end_dim", 1, -1)[0]
    first, last = (index + len(given) if index < 0 else index for index in (first, last))
    if not 0 <= first < len(given) or last >= len(given) or last < first:
        return given, given  # nothing to join
    return given, (*given[:first], prod(given[first : last + 1]), *given[last + 1 :])


def _port(node: Node, given: Shape | None) -> tuple[Shape, Shape]:
    if given is None and "shape" in node.values:
        given = tuple(int(v) for v in number_array(node, "shape").ravel())
        if not given or min(given) < 1:
            raise Unfit(f"its shape is {given}", "give extents of 1 or more")
    if given is None:
        raise _Later
    return given, given


class _Later(Exception):  # noqa: N818
    """The shape is not known yet."""


_RULES: dict[str, Callable[[Node, Shape | None], tuple[Shape, Shape]]] = {
    "Linear": _linear, "Affine": _linear, "Flatten": _flatten, "Identity": _port, "Input": _port, "Output": _port,
    **dict.fromkeys(("Conv1d", "Conv2d", "SumPool2d", "AvgPool2d"), _spatial),
    **dict.fromkeys((*PARAMETERS, "Scale", "Delay"), _elementwise),
}  # fmt: skip
KNOWN_TYPES = frozenset(_RULES)


def infer_shapes(graph: Graph, misfits: list[Misfit]) -> dict[str, tuple[Shape, Shape]]:
    """Shape that goes into each node and shape that comes out; nodes without one are listed in ``misfits``."""
    found: dict[str, tuple[Shape, Shape]] = {}
    failed: set[str] = set()
    for name, node in graph.nodes.items():
        if node.type not in KNOWN_TYPES:
            misfits.append(Misfit(name, f"the primitive '{node.type}' is not known", "use one of NIR 1.0's"))
            failed.add(name)
    before = {name: graph.before(name) for name in graph.nodes}
    for alone in (False, True):  # first from what flows in, then from a node's own parameters
        changed = True
        while changed:
            changed = False
            for name, node in graph.nodes.items():
                if name in found or name in failed:
                    continue
                known = [found[source][1] for source in before[name] if source in found]
                starts = node.type == "Input" or not before[name]
                if not known and not (starts or alone):
                    continue
                changed |= _try(node, known, graph, found, failed, misfits)
                if alone and changed:
                    break
    for name in graph.nodes:
        if name not in found and name not in failed and not any(b in failed for b in before[name]):
            misfits.append(Misfit(name, "its shape cannot be found out", "give the Input node a shape"))
    _check_joins(graph, before, found, misfits)
    return found


def _try(
    node: Node, known: list[Shape], graph: Graph, found: dict[str, tuple[Shape, Shape]], failed: set[str],
    misfits: list[Misfit],
) -> bool:  # fmt: skip
    given = known[0] if known else None
    try:
        found[node.name] = _RULES[node.type](node, given)
    except _Later:
        wanted = _wanted(node, graph) if node.type == "Input" else None
        if wanted is None:
            return False
        found[node.name] = (wanted, wanted)
    except Unfit as unfit:
        misfits.append(Misfit(node.name, unfit.what, unfit.remedy))
        failed.add(node.name)
    except (ValueError, TypeError, OverflowError) as error:
        misfits.append(Misfit(node.name, str(error) or type(error).__name__, "mend its parameters"))
        failed.add(node.name)
    return True


def _wanted(node: Node, graph: Graph) -> Shape | None:
    """Shape of an Input without one: what a node behind it takes."""
    for name in graph.after(node.name):
        try:
            return _RULES[graph.nodes[name].type](graph.nodes[name], None)[0]
        except (_Later, Unfit, KeyError):
            continue
    return None


def _check_joins(
    graph: Graph, before: Mapping[str, list[str]], found: Mapping[str, tuple[Shape, Shape]], misfits: list[Misfit]
) -> None:
    """Everything that flows into a node has the same number of values."""
    named = {misfit.node for misfit in misfits}
    for name in graph.nodes:
        sizes: dict[str, Any] = {b: found[b][1] for b in before[name] if b in found}
        if name in found and name not in named:
            for source, shape in sizes.items():
                if prod(shape) != prod(found[name][0]):
                    misfits.append(
                        Misfit(
                            name, f"'{source}' sends the shape {shape}, it takes {found[name][0]}", "make them equal"
                        )
                    )


def _batch_hint(given: Shape, wanted: int) -> str:
    if len(given) > 1 and prod(given[1:]) == wanted:
        return "the batch axis was exported as part of the shape: export with a sample of batch size 1, or without one"
    return "make them equal"
