"""Our simulator against NEST (through PyNN) and Brian2: the spikes that they recorded, step by step.

The golden files are written by ``benchmarks/nest_and_brian2/compare.py --write-golden``; how the conventions of the three
map to each other, and why two models differ: docs/results/nest_and_brian2.md.
"""

from __future__ import annotations

from collections.abc import Iterator

import numba
import numpy as np
import pytest
import step_oracle
from peer_cells import AdaptiveCell, DefaultScheduleCell
from peer_networks import GOLDEN, PeerNetwork, Spikes, read_golden

DIFFERENT = {
    # name: the rule that the IR cannot say; spikes there, here, and equal, at dt 0.1 and 1 ms
    "nest_iaf_cond_exp": (AdaptiveCell, [(82, 82, 12), (97, 107, 29)]),
    "brian2_lif_delta_exact_default_schedule": (DefaultScheduleCell, [(191, 187, 100), (443, 494, 213)]),
}
NAMES = sorted(path.stem for path in GOLDEN.glob("*.npz"))
SAME = [name for name in NAMES if name not in DIFFERENT]
LEAST = 30


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """One sample needs one thread; the others would wait actively for it."""
    before = numba.get_num_threads()
    numba.set_num_threads(1)
    yield
    numba.set_num_threads(before)


def cases(name: str) -> list[tuple[PeerNetwork, Spikes]]:
    return read_golden(GOLDEN / f"{name}.npz")[1]


def counts(one: Spikes, other: Spikes) -> tuple[int, int, int]:
    """Spikes of one, of the other, and those at the same neuron and step."""
    pairs = [(one[name], other[name]) for name in one]
    return (
        sum(int(a.sum()) for a, _ in pairs),
        sum(int(b.sum()) for _, b in pairs),
        sum(int((a & b).sum()) for a, b in pairs),
    )


def test_every_model_has_a_golden_file_of_a_known_version() -> None:
    versions = {name: read_golden(GOLDEN / f"{name}.npz")[0] for name in NAMES}
    assert {name.split("_")[0]: version for name, version in versions.items()} == {
        "nest": "PyNN 0.13.0, NEST 3.10.0",
        "brian2": "Brian2 2.9.0, target numpy",
    }
    assert len(NAMES) == 16 and set(DIFFERENT) < set(NAMES)


@pytest.mark.parametrize("name", SAME)
def test_every_spike_falls_into_the_same_step(name: str) -> None:
    for network, theirs in cases(name):
        ours, _ = network.simulate()
        for population, spikes in theirs.items():
            np.testing.assert_array_equal(ours[population], spikes, f"{name}, dt {network.dt}, {population}")
        assert sum(int(spikes.sum()) for spikes in theirs.values()) > LEAST


@pytest.mark.parametrize("name", DIFFERENT)
def test_what_differs_differs_as_documented_and_for_the_reason_given(name: str) -> None:
    rule, expected = DIFFERENT[name]
    assert [counts(theirs, network.simulate()[0]) for network, theirs in cases(name)] == expected
    for network, theirs in cases(name):
        modelled = step_oracle.run(network.build(), network.inputs, rule).spikes
        for population, spikes in theirs.items():
            np.testing.assert_array_equal(modelled[population], spikes, f"dt {network.dt}, {population}")


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("nest_iaf_psc_exp", {"integrator": "exact"}),
        ("nest_iaf_psc_exp", {"synaptic_gain": "decayed"}),
        ("nest_iaf_psc_delta", {"integrator": "euler"}),
        ("brian2_lif_exponential_euler", {"synaptic_decay": "exact"}),
        ("brian2_conductance_lif_euler", {"integrator": "exact"}),
        ("brian2_lif_exponential_exact_subtraction", {"reset_timing": "next_step"}),
    ],
)
def test_the_golden_spikes_tell_step_semantics_apart(name: str, change: dict[str, str]) -> None:
    network, theirs = cases(name)[-1]  # dt = 1 ms
    there, here, equal = counts(theirs, network.simulate(**change)[0])
    assert equal < max(there, here)
