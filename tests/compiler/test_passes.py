"""Each pass does to the spikes what it says, in the simulator; in float64, so that 'exact' can be tested."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from networks import JUMP, into, random_spikes, spikes_at, two_layer

from neurodeploy.compiler import Context, Usage, run_pipeline, verdict
from neurodeploy.compiler.passes.adopt_step_semantics import AdoptStepSemantics
from neurodeploy.compiler.passes.convert_conductances_to_currents import ConvertConductancesToCurrents
from neurodeploy.compiler.passes.drop_lateral_inhibition import DropLateralInhibition
from neurodeploy.compiler.passes.freeze_adaptive_threshold import FreezeAdaptiveThreshold
from neurodeploy.compiler.passes.lengthen_delays import LengthenDelays
from neurodeploy.compiler.passes.set_capacitance import SetCapacitance
from neurodeploy.compiler.passes.split_weights_by_sign import SplitWeightsBySign
from neurodeploy.errors import NeurodeployError
from neurodeploy.network import IF, LIF, SPINNAKER, ConductanceLIF, Network, SpikeBatch, StepSemantics, problems
from neurodeploy.simulation import build_plan, simulate


def run(network: Network, inputs: SpikeBatch, population: str = "excitatory") -> np.ndarray:
    return simulate(network, inputs, plan=build_plan(network, np.float64)).spikes[population].dense()


@pytest.mark.parametrize("step", [FreezeAdaptiveThreshold(), SetCapacitance(4.0), SetCapacitance(0.5)], ids=str)
def test_exact_passes_keep_every_spike(step: Any) -> None:
    network, inputs = two_layer(30, 8, lateral=2.0, i_offset=0.3), random_spikes(4, 300, 30, 0.06)
    context = Context()
    changed = step(network, context)
    before = run(network, inputs)
    assert before.sum() > 50 and context.notes and changed.digest() != network.digest()
    np.testing.assert_array_equal(run(changed, inputs), before)
    assert step(changed, Context()).digest() == changed.digest(), "a second time changes nothing"


def test_freezing_moves_theta_into_the_threshold() -> None:
    neuron: Any = FreezeAdaptiveThreshold()(two_layer(), Context()).population("excitatory").neuron
    before: Any = two_layer().population("excitatory").neuron
    np.testing.assert_array_equal(neuron.v_thresh, before.v_thresh + before.theta)
    assert not np.any(neuron.theta)


def test_lengthened_delays_shift_the_answer() -> None:
    """0 becomes 1 step; the lateral delay of 2 stays, so that all spikes come exactly one step later."""
    network, inputs = two_layer(30, 8, lateral=2.0), random_spikes(4, 300, 30, 0.06)
    later = LengthenDelays(1)(network, Context())
    assert [p.delay for p in later.projections] == [1, 2]
    np.testing.assert_array_equal(run(later, inputs)[:, 1:], run(network, inputs)[:, :-1])


def test_dropping_lateral_inhibition() -> None:
    network, inputs = two_layer(30, 8, lateral=5.0), random_spikes(2, 300, 30, 0.06)
    dropped = DropLateralInhibition()(network, Context())
    without = network.with_projections(
        replace(network.projections[1], weights=network.projections[1].weights.scaled(0))
    )
    assert [p.name for p in dropped.projections] == ["input_to_excitatory"]
    np.testing.assert_array_equal(run(dropped, inputs), run(without, inputs))
    assert run(dropped, inputs).sum() > run(network, inputs).sum()


@pytest.mark.parametrize("decay", ["exact", "euler"])
@pytest.mark.parametrize("gain", ["jump", "charge"])
@pytest.mark.parametrize("dt", [0.1, 1.0])
def test_adopting_semantics_conserves_charge(decay: Any, gain: Any, dt: float) -> None:
    """Integrated without leak, a spike's whole charge w tau_effective is the same before and after."""
    neuron = IF(synapse="exponential", tau_syn_E=3.0, tau_syn_I=7.0, v_thresh=1e9,
                semantics=StepSemantics("exact", decay, gain))  # fmt: skip
    for receptor in ("excitatory", "inhibitory"):
        network = into(neuron, [[0.4]], dt=dt, receptor=receptor)
        adopted = AdoptStepSemantics()(network, Context())
        ends = [
            simulate(n, spikes_at(int(300 / dt), 1, {0: [0]}), record_voltages=True, plan=build_plan(n, np.float64))
            .voltages["neurons"][0, -1, 0]
            for n in (network, adopted)
        ]  # fmt: skip
        assert adopted.populations[1].neuron.semantics == SPINNAKER
        assert ends[0] > 0 and ends[1] == pytest.approx(ends[0], rel=1e-9)


