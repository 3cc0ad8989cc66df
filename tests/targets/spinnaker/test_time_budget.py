"""Instructions of a core: the sum by hand, and counts of the real binaries."""

from __future__ import annotations

import pytest
from networks import digits_network

from neurodeploy.compiler import compile_network
from neurodeploy.targets.spinnaker.program import SpinnakerProgram
from neurodeploy.targets.spinnaker.time_budget import busiest_core, instructions


def test_counts_of_the_binary() -> None:
    """63,050 counted in the mean on the software board: 100 IF_curr_exp neurons, 784 Poisson sources of 20 Hz, all-to-all."""
    assert instructions("IF_curr_exp", 100, 100, 15.7, 1570) == pytest.approx(63_050, rel=0.1)


def test_busiest_core_of_the_digits_network() -> None:
    program = compile_network(digits_network(), "spinnaker", {"mapping": "estimate"}).program
    assert isinstance(program, SpinnakerProgram)
    network, core = program.lowered, busiest_core(program.mapping)
    assert core is not None and network.encoder is not None
    probability = network.encoder.parameters["maximum_rate_hz"] * network.dt / 1000
    weights = digits_network().projections[0].weights.present()
    inputs, synapses = int(weights.any(axis=1).sum()), int(weights.sum())
    expected = 735 + 139 * 100 + 19 * 128 + probability * (421 * inputs + 25 * synapses)
    assert core.instructions == pytest.approx(expected)
    assert core.cycles == 200_000 and core.end - core.first == network.population("excitatory").size
    usage = next(u for u in program.resources() if u.name.startswith("instructions"))
    assert usage.used == round(expected) and usage.fits
