"""Read-out by potential: by hand, and through a run."""

import numpy as np
import pytest

from neurodeploy import api
from neurodeploy.datasets import load_dataset
from neurodeploy.errors import NeurodeployError
from neurodeploy.network import (
    Dense,
    Encoder,
    LeakyIntegrator,
    Network,
    Population,
    Projection,
    Readout,
    SpikeSource,
    StepSemantics,
    Weights,
)
from neurodeploy.readout.potential import highest_class, potential_scores


@pytest.mark.parametrize(("use", "expected"), [("last", [0, 2.0]), ("maximum", [5, 2.0]), ("mean", [2, 1.0])])
def test_scores(use: str, expected: list[float]) -> None:
    voltages = np.array([[[1.0, 0.0], [5.0, 1.0], [0.0, 2.0]]])
    readout = Readout("o", np.arange(2), 2, "potential", {"use": use})
    assert potential_scores(voltages, readout).tolist() == [expected]


def test_a_class_has_the_mean_of_its_neurons_and_ties_go_to_the_lowest() -> None:
    readout = Readout("o", np.array([1, 1, 0, -1]), 3, "potential")
    assert highest_class(np.array([[1.0, 4.0, 2.0, 99.0], [2.0, 2.0, 2.0, 0.0]]), readout).tolist() == [1, 0]


def test_unknown_use_is_refused() -> None:
    with pytest.raises(NeurodeployError, match="ND207.*'median'"):
        potential_scores(np.zeros((1, 1, 1)), Readout("o", np.zeros(1, int), 1, "potential", {"use": "median"}))


def test_a_template_classifier_reads_digits_from_potentials() -> None:
    """Weights of a least-squares classifier, constant input, one leaky neuron per class: its argmax is the classifier's."""
    train, test = load_dataset("digits", "train"), load_dataset("digits", "test").limit(100)
    targets = np.eye(10)[train.labels]
    weights = np.linalg.lstsq(train.images / 16.0, targets, rcond=None)[0]
    neuron = LeakyIntegrator(synapse="delta", tau_m=10.0, semantics=StepSemantics(zero_delay=True))
    network = Network(
        (Population("input", (8, 8), SpikeSource()), Population("output", (10,), neuron)),
        (Projection("synapses", "input", "output", Dense(), Weights(values=weights), 0),),
        1.0, Encoder("constant", 12), Readout("output", np.arange(10), 10, "potential"),
    )  # fmt: skip
    found = api.run(network, test)
    expected = (test.images / 16.0 @ weights).argmax(axis=1)
    np.testing.assert_array_equal(found.predicted, expected)
    assert found.accuracy > 0.85 and found.scores.shape == (100, 10) and found.counts.sum() == 0