def test_adopting_semantics_leaves_delta_weights_alone() -> None:
    network = into(LIF(synapse="delta", semantics=JUMP), [[3.0]])
    assert AdoptStepSemantics()(network, Context()).projections[0].weights.decoded().tolist() == [[3.0]]


def test_adopting_semantics_with_a_time_constant_per_neuron() -> None:
    """Either scaled per neuron (same charge) or refused with a code: not an AssertionError."""
    neuron = ConductanceLIF(tau_syn_E=np.array([1.0, 5.0]), semantics=JUMP)
    try:
        adopted = AdoptStepSemantics()(into(neuron, [[1.0, 1.0]]), Context())
    except NeurodeployError:
        return
    gain = [tau * (1 - math.exp(-1 / tau)) for tau in (1.0, 5.0)]
    np.testing.assert_allclose(adopted.projections[0].weights.decoded(), [[1 / gain[0], 1 / gain[1]]])


def test_splitting_by_sign_keeps_every_spike() -> None:
    """Equal time constants: current neurons cannot tell the receptors apart."""
    rng = np.random.default_rng(1)
    neuron = LIF(tau_syn_E=4.0, tau_syn_I=4.0, tau_refrac=2.0)
    inputs = random_spikes(3, 200, 20, 0.2)
    for receptor in ("excitatory", "inhibitory"):
        network = into(neuron, np.round(rng.normal(0.1, 0.6, (20, 6)) * 64) / 64, receptor=receptor)
        split = SplitWeightsBySign()(network, Context())
        assert [(p.name, p.receptor) for p in split.projections] == [
            ("synapses_excitatory", "excitatory"), ("synapses_inhibitory", "inhibitory"),
        ]  # fmt: skip
        positive, negative = (split.expand(p).values for p in split.projections)
        assert positive.min() >= 0 > negative.max()
        assert problems(split) == [] and run(network, inputs, "neurons").sum() > 20
        np.testing.assert_array_equal(run(split, inputs, "neurons"), run(network, inputs, "neurons"))


def test_one_sign_stays_one_projection() -> None:
    network = into(LIF(), [[0.5, 0.0]])
    assert SplitWeightsBySign()(network, Context()).digest() == network.digest()


def test_conductances_become_currents() -> None:
    """I = g (e_rev - v_mid), v_mid half way from rest (-65) to the mean threshold (-72 + 22 = -50): -57.5 mV."""
    network = two_layer(theta=22.0)
    changed = ConvertConductancesToCurrents()(network, Context())
    for name, reversal in (("input_to_excitatory", 0.0), ("lateral", -100.0)):
        before, after = (n.projection(name).weights.decoded() for n in (network, changed))
        np.testing.assert_allclose(after, before * (reversal + 57.5), rtol=1e-6)
    assert isinstance(changed.population("excitatory").neuron, LIF) and problems(changed) == []


def test_at_the_frozen_potential_current_and_conductance_agree() -> None:
    """One step from v_mid itself moves both models by the same amount, to first order in dt."""
    neuron = ConductanceLIF(v_init=-57.5, v_rest=-65.0, v_thresh=-50.0, v_reset=-70.0, semantics=SPINNAKER)
    network = into(neuron, [[0.01]], dt=0.01)
    current = ConvertConductancesToCurrents(0.5)(network, Context())
    ends = [
        simulate(n, spikes_at(3, 1, {0: [0]}), record_voltages=True, plan=build_plan(n, np.float64)).voltages[
            "neurons"
        ][0, -1, 0]
        for n in (network, current)
    ]
    assert ends[0] + 57.5 == pytest.approx(ends[1] + 57.5, rel=0.01) and ends[0] + 57.5 > 1e-4


def test_the_pipeline_logs_what_each_pass_did() -> None:
    context = Context()
    run_pipeline([FreezeAdaptiveThreshold(), DropLateralInhibition(), LengthenDelays(0)], two_layer(), context)
    assert [(r.name, r.synapses_before, r.synapses_after) for r in context.log] == [
        ("FreezeAdaptiveThreshold", 80, 80), ("DropLateralInhibition", 80, 60), ("LengthenDelays", 60, 60),
    ]  # fmt: skip
    assert context.log[2].what == "nothing to change" and "(exact)" in context.log[0].what


def test_verdict_names_the_largest_share() -> None:
    usages = [Usage("a", 5, 10, "x"), Usage("b", 90, 100, "x"), Usage("c", 1e9, None, "x"), Usage("d", 0, 0, "x")]
    assert verdict(usages[:3]).binding == usages[1] and verdict(usages[:3]).fits
    over = [*usages[:2], Usage("e", 11, 10, "x"), Usage("f", 21, 10, "x")]
    assert not verdict(over).fits and verdict(over).binding == over[3]
    assert verdict([]).fits and verdict([]).binding is None and verdict(usages[2:3]).binding is None
    assert [u.fits for u in over] == [True, True, False, False]
