"""Runs on a chip: on ideal arrays the float simulator's spikes, with noise and converters what closed forms say of them.

Equal spikes on ideal arrays are exact: a float32 weight divided by its scale and multiplied again in float64 errs by some 1e-16 of the
largest weight, and is the same float32 again.  Arrays that are read (noise, converters) add up in float64 what the simulator adds in
float32: sums differ by some 1e-7, which the fixed networks here do not notice.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numba
import numpy as np
import pytest
from crossbar_programs import assert_same_spikes, assumed, compiled, device_with, one_delay
from networks import JUMP, into, random_spikes, two_layer

from neurodeploy.network import IF, LIF, Activity, Network, Neuron, Sparse, SpikeBatch, Weights
from neurodeploy.simulation import simulate
from neurodeploy.targets.crossbar import array_simulation
from neurodeploy.targets.crossbar.array_simulation import groups, sample_keys

NEURONS: dict[str, tuple[Neuron, float]] = {
    "delta": (LIF(synapse="delta"), 6.0),
    "current": (LIF(synapse="current"), 6.0),
    "exponential": (LIF(synapse="exponential", tau_syn_E=3.0), 3.0),
    "integrator": (IF(reset="subtraction", semantics=JUMP), 0.4),
}


def network_of(neuron: Neuron, scale: float, inputs: int = 30, outputs: int = 11, **others: Any) -> Network:
    rng = np.random.default_rng(1)
    weights = (scale * rng.normal(0.3, 1, (inputs, outputs))).astype(np.float32)
    mask = rng.random((inputs, outputs)) < 0.6
    return into(neuron, Weights(values=np.where(mask, weights, 0), mask=mask), **others)


def both(network: Network, **options: Any) -> tuple[Activity, Activity]:
    program = compiled(network, **options)
    inputs = random_spikes(5, 60, network.sources[0].size, 0.2, seed=3)
    return program.run(inputs, "reference"), program.run(inputs, "model")


@pytest.mark.parametrize("layout", ["packed", "grid"])
@pytest.mark.parametrize("cells", ["pair", "reference"])
@pytest.mark.parametrize("name", NEURONS)
def test_ideal_arrays_give_the_reference_spikes(name: str, cells: str, layout: str) -> None:
    reference, model = both(network_of(*NEURONS[name], delay=3), cells=cells, layout=layout, tile="9x7")
    assert reference.spikes["neurons"].total > 20
    assert_same_spikes(reference, model)
    assert {k: v.tolist() for k, v in reference.synaptic_events.items()} == {
        k: v.tolist() for k, v in model.synaptic_events.items()
    }


@pytest.mark.parametrize("cells", ["pair", "reference"])
def test_conductance_neurons_with_lateral_inhibition(cells: str) -> None:
    reference, model = both(two_layer(density=0.8), cells=cells, tile="5x5")
    assert reference.spikes["excitatory"].total > 10
    assert_same_spikes(reference, model)


@pytest.mark.parametrize(
    "options", [{}, {"tile": "16x8", "layout": "grid"}, {"tile": "16x9", "cells": "reference"}, {"read_noise": 1e-12}]
)
def test_layers_convolution_pooling_and_delays(options: dict[str, Any]) -> None:
    reference, model = both(one_delay(), **options)
    assert min(reference.spikes[name].total for name in ("features", "hidden")) > 100
    assert_same_spikes(reference, model)
    tolerance = 1e-4 * np.abs(reference.voltages["classes"]).max()
    np.testing.assert_allclose(model.voltages["classes"], reference.voltages["classes"], rtol=0, atol=tolerance)


@pytest.mark.parametrize("noise", [0.0, 1e-12])
def test_equal_delays_listed_for_every_synapse_of_sparse_rows(noise: float) -> None:
    rows = Sparse(np.arange(0, 21, 2), np.tile([0, 3], 10))
    weights = Weights(values=np.random.default_rng(0).normal(0.3, 1, 20))
    delays: Any = np.full(20, 3, np.int32)
    network = into(IF(semantics=JUMP), weights, connectivity=rows, size=6, sources=10, delay=delays)
    reference, model = both(network, read_noise=noise)
    assert reference.spikes["neurons"].total > 20
    assert_same_spikes(reference, model)


def test_single_cells_add_their_lowest_conductance_to_every_output() -> None:
    """w / scale lies on g_min = 1 µS of 1 to 40 µS: every spike weighs max(w) / 39 more."""
    network = network_of(IF(v_thresh=3.0, semantics=JUMP), 1.0)
    synapses = network.projection("synapses")
    weights = np.abs(synapses.weights.decoded())
    positive = network.with_projections(replace(synapses, weights=Weights(values=weights)))
    program = compiled(positive, cells="single", layout="grid", tile="9x7")
    leaking = network.with_projections(replace(synapses, weights=Weights(values=weights + float(weights.max()) / 39)))
    inputs = random_spikes(5, 60, 30, 0.2)
    expected = simulate(leaking, inputs).spikes["neurons"]
    found = program.run(inputs, "model").spikes["neurons"]
    assert found.total == expected.total > program.run(inputs, "reference").spikes["neurons"].total
    np.testing.assert_array_equal(found.neurons, expected.neurons)
    assert program.manifest["weights"][0]["weight_added_by_each_spike"] == pytest.approx(weights.max() / 39)


@pytest.mark.parametrize("cells", ["pair", "reference"])
@pytest.mark.parametrize("options", [{"read_noise": 1e-12}, {"partial_sums": "digital", "converter_bits": 20}])
def test_reading_every_step_tends_to_the_linear_chip(cells: str, options: dict[str, Any]) -> None:
    network = two_layer(density=0.8)
    chips = [compiled(network, cells=cells, tile="5x5", programming="device", **o) for o in ({}, options)]
    assert chips[0].chip.linear and not chips[1].chip.linear
    inputs = random_spikes(4, 60, 12, 0.3)
    linear, read = (chip.run(inputs, "model") for chip in chips)
    assert linear.spikes["excitatory"].total > 10
    if options.get("partial_sums") is None:  # converters are ranged for ideal cells: others may be clipped
        assert_same_spikes(linear, read)
    else:
        assert_same_spikes(
            *(compiled(network, cells=cells, tile="5x5", **o).run(inputs, "model") for o in ({}, options))
        )


def test_inputs_on_gates_tend_to_inputs_on_rows(tmp_path: Any) -> None:
    gates = device_with(tmp_path / "gates.toml", inputs='"gates"', wire_ohm_per_um=assumed(1e-6))
    network = network_of(*NEURONS["delta"])
    program = compiled(network, device=str(gates), segment_ohms=None, tile="16x16")
    assert not program.chip.linear
    inputs = random_spikes(3, 60, 30, 0.2)
    assert_same_spikes(program.run(inputs, "reference"), program.run(inputs, "model"))
    ideal = compiled(network, device=str(gates), tile="16x16")
    assert ideal.chip.linear
    assert_same_spikes(program.run(inputs, "reference"), ideal.run(inputs, "model"))


@pytest.mark.parametrize(("cells", "tile"), [("pair", "64x64"), ("reference", "13x5")])
def test_noise_of_the_drive_has_the_variance_of_its_cells(cells: str, tile: str) -> None:
    """A weighted sum of independent cells: scale^2 s^2 of all G^2 that are read, the reference columns' among them."""
    network = network_of(*NEURONS["delta"])
    array = compiled(network, cells=cells, read_noise=0.05, tile=tile, layout="grid").chip.arrays["synapses"]
    mapped = array.mapping.mapped
    spikes = np.repeat(np.random.default_rng(5).random((1, 30)) < 0.5, 20_000, axis=0)
    found, clipped = array.drive(spikes, seed=7)
    squares = (mapped.conductances[spikes[0]] ** 2).sum(0)
    if mapped.reference is None:
        expected = squares[0::2] + squares[1::2]
    else:
        expected = squares + (mapped.reference[spikes[0]] ** 2).sum()
    sigma = 0.05 * mapped.scale * np.sqrt(expected)
    np.testing.assert_allclose(found.std(axis=0), sigma, rtol=0.03)  # 6 standard errors
    exact = spikes[0] @ mapped.weights()
    np.testing.assert_allclose(found.mean(axis=0), exact, atol=float(6 * sigma.max() / np.sqrt(len(spikes))))
    assert clipped == 0


