"""Back-propagation of dense networks with rectified units, pruned and trained again, and their conversion to IF neurons.

``trained = train_dense(train, BackpropagationParameters(), pruning=ToMinimum())``, then
``network, report = convert_dense(trained, train, test)``.
"""

from __future__ import annotations

from neurodeploy.training.backpropagation.parameters import BackpropagationParameters
from neurodeploy.training.backpropagation.spiking import convert_dense
from neurodeploy.training.backpropagation.trained import TrainedDense
from neurodeploy.training.backpropagation.trainer import BackpropagationProgress, train_dense

__all__ = [
    "BackpropagationParameters",
    "BackpropagationProgress",
    "TrainedDense",
    "convert_dense",
    "train_dense",
]
