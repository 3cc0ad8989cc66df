"""The firmware model equals the real sPyNNaker binaries (executed in an ARM emulator) in every voltage and spike."""

import numpy as np
import pytest
from golden_case import golden_names, read_golden

from neurodeploy.firmware_models.spinnaker import quantise_weights, ring_buffer_shift, run_firmware


def raster_of(result, steps, size, population=1):
    raster = np.zeros((steps, size), dtype=bool)
    raster[np.repeat(np.arange(steps), np.diff(result.spike_indptr[population])), result.spike_neurons[population]] = (
        True
    )
    return raster


def run_case(golden, samples=1, reset=True):
    steps = golden.case["steps"] // (1 if reset else samples)
    repeats = samples if reset else 1
    counts = np.tile(np.diff(golden.source_indptr), repeats)
    return run_firmware(
        golden.populations, golden.projections, time_step_ms=golden.case["time_step_ms"], steps=steps, samples=samples,
        source_indptr=np.concatenate([[0], np.cumsum(counts)]), source_neurons=np.tile(golden.source_neurons, repeats),
        record_voltages=(1,), reset_between_samples=reset,
    )  # fmt: skip


def test_there_are_golden_files_for_every_model():
    models = {read_golden(name).case["model"] for name in golden_names()}
    assert models == {"IF_curr_exp", "IF_curr_delta", "IF_cond_exp"}


@pytest.mark.parametrize("name", golden_names())
def test_every_voltage_and_spike_equals_the_binary(name):
    golden = read_golden(name)
    result = run_case(golden)
    np.testing.assert_array_equal(result.voltages[1][0], golden.voltages)
    np.testing.assert_array_equal(raster_of(result, *golden.spikes.shape), golden.spikes)
    np.testing.assert_array_equal(result.spike_counts[1][0], golden.spikes.sum(axis=0))


@pytest.mark.parametrize("name", golden_names())
def test_host_weights_and_shifts_equal_sPyNNaker(name):
    golden = read_golden(name)
    case = golden.case
    for projection, weights in zip(golden.projections, golden.weights, strict=True):
        stored = quantise_weights(weights, case["shifts"][projection.receptor], case["model"])
        np.testing.assert_array_equal(stored, projection.weights)
    if case["max_expected_summed_weight"] is not None:
        assert case["shifts"] == [ring_buffer_shift(x, case["model"]) for x in case["max_expected_summed_weight"]]


@pytest.mark.parametrize("name", ["curr_exp_plain", "cond_exp_saturating"])
def test_samples_are_independent_and_identical(name):
    golden = read_golden(name)
    result = run_case(golden, samples=3)
    for sample in range(3):
        np.testing.assert_array_equal(result.voltages[1][sample], golden.voltages)


@pytest.mark.parametrize("name", ["curr_exp_plain", "curr_delta_plain", "cond_exp_half_ms"])
def test_without_reset_samples_are_one_continuous_run(name):
    golden = read_golden(name)
    result = run_case(golden, samples=5, reset=False)
    np.testing.assert_array_equal(result.voltages[1].reshape(golden.voltages.shape), golden.voltages)
    assert result.spike_counts[1].sum() == golden.spikes.sum()


@pytest.mark.parametrize("name", golden_names())
def test_event_and_saturation_counters_agree_with_the_core(name):
    golden = read_golden(name)
    result = run_case(golden)
    assert result.synaptic_events.sum() == golden.case["core_synaptic_events"]
    entries, additions = result.saturations[1].sum(), golden.case["core_saturated_additions"]
    assert entries <= additions  # the core counts every saturating addition, the model every clipped entry
    assert (entries == 0) == (additions == 0)


def test_saturating_cases_saturate():
    saturations = {name: int(run_case(read_golden(name)).saturations[1].sum()) for name in golden_names()}
    assert all(saturations[name] > 0 for name in golden_names() if "saturating" in name)
    assert saturations["curr_delta_plain"] == saturations["cond_exp_plain"] == 0
