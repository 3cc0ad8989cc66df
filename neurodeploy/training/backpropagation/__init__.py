"""Back-propagation of dense networks with rectified units, pruned and trained again, and their conversion to IF neurons.

``trained = train_network(train, BackpropagationParameters(), pruning=ToMinimum())``, then
``network, report = convert_trained(trained, train, test)``.
"""

from __future__ import annotations

from neurodeploy.training.backpropagation.parameters import BackpropagationParameters
from neurodeploy.training.backpropagation.spiking import convert_trained
from neurodeploy.training.backpropagation.trained import TrainedNetwork
from neurodeploy.training.backpropagation.trainer import BackpropagationProgress, train_network

__all__ = [
    "BackpropagationParameters",
    "BackpropagationProgress",
    "TrainedNetwork",
    "convert_trained",
    "train_network",
]
