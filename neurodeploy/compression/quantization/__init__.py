"""Quantizers: each file has one frozen dataclass with ``name``, its options as fields, and ``share``.

Adding one: write its file beside its siblings and name its class in :data:`QUANTIZERS`.
"""

from __future__ import annotations

from typing import Any

from neurodeploy.compression.quantization.device_states import DeviceStates
from neurodeploy.compression.quantization.k_means import KMeans
from neurodeploy.compression.quantization.quantize import Quantizer, quantize
from neurodeploy.compression.quantization.uniform import Uniform
from neurodeploy.compression.quantization.weight_sharing import WeightSharing

QUANTIZERS: dict[str, type[Any]] = {
    quantizer.name: quantizer for quantizer in (WeightSharing, Uniform, KMeans, DeviceStates)
}

__all__ = ["QUANTIZERS", "Quantizer", "quantize"]
