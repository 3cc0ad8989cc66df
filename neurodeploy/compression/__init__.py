"""Compression of trained networks: one rule, one file.

The corrections and the sensitivity scan run networks, so they are imported from their own modules:
``balance``, ``bias_correction``, ``calibration``, ``sensitivity``.
"""

from __future__ import annotations

from collections.abc import Collection

from neurodeploy.compression.pruning import PRUNING_RULES, prune
from neurodeploy.compression.quantization import QUANTIZERS, quantize

__all__ = ["PRUNING_RULES", "QUANTIZERS", "default_pruning_rule", "default_quantizer", "prune", "quantize"]


def default_pruning_rule(options: Collection[str]) -> str:
    """The rule that is meant when only these options are given."""
    return "magnitude" if "to_sparsity" in options else "threshold"


def default_quantizer(options: Collection[str]) -> str:
    """The quantizer that is meant when only these options are given."""
    return "uniform" if "bits" in options else "weight_sharing"
