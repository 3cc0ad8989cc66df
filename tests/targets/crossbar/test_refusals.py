"""What arrays cannot compute, all reasons at once."""

from __future__ import annotations

from dataclasses import replace
from math import prod

import numpy as np
import pytest
from crossbar_programs import compiled, one_delay
from networks import into, layered, two_layer

from neurodeploy.compiler import Context
from neurodeploy.errors import NeurodeployError
from neurodeploy.network import (
    IF,
    Dense,
    Encoder,
    LateralInhibition,
    LeakyIntegrator,
    Network,
    Pooling2d,
    Population,
    Projection,
    SpikeSource,
    Weights,
)
from neurodeploy.targets.crossbar import refusals
from neurodeploy.targets.crossbar.refusals import RefuseUnsupported, in_circuits, reaches


def refused(network: Network) -> NeurodeployError:
    with pytest.raises(NeurodeployError) as error:
        RefuseUnsupported()(network, Context())
    assert error.value.code == "ND435" and error.value.hint
    return error.value


def chain(*, middle: object = None) -> Network:
    neuron = IF() if middle is None else middle
    populations = (
        Population("input", (4,), SpikeSource()), Population("hidden", (3,), neuron), Population("out", (3,), IF()),
    )  # fmt: skip
    weights = Weights(values=np.ones((4, 3)))
    second = Weights(values=np.ones((3, 3)))
    return Network(
        populations,
        (Projection("one", "input", "hidden", Dense(), weights), Projection("two", "hidden", "out", Dense(), second)),
        1.0,
    )


def with_projection(network: Network, projection: Projection) -> Network:
    return replace(network, projections=(*network.projections, projection))


def test_supported_networks_go_through() -> None:
    for network in (chain(), two_layer(), one_delay()):
        assert RefuseUnsupported()(network, Context()) is network


def test_graded_input_and_graded_neurons() -> None:
    constant = replace(chain(), encoder=Encoder("constant", 5))
    assert "'constant' presents graded values" in refused(constant).message
    assert "population 'hidden' sends values" in refused(chain(middle=LeakyIntegrator(synapse="current"))).message
    several = IF(reset="subtraction", max_spikes_per_step=3)
    assert "population 'hidden' sends values" in refused(chain(middle=several)).message


def test_a_potential_that_is_only_read_out_is_no_graded_input() -> None:
    network = into(LeakyIntegrator(synapse="current"), np.ones((3, 2)))
    assert RefuseUnsupported()(network, Context()) is network


def test_two_sources() -> None:
    network = chain()
    two = replace(network, populations=(*network.populations, Population("more", (2,), SpikeSource())))
    assert "2 spike sources" in refused(two).message


def test_max_pooling() -> None:
    network = layered()
    pooling = replace(network.projection("pooling"), connectivity=Pooling2d(2, "max"))
    assert "'pooling' is a max pooling" in refused(network.with_projections(pooling)).message


def test_loops_but_for_inhibition_in_a_layer() -> None:
    back = Projection("back", "out", "hidden", Dense(), Weights(values=np.ones((3, 3))))
    message = refused(with_projection(chain(), back)).message
    assert "'back' closes a loop from 'hidden' back to 'out'" in message and "'two' closes a loop" in message
    assert "'one'" not in message
    inhibition = Projection("lateral", "out", "out", LateralInhibition(), Weights(values=np.array([-1.0])))
    assert RefuseUnsupported()(with_projection(chain(), inhibition), Context())
    across = replace(inhibition, name="across", source="hidden")
    assert "'across' is lateral inhibition from 'hidden' to 'out'" in refused(with_projection(chain(), across)).message


def test_delays_and_all_reasons_together() -> None:
    network = chain()
    delays = np.arange(12, dtype=np.int32).reshape(4, 3) + 1
    slow = network.with_projections(replace(network.projection("one"), delay=delays))
    assert "'one' has delays from 1 to 12 steps" in refused(slow).message
    both = refused(replace(slow, encoder=Encoder("constant", 5)))
    assert "12 steps" in both.message and "'constant'" in both.message and both.message.count("; ") == 1


def test_delays_that_only_folding_makes() -> None:
    """Two ways through a relay, of different delays, are one projection with two delays."""
    network = layered()
    made = network.with_projections(replace(network.projection("dense"), delay=2))
    again = replace(made.projection("pooling"), name="again", delay=1)
    compiled(with_projection(made, again))  # two projections of one delay each: two arrays
    with pytest.raises(NeurodeployError, match="'dense' has delays from 0 to 3"):
        compiled(network)


def test_arrays_beyond_the_largest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(refusals, "MOST_CELLS", 11)
    message = refused(chain()).message
    assert "'one' would be an array of 4 x 3 places, 12 in all" in message and "'two'" not in message
    assert "2 arrays" not in message
    sizes = [prod(prod(shape) for shape in chain().shapes(p)) for p in chain().projections if not in_circuits(p)]
    monkeypatch.setattr(refusals, "MOST_CELLS", sum(sizes))
    assert RefuseUnsupported()(chain(), Context())
    monkeypatch.setattr(refusals, "MOST_CELLS", sum(sizes) - 1)  # each is small enough, all are not
    told = refused(chain())
    assert f"its {len(sizes)} arrays would have {sum(sizes)} places, most of them 'one' with 12" in told.message
    assert f"At most {sum(sizes) - 1:,} are mapped, all arrays together" in told.hint
    monkeypatch.setattr(refusals, "MOST_CELLS", 12 * 64)  # what the relay folds into is small enough
    with pytest.raises(NeurodeployError, match="'convolution' would be an array of 128 x 64") as error:
        compiled(one_delay())
    assert "'pooling'" not in error.value.message


def test_reaching() -> None:
    network = chain()
    assert reaches(network, "input", "out") and reaches(network, "out", "out") and not reaches(network, "out", "input")
