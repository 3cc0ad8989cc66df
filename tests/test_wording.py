"""Counts with their nouns, and the name that was meant."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neurodeploy.wording import choose, counted, nearest, quantities, quantity


def test_counts_agree_with_their_nouns() -> None:
    assert [counted(n, "image") for n in (0, 1, 2, 1200)] == ["0 images", "1 image", "2 images", "1,200 images"]
    assert (
        counted(np.int64(1), "bit") == "1 bit" and counted(2.0, "bit") == "2 bits" and counted(0.5, "bit") == "0.5 bits"
    )
    assert counted(1, "entry", "entries") == "1 entry" and counted(3, "entry", "entries") == "3 entries"


def test_the_nearest_name_is_found_whatever_its_case() -> None:
    assert nearest("EPOCH", ["epochs", "data"]) == "epochs" and nearest("zzz", ["epochs"]) is None
    assert choose("epoch", ["data", "epochs"]) == "Did you mean 'epochs'? Use one of: data, epochs."
    assert choose(3, ["data"], "It has") == "It has: data."


@pytest.mark.parametrize(
    ("value", "shown"),
    [(7.248e-8, "72.5 nJ"), (0.0, "0 J"), (1.0, "1 J"), (999.6, "1 kJ"), (9.996e-7, "1 µJ"), (-2e-3, "-2 mJ"),
     (4e-27, "0.004 yJ"), (26.84, "26.8 J")],
)  # fmt: skip
def test_quantities_have_three_digits_and_a_prefix(value: float, shown: str) -> None:
    assert quantity(value, "J") == shown


@given(st.floats(1e-20, 1e17))
def test_quantities_read_back(value: float) -> None:
    number, unit = quantity(value, "J").split(" ")
    power = {
        "": 0,
        "k": 1,
        "M": 2,
        "G": 3,
        "T": 4,
        "P": 5,
        "m": -1,
        "µ": -2,
        "n": -3,
        "p": -4,
        "f": -5,
        "a": -6,
        "z": -7,
    }
    assert 1 <= float(number) < 1000
    assert float(number) * 1000.0 ** power[unit.removesuffix("J")] == pytest.approx(value, rel=6e-3)


def test_a_range_is_said_only_where_there_is_one() -> None:
    assert quantities(1.0, 1.0, "s") == "" and quantities(0.0, 1e-8, "s") == "0 s to 10 ns"
