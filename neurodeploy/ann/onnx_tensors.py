"""Arrays and attributes stored in an ONNX file; nothing outside the file is ever opened."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from neurodeploy.errors import NeurodeployError
from neurodeploy.network.arrays import Array

_EXPORT_AGAIN = "Export it again from its framework."


def check(onnx: Any, path: Path, content: bytes) -> None:
    """ONNX's own check of the whole file."""
    try:
        onnx.checker.check_model(content)
    except Exception as error:  # its own and protobuf's exceptions
        raise damaged(path, f"ONNX's check refuses it: {first_line(error)}") from None


def stored_tensors(onnx: Any, path: Path, tensors: Any) -> dict[str, Array]:
    """Arrays by name."""
    return {tensor.name: _array(onnx, path, tensor, f"the tensor '{tensor.name}'") for tensor in tensors}


def _array(onnx: Any, path: Path, tensor: Any, what: str) -> Array:
    """A stored tensor as an array; nothing outside the file is ever opened."""
    if tensor.data_location == onnx.TensorProto.EXTERNAL or len(tensor.external_data):
        raise damaged(
            path, f"{what} is kept in another file",
            "Save the model as one file: onnx.save_model(model, path, save_as_external_data=False).",
        )  # fmt: skip
    try:
        return np.asarray(onnx.numpy_helper.to_array(tensor))
    except Exception as error:  # wrong sizes, unknown types
        raise damaged(path, f"{what} cannot be read ({first_line(error)})") from None


def attributes_of(onnx: Any, where: str, proto: Any) -> dict[str, Any]:
    """Attributes of a node by name."""
    try:
        return {entry.name: onnx.helper.get_attribute_value(entry) for entry in proto.attribute}
    except Exception as error:
        raise damaged(where, f"an attribute of node '{proto.name}' cannot be read ({first_line(error)})") from None


def constant(onnx: Any, where: str, proto: Any) -> dict[str, Array]:
    """What a node ``Constant`` stores, by the name of its result."""
    attributes = attributes_of(onnx, where, proto)
    if not proto.output or len(attributes) != 1:
        raise damaged(where, f"the constant '{proto.name}' is malformed")
    ((kind, value),) = attributes.items()
    if kind == "value":
        return {proto.output[0]: _array(onnx, Path(where), value, f"the constant '{proto.output[0]}'")}
    if kind in ("value_int", "value_ints", "value_float", "value_floats"):
        return {proto.output[0]: np.asarray(value)}
    raise damaged(where, f"the constant '{proto.output[0]}' holds {kind}", "Numbers are needed.", "ND141")


def damaged(path: Path | str, why: str, hint: str = _EXPORT_AGAIN, code: str = "ND140") -> NeurodeployError:
    """The error that names the file and what is wrong with it."""
    return NeurodeployError(code, f"'{path}': {why}.", hint)


def first_line(error: BaseException) -> str:
    """What another package said, shortened."""
    lines = str(error).strip().splitlines()
    return (lines[0] if lines else type(error).__name__)[:200]
