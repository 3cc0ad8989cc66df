"""f1, f2 and f3 by hand, and what holds for all of them."""

from __future__ import annotations

from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neurodeploy.errors import NeurodeployError
from neurodeploy.training.pruning.adaptive_neurons import AdaptiveNeurons
from neurodeploy.training.pruning.adaptive_time import AdaptiveTime
from neurodeploy.training.pruning.adaptive_time_neurons import AdaptiveTimeNeurons
from neurodeploy.training.pruning.growth import Growth, check_factor, grown
from neurodeploy.training.pruning.neurons import NeuronPruning
from neurodeploy.training.rule_tables import as_table, pruning_rule

GROWTHS = get_args(Growth)


def test_by_hand() -> None:
    assert [grown("f1", 0.1, 2.0, k, 1.0) for k in range(5)] == pytest.approx([0.1, 0.2, 0.4, 0.8, 1.0])
    assert [grown("f2", 0.2, 2.0, k, 1.0) for k in range(4)] == pytest.approx([0.2, 0.6, 0.8, 0.9])
    assert [grown("f3", 0.1, 0.3, k, 1.0) for k in range(5)] == pytest.approx([0.1, 0.4, 0.7, 1.0, 1.0])


@given(
    st.sampled_from(["f1", "f2", "f3"]), st.floats(0, 0.99), st.floats(0, 0.99), st.integers(0, 10**6),
)  # fmt: skip
def test_rises_within_its_limits(growth: str, initial: float, factor: float, index: int) -> None:
    factor = factor if growth == "f3" else 1 + factor
    now, later = (grown(growth, initial, factor, k, 1.0) for k in (index, index + 1))
    assert initial <= now <= later <= 1.0
    assert grown(growth, initial, factor, 0, 1.0) == pytest.approx(initial)


@pytest.mark.parametrize(("growth", "factor"), [("f1", 1.0), ("f2", 1.0), ("f3", 0.0)])
def test_neutral_factors_are_the_constant_threshold(growth: str, factor: float) -> None:
    check_factor(growth, factor)
    assert grown(growth, 0.05, factor, 9, 1.0) == pytest.approx(0.05)


@pytest.mark.parametrize(("growth", "factor"), [("f1", 0.9), ("f2", float("nan")), ("f3", 1.3), ("f3", -0.1)])
def test_factors_of_another_function_are_refused(growth: str, factor: float) -> None:
    with pytest.raises(NeurodeployError, match="ND306.*factor"):
        check_factor(growth, factor)


@pytest.mark.parametrize("growth", ["f1", "f2", "f3"])
@pytest.mark.parametrize("rule", [AdaptiveTime, AdaptiveNeurons, AdaptiveTimeNeurons, NeuronPruning])
def test_every_growth_has_factors_of_its_own(rule: type[Any], growth: str) -> None:
    made = rule(growth=growth)
    factors = {name: value for name, value in vars(made).items() if name.endswith("_factor")}
    assert factors and all(0 < value < 1 if growth == "f3" else 1 < value < 2 for value in factors.values())
    assert as_table(made) == as_table(pruning_rule("again", as_table(made) or {}))


def test_defaults_are_the_papers_best() -> None:
    assert [AdaptiveTime(growth=growth).time_factor for growth in GROWTHS] == [1.3, 1.1, 0.01]
    assert [AdaptiveNeurons(growth=growth).neuron_factor for growth in GROWTHS] == [1.15, 1.05, 0.03]


def test_a_wrong_factor_is_answered_with_the_value_to_give() -> None:
    with pytest.raises(NeurodeployError, match="time_factor 0.01 is the default of f3"):
        AdaptiveTime(growth="f3", time_factor=1.3)
