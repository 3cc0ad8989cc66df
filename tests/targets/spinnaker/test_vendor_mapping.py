"""Our mapping against the real sPyNNaker on a virtual board: one compilation of the digits network."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from networks import digits_network, into

pytest.importorskip("spynnaker")
pytestmark = pytest.mark.spynnaker

from neurodeploy.compiler import compile_network  # noqa: E402
from neurodeploy.errors import NeurodeployError  # noqa: E402
from neurodeploy.network import (  # noqa: E402
    LIF,
    Convolution2d,
    Dense,
    LateralInhibition,
    Pooling2d,
    Population,
    Projection,
    Relay,
    StepSemantics,
    Weights,
)
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
        "stored_weights": {n: {"synapses": 1, "sum": 1.0, "delays_ms": 1.0} for n in mapping.vendor["stored_weights"]},
    }
    with pytest.raises(NeurodeployError, match="ND410.*weights sum to 1"):
        compare_with_vendor(mapping, wrong)


def test_convolution_delays_and_inhibition_are_stored_as_ours() -> None:
    """A convolution with a delay for each tap, pooling, and inhibition between two populations: shifts, weights and
    delays that sPyNNaker stores are ours (else ND410), and its SDRAM is within a quarter of our estimate."""
    rng, layered = np.random.default_rng(1), StepSemantics(zero_delay=True)
    neuron = LIF(tau_m=5.0, v_rest=0.0, v_reset=0.0, v_thresh=1.0, v_init=0.0, synapse="delta", semantics=layered)
    base = into(neuron, np.zeros((64, 10)))
    kernels = Weights(values=rng.normal(0.3, 0.5, (4, 1, 3, 3)))
    taps = rng.integers(0, 5, (4, 1, 3, 3)).astype(np.int32)
    network = replace(
        base,
        populations=(
            replace(base.populations[0], shape=(1, 8, 8)), Population("hidden", (4, 6, 6), neuron),
            Population("pool", (4, 3, 3), Relay()), base.populations[1], Population("inhibitory", (10,), neuron),
        ),
        projections=(
            Projection("convolution", "input", "hidden", Convolution2d((3, 3)), kernels, taps),
            Projection("pooling", "hidden", "pool", Pooling2d((2, 2), "average"), Weights(values=np.ones(1)), 0),
            Projection("dense", "pool", "neurons", Dense(), Weights(values=rng.random((36, 10))), 0),
            Projection("drive", "hidden", "inhibitory", Dense(), Weights(values=rng.random((144, 10))), 1),
            Projection("silence", "inhibitory", "neurons", LateralInhibition(), Weights(values=np.array([-0.5])), 2),
        ),
    )  # fmt: skip
    made = compile_network(network, "spinnaker").program
    assert isinstance(made, SpinnakerProgram)
    stored = made.mapping.vendor["stored_weights"]
    assert stored["silence_inhibitory"]["synapses"] == 90
    assert stored["convolution_excitatory"]["synapses"] + stored["convolution_inhibitory"]["synapses"] == 36 * 36
    theirs = {p["population"]: p["sdram_fixed_bytes"] for p in made.mapping.vendor["placements"]}
    for core in estimate_cores(made.mapping):
        assert core.sdram_bytes == pytest.approx(theirs[core.population], rel=0.25)
