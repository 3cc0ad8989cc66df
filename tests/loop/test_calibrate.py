"""Calibration in the loop: what was deliberately spoilt comes back, and nothing is changed where nothing is wrong."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from command_line import call, said
from networks import digits_network

import neurodeploy as nd
from neurodeploy.compiler import Program, compile_network, save_bundle
from neurodeploy.errors import NeurodeployError
from neurodeploy.loop.measuring import Difference, Measured, paired
from neurodeploy.loop.thresholds import match_neurons, match_population, scaled, spiking
from neurodeploy.network import Network, SpikingNeuron, Weights, save_network

OPTIONS = {"mapping": "estimate", "lost_weights": 1.0}


def digits() -> Network:
    """The digits network, trained for half the recipe's epochs."""
    return digits_network(10)


def spoilt(factor: float) -> Network:
    """The digits network with all its input weights scaled."""
    network = digits()
    first = network.projections[0]
    values, mask = first.weights.decoded() * np.float32(factor), first.weights.mask
    return network.with_projections(replace(first, weights=Weights(values=values.astype(np.float32), mask=mask)))


def program_of(network: Network) -> Program:
    return compile_network(network, "spinnaker", OPTIONS).program


def test_weights_too_small_are_made_good() -> None:
    """At half its weights most of the accuracy is lost; on held-out samples all but what chance may take is regained."""
    found = nd.calibrate(program_of(spoilt(0.5)), samples=100, held_out=150, reference=digits())
    assert found.network is not None and found.after is not None
    assert found.before.accuracy < found.reference.accuracy - 0.2
    assert found.after.accuracy > found.reference.accuracy - 3 * found.after.accuracy_error
    assert found.factors["excitatory"] == pytest.approx(0.5, rel=0.15)
    assert found.after.totals["excitatory"].sum() == pytest.approx(found.reference.totals["excitatory"].sum(), rel=0.15)
    assert found.accuracy.beyond(2) and found.counts.beyond(2)
    assert found.network.metadata["history"][-1]["step"] == "calibrate in the loop"


def test_nothing_is_changed_where_nothing_is_wrong() -> None:
    network = digits()
    found = nd.calibrate(program_of(network), samples=100, held_out=50)
    assert found.network is None and found.after is None
    assert found.factors["excitatory"] == pytest.approx(1.0, abs=0.15)  # tried perhaps, and not kept
    assert not found.accuracy.beyond(2) and not found.counts.beyond(2)


