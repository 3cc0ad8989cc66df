"""Which population each layer becomes: neurons behind a ReLU, relays between linear layers, and the output."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from neurodeploy.ann.layers import Ann, AveragePool, Convolution, Dense, Flatten, Layer, MaxPool, ReLU, Shape
from neurodeploy.errors import NeurodeployError

Linear: TypeAlias = Dense | Convolution | AveragePool | MaxPool
Role: TypeAlias = Literal["spiking", "relay", "output"]


@dataclass(frozen=True, eq=False)
class Stage:
    """A layer, the shape it makes, its population's role and the index of the layer whose activation it stands for."""

    name: str
    layer: Linear
    shape: Shape
    role: Role
    behind: int


def stages(ann: Ann) -> list[Stage]:
    """The populations of a folded network, in order; the last one is the output.

    Raises:
        NeurodeployError: ND242 when there is no weighted layer.
    """
    shapes = ann.shapes()
    linear = [index for index, layer in enumerate(ann.layers) if not isinstance(layer, ReLU | Flatten)]
    if not any(isinstance(ann.layers[index], Dense | Convolution) for index in linear):
        raise NeurodeployError(
            "ND242", f"'{ann.origin}' has no dense or convolution layer.", "There is nothing to convert."
        )
    result = []
    for count, index in enumerate(linear, start=1):
        layer = ann.layers[index]
        rectified = index + 1 < len(ann.layers) and isinstance(ann.layers[index + 1], ReLU)
        last = index == linear[-1]
        role: Role = "output" if last else "spiking" if rectified else "relay"
        name = "output" if last else f"{_WORDS[type(layer)]}_{count}"
        assert not isinstance(layer, ReLU | Flatten) and isinstance(layer, Dense | Convolution | AveragePool | MaxPool)
        result.append(Stage(name, layer, shapes[index + 1], role, index + 1 if role == "spiking" else index))
    return result


_WORDS: dict[type[Layer], str] = {
    Dense: "dense",
    Convolution: "convolution",
    AveragePool: "average_pool",
    MaxPool: "max_pool",
}


def kind_of(stage: Stage) -> str:
    """What the layer of a stage is, in words."""
    return _WORDS[type(stage.layer)].replace("_", " ")


def without_max_pooling(ann: Ann, choice: str) -> Ann:
    """The network with its max pooling treated as ``choice`` says; the notes tell what that means.

    Raises:
        NeurodeployError: ND241 when there is max pooling and the choice is to refuse it, or spikes cannot say it.
    """
    found = [layer.name for layer in ann.layers if isinstance(layer, MaxPool)]
    if not found:
        return ann
    names = ", ".join(f"'{name}'" for name in found)
    if choice == "refuse":
        raise NeurodeployError(
            "ND241",
            f"'{ann.origin}' has max pooling ({names}): the maximum of rates is not known while spikes arrive.",
            "Choose what to do: max_pooling=average replaces it (retrain for the best result); max_pooling=spike_max "
            "passes any spike of the window, whose rate is at least the maximum.",
        )
    if choice == "average":
        note = f"max pooling ({names}) replaced by average pooling: the converted function is another one"
        return replace(ann, layers=tuple(map(_averaged, ann.layers)), notes=(*ann.notes, note))
    for layer in _graded_max_pooling(ann):
        raise NeurodeployError(
            "ND241",
            f"'{ann.origin}': the max pooling '{layer.name}' gets graded values, not spikes.",
            "Put a ReLU before it, or choose max_pooling=average.",
        )
    note = (
        f"max pooling ({names}) passes a spike whenever any neuron of the window spikes: an approximation whose rate is "
        "at least the maximum of the window's rates"
    )
    return replace(ann, notes=(*ann.notes, note))


def _averaged(layer: Layer) -> Layer:
    if isinstance(layer, MaxPool):
        return AveragePool(layer.name, layer.kernel, layer.stride, layer.padding)
    return layer


def _graded_max_pooling(ann: Ann) -> Iterator[Layer]:
    """Max pooling that does not stand directly behind a ReLU."""
    for before, layer in zip((None, *ann.layers), ann.layers, strict=False):
        if isinstance(layer, MaxPool) and not isinstance(before, ReLU):
            yield layer
