"""Bit-exact model of the sPyNNaker 7.4.1 binaries IF_curr_exp, IF_curr_delta, IF_cond_exp and spike_source_poisson.

``IF_curr_exp_conv`` and ``IF_curr_exp_pool_dense``, which keep kernels and matrices on the core, are projections of their own.

The model reproduces the arithmetic of one time step: ring buffers, synaptic shaping, membrane, threshold and
refractory period.  It assumes ideal timing: no packet is lost or late and no core overruns its time step.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
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
    from neurodeploy.firmware_models.spinnaker.plasticity import PlasticityRule, PlasticProjection
    from neurodeploy.firmware_models.spinnaker.poisson_source import (
        PoissonCore,
        PoissonRates,
        poisson_spikes,
        source_events,
    )
    from neurodeploy.firmware_models.spinnaker.random_numbers import host_seeds
    from neurodeploy.firmware_models.spinnaker.simulate import run_firmware
    from neurodeploy.firmware_models.spinnaker.simulate_plastic import PlasticResult, run_plastic_firmware
    from neurodeploy.firmware_models.spinnaker.weights import (
        quantise_signed_weights,
        quantise_weights,
        ring_buffer_shift,
        weight_scale,
    )

# Imported when they are first used: the software board, a package in this one, does not need numba to answer.
_MODULES = {
    "ConvolutionFirmwareProjection": "local_only",
    "FirmwarePopulation": "network",
    "FirmwareProjection": "network",
    "FirmwareResult": "network",
    "LateralFirmwareProjection": "network",
    "PlasticProjection": "plasticity",
    "PlasticResult": "simulate_plastic",
    "PlasticityRule": "plasticity",
    "PoissonCore": "poisson_source",
    "PoissonRates": "poisson_source",
    "PoolDenseFirmwareProjection": "local_only",
    "chip_kernel": "local_only",
    "host_seeds": "random_numbers",
    "poisson_spikes": "poisson_source",
    "quantise_signed_weights": "weights",
    "quantise_weights": "weights",
    "ring_buffer_shift": "weights",
    "run_firmware": "simulate",
    "run_plastic_firmware": "simulate_plastic",
    "source_events": "poisson_source",
    "weight_scale": "weights",
}

__all__ = [
    "ConvolutionFirmwareProjection",
    "FirmwarePopulation",
    "FirmwareProjection",
    "FirmwareResult",
    "LateralFirmwareProjection",
    "PlasticProjection",
    "PlasticResult",
    "PlasticityRule",
    "PoissonCore",
    "PoissonRates",
    "PoolDenseFirmwareProjection",
    "chip_kernel",
    "host_seeds",
    "poisson_spikes",
    "quantise_signed_weights",
    "quantise_weights",
    "ring_buffer_shift",
    "run_firmware",
    "run_plastic_firmware",
    "source_events",
    "weight_scale",
]


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(f"{__name__}.{_MODULES[name]}"), name)
    globals()[name] = value
    return value
