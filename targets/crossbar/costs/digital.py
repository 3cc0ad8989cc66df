"""Digital parts: adders of partial sums, neurons behind converters, registers, and the counter that runs the reads."""

from __future__ import annotations

from neurodeploy.costs import Constant, CostItem, Technology
from neurodeploy.costs.scaling import scaled_area, scaled_delay, scaled_energy
from neurodeploy.targets.crossbar.costs.geometry import ArrayEvents, ArrayGeometry
from neurodeploy.targets.crossbar.costs.periphery import Periphery

ALADDIN = Technology(40, 0.9)
"""The supply is assumed: the nominal one of the process."""
_ALADDIN = "Aladdin's 40 nm library, as given by hwcomponents-library (aladdin.py)"
ADD_BIT = Constant(
    "addition, per bit", 0.21e-12 / 32, "J", f"{_ALADDIN}: 0.21 pJ / 32 bits; low: Horowitz, ISSCC 2014: 0.1 pJ / 32 bits "
    "(45 nm, not scaled)", "simulated", "40 nm", 0.1e-12 / 32,
)  # fmt: skip
COMPARE_BIT = Constant(
    "comparison, per bit", 0.02947e-12 / 32, "J", f"{_ALADDIN}: 0.02947 pJ / 32", "simulated", "40 nm"
)
REGISTER_BIT = Constant("register access, per bit", 0.009e-12, "J", f"{_ALADDIN}: 9 fJ", "simulated", "40 nm")
COUNT = Constant("step of a 32-bit counter", 0.25074e-12, "J", f"{_ALADDIN}: 0.25074 pJ", "simulated", "40 nm")
ADD_SECONDS = Constant("addition", 1e-9, "s", f"{_ALADDIN}: one cycle of 1 ns", "simulated", "40 nm")
ADD_AREA, COMPARE_AREA, REGISTER_AREA = 278e-12 / 32, 71e-12 / 32, 5.98e-12
"""Per bit, m^2, from the same source."""


def digital_items(geometry: ArrayGeometry, periphery: Periphery, events: ArrayEvents) -> list[CostItem]:
    """Registers and control of any periphery; behind converters adders of partial sums and digital neurons, too."""
    technology = periphery.technology
    register, count = (scaled_energy(constant, ALADDIN, technology) for constant in (REGISTER_BIT, COUNT))
    steps = events.reads * geometry.tiles * geometry.phases
    items = [
        CostItem(geometry.part("input registers"), "row activations", events.row_activations, register),
        CostItem(geometry.part("output registers"), "spikes sent", events.spikes, register),
        CostItem(geometry.part("control"), "reads x tiles x phases", steps, count),
    ]
    if not geometry.own_neurons:  # nor their output registers
        del items[1]
    if periphery.sensing == "adc":
        items += _behind_converters(geometry, periphery, events)
    return items


def _behind_converters(geometry: ArrayGeometry, periphery: Periphery, events: ArrayEvents) -> list[CostItem]:
    """Codes kept and added up; each output's potential read, added to, compared and written in every read."""
    add, compare, register = (
        scaled_energy(constant, ALADDIN, periphery.technology) for constant in (ADD_BIT, COMPARE_BIT, REGISTER_BIT)
    )
    sum_bits = periphery.bits + geometry.extra_bits
    sums = events.reads * geometry.additions * sum_bits
    codes = events.reads * geometry.conversions * periphery.bits
    items = [
        CostItem(geometry.part("partial sums"), "reads x additions x bits", sums, add),
        CostItem(geometry.part("code registers"), "reads x conversions x bits", codes, register),
    ]
    if not geometry.own_neurons:
        return items
    membranes = events.neuron_updates * geometry.own_neurons * periphery.membrane_bits
    return [
        *items,
        CostItem(geometry.part("neurons: additions"), "reads x outputs x bits", membranes, add),
        CostItem(geometry.part("neurons: comparisons"), "reads x outputs x bits", membranes, compare),
        CostItem(
            geometry.part("neurons: registers"), "reads x outputs x bits, read and written", 2 * membranes, register
        ),
    ]


def bit_area(technology: Technology, add: float = 0, compare: float = 0, register: float = 0) -> Constant:
    """Of one bit of so many adders, comparators and registers together, in m^2."""
    parts = [f"{n:g} {name}" for n, name in ((add, "adder"), (compare, "comparator"), (register, "register")) if n]
    value = add * ADD_AREA + compare * COMPARE_AREA + register * REGISTER_AREA
    whole = Constant(" + ".join(parts) + ", per bit", value, "m^2", _ALADDIN, "simulated", "40 nm")
    return scaled_area(whole, ALADDIN, technology)


def addition_seconds(technology: Technology) -> Constant:
    """Of one addition."""
    return scaled_delay(ADD_SECONDS, ALADDIN, technology)
