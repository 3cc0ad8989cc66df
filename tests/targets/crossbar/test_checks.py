"""What a network uses of arrays."""

from __future__ import annotations

import numpy as np
import pytest
from crossbar_programs import compiled
from networks import into, two_layer

from neurodeploy.compiler import check_network, verdict
from neurodeploy.errors import NeurodeployError
from neurodeploy.network import IF, Network, Weights
from neurodeploy.targets.crossbar.conductance_mapping import levels_needed


def used(network: Network, **options: object) -> dict[str, float]:
    return {usage.name: usage.used for usage in check_network(network, "rram", options)}


def test_tiles_and_cells() -> None:
    mask = np.zeros((12, 9), bool)
    mask[:5, :4] = True
    network = into(IF(), Weights(values=np.where(mask, 1.0, 0.0), mask=mask))
    found = used(network, tile="6x5", cells="reference")
    assert found["tiles"] == 1 and found["tiles of the dense grid"] == 2 * 3
    assert found["fewest tiles possible"] == 1
    assert found["cells of rows and columns in use"] == 5 * (4 + 1) and found["cells of synapses"] == 20
    grid = used(network, tile="6x5", cells="reference", layout="grid")
    assert grid["tiles"] == 6 and grid["cells of rows and columns in use"] == 12 * (9 + 3)
    assert used(network, tile="6x5", cells="pair", layout="grid")["tiles"] == 2 * 5
    assert grid["tiles that an output of 'synapses' is split over"] == 2


def test_levels_of_one_sign_in_a_pair() -> None:
    levels = np.array([-0.5, -0.25, 0.0, 1.0])
    assert levels_needed(levels, "pair") == 3 and levels_needed(levels, "reference") == 4
    assert levels_needed(np.array([0.5, 1.0]), "single") == 3  # an absent synapse is a level too
    codes = Weights(codes=np.arange(12).reshape(4, 3).astype(np.uint8) % 4, levels=levels)
    usages = check_network(into(IF(), codes), "rram", {"levels": 8})
    (found,) = (usage for usage in usages if usage.name == "levels of 'synapses'")
    assert (found.used, found.limit, found.where) == (3, 8, "of one sign")
    assert usages[0] is found  # those with a limit first


def test_verdicts_with_and_without_limits() -> None:
    figures = verdict(check_network(two_layer(), "rram"))
    assert figures.fits and figures.binding is None and figures.tightest == "nothing has a limit here"
    exceeded = verdict(check_network(two_layer(), "rram", {"tile": "4x4", "tiles_available": 3}))
    assert not exceeded.fits and exceeded.tightest.startswith("the tightest limit: tiles: 6 of 3")
    with pytest.raises(NeurodeployError, match="does not fit: tiles: 6 of 3") as error:
        compiled(two_layer(), tile="4x4", tiles_available=3)
    assert error.value.code == "ND408"


def test_rows_that_nothing_may_split() -> None:
    assert used(two_layer(), tile="12x9", partial_sums="none")["tiles"] == 1
    with pytest.raises(NeurodeployError, match="Projection 'input_to_excitatory': 5 of 5 outputs.*11 rows") as error:
        compiled(two_layer(), tile="11x9", partial_sums="none")
    assert error.value.code == "ND431"
