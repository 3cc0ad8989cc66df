"""Tables of an in-memory report: totals, shares, and every constant with its kind."""

from __future__ import annotations

from typing import Any, cast

import pytest
from networks import two_layer

from neurodeploy.compiler import compile_network
from neurodeploy.targets.crossbar.estimates import area_of, latency_of, programming_of
from neurodeploy.targets.crossbar.mapping import CrossbarMapping
from neurodeploy.targets.crossbar.program import CrossbarProgram
from neurodeploy.targets.crossbar.report_tables import (
    area_table,
    array_table,
    device_table,
    latency_table,
    programming_table,
)


def mapped(**options: Any) -> CrossbarMapping:
    """20 inputs, 5 neurons: rows split over two tiles."""
    program = compile_network(two_layer(20, 5), "rram", {"tile": "16x16", **options}).program
    return cast(CrossbarProgram, program).mapping


def test_arrays() -> None:
    columns, (row,) = array_table(mapped())
    found = dict(zip(columns, row, strict=True))
    assert found["size"] == "20 x 5" and found["cells of a weight"] == "1 (reference column)"
    assert (found["tiles"], found["split"], found["synapses"]) == ("2", "2", "100")
    assert found["used"] == f"{100 * 20 * 6 / 512:.1f} %" and found["synapses'"] == f"{100 * 100 / 512:.1f} %"


def test_shares_of_the_area_add_up_to_the_total() -> None:
    area = area_of(mapped())
    columns, rows = area_table(area)
    shares = [float(row[columns.index("share")].removesuffix(" %")) for row in rows[:-1]]
    assert sum(shares) == pytest.approx(100, abs=0.3)
    assert float(rows[-1][columns.index("mm²")]) == pytest.approx(1e6 * area.square_metres, rel=1e-3)


def test_latency_and_programming_end_with_their_sums() -> None:
    mapping = mapped()
    latency, programming = latency_table(latency_of(mapping))[1], programming_table(programming_of(mapping))[1]
    assert latency[-1][0] == programming[-1][0] == "total"
    assert latency[-1][3].endswith("s") and programming[-1][3].endswith("J")


def test_every_constant_of_the_device_is_there_with_source_and_kind() -> None:
    mapping = mapped(variation=0.1)
    columns, rows = device_table(mapping)
    found = {row[0]: dict(zip(columns, row, strict=True)) for row in rows}
    assert set(found) == {*mapping.device.constants, "supply_volts"}
    assert found["g_max"]["value"] == "40 µS" and found["g_max"]["kind"] == "measured"
    assert (found["device_variation"]["value"], found["device_variation"]["source"]) == ("0.1", "given")
    assert found["supply_volts"]["kind"] == "assumed" and found["supply_volts"]["value"] == "1.3 V"
    assert all(row["source"] and row["meaning"] for row in found.values())
