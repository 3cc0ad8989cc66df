"""Options of in-memory targets."""

from __future__ import annotations

from typing import Any

import pytest

from neurodeploy.errors import NeurodeployError
from neurodeploy.options import option_fields, options_from
from neurodeploy.targets.rram import RramOptions

BAD: dict[str, list[Any]] = {
    "tile": ["128", "0x4", "4x0", "axb", "-3x4", "123456x2", "", "4x4x4"],
    "levels": [1, 0, -3, 65_537, 2.5, "many"],
    "cells": ["triple"],
    "layout": ["loose"],
    "partial_sums": ["maybe"],
    "converter_bits": [0, 2, 3, 21, 8.5],
    "multiplexing": [0, -1],
    "tiles_available": [0, -7],
    "lost_weights": [-0.1, 1.1, float("nan")],
    "programming": ["good"],
    "variation": [-0.1, float("inf"), "wide"],
    "stuck_at": [-0.1, 1.01],
    "read_noise": [-1.0, float("nan")],
    "segment_ohms": [-1.0, float("inf")],
    "age_seconds": [-1.0],
    "temperature": [0.0, -4.0, float("inf")],
    "supply_volts": [0.0, -1.0, float("inf")],
    "threshold_variation": [-0.1],
    "offset_variation": [-0.1],
    "circuit_leak_ms": [-0.1],
    "device_seed": [-1],
    "device": [3],
}


@pytest.mark.parametrize("name", BAD)
def test_values_that_are_not_allowed_are_one_error(name: str) -> None:
    for value in BAD[name]:
        with pytest.raises(NeurodeployError) as error:
            options_from(RramOptions, {name: value}, "The target 'rram'")
        assert error.value.code == "ND401" and error.value.hint, value
        assert name in error.value.message or name.replace("_", "-") in error.value.message, value
        assert repr(value) in error.value.message


def test_every_option_is_tried_and_says_what_it_is() -> None:
    fields = {option.name: option for option in option_fields(RramOptions)}
    assert set(BAD) == set(fields) and all(option.help for option in fields.values())
    assert fields["levels"].type is int and fields["variation"].type is float and fields["levels"].default is None
    assert fields["cells"].choices == ("auto", "pair", "reference", "single")


def test_what_may_be_left_out_may_be_none() -> None:
    for name in ("levels", "tiles_available", "variation", "stuck_at", "read_noise", "segment_ohms", "supply_volts"):
        assert getattr(options_from(RramOptions, {name: None}, "x"), name) is None
    with pytest.raises(NeurodeployError, match="multiplexing is None"):
        options_from(RramOptions, {"multiplexing": None}, "x")


def test_sizes_of_tiles() -> None:
    assert RramOptions(tile="64x32").tile_size == RramOptions(tile="64×32").tile_size == (64, 32)
    assert RramOptions(tile="128X128").tile_size == (128, 128) and RramOptions(tile="99999x1").tile_size[0] == 99_999
    with pytest.raises(NeurodeployError, match="--tile is '100000x1'") as error:
        RramOptions(tile="100000x1")
    assert "1 to 99999" in error.value.hint
    assert RramOptions().device == "neurram"
