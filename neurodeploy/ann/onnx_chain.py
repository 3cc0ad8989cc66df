"""What operators of an ONNX file are read from and into: a node with its stored arrays, the chain of layers so far."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from neurodeploy.ann.layers import Ann, Layer, Pair, Shape
from neurodeploy.errors import NeurodeployError
from neurodeploy.network.arrays import Array


@dataclass
class OnnxNode:
    """One operator: ``inputs`` are its stored arrays by position (None: the computed value, or absent)."""

    where: str
    name: str
    op: str
    attributes: dict[str, Any]
    inputs: list[Array | None]
    data_position: int
    shape: Shape

    def refuse(self, what: str, hint: str = "") -> NeurodeployError:
        """The error that names file, node and operator."""
        return NeurodeployError("ND141", f"'{self.where}': node '{self.name}' ({self.op}): {what}.", hint)

    def stored(self, position: int, what: str) -> Array:
        """A stored input that must be there."""
        values = self.inputs[position] if position < len(self.inputs) else None
        if values is None:
            raise self.refuse(f"its {what} are not stored in the file", "Export it with constants folded.")
        return values

    def optional(self, position: int) -> Array | None:
        """A stored input that may be absent."""
        return self.inputs[position] if position < len(self.inputs) else None

    def integers(self, attribute: str, default: Sequence[int]) -> tuple[int, ...]:
        """A list of integers among the attributes."""
        values = self.attributes.get(attribute, default)
        if not isinstance(values, list | tuple) or len(values) != len(default):
            raise self.refuse(f"its {attribute} are {values}", f"{len(default)} numbers are needed: images only.")
        return tuple(int(value) for value in values)


@dataclass
class Chain:
    """State while walking along the chain."""

    where: str
    constants: dict[str, Array]
    input_shape: Shape
    shape: Shape
    layers: list[Layer] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    ended: str = ""

    def add(self, layer: Layer) -> None:
        """Append a layer and follow the shape."""
        self.shape = Ann((layer,), self.shape, self.where).shapes()[-1]
        self.layers.append(layer)


def numbers(node: OnnxNode, stored: Array, dimensions: int | None = None) -> Array:
    """A stored tensor of floats in float64."""
    if stored.dtype.kind not in "fiu" or (dimensions is not None and stored.ndim != dimensions):
        raise node.refuse(f"a tensor of it is {stored.dtype} {stored.shape}", "Numbers of the right rank are needed.")
    return stored.astype(np.float64)


def vector(node: OnnxNode, values: Array, length: int) -> Array:
    """One number per output; one for all is repeated."""
    last = values.shape[-1] if values.ndim else 1
    if last not in (1, length) or values.size != last:
        raise node.refuse(f"its bias has shape {values.shape}", f"({length},) is needed.")
    return np.broadcast_to(values.reshape(-1), (length,))


def pair(values: Sequence[int]) -> Pair:
    """Two integers, along rows and columns."""
    return int(values[0]), int(values[1])
