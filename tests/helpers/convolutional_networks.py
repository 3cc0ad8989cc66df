"""Convolutions that SpiNNaker's cores can compute without synaptic rows."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from neurodeploy.network import (
    LIF,
    Connectivity,
    Convolution2d,
    Dense,
    Encoder,
    Network,
    Population,
    Projection,
    Readout,
    SpikeSource,
    Weights,
)

CURRENTS = LIF(
    synapse="exponential", tau_m=20.0, cm=1.0, v_rest=0.0, v_reset=0.0, v_init=0.0, v_thresh=1.0, tau_syn_E=3.0, tau_syn_I=3.0
)  # fmt: skip


def two_convolutions(**changes: Any) -> Network:
    """(2, 8, 8) -> 3x3, padded above and below -> (4, 8, 6) -> 3x5 -> (3, 8, 2) -> dense -> 10; 10 % of the synapses, a channel and a
    pair of channels are pruned; thresholds differ between neurons.
    """
    rng = np.random.default_rng(5)
    first, second = rng.random((4, 2, 3, 3)) < 0.9, np.ones((3, 4, 3, 5), bool)
    first[2], second[0, 1] = False, False
    window = ((1, 1), (0, 0))
    varied = replace(CURRENTS, v_thresh=rng.uniform(0.8, 1.2, 4 * 8 * 6))
    return Network(
        (
            Population("input", (2, 8, 8), SpikeSource()), Population("first", (4, 8, 6), varied),
            Population("second", (3, 8, 2), CURRENTS), Population("output", (10,), CURRENTS),
        ),
        (
            Projection("one", "input", "first", Convolution2d((3, 3), padding=window),
                       Weights(values=rng.normal(0.4, 0.6, (4, 2, 3, 3)), mask=first), 3),
            Projection("two", "first", "second", Convolution2d((3, 5), padding=window),
                       Weights(values=rng.normal(0.1, 0.5, (3, 4, 3, 5)), mask=second), 2),
            Projection("dense", "second", "output", Dense(), Weights(values=rng.normal(0.1, 0.5, (48, 10)))),
        ),
        1.0,
        Encoder("poisson", 60, {"maximum_rate_hz": 100.0}, seed=3, rest_steps=20),
        Readout("output", np.arange(10, dtype=np.int32), 10),
        **changes,
    )  # fmt: skip


def one_projection(
    connectivity: Connectivity, source: tuple[int, ...], target: tuple[int, ...], weights: Any, delay: Any = 1,
    neuron: Any = CURRENTS,
) -> Network:  # fmt: skip
    """A source and a population that one projection joins."""
    return Network(
        (Population("input", source, SpikeSource()), Population("neurons", target, neuron)),
        (Projection("synapses", "input", "neurons", connectivity, Weights(values=np.asarray(weights, float)), delay),),
        1.0,
    )