@pytest.mark.parametrize(
    "options", [{"read_noise": 0.3}, {"read_noise": 0.3, "partial_sums": "digital", "tile": "4x4"}]
)
def test_one_seed_one_result(options: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """The batch, its order, the groups it is read in and the threads change nothing; another chip seed does."""
    program = compiled(two_layer(), **options)
    inputs = random_spikes(6, 60, 12, 0.3)
    whole = program.run(inputs, "model")
    assert whole.spikes["excitatory"].total > 10
    assert_same_spikes(whole, program.run(inputs, "model"))
    assert_same_spikes(whole, Activity.concatenate([program.run(inputs.part(i, i + 2), "model") for i in (0, 2, 4)]))
    backwards = SpikeBatch.concatenate([inputs.sample(i) for i in range(5, -1, -1)])
    found = program.run(backwards, "model").spikes["excitatory"]
    for sample in range(6):
        expected = whole.spikes["excitatory"].sample(sample).dense()
        np.testing.assert_array_equal(found.sample(5 - sample).dense(), expected)
    other = compiled(two_layer(), **options, device_seed=1).run(inputs, "model")
    assert not np.array_equal(other.spikes["excitatory"].indptr, whole.spikes["excitatory"].indptr)
    monkeypatch.setattr(numba, "get_num_threads", lambda: 1)
    monkeypatch.setattr(array_simulation, "MOST_CURRENTS", 60 * 5 * 4)
    assert [part.samples for part in groups(program.chip, inputs)] == [4, 2]
    again = program.run(inputs, "model")
    assert_same_spikes(whole, again)
    assert again.saturations == whole.saturations


def test_keys_are_those_of_the_spikes() -> None:
    inputs = random_spikes(3, 20, 8, 0.2)
    twice = SpikeBatch.concatenate([inputs, inputs.sample(1)])
    keys = sample_keys(twice)
    assert keys[3] == keys[1] and len(set(keys)) == 3


def test_no_samples() -> None:
    program = compiled(two_layer(), read_noise=0.1)
    assert program.run(random_spikes(1, 30, 12, 0.2).part(0, 0), "model").spikes["excitatory"].samples == 0
