"""What a trained network answers, by the trainer's own kernel: ten times as fast as the simulator of any network."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from neurodeploy.datasets import Dataset
from neurodeploy.encoding import STREAMS
from neurodeploy.network import Network
from neurodeploy.training.two_layer.parameters import TrainingParameters
from neurodeploy.training.two_layer.trainer import respond


def frozen_responses(
    network: Network, parameters: TrainingParameters, data: Dataset, threads: int = 1
) -> tuple[NDArray[np.uint16], NDArray[np.int64]]:
    """Output spikes ``(images, neurons)`` and the counters of a network that ``build_network`` made.

    Input spikes are those of ``encode(network, data)``; weights, thresholds and equations are the network's. The kernel
    adds the weights of a step in another order than the simulator does, so that in float32 a spike may fall a step
    earlier or later: on MNIST's test images one in some hundred differs by a spike. No result depends on ``threads``.
    """
    weights = network.projections[0].weights.decoded().astype(np.float32)
    theta = np.asarray(network.population("excitatory").neuron.theta, np.float32)  # type: ignore[union-attr]
    return respond(
        weights, theta, parameters, data.images, data.indices, stream=STREAMS[data.split], threads=threads
    )  # fmt: skip
