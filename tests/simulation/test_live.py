"""Input in pieces: whatever the cuts, the bits of the whole recording; bounded memory; failed calls leave no trace."""

from __future__ import annotations

import math
import re
import tracemalloc
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numba
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from network_strategies import circuits
from networks import into, random_spikes, spikes_at, two_layer

import neurodeploy as nd
from neurodeploy.errors import NeurodeployError
from neurodeploy.network import LIF, Activity, Dense, Network, Population, Projection, SpikeBatch, SpikeSource, Weights
from neurodeploy.readout import decide, scores
from neurodeploy.simulation import LiveSimulation, Plan, build_plan, layers, simulate

SAMPLES, STEPS = 2, 16
any_network = settings(max_examples=20, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
few = settings(any_network, max_examples=12)
cuts = st.lists(st.integers(0, STEPS), max_size=8).map(lambda inner: [0, *sorted(inner), STEPS])
inputs_of = st.tuples(st.integers(0, 2**32 - 1), st.sampled_from([0.05, 0.4]), st.booleans())


@pytest.fixture(autouse=True, scope="module")
def _one_thread() -> Iterator[None]:
    """Two samples of small networks, step by step: starting a second thread would be most of the work."""
    before = numba.get_num_threads()
    numba.set_num_threads(1)
    yield
    numba.set_num_threads(before)


def random_input(network: Network, drawn: tuple[int, float, bool]) -> dict[str, SpikeBatch]:
    """Spikes; or analog values, unless a window takes a maximum of spikes."""
    rng = np.random.default_rng(drawn[0])
    graded = drawn[2] and not any(getattr(p.connectivity, "function", "") == "max" for p in network.projections)
    result = {}
    for source in network.sources:
        raster = (rng.random((SAMPLES, STEPS, source.size)) < drawn[1]).astype(np.float32)
        result[source.name] = SpikeBatch.from_dense(
            raster * rng.random(raster.shape) if graded else raster, graded=graded
        )
    return result


def in_pieces(live: LiveSimulation, inputs: dict[str, SpikeBatch], bounds: Sequence[int]) -> list[Activity]:
    return [
        live.advance({name: batch.window(first, end) for name, batch in inputs.items()})
        for first, end in pairwise(bounds)
    ]


def assert_whole(pieces: list[Activity], whole: Activity) -> None:
    """Spikes in their order, their values, potentials and counts, bit by bit."""
    for name, expected in whole.spikes.items():
        joined = pieces[0].spikes[name]
        for piece in pieces[1:]:
            joined = joined.followed_by(piece.spikes[name])
        np.testing.assert_array_equal(joined.indptr, expected.indptr, name)
        np.testing.assert_array_equal(joined.neurons, expected.neurons, name)
        assert (joined.values is None) == (expected.values is None)
        if expected.values is not None:
            np.testing.assert_array_equal(joined.values, expected.values, name)
    assert {name for piece in pieces for name in piece.voltages} == set(whole.voltages)
    for name, seen in whole.voltages.items():
        np.testing.assert_array_equal(np.concatenate([p.voltages[name] for p in pieces], axis=1), seen, name)
        assert all(piece.voltages[name].dtype == seen.dtype for piece in pieces)
    for counts in ("synaptic_events", "effective_events"):
        for name, number in getattr(whole, counts).items():
            np.testing.assert_array_equal(sum(getattr(piece, counts)[name] for piece in pieces), number, name)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@given(network=circuits(), drawn=inputs_of, bounds=cuts)
@any_network
def test_any_network_in_any_pieces(dtype: type, network: Network, drawn: Any, bounds: list[int]) -> None:
    inputs, plan = random_input(network, drawn), build_plan(network, dtype, products=False)
    whole = simulate(network, inputs, record_voltages=True, plan=plan)
    live = LiveSimulation(network, SAMPLES, record_voltages=True, plan=plan)
    assert_whole(in_pieces(live, inputs, bounds), whole)
    assert live.steps == STEPS
    live.reset()
    assert_whole(in_pieces(live, inputs, range(STEPS + 1)), whole)


@given(circuits(), inputs_of, cuts)
@few
def test_products_differ_by_rounding_only(network: Network, drawn: Any, bounds: list[int]) -> None:
    inputs, plan = random_input(network, drawn), build_plan(network, np.float64)
    whole = simulate(network, inputs, record_voltages=True, plan=plan)
    pieces = in_pieces(LiveSimulation(network, SAMPLES, record_voltages=True, plan=plan), inputs, bounds)
    for name, seen in whole.voltages.items():
        found = np.concatenate([piece.voltages[name] for piece in pieces], axis=1)
        np.testing.assert_allclose(found, seen, rtol=1e-9, atol=1e-9 * max(1.0, float(np.abs(seen).max(initial=0))))


@given(circuits(), inputs_of, cuts)
@few
def test_chunks_of_samples_and_short_blocks(network: Network, drawn: Any, bounds: list[int]) -> None:
    inputs, plan = random_input(network, drawn), build_plan(network, products=False)
    whole = simulate(network, inputs, record_voltages=True, plan=plan)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(layers, "_DRIVE_VALUES", 1)
        patch.setattr(layers, "_BLOCK_VALUES", 7)
        live = LiveSimulation(network, SAMPLES, record_voltages=True, plan=plan)
        assert_whole(in_pieces(live, inputs, bounds), whole)


def test_sparse_steps_of_dense_weights_need_no_option() -> None:
    """784-300-10 with digit-like input, batch 3, default plan, chosen neurons recorded."""
    rng, neuron = np.random.default_rng(0), LIF(synapse="delta", v_reset=-65.0, v_thresh=-64.0)
    sizes = (784, 300, 10)
    network = Network(
        (Population("p0", (784,), SpikeSource()), *(Population(f"p{i}", (sizes[i],), neuron) for i in (1, 2))),
        tuple(
            Projection(
                f"w{i}", f"p{i}", f"p{i + 1}", Dense(), Weights(values=rng.normal(0, 0.2, sizes[i : i + 2])), 3 * i
            )
            for i in (0, 1)
        ),
        1.0,
    )
    network = network.with_projections(replace(network.projections[0], delay=1))
    inputs, chosen = random_spikes(3, 100, 784, 0.1), {"p2": [9, 0]}
    whole = simulate(network, inputs, record_voltages=chosen)
    assert 0 < whole.spikes["p1"].total < 0.3 * 3 * 100 * 300 and whole.spikes["p2"].total > 100
    live = LiveSimulation(network, 3, record_voltages=chosen)
    assert_whole(in_pieces(live, {"p0": inputs}, [0, 1, 2, 5, 50, 99, 100]), whole)


def test_a_potential_decays_in_closed_form_over_single_steps() -> None:
    """One spike of 3 mV, delayed by two steps, each step a call."""
    network = into(LIF(tau_m=20.0, v_thresh=1e9, synapse="delta"), [[3.0]], delay=2)
    live = LiveSimulation(network, record_voltages=True, plan=build_plan(network, np.float64))
    seen = [live.advance(spikes_at(1, 1, {0: [0]} if step == 1 else {})).voltages["neurons"] for step in range(20)]
    expected = [0.0] * 3 + [3 * math.exp(-t / 20) for t in range(17)]
    np.testing.assert_allclose(np.concatenate(seen)[:, 0, 0] + 65, expected, atol=1e-12)


def test_reset_is_the_initial_state() -> None:
    """Nothing stays: no potential, no held neuron, no inhibition on its way."""
    network, inputs = two_layer(lateral=3.0), random_spikes(1, 60, 12, 0.3)
    live = LiveSimulation(network)
    first = live.advance(inputs)
    assert first.spikes["excitatory"].total > 5
    again = live.advance(inputs)
    live.reset()
    assert live.steps == 0
    assert_whole([live.advance(inputs)], first)
    assert not np.array_equal(again.spikes["excitatory"].neurons, first.spikes["excitatory"].neurons)


def test_nothing_grows_with_time() -> None:
    network = two_layer(lateral=3.0)
    network = network.with_projections(replace(network.projections[0], delay=7))
    live, frame = LiveSimulation(network, 2, record_voltages=True), random_spikes(2, 3, 12, 0.3)
    arrays = tracemalloc.DomainFilter(inclusive=True, domain=np.lib.tracemalloc_domain)
    tracemalloc.start()
    try:
        used = []
        for calls in (100, 400):
            for _ in range(calls):
                live.advance(frame)
            traces = tracemalloc.take_snapshot().filter_traces([arrays]).traces
            used.append(sum(trace.size for trace in traces))
    finally:
        tracemalloc.stop()
    assert live.steps == 1500
    assert 0 < used[1] < used[0] + 1000  # what 400 calls return is a hundred times that


def failing_plan(plan: Plan) -> Plan:
    """The same, but its last layer's input cannot be summed."""

    class Broken:
        def add(self, *_: Any) -> None:
            raise MemoryError

    last = plan.layers[-1]
    feeds = tuple(replace(feed, operator=Broken()) for feed in last.feeds)
    return replace(plan, layers=(*plan.layers[:-1], replace(last, feeds=feeds)))


def test_what_fails_leaves_no_trace(monkeypatch: pytest.MonkeyPatch) -> None:
    network, inputs = two_layer(lateral=3.0), random_spikes(1, 60, 12, 0.3)
    whole = simulate(network, inputs, record_voltages=True)
    live = LiveSimulation(network, record_voltages=True)
    before = live.advance(inputs.window(0, 20))
    wrong: list[tuple[Any, str]] = [
        (random_spikes(2, 5, 12, 0.3), "has 2 samples; this simulation was started with 1"),
        (random_spikes(1, 5, 11, 0.3), "has 11 neurons"),
        ({"retina": random_spikes(1, 5, 12, 0.3)}, "names .'retina'."),
        ({}, "names"),
        (replace(inputs.window(0, 5), neurons=inputs.neurons[:1]), "not a spike batch"),
    ]
    for given_, message in wrong:
        with pytest.raises(NeurodeployError, match=message) as raised:
            live.advance(given_)
        assert raised.value.code == "ND501"
    with monkeypatch.context() as patch:
        patch.setattr(live, "_plan", failing_plan(live._plan))
        with pytest.raises(MemoryError):
            live.advance(inputs.window(20, 30))
    assert_whole([before, live.advance(inputs.window(20, 60))], whole)


@pytest.mark.parametrize("samples", [0, -1])
def test_there_must_be_a_sample(samples: int) -> None:
    with pytest.raises(NeurodeployError, match="ND501"):
        LiveSimulation(two_layer(), samples)


def test_a_network_without_source_says_so() -> None:
    network = Network((Population("alone", (2,), LIF()),), (), 1.0)
    with pytest.raises(NeurodeployError, match=r"ND501.*no spike source"):
        LiveSimulation(network).advance({})


def test_the_example_in_the_documentation_gives_the_class_of_the_whole_recording(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = (Path(__file__).resolve().parents[2] / "docs" / "simulation.md").read_text("utf-8")
    (example,) = (e for e in re.findall(r"^```python\n(.*?)^```", text, re.MULTILINE | re.DOTALL) if "camera()" in e)
    network, recording = two_layer(4, 5, lateral=3.0), random_spikes(1, 90, 4, 0.4)
    monkeypatch.chdir(tmp_path)
    nd.save(network, "network.h5")
    seen: list[int] = []
    exec(example, {"camera": lambda: recording.dense()[0].reshape(90, 2, 2), "show": lambda s, c: seen.append(c)})
    assert network.readout is not None
    whole = simulate(network, recording)
    assert len(seen) == 90 and seen[0] == -1 and seen[-1] >= 0
    assert seen[-1] == decide(scores(whole, network.readout), network.readout)[0]
