"""Bit-exact model of the sPyNNaker 7.4.1 neuron binaries IF_curr_exp, IF_curr_delta and IF_cond_exp.

``IF_curr_exp_conv`` and ``IF_curr_exp_pool_dense``, which keep kernels and matrices on the core, are projections of their own.

The model reproduces the arithmetic of one time step: ring buffers, synaptic shaping, membrane, threshold and
refractory period.  It assumes ideal timing: no packet is lost or late and no core overruns its time step.
"""

from __future__ import annotations

from neurodeploy.firmware_models.spinnaker.local_only import (
    ConvolutionFirmwareProjection,
    PoolDenseFirmwareProjection,
    chip_kernel,
)
from neurodeploy.firmware_models.spinnaker.network import (
    FirmwarePopulation,
    FirmwareProjection,
    FirmwareResult,
    LateralFirmwareProjection,
)
from neurodeploy.firmware_models.spinnaker.simulate import run_firmware
from neurodeploy.firmware_models.spinnaker.weights import (
    quantise_signed_weights,
    quantise_weights,
    ring_buffer_shift,
    weight_scale,
)

__all__ = [
    "ConvolutionFirmwareProjection",
    "FirmwarePopulation",
    "FirmwareProjection",
    "FirmwareResult",
    "LateralFirmwareProjection",
    "PoolDenseFirmwareProjection",
    "chip_kernel",
    "quantise_signed_weights",
    "quantise_weights",
    "ring_buffer_shift",
    "run_firmware",
    "weight_scale",
]
