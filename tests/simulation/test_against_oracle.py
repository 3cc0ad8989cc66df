"""Any network of the IR, stepped by the simulator and by plain numpy: the same spikes, potentials and counts."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numba
import numpy as np
import pytest
import step_oracle
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from network_strategies import circuits

from neurodeploy.errors import NeurodeployError
from neurodeploy.network import (
    Activity,
    Network,
    Pooling2d,
    Population,
    Projection,
    Relay,
    Sparse,
    SpikeBatch,
    SpikeSource,
    Weights,
    is_graded,
)
from neurodeploy.simulation import build_plan, layers, simulate
from neurodeploy.simulation.inputs import convolution, dense

SAMPLES, STEPS = 2, 24
whole_ir = settings(max_examples=50, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
few = settings(whole_ir, max_examples=12)
inputs_of = st.tuples(st.integers(0, 2**32 - 1), st.sampled_from([0.05, 0.4]))


def has_maximum(network: Network) -> bool:
    return any(getattr(p.connectivity, "function", "") == "max" for p in network.projections)


def random_input(network: Network, drawn: tuple[int, float], *, graded: bool = False) -> dict[str, SpikeBatch]:
    rng = np.random.default_rng(drawn[0])
    result = {}
    for source in network.sources:
        dense_ = (rng.random((SAMPLES, STEPS, source.size)) < drawn[1]).astype(np.float32)
        if graded:
            dense_ *= rng.random(dense_.shape, np.float32)
        result[source.name] = SpikeBatch.from_dense(dense_, graded=graded)
    return result


def run(network: Network, inputs: Any, **options: Any) -> Activity:
    return simulate(network, inputs, record_voltages=True, plan=build_plan(network, np.float64), **options)


def assert_close(found: np.ndarray, expected: np.ndarray, what: str) -> None:
    scale = max(1.0, float(np.abs(expected).max(initial=0)))
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-9 * scale, err_msg=what)


def assert_same(one: Activity, other: Activity, *, exactly: bool = True) -> None:
    """The same spikes and counts, and the same potentials to the bit, or to rounding."""
    for name, batch in one.spikes.items():
        np.testing.assert_array_equal(batch.dense() != 0, other.spikes[name].dense() != 0, name)
    for name, seen in one.voltages.items():
        if exactly:
            np.testing.assert_array_equal(seen, other.voltages[name], name)
        else:
            assert_close(other.voltages[name], seen, name)
    for counts, others in (
        (one.synaptic_events, other.synaptic_events),
        (one.effective_events, other.effective_events),
    ):
        for name, number in counts.items():
            np.testing.assert_array_equal(number, others[name], name)


def assert_equals_oracle(network: Network, inputs: dict[str, SpikeBatch]) -> None:
    found = run(network, inputs)
    wires = {p.name: step_oracle.Wire(network, p) for p in network.projections}
    for sample in range(SAMPLES):
        trace = step_oracle.run(network, {name: batch.dense()[sample] for name, batch in inputs.items()})
        for population in network.populations:
            name, sent = population.name, found.spikes[population.name].dense()[sample]
            if not is_graded(population.neuron):
                np.testing.assert_array_equal(sent != 0, trace.signals[name] != 0, name)
            elif any(p.source == name for p in network.projections):
                assert_close(sent, trace.signals[name], name)
        for name, expected in trace.voltages.items():
            assert_close(found.voltages[name][sample], expected, name)
        for projection in network.projections:
            name, wire, signal = projection.name, wires[projection.name], trace.signals[projection.source]
            assert found.synaptic_events[name][sample] == wire.events(signal, effective=False)
            assert found.effective_events[name][sample] == wire.events(signal, effective=True)


@given(circuits(), inputs_of)
@whole_ir
def test_spikes_and_potentials_of_any_network(network: Network, drawn: tuple[int, float]) -> None:
    assert_equals_oracle(network, random_input(network, drawn))


@given(circuits().filter(lambda n: not has_maximum(n)), inputs_of)
@few
def test_graded_input(network: Network, drawn: tuple[int, float]) -> None:
    assert_equals_oracle(network, random_input(network, drawn, graded=True))


@given(circuits(), inputs_of)
@few
def test_fan_out_is_that_of_the_expansion(network: Network, drawn: tuple[int, float]) -> None:
    rng = np.random.default_rng(drawn[0])
    for projection in network.projections:
        if isinstance(projection.connectivity, Pooling2d):
            projection = replace(projection, connectivity=replace(projection.connectivity, function="sum"))
        rows = network.expand(projection)
        np.testing.assert_array_equal(network.fan_out(projection), np.diff(rows.indptr))
        chosen = projection.weights.present() & (rng.random(projection.weights.shape) < 0.5)
        if len(chosen.ravel()) and not isinstance(projection.connectivity, Sparse):
            only = replace(projection, weights=replace(projection.weights, mask=chosen))
            np.testing.assert_array_equal(network.fan_out(projection, chosen), np.diff(network.expand(only).indptr))


def expanded(network: Network) -> Network:
    """Every projection but a maximum as sparse rows, with its delays."""
    changed = []
    for p in network.projections:
        if not (isinstance(p.connectivity, Pooling2d) and p.connectivity.function == "max"):
            rows = network.expand(p)
            delay = p.delay if np.ndim(p.delay) == 0 else np.asarray(p.delay).ravel()[rows.stored]
            stored = Weights(values=rows.values)
            changed.append(replace(p, connectivity=Sparse(rows.indptr, rows.targets), weights=stored, delay=delay))
    return network.with_projections(*changed)


@given(circuits(), inputs_of)
@few
def test_expansion_changes_nothing(network: Network, drawn: tuple[int, float]) -> None:
    inputs = random_input(network, drawn)
    assert_same(run(network, inputs), run(expanded(network), inputs), exactly=False)


@given(circuits(), inputs_of)
@few
def test_batch_blocks_and_threads(network: Network, drawn: tuple[int, float]) -> None:
    """One sample alone, chunks of one sample and one thread: the same bits. Short blocks: the same up to rounding."""
    inputs = random_input(network, drawn)
    whole = run(network, inputs)
    alone = [run(network, {n: batch.sample(i) for n, batch in inputs.items()}) for i in range(SAMPLES)]
    assert_same(whole, Activity.concatenate(alone))
    before = numba.get_num_threads()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(layers, "_DRIVE_VALUES", 1)
        assert_same(whole, run(network, inputs))
        patch.setattr(layers, "_BLOCK_VALUES", 7)
        assert_same(whole, run(network, inputs), exactly=False)
    try:
        numba.set_num_threads(1)
        assert_same(whole, run(network, inputs))
    finally:
        numba.set_num_threads(before)


@given(circuits(), inputs_of)
@few
def test_products_and_events_agree(network: Network, drawn: tuple[int, float]) -> None:
    inputs, found = random_input(network, drawn), []
    for density in (0.0, 2.0):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(dense, "PRODUCT_FROM_DENSITY", density)
            patch.setattr(convolution, "PRODUCT_FROM_DENSITY", density)
            found.append(run(network, inputs))
    assert_same(*found, exactly=False)


@given(circuits(), inputs_of)
@few
def test_chosen_neurons_are_columns_of_the_whole_recording(network: Network, drawn: tuple[int, float]) -> None:
    inputs, rng = random_input(network, drawn), np.random.default_rng(drawn[0])
    whole = run(network, inputs)
    chosen = {name: rng.integers(0, seen.shape[2], 3).tolist() for name, seen in whole.voltages.items()}
    plan = build_plan(network, np.float64)
    some = simulate(network, inputs, record_voltages=chosen, plan=plan)
    for name, neurons in chosen.items():
        np.testing.assert_array_equal(some.voltages[name], whole.voltages[name][:, :, neurons])
    assert_same(some, replace(whole, voltages=some.voltages))


def test_a_maximum_of_graded_input_is_refused() -> None:
    source, target = Population("input", (1, 2, 2), SpikeSource()), Population("pool", (1, 1, 1), Relay())
    pooling = Projection("max", "input", "pool", Pooling2d((2, 2), "max"), Weights(values=np.ones(1)))
    network = Network((source, target), (pooling,), 1.0)
    with pytest.raises(NeurodeployError, match="ND501.*maximum of spikes"):
        run(network, {"input": SpikeBatch.from_dense(np.full((1, 3, 4), 0.5, np.float32), graded=True)})
    found = run(network, {"input": SpikeBatch.from_dense(np.ones((1, 3, 4), bool))}).voltages["pool"]
    assert found.ravel().tolist() == [0, 1, 1]
