"""What is assumed is told from defaults, from a user's own numbers and from options, everywhere by the same count."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from command_line import call
from crossbar_programs import compiled, device_with
from networks import two_layer

from neurodeploy.costs import Constant
from neurodeploy.network import save_network
from neurodeploy.targets.crossbar.estimates import origins_of
from neurodeploy.targets.crossbar.origins import named, origin, origins_text
from neurodeploy.targets.crossbar.report_tables import device_table
from neurodeploy.targets.rram import RramTarget


@pytest.mark.parametrize(
    ("source", "kind", "said"),
    [("a paper", "measured", "measured"), ("a guess", "assumed", "assumed"), ("the file", "assumed", "the file's own"),
     ("left out of the file", "assumed", "default"), ("node_nm", "assumed", "default"), ("given", "assumed", "given")],
)  # fmt: skip
def test_origins_by_source_and_kind(source: str, kind: str, said: str) -> None:
    assert origin(Constant("feature_nm", 1.0, "nm", source, kind)) == said


def test_numbers_of_a_users_own_file_and_of_options(tmp_path: Path) -> None:
    own = device_with(tmp_path / "mine.toml", g_max="39e-6", stuck_on="0.01")
    program = compiled(two_layer(), device=str(own), variation=0.2, supply_volts=1.1)
    found = origins_of(program.mapping)
    assert (found["g_max"], found["stuck_on"], found["stuck_off"]) == ("the file's own", "the file's own", "default")
    assert found["device_variation"] == found["supply_volts"] == "given" and found["g_min"] == "assumed"
    assert program.manifest["unsourced"] == ["g_max", "stuck_on"] and "stuck_off" in program.manifest["defaults"]
    said = origins_text(found)
    assert "supply" not in said and "2 of the device file's own without a source" in said
    kinds = {row[0]: row[-1] for row in device_table(program.mapping)[1]}
    assert kinds == found


def test_compile_targets_and_report_count_alike(tmp_path: Path) -> None:
    save_network(two_layer(), tmp_path / "net.h5")
    flags = ("compile", str(tmp_path / "net.h5"), "--target", "rram", "-o", str(tmp_path / "net.bundle"))
    printed = call(*flags).out
    many = re.search(r"no public source gives them: (\d+ of \d+) numbers, the supply voltage among them", printed)
    listed = {device["device"]: device["assumed values"] for device in RramTarget().devices()}
    program = compiled(two_layer(), programming="device", segment_ohms=None)
    kinds = [row[-1] for row in device_table(program.mapping)[1]]
    assert many is not None and many[1] == listed["neurram"] == f"{kinds.count('assumed')} of {len(kinds)}"
    given = json.loads(call(*flags, "--overwrite", "--json").out)
    assert given["assumed"] == named(origins_of(program.mapping), "assumed")
    assert given["area"]["square_metres"] == program.manifest["area"]["square_metres"]
    assert given["latency"]["seconds"] > 0 and given["programming"]["joules"] > 0


def test_targets_without_such_figures_have_none_in_json(tmp_path: Path) -> None:
    save_network(two_layer(), tmp_path / "net.h5")
    flags = ("--target", "spinnaker", "--mapping", "estimate", "-o", str(tmp_path / "net.bundle"), "--json")
    given = json.loads(call("compile", str(tmp_path / "net.h5"), *flags).out)
    assert "area" not in given and given["fits"]
