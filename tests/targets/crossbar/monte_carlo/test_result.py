"""Sums over chips, by hand."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from neurodeploy.files import dump_json
from neurodeploy.targets.crossbar.monte_carlo import ChipResult, MonteCarlo, as_markdown, clopper_pearson, wilson

CORRECT = (6, 9, 8, 7, 10)
CHIPS = tuple(
    ChipResult(k, 10, c, k % 2, {"out": 10 * c}, {"out": k}, {"arrays": 1e-9 * c}) for k, c in enumerate(CORRECT)
)
FOUND = MonteCarlo("rram", "digits", "test", CHIPS, 0.9, 0.8)


def test_spreads() -> None:
    by_name = {spread.quantity: spread for spread in FOUND.spreads}
    assert list(by_name) == [
        "accuracy",
        "silent samples",
        "spikes per sample",
        "clipped conversions per sample",
        "energy per sample",
    ]
    accuracy = by_name["accuracy"]
    values = np.array(CORRECT) / 10
    assert accuracy == FOUND.accuracy and (accuracy.mean, accuracy.minimum, accuracy.maximum) == (0.8, 0.6, 1.0)
    assert accuracy.standard_deviation == pytest.approx(np.sqrt(0.1 / 4))
    assert accuracy.interval == pytest.approx(stats.t.interval(0.9, 4, 0.8, stats.sem(values)))
    assert accuracy.quantiles == pytest.approx((0.62, 0.7, 0.8, 0.9, 0.98))
    assert by_name["spikes per sample"].mean == pytest.approx(8) and by_name["spikes per sample"].of == "out"
    assert by_name["clipped conversions per sample"].mean == pytest.approx(0.2)
    assert by_name["energy per sample"].mean == pytest.approx(8e-10) and by_name["energy per sample"].unit == "J"


def test_yield_counts_chips_that_are_just_as_good() -> None:
    assert FOUND.yielded.reached == 3 and FOUND.yielded.share == 0.6
    assert FOUND.yielded.interval == clopper_pearson(3, 5, 0.9)
    assert replace(FOUND, yield_at=1.0).yielded.reached == 1
    assert replace(FOUND, yield_at=None).yielded is None


def test_one_chip_has_no_spread_and_like_chips_are_noticed() -> None:
    one = replace(FOUND, chips=CHIPS[:1])
    assert one.accuracy.standard_deviation is None and one.accuracy.interval is None and not one.alike
    assert replace(FOUND, chips=(CHIPS[0], replace(CHIPS[0], number=1))).alike and not FOUND.alike
    assert "| accuracy | 60.00 % | – | – |" in as_markdown(one)


def test_plain_values_and_markdown() -> None:
    plain = json.loads(dump_json(FOUND.as_dict()))
    assert plain["kind"] == "monte_carlo" and plain["yield"]["reached"] == 3
    assert plain["chips"][1]["accuracy_interval"] == pytest.approx(wilson(9, 10, 0.9))
    page = as_markdown(FOUND)
    assert "3 of 5 chips have an accuracy of at least 80 %" in page and "| 4 | 100.00 % |" in page
    half = (FOUND.accuracy.interval.high - FOUND.accuracy.interval.low) / 2
    assert f"| accuracy | 80.00 % | {100 * half:.2f} % | 15.81 % |" in page


@pytest.mark.parametrize("change", [{"correct": 11}, {"correct": "6"}, {"samples": 0}, {"spikes": 3}, {"more": 1}])
def test_foreign_values_are_no_chip(change: dict[str, object]) -> None:
    assert ChipResult.of(CHIPS[0].as_dict()) == CHIPS[0]
    with pytest.raises((ValueError, TypeError)):
        ChipResult.of({**CHIPS[0].as_dict(), **change})
