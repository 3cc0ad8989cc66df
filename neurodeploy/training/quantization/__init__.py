"""Quantization while training: the quantizers of :mod:`neurodeploy.compression.quantization` at intervals."""

from neurodeploy.training.quantization.moments import QuantizationMoments
from neurodeploy.training.quantization.while_training import QuantizationWhileTraining

__all__ = ["QuantizationMoments", "QuantizationWhileTraining"]
