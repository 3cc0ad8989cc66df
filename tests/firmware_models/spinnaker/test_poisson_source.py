"""Poisson sources: every spike of the real binary (golden vectors), and rates, times and errors."""

import json
from math import isqrt
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neurodeploy.firmware_models.spinnaker import (
    FirmwarePopulation,
    FirmwareProjection,
    PoissonCore,
    PoissonRates,
    host_seeds,
    poisson_spikes,
    run_firmware,
)
from neurodeploy.firmware_models.spinnaker.poisson_source import rate_table
from neurodeploy.firmware_models.spinnaker.square_root import square_root_s1615

GOLDEN = sorted((Path(__file__).parent / "golden/poisson").glob("*.npz"))
SEED = host_seeds(5, 1)[0]


def sources_of(run, core):
    columns = (run["rates"], run["starts"], run["durations"])
    return [PoissonRates(*(tuple(column[n]) for column in columns)) for n in range(core["first"], core["end"])]


def replay(population, core, runs, time_step):
    """Counts of each segment; the first starts from the seed, the others from a reset."""
    model = None
    for told, steps in zip(population["runs"], runs, strict=True):
        parts = []
        for number, (run, count) in enumerate(zip(told, steps, strict=True)):
            if model is None:
                model = PoissonCore(tuple(core["seed"]), sources_of(run, core), time_step)
            elif number == 0:
                model.reset()
            if run["changed"]:
                model.change(sources_of(run, core))
            parts.append(model.run(count))
        yield np.concatenate(parts)


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_every_spike_equals_the_binary(path):
    with np.load(path) as arrays:
        network = json.loads(arrays["network"].tobytes())
        time_step = network["time_step_ms"]
        runs = [[round(time / time_step) for time in segment] for segment in network["runs_ms"]]
        compared = 0
        for place, population in enumerate(network["populations"]):
            for core in population["cores"]:
                for segment, ours in enumerate(replay(population, core, runs, time_step)):
                    steps, sources = arrays[f"step{place}_{segment}"], arrays[f"source{place}_{segment}"]
                    theirs = np.zeros((len(ours), population["size"]), np.int32)
                    np.add.at(theirs, (steps, sources), 1)
                    np.testing.assert_array_equal(ours, theirs[:, core["first"] : core["end"]])
                    compared += ours.sum()
    assert compared > 5_000


def test_golden_files_hold_changed_rates_several_rates_and_several_cores():
    populations = []
    for path in GOLDEN:
        with np.load(path) as arrays:
            populations += json.loads(arrays["network"].tobytes())["populations"]
    assert any(run["changed"] for p in populations for segment in p["runs"] for run in segment)
    assert any(len(p["cores"]) > 1 for p in populations)
    assert any(len(rates) > 1 for p in populations for rates in p["runs"][0][0]["rates"])


@settings(max_examples=25, deadline=None)
@given(st.lists(st.floats(0, 12_000), min_size=1, max_size=6), st.lists(st.integers(1, 80), min_size=2, max_size=4))
def test_a_run_in_parts_is_the_run_as_a_whole(rates, parts):
    sources = [PoissonRates((rate, rate / 3), (0.0, 40.0), (30.0, 60.0)) for rate in rates]
    whole, split = PoissonCore(SEED, sources, 1.0), PoissonCore(SEED, sources, 1.0)
    np.testing.assert_array_equal(whole.run(sum(parts)), np.concatenate([split.run(part) for part in parts]))


@pytest.mark.parametrize("rate", [4.0, 50.0, 400.0, 3_000.0, 9_000.0])
def test_counts_are_poisson_distributed(rate):
    counts = PoissonCore(SEED, [PoissonRates((rate,))] * 20, 1.0).run(3_000)
    expected = rate / 1000 * counts.size
    assert abs(counts.sum() - expected) < 4 * np.sqrt(expected)
    # the variance of a Poisson number is its mean; of n numbers, its standard error is sqrt((1 / mean + 2) / n) means
    assert abs(counts.var() / counts.mean() - 1) < 5 * np.sqrt((1000 / rate + 2) / counts.size)


