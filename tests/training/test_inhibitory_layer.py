"""The inhibitory population, explicit and folded into a delay: the same spikes, weights and thresholds on real images."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from small_recipes import small_recipe
from two_layer_reference import SMALL, images

from neurodeploy.datasets import load_dataset, locate
from neurodeploy.encoding import encode
from neurodeploy.errors import NeurodeployError
from neurodeploy.network import LateralInhibition, Network, OneToOne
from neurodeploy.simulation import build_plan, simulate
from neurodeploy.training.recipe import load_recipe
from neurodeploy.training.train import stdp_rule, train, training_parameters
from neurodeploy.training.two_layer.inhibitory_layer import folding_is_exact
from neurodeploy.training.two_layer.parameters import InhibitoryParameters, NeuronParameters, TrainingParameters
from neurodeploy.training.two_layer.stdp.triplet import Triplet
from neurodeploy.training.two_layer.trainer import respond, train_chunk
from neurodeploy.training.two_layer.trainer_state import TrainerState, initial_state

DATA = ["digits", pytest.param("mnist", marks=pytest.mark.skipif(locate("mnist") is None, reason="needs MNIST"))]


def trained(parameters: TrainingParameters, shown: np.ndarray, rule: Any) -> tuple[TrainerState, np.ndarray]:
    """The state after the images, and its responses to them without learning."""
    state = initial_state(parameters)
    train_chunk(state, parameters, rule, shown, np.arange(len(shown)))
    responses, _ = respond(state.layer_weights, state.theta, parameters, shown, np.arange(len(shown)))
    return state, responses


def assert_same(parameters: TrainingParameters, shown: np.ndarray, rule: Any) -> None:
    """Both forms of the inhibition leave the same bits."""
    direct, its_responses = trained(parameters, shown, rule)
    explicit, responses = trained(replace(parameters, inhibition="population"), shown, rule)
    assert direct.metrics["output_spikes"] > 3 * len(shown) and responses.sum() > 0
    assert direct.metrics == explicit.metrics
    for name, array in direct.arrays().items():
        np.testing.assert_array_equal(array, explicit.arrays()[name], name)
    np.testing.assert_array_equal(its_responses, responses)


@pytest.mark.parametrize("data", DATA)
def test_folding_changes_no_bit_on_real_images(data: str) -> None:
    shown, recipe = load_dataset(data, "train").limit(150), load_recipe(f"{data}-100")
    parameters = training_parameters(recipe, shown)
    assert folding_is_exact(parameters)
    assert_same(parameters, shown.images, stdp_rule(recipe))


@pytest.mark.parametrize("delay", [1, 2, 3, 12])
def test_folding_changes_no_bit_at_any_delay(delay: int) -> None:
    """``lateral_delay_steps``: one of them to the inhibitory neuron, the others back."""
    assert_same(replace(SMALL, neuron=NeuronParameters(lateral_delay_steps=delay)), images(30), Triplet())


@pytest.mark.parametrize(
    "changes",
    [
        {"dt": 0.25},  # from rest -44.4 mV after one step, from reset above -40 mV
        {"neuron": NeuronParameters(inhibitory=InhibitoryParameters(weight=4.0))},  # two steps to the threshold
        {"neuron": NeuronParameters(inhibitory=InhibitoryParameters(refractory=200.0))},  # misses spikes
        {"neuron": NeuronParameters(inhibitory=InhibitoryParameters(weight=100.0))},  # a second spike from what is left
    ],
)
def test_the_condition_tells_where_folding_is_not_exact(changes: dict[str, Any]) -> None:
    parameters = replace(SMALL, **changes)
    assert not folding_is_exact(parameters)
    direct, _ = trained(parameters, images(30), Triplet())
    explicit, _ = trained(replace(parameters, inhibition="population"), images(30), Triplet())
    assert direct.metrics["output_spikes"] != explicit.metrics["output_spikes"]


@pytest.fixture(scope="module")
def networks() -> tuple[Network, Network]:
    """The trained network with direct inhibition and with a population."""
    direct = small_recipe(epochs=1, train_images=200, label_images=100)
    return train(direct), train(direct.with_network(inhibition="population"))


def test_the_network_holds_the_population(networks: tuple[Network, Network]) -> None:
    direct, explicit = networks
    assert [p.name for p in explicit.populations] == ["input", "excitatory", "inhibitory"]
    forward, out, back = explicit.projections
    assert (out.source, out.target, out.delay) == ("excitatory", "inhibitory", 1)
    assert (back.source, back.target, back.delay) == ("inhibitory", "excitatory", 1)
    assert isinstance(out.connectivity, OneToOne) and isinstance(back.connectivity, LateralInhibition)
    np.testing.assert_array_equal(forward.weights.decoded(), direct.projections[0].weights.decoded())
    assert explicit.readout is not None and direct.readout is not None
    np.testing.assert_array_equal(explicit.readout.labels, direct.readout.labels)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_simulator_gives_the_same_spikes(networks: tuple[Network, Network], dtype: type) -> None:
    shown = load_dataset("digits", "test").limit(100)
    direct, explicit = (simulate(n, encode(n, shown), plan=build_plan(n, dtype)).spikes for n in networks)
    one, other = direct["excitatory"].dense(), explicit["excitatory"].dense()
    assert one.sum() > 300
    np.testing.assert_array_equal(one, other)
    np.testing.assert_array_equal(explicit["inhibitory"].dense()[:, 1:], other[:, :-1])  # one each, one step later


def test_an_unknown_inhibition_is_refused(tmp_path: Any) -> None:
    path = tmp_path / "wrong.toml"
    path.write_text("data = 'digits'\n[network]\ninhibition = 'none'")
    with pytest.raises(NeurodeployError, match=r"ND306.*network\.inhibition is 'none'"):
        load_recipe(str(path))
    with pytest.raises(NeurodeployError, match="ND306.*inhibition is 'none'"):
        train(small_recipe().with_network(inhibition="none"))
