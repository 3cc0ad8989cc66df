"""STDP: every voltage, spike and final weight of the real binaries (golden vectors), and an update made at once as a peer."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neurodeploy.firmware_models.spinnaker import (
    FirmwarePopulation,
    FirmwareProjection,
    PlasticityRule,
    PlasticProjection,
    run_firmware,
    run_plastic_firmware,
)
from neurodeploy.firmware_models.spinnaker.kernel_plasticity import add_post_event, add_pre_event, updated_weight
from neurodeploy.firmware_models.spinnaker.plasticity import EVENTS, decay_table, rule_row, rule_tables

GOLDEN = sorted((Path(__file__).parent / "golden/stdp").glob("*.npz"))
STEPS = st.lists(st.integers(1, 150), unique=True, max_size=EVENTS - 1).map(sorted)


def read_cases(path):
    """What the model is given and what the board made of it, per population."""
    with np.load(path) as arrays:
        network = json.loads(arrays["network"].tobytes())
        for number, told in enumerate(network["cases"]):
            yield network, told, {k.split("_", 1)[1]: v for k, v in arrays.items() if k.startswith(f"{number}_")}


def run_case(network, told, arrays):
    p = told["population"]
    values = {name: np.array(v) for name, v in p["parameters"].items()}
    populations = [
        FirmwarePopulation("sources", "SpikeSourceArray", told["sources"]),
        FirmwarePopulation(p["label"], p["model"], p["size"], values, tuple(p["shifts"])),
    ]
    projections = []
    for n, projection in enumerate(told["projections"]):
        indptr, indices, weights, delays = (arrays[f"{name}{n}"] for name in ("indptr", "indices", "weights", "delays"))
        source, receptor = int(projection["recurrent"]), projection["receptor"]
        made = FirmwareProjection(source, 1, indptr, indices, weights, delays, receptor)
        rule = projection["rule"]
        projections.append(PlasticProjection(made, PlasticityRule(**rule), p["delay_slots"]) if rule else made)
    return run_plastic_firmware(
        populations, projections, time_step_ms=network["time_step_ms"], steps=network["steps"],
        source_indptr=arrays["source_indptr"], source_neurons=arrays["source_neurons"], record_voltages=(1,),
    )  # fmt: skip


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_every_voltage_spike_and_weight_equals_the_binary(path):
    for network, told, arrays in read_cases(path):
        result = run_case(network, told, arrays)
        np.testing.assert_array_equal(result.activity.voltages[1][0], np.cumsum(arrays["voltages"], axis=0))
        np.testing.assert_array_equal(result.activity.spike_neurons[1], arrays["neuron"])
        np.testing.assert_array_equal(
            np.diff(result.activity.spike_indptr[1]), np.bincount(arrays["step"], minlength=network["steps"])
        )
        for n, weights in enumerate(result.weights):
            if weights is not None:
                np.testing.assert_array_equal(weights, arrays[f"end{n}"])
                assert np.any(weights != arrays[f"weights{n}"])  # something was learned


def test_golden_files_hold_every_rule():
    rules = [p["rule"] for path in GOLDEN for _, told, _ in read_cases(path) for p in told["projections"] if p["rule"]]
    assert {(rule["timing"], rule["weight"]) for rule in rules} == {
        ("pair", "additive"), ("pair", "multiplicative"), ("nearest_pair", "additive"), ("nearest_pair", "multiplicative"),
        ("triplet", "additive"),
    }  # fmt: skip
    assert {rule["backprop_delay"] for rule in rules} == {True, False}


def deferred(rule, pre, post, delay, stored, shift=0):
    """The weight after all spikes of one source and one neuron, as the core computes it: at the source's spikes."""
    row, tables = np.array(rule_row(rule, conductance=False)), rule_tables(rule, 1.0)
    times, traces, last = np.zeros(EVENTS, np.int64), np.zeros((EVENTS, 2), np.int64), np.zeros(1, np.int64)
    trace, before = np.zeros(2, np.int64), 0
    for now in range(max([0, *pre, *post]) + 1):
        if now in post:
            add_post_event(now, times, traces, last, tables)
        if now in pre:
            old = trace.copy()
            add_pre_event(now, before, trace, tables)
            stored = updated_weight(stored, shift, now, before, old, trace, delay, times, traces, last[0], row, tables)
            before = now
    return int(stored)


def at_once(rule, pre, post, delay, stored):
    """The additive and the multiplicative pair rule with one update at every spike, in Python's integers."""
    row = [int(n) for n in rule_row(rule, conductance=False)]
    w_min, w_max, plus, minus = row[2:6]
    tables = [[int(n) for n in decay_table(1.0, tau)] for tau in (rule.tau_plus, rule.tau_minus)]
    seen = delay if rule.backprop_delay else 0

    def decayed(trace, table, steps):
        return trace * (table[steps] if steps < len(table) else 0) >> 11

    r, o, last_pre, last_post, weight = 0, 0, 0, None, stored
    for now, is_pre in sorted([(t, True) for t in pre] + [(t + seen, False) for t in post]):
        if now > max(pre, default=0):
            break
        if is_pre:
            r = decayed(r, tables[0], now - last_pre) + 2048
            last_pre = now
            if last_post is not None:
                amount = minus if rule.weight == "additive" else (weight - w_min) * minus >> 15
                weight -= amount * decayed(o, tables[1], now - last_post) >> 11
                weight = max(weight, w_min) if rule.weight == "additive" else weight
            weight &= 0xFFFF  # multiplicative weights have no limit: below 0 they wrap
        else:
            o = decayed(o, tables[1], now - last_post) + 2048 if last_post is not None else 2048
            last_post = now
            if now > last_pre:
                amount = plus if rule.weight == "additive" else (w_max - weight) * plus >> 15
                weight += amount * decayed(r, tables[0], now - last_pre) >> 11
                weight = min(weight, w_max) if rule.weight == "additive" else weight
    return weight


