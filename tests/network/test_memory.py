"""What does not fit into memory is refused before it is allocated."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from command_line import call

from neurodeploy.errors import NeurodeployError
from neurodeploy.inspection import summarise, warnings_of
from neurodeploy.network import (
    LIF,
    LateralInhibition,
    Network,
    OneToOne,
    Population,
    Projection,
    SpikeSource,
    StepSemantics,
    Weights,
    memory,
    save_network,
)

LARGEST = 1 << 26


def lateral(neurons: int) -> Network:
    """A few bytes in a file, ``neurons`` squared synapses in memory."""
    neuron = LIF(synapse="delta", semantics=StepSemantics(zero_delay=True))
    return Network(
        (Population("input", (neurons,), SpikeSource()), Population("output", (neurons,), neuron)),
        (Projection("all", "input", "output", LateralInhibition(), Weights(values=np.array([1.0])), 1),), 1.0,
    )  # fmt: skip


def test_the_memory_of_this_machine_is_known() -> None:
    available = memory.available_bytes()
    assert available is not None and 1 << 20 < available < 1 << 50


@pytest.mark.parametrize("what", ["expand", "fan_out", "synapses"])
def test_refused_before_anything_is_allocated(monkeypatch: pytest.MonkeyPatch, what: str) -> None:
    monkeypatch.setattr(memory, "available_bytes", lambda: 1 << 30)
    network = lateral(LARGEST)
    tracemalloc.start()
    with pytest.raises(NeurodeployError, match=r"ND107.*'all'.*GiB"):
        getattr(network, what)(network.projections[0])
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1 << 20


def test_what_fits_is_not_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "available_bytes", lambda: 1 << 30)
    network = lateral(2000)
    assert (
        network.synapses(network.projections[0]) == len(network.expand(network.projections[0]).targets) == 2000 * 1999
    )


def test_no_memory_for_the_synapses_of_a_small_file(monkeypatch: pytest.MonkeyPatch) -> None:
    """65,536 neurons that all inhibit each other: 4 billion synapses are counted, but never written out."""
    monkeypatch.setattr(memory, "available_bytes", lambda: 1 << 30)
    network = lateral(1 << 16)
    assert network.synapses(network.projections[0]) == (1 << 32) - (1 << 16)
    with pytest.raises(NeurodeployError, match=r"ND107.*4,294,901,760 synapses"):
        network.expand(network.projections[0])
    assert not [f for f in warnings_of(network, summarise(network)) if "no input" in f.what]


def test_inspect_of_the_largest_population(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "available_bytes", lambda: 1 << 30)
    save_network(lateral(LARGEST), tmp_path / "net.h5")
    result = call("inspect", tmp_path / "net.h5")
    assert result.code == 1 and result.err.startswith("ND107") and "GiB" in result.err


def test_neurons_that_nothing_reaches_are_found_without_writing_out() -> None:
    alone = lateral(1)
    assert any("no input: 1 of 1 neuron" in f.what for f in warnings_of(alone, summarise(alone)))
    weights = Weights(values=np.ones(3), mask=np.array([True, False, True]))
    network = lateral(3)
    network = Network(network.populations, (Projection("all", "input", "output", OneToOne(), weights, 1),), 1.0)
    assert any("no input: 1 of 3 neurons" in f.what for f in warnings_of(network, summarise(network)))
