"""What is trained, and how: convolutions, sizes, activation, optimizer; checked."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from math import prod
from typing import Any, Literal

from neurodeploy.errors import NeurodeployError
from neurodeploy.training.backpropagation.convolutions import ConvolutionShape
from neurodeploy.training.backpropagation.layers import MatrixShape
from neurodeploy.training.two_layer.parameters import MOST_NEURONS

LARGEST_KERNEL = 63
LISTS = ("hidden", "channels", "kernels", "pools")
"""Fields of several numbers."""


def _option(default: Any, text: str) -> Any:
    return field(default=default, metadata={"help": text})


@dataclass(frozen=True)
class BackpropagationParameters:
    """One training of a feed-forward network: convolutions if there are ``channels``, then dense layers.

    Each convolution has stride 1, an odd kernel and an average pooling behind its units. oh2019 gives neither its sizes nor
    its optimizer, so the defaults are ours.

    ``clipped_relu`` is ``min(max(x, 0), 1)``: an IF neuron, too, can fire no more than once per step. Weights start at
    ``N(0, 2 / inputs)`` (He et al. 2015, equation 10; Adam: Kingma & Ba 2015, algorithm 1), biases at 0.
    """

    hidden: tuple[int, ...] = _option((300,), "Neurons of each hidden layer.")
    channels: tuple[int, ...] = _option((), "Output channels of each convolution, before the hidden layers.")
    kernels: tuple[int, ...] = _option((5,), "Extent of the kernels, odd: one for all convolutions, or one for each.")
    pools: tuple[int, ...] = _option((2,), "Extent of the average pooling behind convolutions, 1: none; as kernels.")
    padding: Literal["none", "same"] = _option("none", "Whether zeros around images keep their size in a convolution.")
    epochs: int = _option(10, "Passes over the training images.")
    batch_images: int = _option(100, "Images of a mini-batch.")
    activation: Literal["relu", "clipped_relu"] = _option("relu", "Of the hidden neurons.")
    output: Literal["linear", "relu"] = _option(
        "linear", "What the loss sees of the output neurons; relu: what spikes tell of them."
    )
    biases: bool = _option(False, "Whether neurons have biases (constant currents once they spike).")
    optimizer: Literal["adam", "sgd"] = _option("adam", "Adam, or stochastic gradient descent with momentum.")
    learning_rate: float = _option(0.001, "Of the first mini-batch.")
    decay: Literal["linear", "none"] = _option("linear", "Whether the learning rate falls to 0 at the last mini-batch.")
    momentum: float = _option(0.9, "Of sgd, and of adam's first moment.")
    seed: int = _option(0, "Of initial weights and the order of the images.")

    def __post_init__(self) -> None:
        for name in LISTS:
            object.__setattr__(self, name, tuple(getattr(self, name)))
        lengths = {1, len(self.channels)} - {0}
        fits = {
            "hidden": (all(1 <= size <= MOST_NEURONS for size in self.hidden), f"1 to {MOST_NEURONS:,} in each layer"),
            "channels": (all(1 <= count <= MOST_NEURONS for count in self.channels), f"1 to {MOST_NEURONS:,} for each"),
            "kernels": (
                len(self.kernels) in lengths and all(k % 2 and 1 <= k <= LARGEST_KERNEL for k in self.kernels),
                f"odd numbers up to {LARGEST_KERNEL}, one for all convolutions or one for each",
            ),
            "pools": (
                len(self.pools) in lengths and all(1 <= pool <= LARGEST_KERNEL for pool in self.pools),
                f"1 to {LARGEST_KERNEL}, one for all convolutions or one for each",
            ),
            "padding": (self.padding in ("none", "same"), "none or same"),
            "epochs": (self.epochs >= 1, "1 or more"),
            "batch_images": (self.batch_images >= 1, "1 or more"),
            "activation": (self.activation in ("relu", "clipped_relu"), "relu or clipped_relu"),
            "output": (self.output in ("linear", "relu"), "linear or relu"),
            "optimizer": (self.optimizer in ("adam", "sgd"), "adam or sgd"),
            "learning_rate": (0 < self.learning_rate < float("inf"), "more than 0"),
            "decay": (self.decay in ("linear", "none"), "linear or none"),
            "momentum": (0 <= self.momentum < 1, "0 to below 1"),
            "seed": (0 <= self.seed < 2**63, "0 or more, below 2^63"),
        }
        for name, (right, allowed) in fits.items():
            if not right:
                raise NeurodeployError(
                    "ND306", f"Back-propagation: {name} is {getattr(self, name)}.", f"Use {allowed}."
                )

    def convolutions(self, image_shape: tuple[int, int]) -> tuple[ConvolutionShape, ...]:
        """The convolutions on images of that many rows and columns, one channel.

        Raises:
            NeurodeployError: ND306 when a kernel is larger than its images, or a pooling does not divide them.
        """
        shapes, channels, (rows, columns) = [], 1, image_shape
        kernels, pools = (
            values * len(self.channels) if len(values) == 1 else values for values in (self.kernels, self.pools)
        )
        for place, (outputs, kernel, pool) in enumerate(zip(self.channels, kernels, pools, strict=True), start=1):
            padding = kernel // 2 if self.padding == "same" else 0
            shape = ConvolutionShape(rows, columns, channels, kernel, padding, outputs, pool)
            if min(shape.places) < 1:
                raise NeurodeployError(
                    "ND306", f"Convolution {place}: its kernel of {kernel}x{kernel} is larger than its images, {rows}x{columns}.",
                    "Use smaller kernels, fewer convolutions or padding = 'same'.",
                )  # fmt: skip
            if any(extent % pool for extent in shape.places):
                raise NeurodeployError(
                    "ND306", f"Convolution {place} gives {shape.places[0]}x{shape.places[1]} values, its pooling takes {pool}x{pool}.",
                    "Use a pooling that divides both, or 1 for none; another kernel or padding changes the size.",
                )  # fmt: skip
            shapes.append(shape)
            channels, (rows, columns) = outputs, shape.pooled
        return tuple(shapes)

    def matrices(self, image_shape: tuple[int, int], classes: int) -> tuple[MatrixShape, ...]:
        """Shapes of every layer's weights, convolutions first."""
        shapes = self.convolutions(image_shape)
        last = shapes[-1].outputs * prod(shapes[-1].pooled) if shapes else prod(image_shape)
        return (*((s.window, s.outputs) for s in shapes), *pairwise((last, *self.hidden, classes)))

    def rate_at(self, image: int, total: int) -> float:
        """The learning rate of the mini-batch that begins after ``image`` images."""
        return self.learning_rate * (1 - image / total if self.decay == "linear" else 1.0)
