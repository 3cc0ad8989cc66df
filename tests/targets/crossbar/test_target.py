"""Any network with any options: one error, or a program whose ideal chip computes what the reference computes."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
from crossbar_programs import IDEAL
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from network_strategies import circuits
from networks import random_spikes, two_layer

from neurodeploy.compiler import Context, compile_network, find_target
from neurodeploy.errors import NeurodeployError
from neurodeploy.network import IF, LIF, ConductanceLIF, Dense, Network, Population, Projection, SpikeSource, Weights
from neurodeploy.simulation import simulate
from neurodeploy.simulation.plan import build_plan
from neurodeploy.targets.crossbar.program import CrossbarProgram
from neurodeploy.targets.rram import RramTarget

choices = st.fixed_dictionaries(
    {},
    optional={
        "tile": st.sampled_from(["1x1", "2x3", "5x4", "16x16", "128x128"]),
        "levels": st.integers(2, 40),
        "cells": st.sampled_from(["auto", "pair", "reference", "single"]),
        "layout": st.sampled_from(["packed", "grid"]),
        "partial_sums": st.sampled_from(["analogue", "analogue", "digital", "none"]),
        "multiplexing": st.integers(1, 9),
        "tiles_available": st.integers(1, 40),
        "lost_weights": st.sampled_from([0.05, 1.0]),
        "device": st.sampled_from(["neurram", "neurosim"]),
        "device_seed": st.integers(0, 99),
        "offset_variation": st.sampled_from([0.0, 0.0, 0.01]),
    },
)


@given(circuits(), choices)
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
def test_any_circuit_is_one_error_or_a_program_that_runs(network: Network, options: dict[str, Any]) -> None:
    try:
        program = compile_network(network, "rram", {**IDEAL, **options}).program
    except NeurodeployError as error:
        if error.code not in {"ND404", "ND408", "ND430", "ND431", "ND433", "ND434", "ND435"}:
            raise
        return
    check(program, options)


@st.composite
def forward_networks(draw: Any) -> Network:
    """Dense layers that arrays take, of any weights, masks, delays and neurons."""
    rng = np.random.default_rng(draw(st.integers(0, 2**31)))
    sizes = draw(st.lists(st.integers(1, 9), min_size=2, max_size=4))
    populations = [Population("p0", (sizes[0],), SpikeSource())]
    projections = []
    for number, (inputs, outputs) in enumerate(pairwise(sizes), start=1):
        kind = draw(st.sampled_from(["delta", "current", "exponential", "conductance", "integrator"]))
        signed, scale = draw(st.booleans()) and kind != "conductance", draw(st.sampled_from([1e-3, 1.0, 30.0]))
        neurons = {"conductance": ConductanceLIF(), "integrator": IF(reset="subtraction")}
        neuron = neurons[kind] if kind in neurons else LIF(synapse=kind)
        values = rng.uniform(-1 if signed else 0, 1, (inputs, outputs)) * scale
        mask = rng.random((inputs, outputs)) < draw(st.sampled_from([0.3, 1.0]))
        populations.append(Population(f"p{number}", (outputs,), neuron))
        weights = Weights(values=np.where(mask, values, 0.0).astype(draw(st.sampled_from(["f4", "f8"]))), mask=mask)
        projections.append(
            Projection(f"to p{number}", f"p{number - 1}", f"p{number}", Dense(), weights, draw(st.integers(1, 4)))
        )
    return Network(tuple(populations), tuple(projections), 1.0)


@given(forward_networks(), choices)
@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
def test_layers_that_arrays_take(network: Network, options: dict[str, Any]) -> None:
    try:
        program = compile_network(network, "rram", {**IDEAL, **options}).program
    except NeurodeployError as error:
        if error.code not in {"ND408", "ND430", "ND431", "ND433"}:
            raise
        return
    check(program, options)


def check(program: object, options: dict[str, Any]) -> None:
    """It runs; with ideal circuits on linear arrays that leak nothing, weights and spikes are the reference's.

    In float64: float32 sums of the same weights in the order of sparse or of dense rows may differ where they cancel.
    """
    assert isinstance(program, CrossbarProgram)
    inputs = random_spikes(2, 25, program.network.sources[0].size, 0.4)
    found = program.run(inputs, "model")
    assert set(found.spikes) == {population.name for population in program.lowered.populations}
    if not program.chip.linear or options.get("offset_variation"):
        return
    for array in program.mapping.arrays:
        if array.mapped.scheme != "single":
            wanted = program.mapping.lowered.expand(program.mapping.lowered.projection(array.projection))
            weights = np.zeros(array.tiling.shape)
            weights[np.repeat(np.arange(len(weights)), np.diff(wanted.indptr)), wanted.targets] = wanted.values
            made = program.chip.arrays[array.projection].weights
            tolerance = array.mapped.largest_error + 1e-12 * np.abs(weights).max(initial=0)
            np.testing.assert_allclose(made, weights, rtol=0, atol=tolerance)
    if all(array.mapped.scheme != "single" and array.mapped.largest_error < 1e-12 for array in program.mapping.arrays):
        networks = program.lowered, program.chip.effective
        one, other = (simulate(n, inputs, plan=build_plan(n, np.float64)) for n in networks)
        for name in one.spikes:
            np.testing.assert_array_equal(one.spikes[name].counts(), other.spikes[name].counts())


def test_the_target_is_found_and_says_what_it_is() -> None:
    target = find_target("rram")
    assert isinstance(target, RramTarget)
    spec = target.spec(RramTarget.options())
    assert spec["highest_conductance_siemens"] == 40e-6 and spec["levels"] == "analogue"
    other = target.spec(replace(RramTarget.options(), device="neurosim"))
    assert other["highest_conductance_siemens"] != spec["highest_conductance_siemens"]


def test_passes_say_what_they_did() -> None:
    context = Context()
    compile_network(two_layer(), "rram", {"levels": 8, "lost_weights": 1.0}, context=context)
    assert [record.name for record in context.log][-1] == "RoundToLevels"
    assert any("rounded to 8 levels" in note for note in context.notes)
