"""Every rule of the validation fires, with a message that names the place and the number."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from network_strategies import networks
from networks import into, two_layer

from neurodeploy.errors import NeurodeployError
from neurodeploy.network import (
    IF,
    LIF,
    ConductanceLIF,
    Dense,
    Encoder,
    LateralInhibition,
    Network,
    OneToOne,
    Population,
    Projection,
    Readout,
    Sparse,
    SpikeSource,
    StepSemantics,
    Weights,
    problems,
    validate,
)

PLAIN = into(LIF(), np.ones((3, 2)))
CONDUCTANCE = into(ConductanceLIF(), np.ones((3, 2)))


def weights(**stored: Any) -> Network:
    return PLAIN.with_projections(replace(PLAIN.projections[0], weights=Weights(**stored)))


def neuron(**values: Any) -> Network:
    return PLAIN.with_populations(Population("neurons", (2,), LIF(**values)))


def connectivity(kind: Any, stored: Any, base: Network = PLAIN, **ends: Any) -> Network:
    made = replace(base.projections[0], connectivity=kind, weights=Weights(values=np.asarray(stored, float)), **ends)
    return base.with_projections(made)


def sparse(indptr: list[int], indices: list[int]) -> Network:
    return connectivity(Sparse(np.array(indptr), np.array(indices, np.int32)), np.ones(len(indices)))


def projection(**changes: Any) -> Network:
    return replace(PLAIN, projections=(replace(PLAIN.projections[0], **changes),))


BROKEN: dict[str, tuple[Callable[[], Network], str]] = {
    "nan weight": (lambda: weights(values=np.array([[1, 2], [3, np.nan], [5, 6.0]])), r"1 of 6 weights.*\[1, 1\]"),
    "infinite weight": (lambda: weights(values=np.full((3, 2), np.inf)), r"6 of 6 weights are NaN or infinite"),
    "nan level": (lambda: weights(codes=np.zeros((3, 2), np.uint8), levels=np.array([0, np.nan])), "1 of 2 weights"),
    "wrong shape": (lambda: weights(values=np.ones((2, 3))), r"shape \(2, 3\).*\(3, 2\) is needed"),
    "integers as weights": (lambda: weights(values=np.ones((3, 2), int)), "its weights are int64"),
    "no weights": (lambda: weights(), "either values, or codes with levels"),
    "both": (
        lambda: weights(values=np.ones((3, 2)), codes=np.zeros((3, 2), int), levels=np.zeros(2)), "either values"),
    "codes alone": (lambda: weights(codes=np.zeros((3, 2), np.uint8)), "either values, or codes with levels"),
    "mask shape": (lambda: weights(values=np.ones((3, 2)), mask=np.ones((2, 2), bool)), r"its mask is bool \(2, 2\)"),
    "mask type": (lambda: weights(values=np.ones((3, 2)), mask=np.ones((3, 2), np.uint8)), "its mask is uint8"),
    "code above": (
        lambda: weights(codes=np.full((3, 2), 3, np.uint8), levels=np.zeros(3)), "codes run from 3 to 3.*0 to 2"),
    "code below": (lambda: weights(codes=np.full((3, 2), -1, np.int8), levels=np.zeros(3)), "codes run from -1"),
    "float codes": (lambda: weights(codes=np.zeros((3, 2)), levels=np.zeros(3)), "its codes are float64"),
    "books": (lambda: weights(codes=np.zeros((3, 2), int), levels=np.zeros((3, 4))), r"levels have shape \(3, 4\)"),
    "no levels": (lambda: weights(codes=np.zeros((3, 2), int), levels=np.zeros(0)), r"levels have shape \(0,\)"),
    "negative conductance": (
        lambda: connectivity(Dense(), np.full((3, 2), -0.5), CONDUCTANCE), r"conductance weight is -0\.5 µS"),
    "delay 0": (lambda: projection(delay=0), "its delay is 0 steps.*use 1 or more"),
    "negative delay": (lambda: projection(delay=-3), "its delay is -3 steps"),
    "same population": (
        lambda: replace(PLAIN, populations=(*PLAIN.populations, PLAIN.populations[1])), "2 populations"),
    "same projection": (lambda: replace(PLAIN, projections=PLAIN.projections * 2), "2 projections have this name"),
    "empty name": (lambda: projection(name=""), "a name is empty"),
    "slash": (lambda: projection(name="a/b"), "contains '/'"),
    "missing source": (lambda: projection(source="nowhere"), "its source 'nowhere' does not exist"),
    "missing target": (lambda: projection(target="nowhere"), "its target 'nowhere' does not exist"),
    "into source": (
        lambda: connectivity(Dense(), np.ones((3, 3)), target="input"), "it ends on the spike source 'input'"),
    "no population": (lambda: Network((), (), 1.0), "there is no population"),
    "empty population": (lambda: PLAIN.with_populations(Population("neurons", (0,), LIF())), r"its shape is \(0,\)"),
    "dt 0": (lambda: replace(PLAIN, dt=0.0), "the time step is 0"),
    "dt nan": (lambda: replace(PLAIN, dt=float("nan")), "the time step is nan"),
    "parameter shape": (lambda: neuron(tau_m=np.ones(3)), r"parameter tau_m: its shape is \(3,\).*2 values"),
    "parameter nan": (lambda: neuron(v_rest=np.array([0, np.nan])), "1 values are NaN or infinite"),
    "tau 0": (lambda: neuron(tau_m=0.0), "tau_m: its smallest value is 0.*above 0"),
    "negative cm": (lambda: neuron(cm=np.array([1.0, -1.0])), "cm: its smallest value is -1"),
    "negative refractory": (lambda: neuron(tau_refrac=-1.0), "its smallest value is -1 ms"),
    "threshold": (lambda: neuron(v_thresh=-65.0), "thresholds are not above the reset"),
    "order": (lambda: neuron(semantics=StepSemantics(order="reset first")), "its order is 'reset first'"),
    "implicit if": (
        lambda: PLAIN.with_populations(Population("neurons", (2,), IF(semantics=StepSemantics("implicit_euler")))),
        "without leak by an implicit"),
    "one to one": (lambda: connectivity(OneToOne(), np.ones(2)), "one-to-one between 3 and 2 neurons"),
    "lateral": (lambda: connectivity(LateralInhibition(), np.ones(1)), "lateral inhibition between 3 and 2 neurons"),
    "row pointers": (lambda: sparse([0, 2, 1, 2], [0, 1]), "row pointers are malformed"),
    "short row pointers": (lambda: sparse([0, 2], [0, 1]), "row pointers are malformed.*4 non-decreasing"),
    "row end": (lambda: sparse([0, 1, 1, 1], [0, 1]), "row pointers end at 1"),
    "sparse target": (lambda: sparse([0, 1, 2, 2], [0, 2]), "a target index is out of range.*0 to 1"),
    "encoder steps": (lambda: replace(PLAIN, encoder=Encoder("poisson", 0)), "presents a sample for 0 steps"),
    "encoder rate": (lambda: replace(PLAIN, encoder=Encoder("poisson", 1)), "maximum_rate_hz is None"),
    "regular rate": (
        lambda: replace(PLAIN, encoder=Encoder("regular", 1, {"maximum_rate_hz": 1000 / PLAIN.dt})), "maximum_rate_hz is 1"),
    "two sources": (
        lambda: replace(
            PLAIN, encoder=Encoder("poisson", 1), populations=(*PLAIN.populations, Population("b", (1,), SpikeSource()))
        ),
        "there are 2 spike sources"),
    "readout population": (
        lambda: replace(PLAIN, readout=Readout("x", np.zeros(2, np.int32), 2)), "population 'x' does not exist"),
    "labels": (lambda: replace(PLAIN, readout=Readout("neurons", np.zeros(3, np.int32), 2)), "3 labels"),
    "label range": (
        lambda: replace(PLAIN, readout=Readout("neurons", np.array([0, 2], np.int32), 2)), "a label is out of range"),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
def test_rule_fires(name: str) -> None:
    make, message = BROKEN[name]
    with pytest.raises(NeurodeployError, match=message) as caught:
        validate(make(), "my.h5")
    assert caught.value.code == "ND201" and "'my.h5' is not a valid network" in caught.value.message


@given(networks())
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
def test_valid_networks_have_no_problems(network: Network) -> None:
    assert problems(network) == []


def test_zero_delay_needs_semantics_that_allow_it_and_no_cycle() -> None:
    assert problems(two_layer()) == []
    feedback = replace(two_layer().projection("lateral"), delay=0)
    assert "come back within the same step" in problems(two_layer().with_projections(feedback))[0].what
    assert "use 1 or more" in problems(replace(PLAIN, projections=(replace(PLAIN.projections[0], delay=0),)))[0].remedy


def test_many_problems_make_one_error() -> None:
    many = replace(PLAIN, projections=tuple(replace(PLAIN.projections[0], name=f"p{i}", delay=0) for i in range(8)))
    with pytest.raises(NeurodeployError, match="and 3 more"):
        validate(many)


@pytest.mark.parametrize("kind", ["one_to_one", "sparse"])
def test_a_codebook_per_neuron_is_decoded_or_refused(kind: str) -> None:
    """What validation lets through must decode: neuron j's weight is its own level 1."""
    rows: Any = OneToOne() if kind == "one_to_one" else Sparse(np.array([0, 1, 2]), np.array([0, 1], np.int32))
    stored = Weights(codes=np.array([1, 1], np.uint8), levels=np.array([[0, 2.0], [0, 3.0]]))
    network = into(LIF(), stored, connectivity=rows, sources=2, size=2)
    if not problems(network):
        np.testing.assert_array_equal(network.expand(network.projections[0]).values, [2.0, 3.0])


