"""Our mapping against the real sPyNNaker on a virtual board: one compilation of the digits network."""

from __future__ import annotations

from dataclasses import replace

import pytest
from networks import digits_network

pytest.importorskip("spynnaker")
pytestmark = pytest.mark.spynnaker

from neurodeploy.compiler import compile_network  # noqa: E402
from neurodeploy.errors import NeurodeployError  # noqa: E402
from neurodeploy.targets.spinnaker.preflight import estimate_cores  # noqa: E402
from neurodeploy.targets.spinnaker.program import SpinnakerProgram  # noqa: E402
from neurodeploy.targets.spinnaker.vendor_mapping import compare_with_vendor  # noqa: E402


@pytest.fixture(scope="module")
def program() -> SpinnakerProgram:
    made = compile_network(digits_network(), "spinnaker").program
    assert isinstance(made, SpinnakerProgram)
    return made


def test_same_cores(program: SpinnakerProgram) -> None:
    placements = program.mapping.vendor["placements"]
    ours = [(c.population, c.end - c.first) for c in estimate_cores(program.mapping)]
    assert sorted(ours) == sorted((p["population"], p["neurons"]) for p in placements)
    assert program.cores_and_chips()[0] == len(placements)


def test_same_shifts_and_weights(program: SpinnakerProgram) -> None:
    vendor = program.mapping.vendor
    assert vendor["ring_buffer_shifts"]["excitatory"] == list(program.mapping.populations[1].shifts)
    weights = vendor["stored_weights"]["input_to_excitatory"]
    expected = digits_network().projections[0].weights
    assert weights["synapses"] == expected.present().sum()


def test_sdram_within_a_quarter(program: SpinnakerProgram) -> None:
    theirs = max(
        p["sdram_fixed_bytes"] for p in program.mapping.vendor["placements"] if p["population"] == "excitatory"
    )
    ours = max(c.sdram_bytes for c in estimate_cores(program.mapping) if c.population == "excitatory")
    assert ours == pytest.approx(theirs, rel=0.25)


def test_machine_is_the_one_we_describe(program: SpinnakerProgram) -> None:
    usages = {u.name: u for u in program.resources()}
    assert usages["sPyNNaker: cores"].limit == usages["cores"].limit == 759
    assert program.mapping.vendor["machine_chips"] == 48
    entries = usages["sPyNNaker: routing entries of the fullest chip"].used
    assert entries <= usages["routing entries of the fullest chip (at most)"].used


def test_a_difference_is_reported(program: SpinnakerProgram) -> None:
    mapping = program.mapping
    other = replace(mapping.populations[1], shifts=(mapping.populations[1].shifts[0] + 1, 0))
    with pytest.raises(NeurodeployError, match="ND410.*ring-buffer shifts"):
        compare_with_vendor(replace(mapping, populations=(mapping.populations[0], other)), dict(mapping.vendor))
    wrong = {
        **mapping.vendor,
        "stored_weights": {n: {"synapses": 1, "sum": 1.0} for n in mapping.vendor["stored_weights"]},
    }
    with pytest.raises(NeurodeployError, match="ND410.*weights sum to 1"):
        compare_with_vendor(mapping, wrong)
