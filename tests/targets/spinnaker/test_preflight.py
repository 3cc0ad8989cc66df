"""The pre-flight: what pruning saves, how many chips and boards, rows, time on samples."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from networks import digits_network, into, random_spikes, two_layer

from neurodeploy import api
from neurodeploy.compiler import compile_network
from neurodeploy.datasets import load_dataset
from neurodeploy.errors import NeurodeployError
from neurodeploy.network import LIF, Network, Projection, Weights
from neurodeploy.targets.spinnaker.mapping import SpinnakerMapping, map_network
from neurodeploy.targets.spinnaker.options import SpinnakerOptions
from neurodeploy.targets.spinnaker.preflight import CoreEstimate, chips_needed, estimate_cores, preflight
from neurodeploy.targets.spinnaker.program import SpinnakerProgram
from neurodeploy.targets.spinnaker.spec import spinn5
from neurodeploy.targets.spinnaker.time_budget import busiest_step, instructions


def mapped(network: Network, **options: Any) -> SpinnakerMapping:
    program = compile_network(network, "spinnaker", {"mapping": "estimate", **options}).program
    assert isinstance(program, SpinnakerProgram)
    return program.mapping


def figure(mapping: SpinnakerMapping, name: str) -> float:
    return next((usage.used for usage in preflight(mapping) if usage.name == name), 0.0)


@given(st.floats(0.0, 0.9), st.integers(3, 40), st.integers(0, 99))
@settings(max_examples=25, deadline=None)
def test_bytes_saved_by_pruning_are_those_of_the_removed_synapses(density: float, per_core: int, seed: int) -> None:
    """The same network with its removed synapses put back, of some weight, takes that much more SDRAM."""
    rng = np.random.default_rng(seed)
    values, mask = 1 + rng.random((50, 37)), rng.random((50, 37)) < density
    mask[0, 0] = True
    pruned = mapped(into(LIF(), Weights(values=np.where(mask, values, 0.0), mask=mask)), neurons_per_core=per_core)
    whole = mapped(into(LIF(), values), neurons_per_core=per_core)
    saved = figure(pruned, "SDRAM saved by pruning")
    assert figure(whole, "SDRAM in all") - figure(pruned, "SDRAM in all") == saved
    assert figure(whole, "SDRAM saved by pruning") == 0


def test_more_chips_are_needed_where_sdram_runs_out() -> None:
    def cores(number: int, megabytes: float) -> list[CoreEstimate]:
        return [CoreEstimate("p", 0, 1, int(megabytes * 1e6), 0)] * number

    assert [chips_needed(cores(n, 0.1), spinn5()) for n in (1, 16, 17, 160)] == [1, 1, 2, 10]
    assert chips_needed(cores(16, 12.0), spinn5()) == 2  # 10 of 12 MB in 123.5 MB
    assert chips_needed(cores(3, 100.0), spinn5()) == 3


def test_a_network_too_large_says_how_many_boards() -> None:
    network = into(LIF(), np.ones((1, 760)), size=760)
    with pytest.raises(NeurodeployError, match=r"ND408.*does not fit SpiNN-5: cores: 761 of 759.*--boards 2"):
        mapped(network, neurons_per_core=1)
    assert mapped(network, neurons_per_core=1, boards=2).options.boards == 2


def test_longest_row_is_by_projection_and_core() -> None:
    network = into(LIF(), np.ones((1, 200)), size=200)
    network = replace(network, projections=(network.projections[0], replace(network.projections[0], name="again")))
    assert figure(map_network(network, SpinnakerOptions()), "longest synaptic row") == 200
    assert figure(map_network(network, SpinnakerOptions(neurons_per_core=64)), "longest synaptic row") == 64


def test_busiest_step_is_the_sum_over_the_spikes_that_arrive() -> None:
    network = two_layer(40, 12, density=0.3)
    mapping = mapped(network, neurons_per_core=5)
    spikes = {"input": random_spikes(3, 100, 40, 0.2), "excitatory": random_spikes(3, 100, 12, 0.1, seed=1)}
    rows = np.diff(mapping.projections[0].indptr)
    best = 0.0
    present = network.projections[0].weights.present()
    dense, own = (spikes[name].dense().reshape(300, -1).astype(float) for name in ("input", "excitatory"))
    for first in (0, 5, 10):
        here = present[:, first : first + 5].sum(axis=1)
        inside = np.isin(np.arange(12), np.arange(first, first + 5))
        neurons = min(5, 12 - first)
        lateral = neurons - inside.astype(float)
        arriving = dense @ (here > 0) + own @ (lateral > 0)
        events = dense @ here + own @ lateral
        best = max(best, float(instructions("IF_cond_exp", neurons, 5, arriving, events).max()))
    assert rows.sum() == present.sum()
    found = busiest_step(mapping, spikes)
    assert found is not None and found.instructions == pytest.approx(best, rel=1e-12)


def test_samples_that_a_core_cannot_keep_up_with_are_refused() -> None:
    network, samples = digits_network(), load_dataset("digits", "train")
    program = api.compile(network, "spinnaker", mapping="estimate", calibrate=samples, calibration_samples=20)
    usage = next(u for u in program.resources() if u.name.endswith("of the samples"))
    assert usage.limit == 200_000 and 735 + 139 * 100 < usage.used < 60_000
    assert isinstance(program, SpinnakerProgram)
    slow = replace(program.mapping, busiest={**program.mapping.busiest, "instructions": 200_001.0})
    assert not next(u for u in preflight(slow) if u.name.endswith("of the samples")).fits


def test_overshoot_names_the_conductances() -> None:
    mapping = mapped(digits_network())
    usage = next(u for u in preflight(mapping) if u.name.startswith("inhibitory conductance"))
    assert usage.used == mapping.populations[1].summed_weight_bounds[1]
    assert "above 8," in usage.where and "above 16;" in usage.where  # cm 4 nF, steps of 0.5 ms
    assert len(estimate_cores(mapping)) == 2


def test_projections_without_synapses_save_their_rows() -> None:
    weights = Weights(values=np.zeros((4, 3)), mask=np.zeros((4, 3), bool))
    network = into(LIF(), np.ones((4, 3)))
    empty = Projection("empty", "input", "neurons", network.projections[0].connectivity, weights, 1, "inhibitory")
    mapping = mapped(replace(network, projections=(*network.projections, empty)))
    assert figure(mapping, "SDRAM saved by pruning") == 4 * (3 + 3) * 4
