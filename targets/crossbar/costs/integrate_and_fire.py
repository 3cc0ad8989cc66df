"""Analogue integrate-and-fire circuits: energy of a spike and of integrating a read, area, and the time of a spike."""

from __future__ import annotations

from dataclasses import replace

from neurodeploy.costs import Constant, CostItem, Technology
from neurodeploy.costs.scaling import scaled_area, scaled_energy
from neurodeploy.targets.crossbar.costs.converters import INTEGRATE, NEURON_AREA, NEURRAM, SAMPLE
from neurodeploy.targets.crossbar.costs.geometry import ArrayEvents, ArrayGeometry

SPIKE = Constant(
    "spike of an integrate-and-fire circuit", 4e-15, "J",
    "Sourikopoulos et al. 2017: 4 fJ (65 nm); low: Besrour et al., arXiv:2408.07734: 1.61 fJ (28 nm, 0.25 V); high: J. Low "
    "Power Electron. Appl. 13(4):55, 2023: 2.1 pJ (65 nm)", "measured", "65 nm (not scaled)", 1.61e-15, 2.1e-12,
)  # fmt: skip
"""Three circuits three orders of magnitude apart: a range. None is scaled: what sets them is how fast they are, not F."""
BESROUR = Technology(28, 0.25)
CIRCUIT_AREA = Constant(
    "integrate-and-fire circuit", 34e-12, "m^2", "Besrour et al., arXiv:2408.07734 (active area)", "measured", "28 nm"
)
SPIKE_SECONDS = Constant(
    "spike at the highest rate", 1 / 300e3, "s",
    "Besrour et al., arXiv:2408.07734: at most 300 kHz; low: none, spikes overlap with the next read", "measured", "28 nm",
    0.0,
)  # fmt: skip


def integration_energy(technology: Technology) -> Constant:
    """Of taking one read's current onto a membrane: NeuRRAM's sampling and integration.

    Low: none, where the current flows straight onto the membrane's capacitor and the spike's energy has it all.
    """
    whole = replace(
        SAMPLE, name="sample and integration", value=SAMPLE.value + INTEGRATE.value, low=0.0,
        source=f"{SAMPLE.source}: 1.2 + 0.25 pJ; low: straight onto the membrane",
    )  # fmt: skip
    return scaled_energy(whole, NEURRAM, technology)


def circuit_area(technology: Technology) -> Constant:
    """Of one circuit; high: as large as NeuRRAM's neuron, which has amplifier, sampling and feedback capacitors."""
    small = scaled_area(CIRCUIT_AREA, BESROUR, technology)
    large = scaled_area(NEURON_AREA, NEURRAM, technology).value
    return replace(small, high=max(small.value, large), source=f"{small.source}; high: NeuRRAM's neuron of 1,270 µm²")


def neuron_items(geometry: ArrayGeometry, technology: Technology, events: ArrayEvents) -> list[CostItem]:
    """Integration of every read in every circuit, and spikes; nothing where another array has the circuits."""
    if not geometry.own_neurons:
        return []
    reads = events.neuron_updates * geometry.own_integrating
    return [
        CostItem(geometry.part("integration"), "reads x outputs sensed", reads, integration_energy(technology)),
        CostItem(geometry.part("spikes"), "spikes sent", events.spikes, SPIKE),
    ]
