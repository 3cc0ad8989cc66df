"""Converters behind the columns: the survey's, ISAAC's, and NeuRRAM's neuron, which converts bit by bit."""

from __future__ import annotations

from neurodeploy.costs import Constant, Technology
from neurodeploy.costs.scaling import scaled_area, scaled_energy
from neurodeploy.targets.crossbar.costs.adc_survey import adc_area, adc_energy
from neurodeploy.targets.crossbar.costs.periphery import Periphery

ISAAC = Technology(32, 1.0)
"""The supply is assumed: that of the converter ISAAC takes (Kull et al., ISSCC 2013) is about 1 V."""
_ISAAC = "Shafiee et al. 2016 (ISAAC), table of a tile: 8 converters take 16 mW and 9,600 µm²"
ISAAC_ENERGY = Constant(
    "ISAAC's ADC, 8 bits", 16e-3 / 8 / 1.2e9, "J", f"{_ISAAC}; at 1.2e9 samples/s", "simulated", "32 nm"
)
ISAAC_AREA = Constant("ISAAC's ADC, 8 bits", 1200e-12, "m^2", _ISAAC, "simulated", "32 nm")
ISAAC_SECONDS = Constant(
    "conversion of ISAAC's ADC", 1 / 1.28e9, "s", "Shafiee et al. 2016: 1.28e9 samples/s", "simulated", "32 nm"
)

NEURRAM = Technology(130, 1.8)
_NEURRAM = "Wan et al. 2022 (NeuRRAM), as given by hwcomponents-library (neurram.py) and CiMLoop (wan_nature_2022)"
SAMPLE = Constant("sample", 1.2e-12, "J", _NEURRAM, "simulated", "130 nm")
INTEGRATE = Constant("integration", 0.25e-12, "J", _NEURRAM, "simulated", "130 nm")
STEP = Constant("ADC step of one bit", 0.3e-12, "J", _NEURRAM, "simulated", "130 nm")
NEURON_AREA = Constant("NeuRRAM's neuron", 1270e-12, "m^2", _NEURRAM, "measured", "130 nm")
SAMPLE_SECONDS, INTEGRATE_SECONDS, STEP_SECONDS = 0.3e-6, 0.27e-6, 0.3e-6
"""From the same source; not scaled: they are set by settling, not by gates."""


def converter_energy(periphery: Periphery) -> Constant:
    """Of one conversion by the periphery's converter, in J."""
    if periphery.converter == "survey":
        return adc_energy(periphery.bits, periphery.technology.nanometres, periphery.samples_per_second)
    if periphery.converter == "isaac":
        return scaled_energy(ISAAC_ENERGY, ISAAC, periphery.technology)
    value = SAMPLE.value + INTEGRATE.value + periphery.bits * STEP.value
    whole = Constant(
        f"NeuRRAM's neuron, {periphery.bits} bits", value, "J",
        f"{_NEURRAM}: sample 1.2 pJ + integration 0.25 pJ + bits x 0.3 pJ", "simulated", "130 nm",
    )  # fmt: skip
    return scaled_energy(whole, NEURRAM, periphery.technology)


def converter_area(periphery: Periphery) -> Constant:
    """Of one converter, in m^2."""
    if periphery.converter == "survey":
        return adc_area(periphery.bits, periphery.technology.nanometres, periphery.samples_per_second)
    if periphery.converter == "isaac":
        return scaled_area(ISAAC_AREA, ISAAC, periphery.technology)
    return scaled_area(NEURON_AREA, NEURRAM, periphery.technology)


def converter_seconds(periphery: Periphery) -> Constant:
    """Of one conversion, in s; a converter's rate is kept in every technology."""
    if periphery.converter == "survey":
        rate = periphery.samples_per_second
        return Constant("conversion", 1 / rate, "s", f"{rate:.3g} samples/s, as chosen", "assumed")
    if periphery.converter == "isaac":
        return ISAAC_SECONDS
    value = SAMPLE_SECONDS + INTEGRATE_SECONDS + periphery.bits * STEP_SECONDS
    source = f"{_NEURRAM}: 0.3 us + 0.27 us + bits x 0.3 us"
    return Constant(
        f"conversion of {periphery.bits} bits by NeuRRAM's neuron", value, "s", source, "measured", "130 nm"
    )
