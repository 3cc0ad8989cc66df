"""Convolutions and pool-dense matrices: against listed synapses, in closed form, and what is refused."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.signal import convolve2d

from neurodeploy.firmware_models.spinnaker import (
    ConvolutionFirmwareProjection,
    FirmwarePopulation,
    FirmwareProjection,
    PoolDenseFirmwareProjection,
    chip_kernel,
    quantise_signed_weights,
    run_firmware,
)
from neurodeploy.firmware_models.spinnaker.local_only import divide_by_constant, first_targets, post_shape

DEFAULTS = {"v_rest": -65.0, "v_reset": -70.0, "v_thresh": -55.0, "tau_m": 20.0, "cm": 0.5, "i_offset": 0.0,
            "tau_refrac": 2.0, "v": -65.0, "tau_syn_E": 3.0, "tau_syn_I": 5.0}  # fmt: skip
STEPS, SAMPLES = 40, 2


def neurons(size, model="IF_curr_exp"):
    return FirmwarePopulation("p", model, size, {k: np.full(size, v) for k, v in DEFAULTS.items()}, (2, 1))


def sources(size):
    return FirmwarePopulation("s", "SpikeSourceArray", size)


def run(source_size, target, projections, seed=0):
    spikes = np.random.default_rng(seed).random((STEPS * SAMPLES, source_size)) < 0.15
    return run_firmware(
        [sources(source_size), target], projections, time_step_ms=1.0, steps=STEPS, samples=SAMPLES,
        source_indptr=np.concatenate([[0], np.cumsum(spikes.sum(axis=1))]),
        source_neurons=np.nonzero(spikes)[1].astype(np.int32), record_voltages=(1,),
    )  # fmt: skip


def listed(codes, delay, receptors=(0, 1), source=0):
    """Signed codes of shape (sources, targets) as synaptic rows."""
    made = []
    for receptor, part in zip(receptors, (np.maximum(codes, 0), np.maximum(-codes, 0)), strict=True):
        pre, post = np.nonzero(part)
        indptr = np.concatenate([[0], np.cumsum(np.bincount(pre, minlength=len(codes)))])
        delays = np.full(pre.size, delay, np.uint8)
        made.append(
            FirmwareProjection(
                source, 1, indptr, post.astype(np.int32), part[pre, post].astype(np.uint16), delays, receptor
            )
        )
    return made


def assert_equal(first, second):
    np.testing.assert_array_equal(first.voltages[1], second.voltages[1])
    np.testing.assert_array_equal(first.spike_counts[1], second.spike_counts[1])
    np.testing.assert_array_equal(first.saturations, second.saturations)
    assert first.synaptic_events.sum() == second.synaptic_events.sum()


def codes(shape, rng, largest=32767):
    return rng.integers(-largest, largest + 1, shape).astype(np.int16) * (rng.random(shape) < 0.8)


@given(st.integers(0, 2**32), st.tuples(*[st.integers(1, 9)] * 2), st.tuples(*[st.sampled_from([1, 3, 5])] * 2),
       st.tuples(*[st.integers(0, 3)] * 2), st.integers(1, 20), st.sampled_from([(0, 1), (1, 0), (0, 0)]))  # fmt: skip
@settings(max_examples=40, deadline=None)
def test_without_strides_it_is_a_convolution(seed, shape, sides, padding, delay, receptors):
    rng = np.random.default_rng(seed)
    kernel = codes(sides[::-1], rng)
    target = post_shape(shape, sides, padding, (1, 1), (1, 1))
    full = np.zeros((target[1], target[0]))
    matrix = np.zeros((shape[0] * shape[1], full.size), np.int64)
    for neuron in range(len(matrix)):
        image = np.zeros((shape[1], shape[0]), np.int64)
        image.flat[neuron] = 1
        around = np.pad(convolve2d(image, kernel), [(4, 4 + target[i]) for i in (1, 0)])
        y, x = (4 + sides[i] - 1 - padding[i] for i in (1, 0))
        matrix[neuron] = around[y : y + target[1], x : x + target[0]].ravel()
    projection = ConvolutionFirmwareProjection(
        0, 1, shape, target, kernel, delay=delay, padding=padding, receptors=receptors
    )
    population = neurons(full.size)
    expected = run(len(matrix), population, listed(matrix, delay, receptors), seed)
    assert_equal(run(len(matrix), population, [projection], seed), expected)


@given(st.integers(0, 2**32), st.integers(1, 3), st.tuples(*[st.integers(1, 4)] * 2), st.integers(1, 12))
@settings(max_examples=25, deadline=None)
def test_a_dense_matrix_is_every_pooled_source_to_every_neuron(seed, stride, pooled, size):
    rng = np.random.default_rng(seed)
    width, height = pooled[0] * stride, pooled[1] * stride
    weights = codes((pooled[0] * pooled[1], size), rng)
    cube = weights.astype(np.int64).reshape(*pooled, size)
    matrix = np.array([cube[x // stride, y // stride] for y in range(height) for x in range(width)])
    projection = PoolDenseFirmwareProjection(0, 1, (width, height), weights, 3, (stride, stride))
    population = neurons(size)
    expected = run(len(matrix), population, listed(matrix, 3), seed)
    assert_equal(run(len(matrix), population, [projection], seed), expected)


def test_two_planes_of_one_source_population_and_rows_beside_them():
    rng = np.random.default_rng(1)
    first = ConvolutionFirmwareProjection(0, 1, (6, 5), (4, 3), codes((3, 3), rng, 9000))
    second = replace(first, kernel=codes((3, 3), rng, 9000), source_first=30, delay=4)
    rows = listed(codes((60, 12), rng, 300).astype(np.int64), 2)
    together = run(60, neurons(12), [rows[0], first, rows[1], second])
    events = [run(60, neurons(12), [p]).synaptic_events.sum() for p in (first, second, *rows)]
    assert together.synaptic_events.sum() == sum(events)
    moved = run(60, neurons(12), [second, *rows, first])
    np.testing.assert_array_equal(together.voltages[1], moved.voltages[1])
    assert together.spike_counts[1].sum() > 0
    assert (together.voltages[1] != run(60, neurons(12), [first, *rows]).voltages[1]).any()


@given(st.integers(0, 65535), st.integers(1, 300))
def test_division_is_exact_below_sixteen_bits(number, divisor):
    assert divide_by_constant(np.array([number]), divisor)[0] == number // divisor


def test_a_strided_axis_as_the_binary_divides_it():
    # u = source - 1, so source 0 is -1: as an unsigned number it is far beyond every plane
    assert first_targets(5, 3, 0, 2, 1).tolist() == [32766, -1, -1, 0, 0]
    assert first_targets(6, 3, 1, 3, 2).tolist() == [-1, -1, -1, -1, -1, -1]
    assert first_targets(4, 5, 0, 1, 1).tolist() == [-4, -3, -2, -1]


def test_a_kernel_that_is_not_square_is_read_row_by_row():
    assert chip_kernel(np.arange(6, dtype=np.int16).reshape(3, 2)).tolist() == [[0, 1, 2], [3, 4, 5]]


def test_signed_weights_are_rounded_half_to_even_and_wrapped():
    stored = quantise_signed_weights(
        np.array([[0.5, -0.25, 1.0], [2.5 / 32768, -1.5 / 16384, 0]]), (0, 1), "IF_curr_exp"
    )
    assert stored.tolist() == [[16384, -4096, -32768], [2, -2, 0]]
    with pytest.raises(ValueError, match="finite"):
        quantise_signed_weights(np.array([np.nan]), (0, 0), "IF_curr_exp")


GOOD = ConvolutionFirmwareProjection(0, 1, (6, 5), (4, 3), np.ones((3, 3), np.int16))
DENSE = PoolDenseFirmwareProjection(0, 1, (6, 4), np.ones((6, 12), np.int16), 1, (2, 2))


@pytest.mark.parametrize(
    ("projection", "message"),
    [
        (replace(GOOD, kernel=np.ones((2, 3), np.int16)), "kernel of 2 x 3: both sides must be odd"),
        (replace(GOOD, kernel=np.full((3, 3), -32768, np.int16)), "raise the ring-buffer shift"),
        (replace(GOOD, kernel=np.ones((3, 3), np.int32)), "int16"),
        (replace(GOOD, strides=(2, 0)), "strides"),
        (replace(GOOD, padding=(0, -1)), "padding"),
        (replace(GOOD, target_shape=(3, 4)), r"must be \(4, 3\)"),
        (replace(GOOD, source_first=1), "does not fit 30 source neurons"),
        (replace(GOOD, delay=0), r"delay must be 1\.\.255"),
        (replace(GOOD, receptors=(0, 2)), "receptors"),
        (replace(DENSE, pool_strides=(0, 1)), "pool strides"),
        (replace(DENSE, weights=np.ones((5, 12), np.int16)), r"not \(6, 12\)"),
        (replace(DENSE, source_shape=(6, 5)), "reads beyond the matrix"),
        (replace(DENSE, pool_strides=(2, 1), weights=np.ones((12, 12), np.int16)), None),
        (replace(DENSE, pool_strides=(1, 2), weights=np.ones((12, 12), np.int16)), None),
        (replace(DENSE, pool_strides=(1, 3), weights=np.ones((6, 12), np.int16)), "strides must be equal"),
    ],
)
def test_what_the_chip_would_not_do_is_refused(projection, message):
    if message is None:
        assert run(30, neurons(12), [projection]).synaptic_events.sum() > 0
        return
    with pytest.raises(ValueError, match=message):
        run(30, neurons(12), [projection])


def test_only_the_current_exponential_neuron_has_such_binaries():
    with pytest.raises(ValueError, match="IF_curr_exp only, not for IF_curr_delta"):
        run(30, neurons(12, "IF_curr_delta"), [GOOD])
