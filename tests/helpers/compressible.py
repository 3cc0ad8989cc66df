"""A network of every kind of layer, for compression: convolutions, pooling, a relay, hidden and output neurons."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from neurodeploy.network import (
    LIF,
    Convolution2d,
    Dense,
    Encoder,
    LateralInhibition,
    Network,
    Pooling2d,
    Population,
    Projection,
    Readout,
    Relay,
    Sparse,
    SpikeSource,
    StepSemantics,
    Weights,
    validate,
)

FORWARD = StepSemantics(synaptic_gain="jump", zero_delay=True)


def lif(bias: np.ndarray | float = 0.0, **parameters: object) -> LIF:
    """A neuron at 0 with threshold 1 and unit gain."""
    plain = LIF(
        tau_m=10.0, cm=1.0, v_rest=0.0, v_reset=0.0, v_init=0.0, v_thresh=1.0, synapse="delta", i_offset=bias,
        semantics=FORWARD,
    )  # fmt: skip
    return replace(plain, **parameters)  # type: ignore[arg-type]


def neuron(network: Network, population: str) -> Any:
    """A population's neuron, its parameters for comparison."""
    return network.population(population).neuron


def projection(network: Network, name: str) -> Any:
    """A projection, its parts for comparison."""
    return network.projection(name)


def layered(seed: int = 0, groups: int = 1) -> Network:
    """(2, 8, 8) -> 4 filters -> average pooling, relay -> 6 filters -> 12 hidden -> 5, with biases and a sparse shortcut.

    ``groups`` of the second convolution (1 or 4, depthwise with 8 filters).
    """
    rng = np.random.default_rng(seed)
    second = 6 if groups == 1 else 8
    shapes = {
        "first": (4, 8, 8), "pooled": (4, 4, 4), "second": (second, 4, 4), "hidden": (12,), "output": (5,),
    }  # fmt: skip
    neurons = {name: lif(rng.uniform(-0.02, 0.05, int(np.prod(shape)))) for name, shape in shapes.items()}
    populations = [Population("input", (2, 8, 8), SpikeSource())] + [
        Population(name, shape, Relay() if name == "pooled" else neurons[name]) for name, shape in shapes.items()
    ]

    def values(shape: tuple[int, ...], scale: float, shift: float = 0.0) -> Weights:
        return Weights(values=rng.normal(shift, scale, shape).astype(np.float32))

    rows = [np.sort(rng.permutation(12)[:3]) for _ in range(4 * 16)]
    shortcut = Sparse(np.arange(0, 3 * 64 + 1, 3), np.concatenate(rows))
    projections = (
        Projection("conv1", "input", "first", Convolution2d((3, 3), padding=((1, 1), (1, 1))), values((4, 2, 3, 3), 0.6, 0.2), 0),
        Projection("pool", "first", "pooled", Pooling2d((2, 2), "average"), Weights(values=np.ones(1)), 0),
        Projection(
            "conv2", "pooled", "second", Convolution2d((3, 3), padding=((1, 1), (1, 1)), groups=groups),
            values((second, 4 // groups, 3, 3), 0.7, 0.2), 0,
        ),
        Projection("dense1", "second", "hidden", Dense(), values((second * 16, 12), 0.4, 0.05), 0),
        Projection("shortcut", "pooled", "hidden", shortcut, values((192,), 0.3), 0),
        Projection("dense2", "hidden", "output", Dense(), values((12, 5), 0.6, 0.2), 0),
        Projection(
            "lateral", "hidden", "hidden", LateralInhibition(), Weights(values=np.array([-0.05])), 1, "inhibitory"
        ),
    )  # fmt: skip
    return validate(
        Network(
            tuple(populations),
            projections,
            1.0,
            None,
            Readout("output", np.arange(5, dtype=np.int32), 5),
            {"data": "digits"},
        )
    )


def small_classifier(seed: int = 0) -> Network:
    """An untrained 64-20-10 network of current-based neurons for scikit-learn's digits."""
    rng = np.random.default_rng(seed)
    return validate(
        Network(
            (
                Population("input", (64,), SpikeSource()),
                Population("hidden", (20,), lif()),
                Population("output", (10,), lif()),
            ),
            (
                Projection("one", "input", "hidden", Dense(), Weights(values=rng.normal(0.05, 0.2, (64, 20))), 0),
                Projection("two", "hidden", "output", Dense(), Weights(values=rng.normal(0.1, 0.4, (20, 10))), 0),
            ),
            1.0,
            Encoder("poisson", 40, {"maximum_rate_hz": 300.0}),
            Readout("output", np.arange(10, dtype=np.int32), 10),
            {"data": "digits"},
        )
    )