def test_networks_cannot_be_changed_in_place() -> None:
    stored = two_layer().projections[0].weights
    assert stored.values is not None
    with pytest.raises(ValueError, match="read-only"):
        stored.values[0, 0] = 9.0
    with pytest.raises(AttributeError):
        two_layer().dt = 2.0  # type: ignore[misc]


def test_connectivity_expansions() -> None:
    """Synapse lists by hand."""
    lateral = Projection("l", "n", "n", LateralInhibition(), Weights(values=np.array([2.0])))
    one = replace(lateral, name="o", connectivity=OneToOne(), weights=Weights(values=np.array([4.0, 5, 6])))
    masked = Weights(values=np.arange(9.0).reshape(3, 3), mask=np.eye(3, dtype=bool))
    network = Network(
        (Population("n", (3,), LIF()),),
        (lateral, one, replace(lateral, name="d", connectivity=Dense(), weights=masked)),
        1.0,
    )
    for name, indptr, targets, values in (
        ("l", [0, 2, 4, 6], [1, 2, 0, 2, 0, 1], [2.0] * 6), ("o", [0, 1, 2, 3], [0, 1, 2], [4.0, 5, 6]),
        ("d", [0, 1, 2, 3], [0, 1, 2], [0.0, 4, 8]),
    ):  # fmt: skip
        rows = network.expand(network.projection(name))
        assert rows.indptr.tolist() == indptr and rows.targets.tolist() == targets and rows.values.tolist() == values
        assert network.synapses(network.projection(name)) == len(targets)
