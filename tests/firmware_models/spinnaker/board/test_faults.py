"""Faults as they are asked for."""

import pytest

from neurodeploy.firmware_models.spinnaker.board import Faults


@pytest.mark.parametrize("name", ["drop_packets", "drop_multicast"])
@pytest.mark.parametrize("share", [-0.01, 1.01, float("nan")])
def test_shares_lie_between_0_and_1(name, share):
    with pytest.raises(ValueError, match=f"{name} is a share of 0 to 1"):
        Faults(**{name: share})


def test_losses_are_those_of_the_seed_and_the_kind():
    draws = [Faults(seed=seed).random(stream).random(8).tolist() for seed, stream in ((3, 1), (3, 1), (3, 2), (4, 1))]
    assert draws[0] == draws[1]
    assert draws[0] != draws[2]
    assert draws[0] != draws[3]


def test_nothing_goes_wrong_unasked():
    assert Faults() == Faults(0.0, 0.0, frozenset(), frozenset(), None, None, 0)
