"""The simulator against peers: expansions of the same network, a plain numpy implementation, and the trainer."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numba
import numpy as np
import pytest
from networks import JUMP, digits_network, into, random_spikes, spikes_at, two_layer

from neurodeploy.datasets import load_dataset
from neurodeploy.encoding import encode
from neurodeploy.network import (
    DIEHL_COOK,
    IF,
    LIF,
    SPINNAKER,
    ConductanceLIF,
    Dense,
    Network,
    OneToOne,
    Sparse,
    SpikeBatch,
    Weights,
)
from neurodeploy.simulation import build_plan, simulate
from neurodeploy.training.recipe import load_recipe
from neurodeploy.training.train import training_parameters
from neurodeploy.training.two_layer.trainer import respond


def same(one: SpikeBatch, other: SpikeBatch) -> bool:
    """Same spikes, whatever their order within a step."""
    return np.array_equal(one.dense(), other.dense())


def as_sparse(network: Network) -> Network:
    """Every projection as explicit sparse rows."""
    changed = []
    for p in network.projections:
        rows = network.expand(p)
        changed.append(replace(p, connectivity=Sparse(rows.indptr, rows.targets), weights=Weights(values=rows.values)))
    return network.with_projections(*changed)


def as_dense(network: Network) -> Network:
    """Every projection as a masked matrix."""
    changed = []
    for p in network.projections:
        rows = network.expand(p)
        shape = network.population(p.source).size, network.population(p.target).size
        values, mask = np.zeros(shape), np.zeros(shape, bool)
        source = np.repeat(np.arange(shape[0]), np.diff(rows.indptr))
        values[source, rows.targets], mask[source, rows.targets] = rows.values, True
        changed.append(replace(p, connectivity=Dense(), weights=Weights(values=values, mask=mask)))
    return network.with_projections(*changed)


@pytest.mark.parametrize("density", [1.0, 0.6, 0.1])
def test_structured_sparse_and_dense_give_the_same_spikes(density: float) -> None:
    """Lateral inhibition and masked matrices expanded in both ways; weights on a grid, so that sums are exact."""
    network = two_layer(20, 9, lateral=2.0, density=density)
    first = network.projections[0]
    assert first.weights.values is not None
    grid = np.round(first.weights.values * 64) / 64
    network = network.with_projections(replace(first, weights=replace(first.weights, values=grid)))
    inputs = random_spikes(4, 200, 20, 0.1 / density)
    expected = simulate(network, inputs)
    assert expected.spikes["excitatory"].total > 20
    for other in (as_sparse(network), as_dense(network), as_dense(as_sparse(network))):
        found = simulate(other, inputs)
        assert same(found.spikes["excitatory"], expected.spikes["excitatory"])
        for name, events in expected.synaptic_events.items():
            np.testing.assert_array_equal(found.synaptic_events[name], events)


def test_one_to_one_equals_a_diagonal() -> None:
    network = into(LIF(synapse="delta", tau_refrac=2.0), np.linspace(5, 20, 6), connectivity=OneToOne(), sources=6)
    inputs = random_spikes(3, 100, 6, 0.5)
    expected = simulate(network, inputs).spikes["neurons"]
    assert expected.total > 20
    for other in (as_sparse(network), as_dense(network)):
        assert same(simulate(other, inputs).spikes["neurons"], expected)


def plain_conductance(network: Network, raster: np.ndarray) -> np.ndarray:
    """Dense, slow, float64: one input and one lateral projection into ConductanceLIF neurons; spikes (steps, n)."""
    neuron: Any = network.population("excitatory").neuron
    first, lateral = network.projections
    w, inhibition, dt = first.weights.decoded(), float(lateral.weights.decoded()[0]), network.dt
    s, n = neuron.semantics, w.shape[1]
    steps, held_for = len(raster), round(neuron.tau_refrac / dt)
    g = {"E": np.zeros(n), "I": np.zeros(n)}
    v, out, held = np.full(n, float(neuron.v_init)), np.zeros((steps, n), bool), np.zeros(n, int)
    for t in range(steps):
        arriving = {
            "E": raster[t - first.delay] @ w if t >= first.delay else np.zeros(n),
            "I": np.zeros(n)
            if t < lateral.delay
            else inhibition * (out[t - lateral.delay].sum() - out[t - lateral.delay]),
        }
        for r, tau in (("E", neuron.tau_syn_E), ("I", neuron.tau_syn_I)):
            exact = np.exp(-dt / tau)
            g[r] *= exact if s.synaptic_decay == "exact" else 1 - dt / tau
            g[r] += arriving[r] * (tau / dt * (1 - exact) if s.synaptic_gain == "charge" else 1)
        if s.integrator == "implicit_euler":
            a, c = dt / neuron.tau_m, dt / neuron.cm
            moved = (v + a * neuron.v_rest + c * (g["E"] * neuron.e_rev_E + g["I"] * neuron.e_rev_I)) / (
                1 + a + c * (g["E"] + g["I"])
            )
        else:
            resistance, keep = neuron.tau_m / neuron.cm, np.exp(-dt / neuron.tau_m)
            current = g["E"] * (neuron.e_rev_E - v) + g["I"] * (neuron.e_rev_I - v)
            aim = neuron.v_rest + resistance * (current + neuron.i_offset)
            moved = aim + (v - aim) * keep
        v = np.where(held > 0, neuron.v_reset, moved)
        threshold = neuron.v_thresh + neuron.theta
        out[t] = ((v > threshold) if s.comparison == ">" else (v >= threshold)) & (held == 0)
        held = np.where(out[t], held_for, np.maximum(held - 1, 0))
        v = np.where(out[t], neuron.v_reset, v)
    return out


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("semantics", [DIEHL_COOK, SPINNAKER], ids=["Diehl and Cook", "SpiNNaker"])
def test_same_spikes_as_plain_implementation(seed: int, semantics: Any) -> None:
    network = two_layer(30, 8, seed, lateral=2.0, density=0.7, semantics=semantics)
    network = network.with_projections(replace(network.projections[0], delay=0 if semantics.zero_delay else 1))
    inputs = random_spikes(3, 300, 30, 0.06, seed)
    found = simulate(network, inputs, plan=build_plan(network, np.float64)).spikes["excitatory"].dense()
    expected = np.stack([plain_conductance(network, sample) for sample in inputs.dense().astype(float)])
    assert expected.sum() > 50
    np.testing.assert_array_equal(found, expected)


def test_the_trainers_frozen_network_gives_the_same_counts() -> None:
    """Another implementation (the trainer's own presentation, from image to counts) on the same random stream.

    Both are float32 but add the weights of a step in different order, which moves a spike in a thousand.
    """
    network, recipe = digits_network(), load_recipe("digits-100")
    data = load_dataset("digits", "test")
    weights, neuron = network.projections[0].weights, network.population("excitatory").neuron
    assert weights.values is not None and isinstance(neuron, ConductanceLIF)
    parameters = training_parameters(recipe, data)
    theta = np.asarray(neuron.theta, np.float32)
    expected, counters = respond(weights.values.astype(np.float32), theta, parameters, data.images, data.indices)
    activity = simulate(network, encode(network, data))
    found = activity.spikes["excitatory"].counts()
    assert expected.sum() > 1000
    differing = np.abs(found - expected.astype(np.int64)).sum()
    assert differing <= 0.003 * expected.sum(), f"{differing} of {expected.sum()} spikes"
    assert activity.spikes["input"].total == counters[2]


def test_independent_of_batch_order_and_threads() -> None:
    network, inputs = two_layer(), random_spikes(7, 150, 12, 0.2)
    whole = simulate(network, inputs).spikes["excitatory"]
    assert whole.total > 20
    for index in (6, 0, 3):
        assert same(simulate(network, inputs.sample(index)).spikes["excitatory"], whole.sample(index))
    backwards = SpikeBatch.concatenate([inputs.sample(i) for i in range(6, -1, -1)])
    np.testing.assert_array_equal(simulate(network, backwards).spikes["excitatory"].dense()[::-1], whole.dense())
    before = numba.get_num_threads()
    try:
        for threads in range(1, before + 1):
            numba.set_num_threads(threads)
            again = simulate(network, inputs).spikes["excitatory"]
            assert np.array_equal(again.neurons, whole.neurons) and np.array_equal(again.indptr, whole.indptr)
    finally:
        numba.set_num_threads(before)


def test_synaptic_events_by_brute_force() -> None:
    network, inputs = two_layer(density=0.4), random_spikes(3, 120, 12, 0.25)
    activity = simulate(network, inputs)
    degree = network.projections[0].weights.present().sum(axis=1)
    out = activity.spikes["excitatory"].counts()
    assert out.sum() > 5
    np.testing.assert_array_equal(activity.synaptic_events["input_to_excitatory"], inputs.counts() @ degree)
    np.testing.assert_array_equal(activity.synaptic_events["lateral"], out.sum(axis=1) * 4)


@pytest.mark.parametrize("size", [1, 40, 3000])
def test_a_network_that_fires_every_step_outgrows_the_spike_buffer(size: int) -> None:
    """Up to 90,000 spikes a sample, far more than the buffer holds at first; two populations share it."""
    network = into(IF(v_thresh=1.0, i_offset=2.0, semantics=JUMP), np.zeros((1, size)))
    other = replace(network.populations[1], name="other")
    link = replace(network.projections[0], name="o", source="neurons", target="other", connectivity=OneToOne(),
                   weights=Weights(values=np.zeros(size)))  # fmt: skip
    network = replace(network, populations=(*network.populations, other), projections=(*network.projections, link))
    found = simulate(network, SpikeBatch.concatenate([spikes_at(30, 1, {})] * 2))
    for name in ("neurons", "other"):
        assert found.spikes[name].counts().tolist() == [[30] * size] * 2
        np.testing.assert_array_equal(found.spikes[name].neurons, np.tile(np.arange(size), 60))


def test_recording_does_not_change_the_spikes() -> None:
    network, inputs = two_layer(), random_spikes(2, 100, 12, 0.2)
    recorded = simulate(network, inputs, record_voltages=True)
    assert same(recorded.spikes["excitatory"], simulate(network, inputs).spikes["excitatory"])
    assert recorded.voltages["excitatory"].shape == (2, 100, 5)
    fired = recorded.spikes["excitatory"].dense()
    assert np.all(recorded.voltages["excitatory"][fired] == -65.0)


def test_coefficients_lie_row_by_row() -> None:
    """Rows that are not contiguous cost the membranes their vector instructions: four times the time."""
    for network in (two_layer(), into(LIF(), np.ones((3, 40)))):
        assert all(layer.coefficients.flags.c_contiguous for layer in build_plan(network).layers)
