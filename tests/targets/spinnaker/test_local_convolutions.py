"""Convolutions without synaptic rows: the same spikes as with rows, planes and their cores, what is refused."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from convolutional_networks import CURRENTS, one_projection, two_convolutions
from hypothesis import given
from hypothesis import strategies as st
from networks import random_spikes, spikes_at

from neurodeploy.compiler import check_network, compile_network
from neurodeploy.errors import NeurodeployError
from neurodeploy.network import (
    Activity,
    ConductanceLIF,
    Convolution2d,
    Dense,
    LateralInhibition,
    Network,
    Projection,
    SpikeBatch,
    Weights,
)
from neurodeploy.targets.spinnaker.firmware import run_on_model
from neurodeploy.targets.spinnaker.planes import core_shape, put_together
from neurodeploy.targets.spinnaker.preflight import estimate_cores
from neurodeploy.targets.spinnaker.program import SpinnakerProgram
from neurodeploy.targets.spinnaker.pynn_network import Plane, PynnPopulation
from neurodeploy.targets.spinnaker.time_budget import step_instructions


def compiled(network: Network, **options: Any) -> SpinnakerProgram:
    chosen = {"mapping": "estimate", "convolution": "local-only", "weight_bound": "worst_case", **options}
    program = compile_network(network, "spinnaker", chosen).program
    assert isinstance(program, SpinnakerProgram)
    return program


def assert_same(found: Activity, expected: Activity) -> None:
    assert set(found.spikes) == set(expected.spikes) and set(found.voltages) == set(expected.voltages)
    for name, batch in expected.spikes.items():
        np.testing.assert_array_equal(found.spikes[name].indptr, batch.indptr, name)
        np.testing.assert_array_equal(found.spikes[name].neurons, batch.neurons, name)
    for name, voltages in expected.voltages.items():
        np.testing.assert_array_equal(found.voltages[name], voltages, name)


def run_both(network: Network, probability: float = 0.04, **options: Any) -> tuple[Activity, SpinnakerProgram]:
    """Runs without rows; every voltage and spike must be those of the same network with rows."""
    inputs = random_spikes(2, 50, network.populations[0].size, probability)
    program = compiled(network, **options)
    rows = compiled(network, convolution="rows", **options)
    found = run_on_model(program.mapping, inputs, record_voltages=True)
    assert_same(found, run_on_model(rows.mapping, inputs, record_voltages=True))
    return found, program


def test_kernels_do_what_rows_do() -> None:
    """Signed kernels that are not square, padding, delays, two input channels, pruning: names are those of the network."""
    found, program = run_both(two_convolutions(), neurons_per_core=16)
    assert all(found.spikes[name].total > 100 for name in ("first", "second", "output"))
    mapping = program.mapping
    assert [len(c.pairs()) for c in mapping.convolutions] == [6, 11]
    assert [c.label for c in mapping.convolutions] == ["one", "two"]
    assert {p.label for p in mapping.populations if p.part_of == "first"} == {f"first[{c}]" for c in range(4)}
    assert sorted(entry["projection"] for entry in program.manifest["weights"])[-2:] == ["two", "two"]


def test_one_spike_reaches_the_targets_of_the_cross_correlation() -> None:
    """o = x + padding - k: an input spike at (2, 3) shows the kernel turned by half a turn around it."""
    kernel = np.arange(1, 16).reshape(1, 1, 3, 5) / 32
    quiet = replace(CURRENTS, v_thresh=1e3)
    network = one_projection(
        Convolution2d((3, 5), padding=((1, 1), (2, 2))), (1, 6, 8), (1, 6, 8), kernel, neuron=quiet
    )
    activity = run_on_model(compiled(network).mapping, spikes_at(4, 48, {0: [2 * 8 + 3]}), record_voltages=True)
    risen = activity.voltages["neurons"][0, 2].reshape(6, 8)
    around = risen[1:4, 1:6]
    assert np.count_nonzero(risen) == np.count_nonzero(around) == 15
    np.testing.assert_allclose(around / around[-1, -1], kernel[0, 0, ::-1, ::-1] * 32, rtol=2e-3)


def test_groups_have_no_kernels_between_them() -> None:
    weights = np.random.default_rng(1).normal(0.5, 0.6, (4, 1, 3, 3))
    network = one_projection(Convolution2d((3, 3), groups=2), (2, 6, 6), (4, 4, 4), weights)
    _, program = run_both(network, 0.1)
    assert program.mapping.convolutions[0].joined.tolist() == [
        [True, False],
        [True, False],
        [False, True],
        [False, True],
    ]


def test_rows_reach_and_leave_planes() -> None:
    """dense -> plane -> convolution -> dense: the dense weights are cut into channels, and their cores are rectangles."""
    network, rng = two_convolutions(), np.random.default_rng(2)
    changed = replace(
        network.projections[0], connectivity=Dense(), weights=Weights(values=rng.normal(0.02, 0.2, (128, 192)))
    )
    found, program = run_both(network.with_projections(changed), neurons_per_core=12)
    assert found.spikes["second"].total > 100
    assert [p.label for p in program.mapping.populations][:3] == ["input", "first[0]", "first[1]"]
    rows = [p for p in program.mapping.projections if p.label.startswith("one_excitatory")]
    assert [p.label for p in rows] == [f"one_excitatory[{c}]" for c in range(4)]
    longest = next(u for u in program.resources() if u.name == "longest synaptic row")
    assert 0 < longest.used <= 12


def test_shift_holds_the_largest_code() -> None:
    """0.99999 at shift 0 would be 32768, which is -32768 in 16 bits."""
    network = one_projection(Convolution2d((1, 1)), (1, 2, 2), (1, 2, 2), [[[[0.99999]]]])
    population = compiled(network).mapping.populations[1]
    assert population.shifts == (1, 0) and population.summed_weight_bounds[0] == 1.0
    assert compiled(network).mapping.convolutions[0].codes.item() == 16384
    assert compiled(network, convolution="rows").mapping.populations[1].shifts == (0, 0)


CONVOLUTION = Convolution2d((3, 3))
WEIGHTS = np.full((1, 1, 3, 3), 0.3)


def with_lateral_inhibition() -> Network:
    network = one_projection(CONVOLUTION, (1, 5, 5), (1, 3, 3), WEIGHTS)
    lateral = Projection("lateral", "neurons", "neurons", LateralInhibition(), Weights(values=np.array([-0.1])))
    return replace(network, projections=(*network.projections, lateral))


@pytest.mark.parametrize(
    ("network", "reason"),
    [
        (one_projection(Convolution2d((3, 3), (2, 2)), (1, 5, 5), (1, 2, 2), WEIGHTS), "'synapses' has the stride"),
        (one_projection(Convolution2d((2, 3)), (1, 5, 5), (1, 4, 3), WEIGHTS[:, :, :2]), "even sides"),
        (one_projection(Convolution2d((3, 3), dilation=(2, 2)), (1, 5, 5), (1, 1, 1), WEIGHTS), "dilation"),
        (one_projection(Convolution2d((3, 3), padding=((0, 1), (1, 1))), (1, 5, 5), (1, 4, 5), WEIGHTS), "opposite sides"),
        (one_projection(CONVOLUTION, (1, 5, 5), (1, 3, 3), WEIGHTS, np.arange(1, 10).reshape(WEIGHTS.shape)), "for each synapse"),
        (one_projection(CONVOLUTION, (1, 5, 5), (1, 3, 3), WEIGHTS, neuron=replace(CURRENTS, synapse="delta")), "do not decay"),
        (one_projection(CONVOLUTION, (1, 5, 5), (1, 3, 3), WEIGHTS, neuron=ConductanceLIF()), "--synapses current"),
        (with_lateral_inhibition(), "'neurons' has convolutions and 'lateral'.*with a population between"),
        (one_projection(Dense(), (4,), (2,), np.full((4, 2), 0.3)), "it has none that is left"),
    ],
)  # fmt: skip
def test_refusals_name_a_way_out(network: Network, reason: str) -> None:
    with pytest.raises(NeurodeployError, match=f"ND404.*{reason}.*--convolution rows"):
        compiled(network)
    compiled(network, convolution="rows")


def test_a_refusal_is_told_once_for_both_signs() -> None:
    weights = WEIGHTS * np.where(np.arange(9).reshape(3, 3) % 2, -1, 1)
    with pytest.raises(NeurodeployError) as caught:
        compiled(one_projection(Convolution2d((3, 3), (2, 2)), (1, 5, 5), (1, 2, 2), weights))
    assert str(caught.value).count("stride (2, 2)") == 1


def test_delays_beyond_the_ring_buffers_do_not_fit() -> None:
    network = one_projection(CONVOLUTION, (1, 18, 18), (1, 16, 16), WEIGHTS, delay=33)
    usage = {u.name: u for u in check_network(network, "spinnaker", {"convolution": "local-only"})}
    assert not usage["ring buffer entries of a core"].fits
    assert check_network(network, "spinnaker", {"convolution": "local-only", "neurons_per_core": 128})
    assert compiled(network, neurons_per_core=128).mapping.convolutions[0].delay_steps == 33


def test_preflight_counts_planes() -> None:
    program = compiled(two_convolutions(), neurons_per_core=16)
    cores = estimate_cores(program.mapping)
    assert len(cores) == 2 + 4 * 3 + 3 + 1
    usage = {u.name: u.used for u in program.resources()}
    assert usage["SDRAM in all with --convolution rows"] > 1.3 * usage["SDRAM in all"]
    assert usage["routing entries of the fullest chip (at most)"] == 2 + 4 * 3 + 3
    rows = compiled(two_convolutions(), convolution="rows", neurons_per_core=16)
    assert usage["SDRAM in all with --convolution rows"] == next(
        u.used for u in rows.resources() if u.name == "SDRAM in all"
    )


def test_instructions_follow_the_spikes() -> None:
    """A spike whose kernel lies on one core only costs the other nothing but what its core's neighbourhood gets."""
    network = one_projection(CONVOLUTION, (1, 4, 16), (1, 2, 14), WEIGHTS)
    mapping = compiled(network, neurons_per_core=14).mapping  # two cores of 7 x 2
    assert mapping.populations[1].plane == Plane(14, 2, (7, 2)) and mapping.populations[0].plane == Plane(
        16, 4, (16, 4)
    )
    spikes = {"input": spikes_at(3, 64, {1: [16 + 1]}), "neurons": SpikeBatch.from_dense(np.zeros((1, 3, 28)))}
    (_, left), (_, right) = step_instructions(mapping, spikes)
    assert left[1] - left[0] == pytest.approx(303 + 9 * 5 + 4 * 43.6)  # 2 x 2 of the kernel's 9 targets exist
    assert right[1] - right[0] == pytest.approx(303 + 9 * 5)


