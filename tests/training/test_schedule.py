"""When rules act: the papers' moments at 60,000 images, and the same shares of other trainings."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neurodeploy.compression import QUANTIZERS
from neurodeploy.errors import NeurodeployError
from neurodeploy.training.pruning import TRAINING_PRUNING
from neurodeploy.training.quantization import QuantizationMoments
from neurodeploy.training.rule_tables import quantization_rule

GUO = tuple(range(30_000, 60_001, 5_000))
RATHI = tuple(range(15_000, 60_001, 5_000))


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("constant", GUO),
        ("soft", GUO),
        ("adaptive_time", GUO),
        ("adaptive_neurons", (25_000, *GUO)),
        ("adaptive_time_neurons", (25_000, *GUO)),
        ("neurons", (25_000, *GUO)),
        ("to_zero", RATHI),
        ("to_minimum", RATHI),
        ("progressive", tuple(range(10_000, 60_001, 10_000))),
        ("random", (0,)),
        ("post_training", (60_000,)),
        ("tiles", (30_000,)),
    ],
)
def test_the_papers_moments(rule: str, expected: tuple[int, ...]) -> None:
    assert TRAINING_PRUNING[rule]().schedule(60_000) == expected


def test_every_rule_is_in_the_table_above() -> None:
    marks = test_the_papers_moments.pytestmark  # type: ignore[attr-defined]
    assert {rule for rule, _ in marks[0].args[1]} == set(TRAINING_PRUNING)


def test_quantization_always_ends_with_the_training() -> None:
    assert QuantizationMoments().schedule(60_000) == RATHI
    assert QuantizationMoments(learning_batches=2, batch_images=300).schedule(1_000) == (600, 900, 1_000)
    assert QuantizationMoments(learning_batches=9, batch_images=300).schedule(1_000) == (1_000,)
    assert QuantizationMoments(when="end").schedule(60_000) == (60_000,)


@given(st.sampled_from(sorted(TRAINING_PRUNING)), st.integers(1, 100_000))
def test_moments_rise_within_any_training(rule: str, total: int) -> None:
    moments = TRAINING_PRUNING[rule]().schedule(total)
    assert moments and list(moments) == sorted(set(moments)) and moments[0] >= 0 and moments[-1] <= total


def test_given_moments() -> None:
    rule = TRAINING_PRUNING["adaptive_neurons"](start_image=1_000, batch_images=2_000)
    assert rule.schedule(6_000) == (0, 1_000, 3_000, 5_000)
    assert rule.schedule(500) == ()
    for wrong in ({"start_image": -1}, {"batch_images": -5}, {"threshold": 1.0}, {"threshold": float("nan")}):
        with pytest.raises(NeurodeployError, match="ND306"):
            TRAINING_PRUNING["constant"](**wrong)


@pytest.mark.parametrize("quantizer", sorted(QUANTIZERS))
def test_every_quantizer_has_moments(quantizer: str) -> None:
    assert quantization_rule("x", {"rule": quantizer, "learning_batches": 4}).schedule(60_000)[0] == 20_000