@settings(deadline=None)  # the first call may compile
@given(
    STEPS, STEPS, st.integers(1, 15), st.sampled_from(["additive", "multiplicative"]), st.booleans(),
    st.tuples(st.floats(2, 60), st.floats(2, 60), st.floats(0, 0.3), st.floats(0, 0.3)), st.integers(0, 1 << 15),
)  # fmt: skip
def test_deferred_updates_are_those_made_at_once(pre, post, delay, weight, backprop, numbers, stored):
    tau_plus, tau_minus, a_plus, a_minus = numbers
    rule = PlasticityRule("pair", weight, tau_plus, tau_minus, a_plus, a_minus, backprop_delay=backprop)
    # a spike of the neuron that the source sees at its own spike comes before it
    assert deferred(rule, pre, post, delay, stored) == at_once(rule, pre, post, delay, stored)


def test_one_pair_before_and_one_after():
    rule = PlasticityRule(tau_plus=10.0, tau_minus=20.0, a_plus=0.5, a_minus=0.25)
    # the source's second spike is far away: it only lets the row be processed
    assert deferred(rule, [10, 900], [15], 1, 1 << 13) - (1 << 13) == int(
        (1 << 14) * np.floor(np.exp(-0.6) * 2048) / 2048
    )
    assert deferred(rule, [20], [15], 1, 1 << 14) - (1 << 14) == -int((1 << 13) * np.floor(np.exp(-0.2) * 2048) / 2048)


def test_only_the_last_fifteen_spikes_of_a_neuron_are_remembered():
    rule = PlasticityRule("nearest_pair", a_plus=0.9, a_minus=0.0, tau_plus=30.0, w_max=10.0)
    early = [5, *range(100, 115)]  # the pair of 5 is the nearest of the source's spike at 1, and it is forgotten
    assert deferred(rule, [1, 200], early[:-1], 1, 1000) > 1000
    forgotten = deferred(rule, [1, 200], early, 1, 1000)
    assert forgotten - 1000 == int(29491 * np.floor(np.exp(-100 / 30) * 2048)) >> 11  # 100 now follows the placeholder


def one_synapse(delay, slots=0, rule=PlasticityRule()):  # noqa: B008
    neuron = {
        "v_rest": -65.0,
        "v_thresh": -50.0,
        "i_offset": 0.0,
        "v_reset": -65.0,
        "tau_refrac": 0.0,
        "tau_m": 20.0,
        "cm": 1.0,
    }
    values = {name: np.array([value]) for name, value in (neuron | {"v": -65.0}).items()}
    populations = [
        FirmwarePopulation("s", "SpikeSourceArray", 1),
        FirmwarePopulation("t", "IF_curr_delta", 1, values, (6, 6)),
    ]
    synapses = FirmwareProjection(
        0, 1, np.array([0, 1]), np.zeros(1, np.int32), np.full(1, 256, np.uint16), np.full(1, delay, np.uint8), 0
    )
    spikes = {"source_indptr": np.minimum(np.arange(31), 3), "source_neurons": np.zeros(3, np.int32)}
    given = {"time_step_ms": 1.0, "steps": 30, "record_voltages": (1,)} | spikes
    static = run_firmware(populations, [synapses], samples=1, **given)
    return static, run_plastic_firmware(populations, [PlasticProjection(synapses, rule, slots)], **given)


def test_without_spikes_of_the_neuron_plastic_synapses_are_static_ones():
    static, plastic = one_synapse(delay=3)
    np.testing.assert_array_equal(plastic.activity.voltages[1], static.voltages[1])
    assert plastic.activity.synaptic_events.tolist() == static.synaptic_events.tolist() == [3]
    assert len(np.unique(static.voltages[1])) > 3


def test_a_plastic_synapse_whose_delay_is_the_ring_buffer_sends_nothing():
    _, plastic = one_synapse(delay=4)
    assert len(np.unique(plastic.activity.voltages[1])) == 1
    static, plastic = one_synapse(delay=4, slots=8)
    np.testing.assert_array_equal(plastic.activity.voltages[1], static.voltages[1])


def test_bad_descriptions():
    with pytest.raises(ValueError, match="no rule"):
        PlasticityRule("quadruplet")
    with pytest.raises(ValueError, match="additive"):
        PlasticityRule("triplet", "multiplicative")
    with pytest.raises(ValueError, match="positive"):
        PlasticityRule(tau_plus=0.0)
    with pytest.raises(ValueError, match="ring buffer"):
        one_synapse(delay=9, slots=8)


@pytest.mark.parametrize(("tau", "shift", "step"), [(20.0, 0, 1.0), (3.3, 0, 0.1), (101.0, 2, 1.0), (55.5, 2, 0.5)])
def test_tables_of_decays_are_those_of_sPyNNaker(tau, shift, step):
    pytest.importorskip("spynnaker")
    from spynnaker.pyNN.models.neuron.plasticity.stdp.common import get_exp_lut_array

    written = get_exp_lut_array(step, tau, shift).view(np.uint16)
    assert written[:2].tolist() == [len(written) - 2, shift]
    np.testing.assert_array_equal(decay_table(step, tau, shift), written[2:])
