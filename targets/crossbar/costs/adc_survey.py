"""Energy and area of an analogue-to-digital converter by regression over those published.

Andrulis, Chen, Lee, Emer, Sze: "Modeling Analog-Digital-Converter Energy and Area for Compute-In-Memory Accelerator Design"
(arXiv:2404.06553), on B. Murmann's survey; coefficients from Accelergy-Project/accelergy-adc-plug-in, adc_data/model.yaml (MIT licence,
Copyright (c) 2021 Tanner Andrulis).  The model is optimistic by intent: energy of the best fifth, area of the best tenth.

Energy: the Schreier figure of merit (dB) is bounded by resolution (a line) and by rate (a line in the logarithm of the rate);
``E = 10^((SNDR - FOM) / 10) / 2``, times a fitted power of feature size and bits.  Area: a power of feature size, rate and energy.
"""

from __future__ import annotations

from math import ceil, exp, log, log10

from neurodeploy.costs import Constant
from neurodeploy.targets.crossbar.parameters import require, require_positive

_SOURCE = "ADC survey model, arXiv:2404.06553 (accelergy-adc-plug-in, model.yaml)"
FOM_BITS = (128.3068287398817, 3.2205115109775617)
"""Intercept and slope in dB of the best figure of merit against effective bits (rounded up)."""
FOM_RATE = (213.7806687348118, -2.8719030399529957)
"""Intercept and slope in dB of the best figure of merit against ln(samples per second)."""
ENERGY = (26.0496215686518 - 1.4702022133784405, 1.8800369206815004, -2.8291256050594527)
"""Of the logarithm of the factor in pJ/J: intercept (with the residual of the best fifth), ln(nm) and ln(bits)."""
AREA = (1.3461916439910742, 0.9932794744745022, 0.18071538424508238, 0.29912426192653485)
"""Of ln(µm²): intercept, ln(nm), ln(samples per second) and ln(pJ)."""
FASTEST = 1e10
"""Samples per second up to which the model holds."""


def adc_energy(bits: float, nanometres: float, samples_per_second: float) -> Constant:
    """Of one conversion, in J, all power included.

    Args:
        bits: effective number, 4 to 20.
        nanometres: feature size.
        samples_per_second: of this converter, up to 1e10.

    Raises:
        NeurodeployError: ND450 out of the model's range.
    """
    value = _picojoules(bits, nanometres, samples_per_second) * 1e-12
    return Constant(_name(bits, samples_per_second), value, "J", _SOURCE, "simulated", f"{nanometres:g} nm")


def adc_area(bits: float, nanometres: float, samples_per_second: float) -> Constant:
    """Of one converter, in m^2; arguments and errors as for `adc_energy`."""
    energy = log(_picojoules(bits, nanometres, samples_per_second))
    intercept, feature, rate, joules = AREA
    value = exp(intercept + feature * log(nanometres) + rate * log(samples_per_second) + joules * energy) * 1e-12
    return Constant(_name(bits, samples_per_second), value, "m^2", _SOURCE, "simulated", f"{nanometres:g} nm")


def _picojoules(bits: float, nanometres: float, samples_per_second: float) -> float:
    require(4 <= bits <= 20, "ADC survey model", "bits", bits, "4 to 20")
    require_positive("ADC survey model", nanometres=nanometres, samples_per_second=samples_per_second)
    require(samples_per_second <= FASTEST, "ADC survey model", "samples_per_second", samples_per_second, "at most 1e10")
    merit = min(FOM_BITS[0] + FOM_BITS[1] * ceil(bits), FOM_RATE[0] + FOM_RATE[1] * log(samples_per_second))
    signal_to_noise = 20 * log10(2) * bits + 10 * log10(1.5)
    intercept, feature, resolution = ENERGY
    factor = exp(intercept + feature * log(nanometres) + resolution * log(bits))
    return 10 ** ((signal_to_noise - merit) / 10) / 2 * factor


def _name(bits: float, samples_per_second: float) -> str:
    return f"ADC of {bits:g} bits at {samples_per_second:.3g} samples/s"
