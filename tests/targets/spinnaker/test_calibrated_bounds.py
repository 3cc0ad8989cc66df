"""Summed input on sample data: by brute force on small networks, and what it gives a compiled one."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from networks import digits_network, into, random_spikes, two_layer
from scipy.stats import gumbel_r

from neurodeploy import api
from neurodeploy.compiler import compile_network
from neurodeploy.datasets import load_dataset
from neurodeploy.errors import NeurodeployError
from neurodeploy.network import LIF
from neurodeploy.simulation import simulate
from neurodeploy.targets.spinnaker.calibrated_bounds import _largest_sums, calibrated_bounds, gumbel_quantile
from neurodeploy.targets.spinnaker.program import SpinnakerProgram


def test_quantile_is_that_of_the_gumbel_distribution() -> None:
    drawn = gumbel_r.rvs(loc=3.0, scale=0.2, size=20_000, random_state=np.random.default_rng(1))
    assert gumbel_quantile(drawn) == pytest.approx(gumbel_r.isf(1e-6, 3.0, 0.2), rel=0.02)
    assert gumbel_quantile(np.array([2.0, 2.0])) == 2.0
    assert gumbel_quantile(np.array([0.0] * 10_000 + [50.0])) == 50.0  # never below what was seen


@given(st.integers(0, 10**6))
@settings(max_examples=20, deadline=None)
def test_sums_with_a_delay_for_each_synapse(seed: int) -> None:
    rng = np.random.default_rng(seed)
    delays = rng.integers(0, 9, (6, 4))
    network = into(LIF(), rng.normal(0, 1, (6, 4)))
    network = replace(network, projections=(replace(network.projections[0], delay=delays),))
    spikes = random_spikes(3, 7, 6, 0.4, seed)
    dense, weights = spikes.dense(), np.abs(network.projections[0].weights.decoded())
    sums = np.zeros((3, 7 + 9, 4))
    for sample, step, source in np.argwhere(dense):
        for target in range(4):
            sums[sample, step + delays[source, target], target] += weights[source, target]
    found = _largest_sums(network, "neurons", 0, {"input": spikes, "neurons": spikes})
    np.testing.assert_allclose(found, sums[:, :7].max(axis=(1, 2)), rtol=1e-12)


def test_sums_of_lateral_inhibition_are_of_all_other_neurons() -> None:
    network = two_layer(30, 8)
    inputs = random_spikes(20, 50, 30, 0.3)
    spikes = simulate(network, inputs).spikes
    projection = next(p for p in network.projections if p.receptor == "inhibitory")
    fired = next(batch for name, batch in spikes.items() if name == projection.source).dense()
    assert fired.any()
    weight = float(np.abs(projection.weights.decoded()).max())
    kept = fired[:, : 50 - projection.shortest_delay]
    expected = weight * (kept.sum(axis=2, keepdims=True) - kept).max(axis=(1, 2))
    np.testing.assert_allclose(_largest_sums(network, projection.target, 1, spikes), expected, rtol=1e-12)


def test_chunks_do_not_matter() -> None:
    network, inputs = two_layer(30, 8), random_spikes(40, 20, 30, 0.3)
    whole = calibrated_bounds(network, inputs)
    maxima = _largest_sums(network, "excitatory", 0, simulate(network, inputs).spikes)
    assert whole["excitatory"][0] == gumbel_quantile(maxima)
    assert whole["input"] == (0.0, 0.0)


def test_a_calibrated_program_has_finer_weights_and_loads_again(tmp_path: Path) -> None:
    network, samples = digits_network(), load_dataset("digits", "train")
    finer = api.compile(
        network, "spinnaker", bundle=tmp_path / "finer", mapping="estimate", weight_bound="calibrated",
        calibrate=samples, calibration_samples=100,
    )  # fmt: skip
    usual = compile_network(network, "spinnaker", {"mapping": "estimate"}).program
    assert isinstance(finer, SpinnakerProgram) and isinstance(usual, SpinnakerProgram)
    pairs = list(zip(finer.mapping.weight_report, usual.mapping.weight_report, strict=True))
    assert all(a["ring_buffer_shift"] <= b["ring_buffer_shift"] for a, b in pairs)
    assert pairs[0][0]["relative_rms_error"] < pairs[0][1]["relative_rms_error"] / 2
    again = api.load(tmp_path / "finer")
    assert isinstance(again, SpinnakerProgram)
    assert again.mapping.weight_report == finer.mapping.weight_report
    result = api.run(again, limit=200)
    assert result.events.saturations == {"input": 0, "excitatory": 0}


def test_without_samples_it_is_refused() -> None:
    with pytest.raises(NeurodeployError, match="ND401.*no sample data.*--calibrate DATA"):
        compile_network(two_layer(10, 4), "spinnaker", {"mapping": "estimate", "weight_bound": "calibrated"})