def measured(counts: list[int], samples: int = 100) -> Measured:
    """Counts that are spread evenly over the samples, but for one spike."""
    total = sum(counts)
    totals = np.full(samples, total // samples)
    totals[: total % samples] += 1
    return Measured({"a": np.array(counts)}, {"a": totals}, np.ones(samples))


@pytest.mark.parametrize("power", [-0.3, -1.0, -3.0])
@pytest.mark.parametrize("before", [400, 1000, 5000])
def test_a_power_law_is_solved(power: float, before: int) -> None:
    """Counts that are a power of the factor: found within the rounds, within 5 %, or as near as steps of two lead."""
    network = digits()
    base = network.population("excitatory").neuron
    assert isinstance(base, SpikingNeuron)
    height = float(base.v_thresh - base.v_reset)
    asked = []

    def measure(candidate: Network) -> Measured:
        neuron = candidate.population("excitatory").neuron
        assert isinstance(neuron, SpikingNeuron)
        factor = float(neuron.v_thresh - neuron.v_reset) / height
        asked.append(factor)
        return named(measured([round(before * factor**power)]))

    def named(of: Measured) -> Measured:
        return Measured({"excitatory": of.counts["a"]}, {"excitatory": of.totals["a"]}, of.right)

    aim, first = named(measured([1000])), named(measured([before]))
    changed, found, factor = match_population(network, "excitatory", aim, first, measure)
    assert len(asked) <= 5 and (found is first) == (factor == 1.0)
    if before == 1000:
        assert factor == 1.0 and changed is network
    elif abs(np.log(1000 / before) / power) < 4:
        assert found.totals["excitatory"].sum() == pytest.approx(1000, rel=0.05)
    else:
        assert factor > 8  # the way is longer than the rounds


def test_single_neurons_are_left_alone_within_chance() -> None:
    """30 against 40 is chance (10 < 3 sqrt(71)), 30 against 300 is not; the distance to the aim never grows."""
    network = digits()
    size = network.population("excitatory").size
    wanted, counts = np.full(size, 40), np.full(size, 30)
    wanted[0] = 300
    right = np.ones(10)
    aim, before = (
        Measured({"excitatory": of}, {"excitatory": np.full(10, of.sum() / 10)}, right) for of in (wanted, counts)
    )
    seen = []

    def measure(candidate: Network) -> Measured:
        neuron, old = candidate.population("excitatory").neuron, network.population("excitatory").neuron
        assert isinstance(neuron, SpikingNeuron) and isinstance(old, SpikingNeuron)
        height = (neuron.v_thresh - neuron.v_reset) / (old.v_thresh - old.v_reset)
        seen.append(np.flatnonzero(np.broadcast_to(np.asarray(height), (size,)) != 1.0))
        return before

    changed, found, differed = match_neurons(network, "excitatory", aim, before, measure)
    assert differed == 1 and all(which.tolist() == [0] for which in seen) and len(seen) == 3
    assert changed is network and found is before  # it helped nothing here


def test_scaling_is_of_the_distance_to_the_threshold() -> None:
    network = digits()
    assert spiking(network) == ["excitatory"]
    old, new = (
        network.population("excitatory").neuron,
        scaled(network, "excitatory", 0.5).population("excitatory").neuron,
    )
    assert isinstance(old, SpikingNeuron) and isinstance(new, SpikingNeuron)
    np.testing.assert_allclose(new.v_thresh + new.theta - new.v_reset, 0.5 * (old.v_thresh + old.theta - old.v_reset))


def test_paired_differences() -> None:
    found = paired(np.array([1.0, 2.0, 3.0, 4.0]))
    assert found == Difference(2.5, pytest.approx(np.sqrt(5 / 3) / 2))
    assert found.beyond(3) and not found.beyond(4)
    assert not paired(np.array([1.0])).beyond(0.001)


def test_what_cannot_be_calibrated() -> None:
    program = program_of(digits())
    with pytest.raises(nd.NeurodeployError, match="ND515.*19 samples"):
        nd.calibrate(program, samples=19)
    other = digits()
    other = replace(other, dt=1.0)
    with pytest.raises(nd.NeurodeployError, match="ND515.*time step"):
        nd.calibrate(program, samples=20, reference=other)


def test_the_command_writes_a_bundle_only_if_it_helps(tmp_path: Path) -> None:
    save_network(digits(), tmp_path / "float.h5")
    for name, factor in (("bad", 0.5), ("good", 1.0)):
        save_bundle(compile_network(spoilt(factor), "spinnaker", OPTIONS), tmp_path / f"{name}.bundle")
    how = ("--reference", tmp_path / "float.h5", "--limit", 100, "--held-out", 50)
    told = said("calibrate", tmp_path / "bad.bundle", *how, "-o", tmp_path / "new.bundle")
    assert told["output"] == str(tmp_path / "new.bundle") and told["after"]["accuracy"] > told["before"]["accuracy"]
    again = nd.run(nd.load(tmp_path / "new.bundle"), limit=50)
    assert again.accuracy == told["after"]["accuracy"]
    shown = call("calibrate", tmp_path / "good.bundle", *how, "-o", tmp_path / "none.bundle")
    assert shown.code == 0 and "No change is justified" in shown.out and not (tmp_path / "none.bundle").exists()
    refused = call("calibrate", tmp_path / "bad.bundle", *how, "-o", tmp_path / "new.bundle")
    assert refused.code == 1 and "ND409" in refused.err


def test_a_board_that_the_target_has_not_is_refused_before_anything_is_measured() -> None:
    program, heard = compile_network(digits_network(1), "rram", {"lost_weights": 1.0}).program, list[str]()
    with pytest.raises(NeurodeployError, match="ND502: The target rram has no executor 'board'"):
        nd.calibrate(program, machine="127.0.0.2", samples=100, progress=heard.append)
    assert not heard
