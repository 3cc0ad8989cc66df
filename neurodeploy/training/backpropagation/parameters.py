"""What is trained, and how: sizes, activation, optimizer; checked."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from neurodeploy.errors import NeurodeployError
from neurodeploy.training.two_layer.parameters import MOST_NEURONS


def _option(default: Any, text: str) -> Any:
    return field(default=default, metadata={"help": text})


@dataclass(frozen=True)
class BackpropagationParameters:
    """One training of a dense network; oh2019 gives neither its sizes nor its optimizer, so the defaults are ours.

    ``clipped_relu`` is ``min(max(x, 0), 1)``: an IF neuron, too, can fire no more than once per step. Weights start at
    ``N(0, 2 / inputs)`` (He et al. 2015, equation 10; Adam: Kingma & Ba 2015, algorithm 1), biases at 0.
    """

    hidden: tuple[int, ...] = _option((300,), "Neurons of each hidden layer.")
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
        object.__setattr__(self, "hidden", tuple(self.hidden))
        fits = {
            "hidden": (all(1 <= size <= MOST_NEURONS for size in self.hidden), f"1 to {MOST_NEURONS:,} in each layer"),
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

    def sizes(self, inputs: int, classes: int) -> tuple[int, ...]:
        """Values of the input and of every layer."""
        return (inputs, *self.hidden, classes)

    def rate_at(self, image: int, total: int) -> float:
        """The learning rate of the mini-batch that begins after ``image`` images."""
        return self.learning_rate * (1 - image / total if self.decay == "linear" else 1.0)