@pytest.mark.parametrize("rate", [12_000.0, 20_000.0, 60_000.0])
def test_high_rates_are_a_quarter_of_a_spike_too_high(rate):
    """(z / 2 + sqrt(lambda))^2 has the mean lambda + 1/4 and the variance lambda + 1/8, and 1/12 from rounding."""
    counts = PoissonCore(SEED, [PoissonRates((rate,))] * 20, 1.0).run(3_000)
    assert abs(counts.mean() - (rate / 1000 + 0.25)) < 4 * np.sqrt(rate / 1000 / counts.size)
    assert abs(counts.var() / (rate / 1000 + 0.125 + 1 / 12) - 1) < 5 * np.sqrt(2.1 / counts.size)


def test_nothing_is_sent_outside_start_and_duration():
    sources = [PoissonRates((800.0,), (20.0,), (30.0,)), PoissonRates((5.0,), (20.0,), (30.0,)), PoissonRates((0.0,))]
    counts = PoissonCore(SEED, sources, 0.5).run(200)
    assert counts[40:100, 0].all() or counts[40:100, 0].sum() > 5
    assert not counts[:40].any() and not counts[100:].any() and not counts[:, 2].any()


def test_a_reset_repeats_and_a_change_does_not():
    core = PoissonCore(SEED, [PoissonRates((700.0,))] * 3, 1.0)
    first = core.run(100)
    core.change([PoissonRates((900.0,))] * 3)
    assert not np.array_equal(core.run(100), first)
    core.change([PoissonRates((700.0,))] * 3)
    core.reset()
    np.testing.assert_array_equal(core.run(100), first)


def test_rates_at_the_bounds_of_their_kinds():
    rates = [0.0, 9.99, 10.0, 9_999.9, 10_000.1]
    table, first = rate_table([PoissonRates((rate,)) for rate in rates], 1.0)
    assert table[0].tolist() == [0, 0, 1, 1, 2] and first.tolist() == [0, 1, 2, 3, 4, 5]
    assert table[1].tolist() == [0, 100, 0, 0, 0]  # whole steps: 9.99 Hz are 100.1


def test_spikes_drive_the_firmware_model():
    rates = np.array([3_000.0, 10.0, 0.0])
    counts = PoissonCore(SEED, [PoissonRates((rate,)) for rate in rates], 1.0).run(500)
    indptr, neurons = poisson_spikes(SEED, rates, 1.0, 500)
    np.testing.assert_array_equal(np.diff(indptr), counts.sum(axis=1))
    np.testing.assert_array_equal(np.bincount(neurons, minlength=3), counts.sum(axis=0))
    neuron = {
        "v_rest": -65.0,
        "v_thresh": 1e4,
        "i_offset": 0.0,
        "v_reset": -65.0,
        "tau_refrac": 0.0,
        "tau_m": 20.0,
        "cm": 1.0,
    }
    target = FirmwarePopulation("t", "IF_curr_delta", 1, {k: np.array([v]) for k, v in (neuron | {"v": -65.0}).items()})
    weights = np.full(3, 1 << 10, np.uint16)
    projection = FirmwareProjection(
        0, 1, np.arange(4), np.zeros(3, np.int32), weights, np.ones(3, np.uint8), receptor=0
    )  # fmt: skip
    result = run_firmware(
        [FirmwarePopulation("s", "SpikeSourceArray", 3), target], [projection], time_step_ms=1.0, steps=500, samples=1,
        source_indptr=indptr, source_neurons=neurons,
    )  # fmt: skip
    assert result.synaptic_events.tolist() == [counts.sum()]


@given(st.integers(1, 2**31 - 1))
def test_square_roots_are_floors_or_one_unit_off(value):
    assert abs(square_root_s1615(value) - isqrt(value << 15)) <= 1


def test_square_roots_of_whole_numbers():
    assert [square_root_s1615(n << 15) for n in (0, 1, 2, 20)] == [0, 1 << 15, 46340, 146542]


@pytest.mark.parametrize(
    ("rates", "starts", "durations"), [((), (), ()), ((1.0, 2.0), (0.0,), (5.0,)), ((-1.0,), (0.0,), (5.0,)), ((1.0,), (-1.0,), (5.0,))]
)  # fmt: skip
def test_bad_sources(rates, starts, durations):
    with pytest.raises(ValueError, match=r"rates|starts"):
        PoissonRates(rates, starts, durations)


def test_bad_cores():
    with pytest.raises(ValueError, match="at least one"):
        PoissonCore(SEED, [], 1.0)
    with pytest.raises(ValueError, match="cannot become"):
        PoissonCore(SEED, [PoissonRates((1.0,))], 1.0).change([])
