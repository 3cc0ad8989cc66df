"""Convolutions without synaptic rows: the real sPyNNaker's mapping, and its binaries on the software board."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from convolutional_networks import two_convolutions
from networks import random_spikes

pytest.importorskip("spynnaker")
pytest.importorskip("unicorn")
pytestmark = pytest.mark.spynnaker

from software_board import board_at  # noqa: E402

from neurodeploy.compiler import compile_network  # noqa: E402
from neurodeploy.errors import NeurodeployError  # noqa: E402
from neurodeploy.targets.spinnaker.board_session import BoardSession  # noqa: E402
from neurodeploy.targets.spinnaker.preflight import estimate_cores  # noqa: E402
from neurodeploy.targets.spinnaker.program import SpinnakerProgram  # noqa: E402
from neurodeploy.targets.spinnaker.vendor_mapping import compare_with_vendor  # noqa: E402
from neurodeploy.verification.ladder import first_difference  # noqa: E402


@pytest.fixture(scope="module")
def program() -> SpinnakerProgram:
    """Two input channels, kernels of 3 x 3 and 3 x 5, a pruned channel, rows behind; several cores for a plane."""
    options = {"convolution": "local-only", "neurons_per_core": 16}
    made = compile_network(two_convolutions(), "spinnaker", options).program
    assert isinstance(made, SpinnakerProgram)
    return made


def test_spynnaker_maps_the_same(program: SpinnakerProgram) -> None:
    """Cores, SDRAM and, compared by :func:`compare_with_vendor` when compiling, shifts and every code."""
    placements = program.mapping.vendor["placements"]
    cores = estimate_cores(program.mapping)
    ours = sorted((c.population, c.end - c.first) for c in cores)
    assert ours == sorted((p["population"], p["neurons"]) for p in placements)
    assert {p["binary"] for p in placements if p["population"] in ("first[0]", "second[2]")} == {
        "IF_curr_exp_conv.aplx"
    }
    assert sum(len(found) for found in program.mapping.vendor["kernels"].values()) == 17
    theirs = sum(p["sdram_fixed_bytes"] for p in placements)
    assert sum(core.sdram_bytes for core in cores) == pytest.approx(theirs, rel=0.03)


def test_another_code_is_seen(program: SpinnakerProgram) -> None:
    convolution, *others = program.mapping.convolutions
    codes = convolution.codes.copy()
    codes[3, 1, 2, 2] += 1
    changed = replace(program.mapping, convolutions=(replace(convolution, codes=codes), *others))
    compare_with_vendor(program.mapping, dict(program.mapping.vendor))
    with pytest.raises(NeurodeployError, match=r"ND410: Population 'first\[3\]': sPyNNaker's kernels"):
        compare_with_vendor(changed, dict(program.mapping.vendor))


def test_board_equals_the_model_spike_by_spike(program: SpinnakerProgram) -> None:
    inputs = random_spikes(1, 60, 128, 0.04)
    with board_at("127.0.0.67") as server, BoardSession(program.mapping, "127.0.0.67") as session:
        found, expected = session.run(inputs), session.expected(inputs)
    assert server.board.errors == []
    assert set(found.spikes) == {"input", "first", "second", "output"}
    for name, batch in expected.spikes.items():
        assert batch.total > 50 and first_difference(batch, found.spikes[name]) is None
        np.testing.assert_array_equal(batch.counts(), found.spikes[name].counts())


def test_live_input_goes_to_one_population(program: SpinnakerProgram) -> None:
    with pytest.raises(NeurodeployError, match="ND502.*--input live.*--convolution rows"):
        BoardSession(program.mapping, "127.0.0.67", live_input=True)
