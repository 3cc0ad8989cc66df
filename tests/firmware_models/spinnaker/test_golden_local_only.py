"""The model equals the real convolution and pool-dense binaries (run by real sPyNNaker on the software board) everywhere."""

import numpy as np
import pytest
from golden_local_only import local_only_names, read_local_only

from neurodeploy.firmware_models.spinnaker import (
    ConvolutionFirmwareProjection,
    PoolDenseFirmwareProjection,
    quantise_signed_weights,
    run_firmware,
)


def run(golden, samples=1):
    counts = np.tile(np.diff(golden.source_indptr), samples)
    return run_firmware(
        golden.populations, golden.projections, time_step_ms=golden.time_step_ms, steps=golden.steps, samples=samples,
        source_indptr=np.concatenate([[0], np.cumsum(counts)]), source_neurons=np.tile(golden.source_neurons, samples),
        record_voltages=tuple(range(1, 1 + len(golden.numbers))),
    )  # fmt: skip


@pytest.mark.parametrize("name", local_only_names())
def test_every_voltage_and_spike_equals_the_binaries(name):
    golden = read_local_only(name)
    result = run(golden, samples=2)
    for place, number in enumerate(golden.numbers, 1):
        label = golden.populations[place].label
        expected = np.zeros((golden.steps, golden.populations[place].size), np.int64)
        expected[golden.arrays[f"t{number}_0"], golden.arrays[f"n{number}_0"]] = 1
        for sample in range(2):
            board = golden.arrays[f"v{number}_0"]
            np.testing.assert_array_equal(result.voltages[place][sample], board, label)
            np.testing.assert_array_equal(result.spike_counts[place][sample], expected.sum(axis=0), label)
        ends = result.spike_indptr[place][: golden.steps + 1]
        found = np.zeros_like(expected)
        found[np.repeat(np.arange(golden.steps), np.diff(ends)), result.spike_neurons[place][: ends[-1]]] = 1
        np.testing.assert_array_equal(found, expected, label)


@pytest.mark.parametrize("name", local_only_names())
def test_codes_in_the_cores_memory_are_what_the_host_is_said_to_write(name):
    golden = read_local_only(name)
    for described, asked in zip(golden.described, golden.asked, strict=True):
        shifts = golden.populations[1 + golden.numbers.index(described["target"])].ring_buffer_shifts
        positive, negative = described["receptors"]
        stored = quantise_signed_weights(asked, (shifts[positive], shifts[negative]), "IF_curr_exp")
        np.testing.assert_array_equal(stored, golden.arrays[f"c{described['number']}"])


def test_the_recordings_have_what_could_differ():
    recordings = [read_local_only(name) for name in local_only_names()]
    every = [p for golden in recordings for p in golden.projections]
    convolutions = [p for p in every if isinstance(p, ConvolutionFirmwareProjection)]
    dense = [p for p in every if isinstance(p, PoolDenseFirmwareProjection)]
    assert {golden.time_step_ms for golden in recordings} == {1.0, 0.5, 0.1}
    assert any(max(p.strides) > 1 for p in convolutions)
    assert any(max(p.pool_strides) > 1 for p in convolutions)
    assert any(p.kernel.shape[0] != p.kernel.shape[1] for p in convolutions)
    assert any(max(p.padding) > p.kernel.shape[0] // 2 for p in convolutions)
    assert any(p.source == p.target for p in convolutions)
    assert any(p.source_first for p in convolutions)
    assert any(max(p.pool_strides) > 1 for p in dense)
    assert any(p.receptors != (0, 1) for p in every)
    assert any(p.source > 0 for p in convolutions)
    assert max(p.delay for p in every) > 64
    for golden in recordings:
        assert all((golden.arrays[f"v{n}_0"] != golden.arrays[f"v{n}_0"][0]).any() for n in golden.numbers)


def test_some_ring_buffers_saturate():
    assert sum(int(run(read_local_only(name)).saturations.sum()) for name in local_only_names()) > 100
