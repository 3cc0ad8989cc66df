"""Weights, lateral projections, contiguous rows and diagnoses of bad descriptions."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neurodeploy.firmware_models.spinnaker import (
    FirmwarePopulation,
    FirmwareProjection,
    LateralFirmwareProjection,
    quantise_weights,
    ring_buffer_shift,
    run_firmware,
)
from neurodeploy.firmware_models.spinnaker.weights import decode_weights, wrapped_weights

DEFAULTS = {"v_rest": -65.0, "v_reset": -70.0, "v_thresh": -55.0, "tau_m": 20.0, "cm": 1.0, "i_offset": 0.0,
            "tau_refrac": 2.0, "v": -65.0, "tau_syn_E": 3.0, "tau_syn_I": 5.0, "e_rev_E": 0.0, "e_rev_I": -90.0}  # fmt: skip


def population(model="IF_curr_exp", size=12, shifts=(1, 3), **changes):
    values = {**DEFAULTS, **changes}
    return FirmwarePopulation("p", model, size, {k: np.full(size, v) for k, v in values.items()}, shifts)


def dense(source, target, rows, columns, weights, delay, receptor):
    indptr = np.arange(rows + 1, dtype=np.int64) * columns
    indices = np.tile(np.arange(columns, dtype=np.int32), rows)
    return FirmwareProjection(
        source, target, indptr, indices, weights, np.full(rows * columns, delay, np.uint8), receptor
    )


def drive(seed, size, steps, samples, rate):
    rng = np.random.default_rng(seed)
    spikes = rng.random((samples * steps, size)) < rate
    indptr = np.concatenate([[0], np.cumsum(spikes.sum(axis=1))])
    return {
        "steps": steps,
        "samples": samples,
        "source_indptr": indptr,
        "source_neurons": np.nonzero(spikes)[1].astype(np.int32),
    }


@given(st.integers(0, 2**32), st.sampled_from(["IF_curr_exp", "IF_curr_delta", "IF_cond_exp"]), st.integers(1, 6),
       st.integers(0, 65535))  # fmt: skip
@settings(max_examples=25, deadline=None)
def test_lateral_projection_equals_explicit_synapses(seed, model, delay, weight):
    n, rng = 12, np.random.default_rng(seed)
    source = FirmwarePopulation("s", "SpikeSourceArray", 8)
    target = population(model, n, (2, 2) if model != "IF_cond_exp" else (9, 9))
    inputs = dense(0, 1, 8, n, rng.integers(0, 65536, 8 * n).astype(np.uint16), 1, 0)
    pre, post = np.nonzero(~np.eye(n, dtype=bool))
    weights, delays = np.full(pre.size, weight, np.uint16), np.full(pre.size, delay, np.uint8)
    explicit = FirmwareProjection(1, 1, np.arange(n + 1) * (n - 1), post.astype(np.int32), weights, delays, 1)
    options = {"time_step_ms": 1.0, "record_voltages": (1,), **drive(seed, 8, 60, 2, 0.3)}
    first = run_firmware([source, target], [inputs, explicit], **options)
    second = run_firmware([source, target], [inputs, LateralFirmwareProjection(1, 1, weight, delay, 1)], **options)
    np.testing.assert_array_equal(first.voltages[1], second.voltages[1])
    np.testing.assert_array_equal(first.saturations, second.saturations)
    np.testing.assert_array_equal(first.synaptic_events, second.synaptic_events)


def test_contiguous_rows_equal_shuffled_rows():
    n, rng = 12, np.random.default_rng(3)
    source, target = FirmwarePopulation("s", "SpikeSourceArray", 8), population(size=n)
    ordered = dense(0, 1, 8, n, rng.integers(0, 30000, 8 * n).astype(np.uint16), 4, 0)
    order = np.concatenate([row * n + rng.permutation(n) for row in range(8)])
    shuffled = FirmwareProjection(
        0, 1, ordered.indptr, ordered.indices[order], ordered.weights[order], ordered.delays, 0
    )
    options = {"time_step_ms": 1.0, "record_voltages": (1,), **drive(1, 8, 80, 3, 0.2)}
    first, second = (run_firmware([source, target], [p], **options) for p in (ordered, shuffled))
    np.testing.assert_array_equal(first.voltages[1], second.voltages[1])
    assert first.spike_counts[1].sum() > 0


def test_delay_is_counted_in_steps():
    source, target = FirmwarePopulation("s", "SpikeSourceArray", 1), population(size=1)
    for delay in (1, 5, 16, 40):
        projection = dense(0, 1, 1, 1, np.array([65535], np.uint16), delay, 0)
        spike = {
            "source_indptr": np.concatenate([np.zeros(3), np.ones(58)]).astype(np.int64),
            "source_neurons": np.zeros(1, np.int32),
        }
        v = run_firmware(
            [source, target], [projection], time_step_ms=1.0, steps=60, samples=1, record_voltages=(1,), **spike
        )
        changed = np.flatnonzero(np.diff(v.voltages[1][0, :, 0]))
        assert changed[0] == 2 + delay  # the update of step 2 + delay is the first that sees the spike of step 2


def test_two_chained_populations_and_sparse_spikes():
    source, one, two = (
        FirmwarePopulation("s", "SpikeSourceArray", 4),
        population(size=5),
        population("IF_curr_delta", 6, (4, 4)),
    )
    projections = [
        dense(0, 1, 4, 5, np.full(20, 60000, np.uint16), 1, 0),
        dense(1, 2, 5, 6, np.full(30, 20000, np.uint16), 2, 0),
    ]
    result = run_firmware([source, one, two], projections, time_step_ms=1.0, **drive(2, 4, 50, 4, 0.5))
    assert result.spike_counts[2].sum() > 0
    for number in range(3):
        assert result.spike_indptr[number][-1] == result.spike_neurons[number].size == result.spike_counts[number].sum()
    assert result.synaptic_events.tolist() == [result.spike_counts[0].sum() * 5, result.spike_counts[1].sum() * 6]


@pytest.mark.parametrize(
    ("maximum", "shift"), [(-1.0, 0), (0.0, 0), (0.5, 0), (0.999, 0), (1.0, 1), (1.5, 1), (2.0, 2), (7.9, 3), (8.0, 4)]
)
def test_ring_buffer_shift(maximum, shift):
    assert ring_buffer_shift(maximum, "IF_curr_exp") == shift
    assert ring_buffer_shift(maximum / 1024, "IF_cond_exp") == shift


def test_weights_wrap_silently_like_sPyNNaker_and_are_diagnosed():
    weights = np.array([2.0, 2.25, 0.25, -0.25])
    assert quantise_weights(weights, 0, "IF_curr_exp").tolist() == [0, 8192, 8192, 8192]
    assert wrapped_weights(weights, 0, "IF_curr_exp").tolist() == [True, True, False, False]
    assert decode_weights(np.array([8192], np.uint16), 0, "IF_curr_exp").tolist() == [0.25]
    with pytest.raises(ValueError, match="finite"):
        quantise_weights(np.array([np.nan]), 0, "IF_curr_exp")


def test_bad_descriptions_are_refused():
    source, target = FirmwarePopulation("s", "SpikeSourceArray", 2), population(size=3)
    good = dense(0, 1, 2, 3, np.ones(6, np.uint16), 1, 0)
    options = {"time_step_ms": 1.0, **drive(1, 2, 5, 1, 0.5)}
    with pytest.raises(ValueError, match="SpikeSourceArray"):
        run_firmware([target], [], **options)
    with pytest.raises(ValueError, match="delays must be at least one"):
        run_firmware([source, target], [dense(0, 1, 2, 3, np.ones(6, np.uint16), 0, 0)], **options)
    with pytest.raises(ValueError, match="outside the SpikeSourceArray"):
        run_firmware([source, target], [good], **{**options, "source_neurons": options["source_neurons"] + 2})
    with pytest.raises(ValueError, match="rounds to 0"):
        run_firmware([source, population(size=3, cm=1e-6)], [good], **options)
    with pytest.raises(ValueError, match="'tau_m' is missing"):
        broken = {k: v for k, v in target.parameters.items() if k != "tau_m"}
        run_firmware([source, FirmwarePopulation("p", "IF_curr_exp", 3, broken)], [good], **options)
