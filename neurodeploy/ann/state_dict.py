"""Reading a torch ``state_dict`` from a safetensors file (extra ``ann``), in the order an architecture gives.

Tensors belong to modules (``features.0.weight`` to ``features.0``). Each ``conv``, ``dense`` and ``batch_norm`` of the
architecture takes the next module of its kind, in the order of their names, numbers counted as numbers; a file whose
names sort otherwise says so with ``from``, or with ``order`` (names between blanks) in the file's metadata. The metadata
may also hold the ``architecture`` itself. https://huggingface.co/docs/safetensors
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np

from neurodeploy.ann.architecture import Architecture, Entry, load_architecture, parse_architecture
from neurodeploy.ann.extra import needs
from neurodeploy.ann.layers import (
    Ann,
    AveragePool,
    BatchNormalization,
    Convolution,
    Dense,
    Flatten,
    Layer,
    MaxPool,
    ReLU,
    located,
)
from neurodeploy.errors import NeurodeployError
from neurodeploy.files import explain_os_error
from neurodeploy.network.arrays import Array

_DTYPES = {
    "F64": "<f8", "F32": "<f4", "F16": "<f2", "BF16": "<u2", "I64": "<i8", "I32": "<i4", "I16": "<i2", "I8": "<i1",
    "U8": "<u1", "BOOL": "<u1",
}  # fmt: skip
_PARTS = ("weight", "bias", "running_mean", "running_var", "num_batches_tracked")
_RANKS = {2: "dense", 4: "conv"}

Module = dict[str, Array]


def load_state_dict(path: str | Path, architecture: str | Path | Architecture | None = None) -> Ann:
    """Read a network whose layers ``architecture`` lists (text, .toml file; None: in the file's metadata).

    Raises:
        NeurodeployError: ND601 without the extra, ND101–ND103 when the file cannot be read, ND140 when it is damaged or
            not safetensors, ND142 when tensors and architecture do not fit, ND143 when the architecture is malformed.
    """
    path = Path(path)
    tensors, metadata = read_safetensors(path)
    if architecture is None:
        if "architecture" not in metadata:
            raise NeurodeployError(
                "ND143",
                f"'{path}' does not say how its tensors follow each other.",
                "Give --architecture, such as 'input 1x28x28; conv 5; relu; flatten; dense'.",
            )
        architecture = parse_architecture(metadata["architecture"], f"architecture in '{path}'")
    plan = architecture if isinstance(architecture, Architecture) else load_architecture(architecture)
    modules = _modules(path, tensors)
    waiting = _ordered(path, modules, metadata.get("order", ""))
    ann = Ann((), plan.input_shape, str(path))
    for index, entry in enumerate(plan.entries):
        try:
            found = _layers(path, plan, index, modules, waiting, ann.shapes()[-1])
        except NeurodeployError as error:
            raise located(error, str(path)) from None
        ann = replace(ann, layers=(*ann.layers, *found))
        if entry.kind == "softmax":
            ann = replace(ann, notes=(*ann.notes, "softmax at the end left out: the largest output stays the largest"))
    ann.shapes()
    if waiting:
        name = waiting[0]
        raise _misfit(
            path, name, modules[name], f"no layer of the architecture takes it ({len(waiting)} such modules)",
            f"Add its layer; the architecture has {len(plan.entries)} layers.",
        )  # fmt: skip
    return ann


def read_safetensors(path: Path) -> tuple[dict[str, Array], dict[str, str]]:
    """Tensors by name (16-bit floats as float32) and metadata of a safetensors file.

    Raises:
        NeurodeployError: as :func:`load_state_dict`.
    """
    library = needs("safetensors")
    try:
        content = path.read_bytes()
    except OSError as error:
        raise explain_os_error(error, path, "read") from None
    try:
        stored = library.deserialize(content)
        with library.safe_open(str(path), framework="np") as file:
            metadata = dict(file.metadata() or {})
    except Exception as error:  # SafetensorError, and what its library raises on broken text
        raise NeurodeployError(
            "ND140", f"'{path}' is not a safetensors file, or damaged: {str(error)[:200]}.", "Save it again."
        ) from None
    return {name: _array(path, name, entry) for name, entry in stored}, metadata


def _array(path: Path, name: str, entry: Mapping[str, object]) -> Array:
    kind, data = str(entry["dtype"]), entry["data"]
    shape = tuple(entry["shape"])  # type: ignore[arg-type, var-annotated]
    if kind not in _DTYPES:
        raise NeurodeployError(
            "ND142", f"'{path}': tensor '{name}' {shape} is of the type {kind}.", f"Use one of: {', '.join(_DTYPES)}."
        )
    values = np.frombuffer(data, _DTYPES[kind]).reshape(shape)  # type: ignore[call-overload]
    if kind == "BF16":  # the upper half of a float32
        return np.asarray((values.astype(np.uint32) << np.uint32(16)).view(np.float32))
    return np.asarray(values.astype(np.float32) if kind == "F16" else values)


def _modules(path: Path, tensors: Mapping[str, Array]) -> dict[str, Module]:
    modules: dict[str, Module] = {}
    for name, values in tensors.items():
        module, _, part = name.rpartition(".")
        if part not in _PARTS:
            raise NeurodeployError(
                "ND142", f"'{path}': the tensor '{name}' {values.shape} is of no layer that can be converted.",
                f"Tensors are named MODULE.PART with one of: {', '.join(_PARTS)}.",
            )  # fmt: skip
        modules.setdefault(module, {})[part] = values
    for name, parts in modules.items():
        if not _kind(parts):
            raise _misfit(
                path, name, parts, "it is of no layer that can be converted", "Dense (2-D), conv (4-D) or batch norm."
            )
    return modules


def _kind(module: Module) -> str:
    """Which layer a module's tensors are of; empty when of none."""
    if "running_mean" in module and "running_var" in module:
        return "batch_norm"
    return _RANKS.get(module["weight"].ndim, "") if "weight" in module and "running_mean" not in module else ""


def _ordered(path: Path, modules: Mapping[str, Module], order: str) -> list[str]:
    """Module names in the order they are consumed."""
    if order.strip():
        names = order.split()
        if sorted(names) != sorted(modules):
            raise NeurodeployError(
                "ND142", f"'{path}': its metadata 'order' names {len(names)} modules, the tensors belong to {sorted(modules)}.",
                "Name each module once.",
            )  # fmt: skip
        return names
    return sorted(modules, key=_natural)


def _natural(name: str) -> list[tuple[int, int | str]]:
    """Sort key under which layer 10 comes behind layer 9."""
    return [(0, int(part)) if part.isdecimal() else (1, part) for part in re.split(r"(\d+)", name) if part]


def _layers(
    path: Path,
    plan: Architecture,
    index: int,
    modules: Mapping[str, Module],
    waiting: list[str],
    shape: tuple[int, ...],
) -> list[Layer]:
    """The layer of an entry, its tensors taken out of ``waiting``; nothing for those left out."""
    entry = plan.entries[index]
    name = f"{entry.kind}_{index + 1}"
    if entry.kind in ("conv", "dense", "batch_norm"):
        return [_weighted(path, plan, entry, modules, waiting)]
    if entry.kind in ("average_pool", "max_pool"):
        kernel = (entry.extents[0], entry.extents[-1])
        stride = entry.pair("stride", 0) if "stride" in entry.options else kernel
        padding = _both_sides(entry.pair("padding", 0))
        average = entry.kind == "average_pool"
        return [AveragePool(name, kernel, stride, padding) if average else MaxPool(name, kernel, stride, padding)]
    if entry.kind == "global_average_pool":
        if len(shape) != 3:
            raise NeurodeployError("ND142", f"'{path}': '{entry.text}' gets {shape}.", "It needs images.")
        return [AveragePool(name, (shape[1], shape[2]), (shape[1], shape[2]))]
    if entry.kind == "softmax" and index + 1 < len(plan.entries):
        raise NeurodeployError(
            "ND143", f"{plan.where}: softmax is not the last layer.", "It is possible at the end only."
        )
    if entry.kind == "relu":
        return [ReLU(name)]
    return [Flatten(name)] if entry.kind == "flatten" else []


def _weighted(path: Path, plan: Architecture, entry: Entry, modules: Mapping[str, Module], waiting: list[str]) -> Layer:
    claimed = {other.source for other in plan.entries}
    free = (name for name in waiting if name not in claimed and _kind(modules[name]) == entry.kind)
    name = entry.source or next(free, None)
    if name is None or name not in waiting or _kind(modules[name]) != entry.kind:
        left = ", ".join(f"'{left}' {_shape(modules[left])}" for left in waiting) or "none"
        wanted = f"'{name}'" if name else f"a module of the kind '{entry.kind}'"
        raise NeurodeployError(
            "ND142",
            f"{plan.where}, at '{entry.text}': '{path}' has not (or no more) {wanted} for it.",
            f"Left: {left}.",
        )
    waiting.remove(name)
    module = modules[name]
    if entry.kind == "batch_norm":
        mean, variance = module["running_mean"], module["running_var"]
        gamma, beta = module.get("weight", np.ones_like(mean)), module.get("bias", np.zeros_like(mean))
        if {values.shape for values in (mean, variance, gamma, beta)} != {(mean.size,)}:
            raise _misfit(path, name, module, "its statistics have different shapes")
        return BatchNormalization.from_statistics(name, gamma, beta, mean, variance, entry.epsilon)
    weights = module["weight"]
    bias = module.get("bias", np.zeros(len(weights)))
    if bias.shape != (len(weights),):
        raise _misfit(path, name, module, f"its bias has shape {bias.shape}")
    if entry.kind == "dense":
        if entry.extents and entry.extents[0] != len(weights):
            raise _misfit(path, name, module, f"'{entry.text}' says {entry.extents[0]} outputs")
        return Dense(name, weights, bias)
    return _convolution(path, entry, name, module, bias)


def _convolution(path: Path, entry: Entry, name: str, module: Module, bias: Array) -> Convolution:
    weights = module["weight"]
    kernel = (entry.extents[0], entry.extents[-1]) if entry.extents else weights.shape[2:]
    if kernel != weights.shape[2:]:
        raise _misfit(path, name, module, f"'{entry.text}' says a kernel of {kernel}")
    groups = entry.options.get("groups", (1,))[0]
    padding = _both_sides(entry.pair("padding", 0))
    return Convolution(name, weights, bias, entry.pair("stride", 1), padding, entry.pair("dilation", 1), groups)


def _both_sides(pads: tuple[int, int]) -> tuple[tuple[int, int], tuple[int, int]]:
    return (pads[0], pads[0]), (pads[1], pads[1])


def _shape(module: Module) -> tuple[int, ...]:
    return module["weight" if "weight" in module else next(iter(module))].shape


def _misfit(path: Path, name: str, module: Module, what: str, hint: str = "") -> NeurodeployError:
    part = "weight" if "weight" in module else next(iter(module))
    tensor = f"{name}.{part}" if name else part
    return NeurodeployError("ND142", f"'{path}': tensor '{tensor}' {module[part].shape}: {what}.", hint)