@given(st.integers(1, 60), st.integers(1, 60), st.integers(1, 256))
def test_cores_tile_the_plane(width: int, height: int, most: int) -> None:
    wide, high = core_shape(width, height, most)
    assert width % wide == height % high == 0 and 1 <= wide * high <= most
    places = Plane(width, height, (wide, high)).positions()
    np.testing.assert_array_equal(np.sort(places), np.arange(width * height))
    first = np.flatnonzero(places < wide * high)
    assert first.max() % width == wide - 1 and first.max() // width == high - 1


@given(st.integers(0, 2**32 - 1))
def test_parts_are_put_together(seed: int) -> None:
    dense = np.random.default_rng(seed).random((2, 4, 9)) < 0.3
    parts = [PynnPopulation(f"p[{i}]", "IF_curr_exp", 3, part_of="p", first=3 * i) for i in range(3)]
    spikes = {i: SpikeBatch.from_dense(dense[:, :, 3 * i : 3 * i + 3]) for i in range(3)}
    np.testing.assert_array_equal(put_together(parts, spikes)["p"].dense(), dense)
    assert put_together(parts, {0: spikes[0]}) == {}


def test_convolutions_of_the_same_synapses_stay_apart() -> None:
    """Two convolutions between the same populations are two kernels for every pair."""
    network = one_projection(CONVOLUTION, (1, 5, 5), (1, 3, 3), WEIGHTS)
    again = replace(network.projections[0], name="again", delay=4)
    found, program = run_both(replace(network, projections=(*network.projections, again)), 0.2)
    assert len(program.mapping.convolutions) == 2 and found.spikes["neurons"].total > 5
