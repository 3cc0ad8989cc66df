"""Compression of trained networks: one rule, one file."""

from neurodeploy.compression.pruning import PRUNING_RULES, prune
from neurodeploy.compression.quantization import QUANTIZERS, quantize

__all__ = ["PRUNING_RULES", "QUANTIZERS", "prune", "quantize"]
