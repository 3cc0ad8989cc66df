"""Another time step: what is kept, what is stated, and there and back."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, reject, settings
from hypothesis import strategies as st
from network_strategies import networks
from networks import into, random_spikes, spikes_at, two_layer
from structured import potentials

from neurodeploy.compiler import Context, run_pipeline
from neurodeploy.compiler.passes.calibration import in_other_steps
from neurodeploy.compiler.passes.change_time_step import ChangeTimeStep
from neurodeploy.errors import NeurodeployError
from neurodeploy.network import (
    IF,
    LIF,
    ConductanceLIF,
    Dense,
    Encoder,
    LeakyIntegrator,
    Network,
    Population,
    Projection,
    Relay,
    SpikeBatch,
    StepSemantics,
    Threshold,
    Weights,
)

ZERO: dict[str, Any] = {"v_rest": 0.0, "v_reset": 0.0, "v_init": 0.0, "v_thresh": 1e9}


def said(network: Network, dt: float, **context: Any) -> tuple[Network, str]:
    """The converted network and all that was noted."""
    used = Context(**context)
    return run_pipeline([ChangeTimeStep(dt)], network, used), "; ".join(used.notes)


def same(one: Network, other: Network) -> None:
    """Equal parameters, delays and encoders; weights to rounding."""
    assert other.dt == one.dt and other.encoder == one.encoder
    for a, b in zip(one.populations, other.populations, strict=True):
        assert replace(one, populations=(a,)).digest() == replace(one, populations=(b,)).digest()
    for before, after in zip(one.projections, other.projections, strict=True):
        if getattr(before.connectivity, "function", "") == "max":
            np.testing.assert_allclose(after.weights.decoded(), before.weights.decoded(), rtol=1e-5)
            assert after.delay == before.delay
            continue
        rows, again = one.expand(before), other.expand(after)
        np.testing.assert_array_equal(again.targets, rows.targets)
        delays = [
            np.broadcast_to(np.asarray(p.delay), p.weights.shape).ravel()[r.stored]
            for p, r in ((before, rows), (after, again))
        ]
        np.testing.assert_array_equal(delays[1], delays[0])
        np.testing.assert_allclose(again.values, rows.values, rtol=1e-5, atol=1e-12)


@given(networks(), st.sampled_from([2, 4, 5]))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.filter_too_much])
def test_there_and_back_restores_the_network(network: Network, divisor: int) -> None:
    """To a step that divides the old one and back: parameters and delays exactly, weights to rounding."""
    try:
        finer, notes = said(network, network.dt / divisor)
        back, _ = said(finer, network.dt)
    except NeurodeployError as error:
        if error.code not in ("ND412", "ND208"):
            raise
        reject()
    assert "do not divide" not in notes and "rounded" not in notes
    same(network, back)


@pytest.mark.parametrize("integrator", ["exact", "propagator"])
@pytest.mark.parametrize("synapse", ["delta", "current", "exponential"])
@pytest.mark.parametrize("gain", ["jump", "charge", "decayed", "euler"])
@pytest.mark.parametrize("model", [IF, LIF])
def test_a_spike_does_the_same(integrator: Any, synapse: Any, gain: Any, model: Any) -> None:
    """A jump is a jump; a charge, collected without leak, is the same charge in any step; with a slow leak nearly so."""
    parameters = ZERO if model is LIF else {"v_thresh": 1e9}
    leak = {"tau_m": 1e7} if model is LIF else {}
    neuron = model(
        cm=2.0,
        synapse=synapse,
        tau_syn_E=3.0,
        semantics=StepSemantics(integrator, synaptic_gain=gain),
        **parameters,
        **leak,
    )
    network = into(neuron, [[1.5]], dt=1.0, delay=2)
    ends = []
    for dt in (0.25, 0.5, 1.0, 2.0):
        changed, _ = said(network, dt)
        assert changed.projections[0].delay == round(2 / dt)
        ends.append(potentials(changed, spikes_at(round(200 / dt), 1, {0: [0]}), "neurons")[0, -1, 0])
    np.testing.assert_allclose(ends, ends[2], rtol=1e-4)
    assert ends[2] > 0.1


@pytest.mark.parametrize("synapse", ["delta", "current", "exponential"])
@pytest.mark.parametrize("integrator", ["exact", "euler"])
def test_held_values_keep_their_steady_state(synapse: Any, integrator: Any) -> None:
    """Frames presented at every step, and an integrator that sends its potential on: the same end in any step."""
    semantics = StepSemantics(integrator, zero_delay=True)
    first = LeakyIntegrator(tau_m=8.0, synapse=synapse, tau_syn_E=4.0, i_offset=0.1, semantics=semantics)
    base = into(first, [[0.5, 1.0]], dt=1.0)
    second = Population("second", (2,), replace(first, tau_m=np.array([5.0, 12.0])))
    link = Projection("link", "neurons", "second", Dense(), Weights(values=np.array([[1.0, 0.5], [0.2, 0.3]])), 0)
    network = replace(
        base, populations=(*base.populations, second), projections=(*base.projections, link),
        encoder=Encoder("constant", 400, {}),
    )  # fmt: skip
    ends = []
    for dt in (0.5, 1.0, 2.0):
        changed, _ = said(network, dt)
        assert changed.encoder is not None and changed.encoder.steps == round(400 / dt)
        frames = SpikeBatch.from_dense(np.full((1, changed.encoder.steps, 1), 0.5), graded=True)
        ends.append(potentials(changed, frames, "second")[0, -1])
    np.testing.assert_allclose(ends[0], ends[1], rtol=1e-5)
    np.testing.assert_allclose(ends[2], ends[1], rtol=1e-5)
    assert np.abs(ends[1]).min() > 0.01


def test_an_exact_delta_neuron_is_the_same_at_common_times() -> None:
    """Spikes at whole ms into a closed-form leak: the potentials at whole ms do not depend on the step."""
    network = into(LIF(tau_m=7.0, synapse="delta", i_offset=0.0, **ZERO), [[1.0], [2.0]], dt=1.0)
    inputs = random_spikes(2, 50, 2, 0.3)
    finer, notes = said(network, 0.5)
    later, merged = in_other_steps(inputs, 2.0, held=False)
    assert merged == 0 and later.steps == 100 and "not exact" not in notes
    fine, coarse = potentials(finer, later, "neurons"), potentials(network, inputs, "neurons")
    np.testing.assert_allclose(fine[:, ::2], coarse, atol=1e-9)


def test_what_does_not_divide_is_counted() -> None:
    delays = np.array([[1, 2], [3, 4]], np.int32)
    base = into(LIF(tau_refrac=3.0), np.ones((2, 2)), dt=1.0)
    network = base.with_projections(replace(base.projections[0], delay=delays))
    coarse, notes = said(replace(network, encoder=Encoder("poisson", 25, {"maximum_rate_hz": 50.0}, rest_steps=3)), 2.0)
    assert np.asarray(coarse.projections[0].delay).tolist() == [[1, 1], [2, 2]]
    assert "2 of 4 delays do not divide, rounded by up to 1 ms" in notes
    assert "refractory period changes by up to 1 ms" in notes
    assert "steps 12.5 rounded to 12" in notes and "rest_steps 1.5 rounded to 2" in notes


def test_the_error_of_euler_steps_is_stated() -> None:
    """1 - dt/tau: the effective time constant -dt / ln(1 - dt/tau) of 10 ms is 9.491 at 1 ms and 8.963 at 2 ms."""
    network = into(LIF(tau_m=10.0, synapse="delta", semantics=StepSemantics("euler")), [[1.0]])
    _, notes = said(network, 2.0)
    change = (2 * np.log(1 - 0.1)) / (np.log(1 - 0.2)) - 1
    assert f"effective time constants change by up to {abs(change):.2%}" in notes
    assert "effective" not in said(into(LIF(), [[1.0]]), 2.0)[1]


def test_spikes_on_calibration_input_are_compared() -> None:
    network, inputs = two_layer(12, 5, lateral=1.0), random_spikes(3, 200, 12, 0.2)
    changed, notes = said(network, 0.25, calibration=inputs)
    assert changed.dt == 0.25 and "calibration: spikes of 'excitatory' " in notes and "fell into" not in notes
    _, notes = said(network, 1.0, calibration=inputs)
    assert "input spikes fell into a step that had one already" in notes


def test_spikes_keep_their_time_and_values_their_duration() -> None:
    batch = random_spikes(2, 40, 3, 0.3)
    there, _ = in_other_steps(batch, 4.0, held=False)
    back, merged = in_other_steps(there, 0.25, held=False)
    assert merged == 0 and np.array_equal(back.dense(), batch.dense()) and there.dense()[:, ::4].sum() == batch.total
    frames = SpikeBatch.from_dense(np.arange(12.0).reshape(1, 4, 3), graded=True)
    longer, _ = in_other_steps(frames, 2.0, held=True)
    np.testing.assert_array_equal(longer.dense(), np.repeat(frames.dense(), 2, axis=1))


def relayed(*sources: Any, bias: float = 0.0) -> Network:
    base = into(LIF(), np.ones((1, 1)), dt=1.0)
    populations = [Population(f"s{i}", (1,), neuron) for i, neuron in enumerate(sources)]
    one = Weights(values=np.ones((1, 1)))
    links = [Projection(f"p{i}", "input", p.name, Dense(), one, 1) for i, p in enumerate(populations)]
    links += [Projection(f"q{i}", p.name, "relay", Dense(), one, 0) for i, p in enumerate(populations)]
    relay = Population("relay", (1,), Relay(i_offset=bias))
    return replace(base, populations=(*base.populations, *populations, relay), projections=(*base.projections, *links))


@pytest.mark.parametrize(("network", "dt", "what"), [
    (into(LIF(), [[1.0]]), 0.0, "time step is 0"),
    (into(LIF(), [[1.0]]), float("nan"), "time step is nan"),
    (into(Threshold(), [[1.0]]), 0.5, "'neurons' compares the input of one step"),
    (into(LIF(tau_m=3.0, semantics=StepSemantics("euler")), [[1.0]]), 4.0, "'neurons'.*unstable"),
    (into(ConductanceLIF(tau_syn_E=3.0, semantics=StepSemantics(synaptic_decay="euler")), [[1.0]]), 4.0, "unstable"),
    (replace(into(LIF(), [[1.0]]), encoder=Encoder("poisson", 9, {"maximum_rate_hz": 100.0})), 20.0, "100 Hz are more than one spike in a step of 20 ms"),
    (relayed(LIF(), LeakyIntegrator()), 0.5, "Relay 'relay' adds spikes and held values"),
    (replace(
        into(LIF(semantics=StepSemantics("propagator")), [[1.0]]), encoder=Encoder("constant", 9)
    ), 0.5, "integrator 'propagator'"),
    (relayed(LIF(), bias=0.5), 0.5, "Relay 'relay' adds spikes and a constant bias"),
])  # fmt: skip
def test_conversions_that_do_not_exist(network: Network, dt: float, what: str) -> None:
    with pytest.raises(NeurodeployError, match=f"ND412.*{what}"):
        ChangeTimeStep(dt)(network, Context())


def test_nothing_changes_at_the_same_step() -> None:
    network = two_layer()
    assert ChangeTimeStep(0.5)(network, Context()) is network
