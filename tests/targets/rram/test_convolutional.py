"""A convolutional network trained by back-propagation on arrays: kernels and pooling written out, ideal cells, the same spikes."""

from __future__ import annotations

import numpy as np
import pytest
from crossbar_programs import assert_same_spikes, compiled

from neurodeploy.ann import Conversion
from neurodeploy.datasets import Dataset, load_dataset
from neurodeploy.encoding import encode
from neurodeploy.network import Network
from neurodeploy.training.backpropagation import BackpropagationParameters, train_network
from neurodeploy.training.backpropagation.spiking import spiking_network
from neurodeploy.training.pruning.constant import ConstantPruning

PARAMETERS = BackpropagationParameters(
    channels=(4, 6), kernels=(3,), padding="same", hidden=(20,), epochs=4, batch_images=25, learning_rate=0.01
)


@pytest.fixture(scope="module")
def digits() -> Dataset:
    found = load_dataset("digits", "train")
    assert isinstance(found, Dataset)
    return found


@pytest.fixture(scope="module", params=[False, True], ids=["whole", "pruned"])
def network(request: pytest.FixtureRequest, digits: Dataset) -> Network:
    pruning = ConstantPruning(threshold=0.1) if request.param else None
    trained = train_network(digits, PARAMETERS, pruning=pruning)
    return spiking_network(trained, digits, Conversion(steps=30, readout="spikes", input="regular"))


def test_ideal_arrays_give_the_reference_spikes(network: Network, digits: Dataset) -> None:
    program = compiled(network)
    inputs = encode(network, digits.limit(10))
    reference, model = program.run(inputs, "reference"), program.run(inputs, "model")
    assert min(reference.spikes[name].total for name in ("convolution_1", "convolution_3", "dense_5", "output")) > 50
    assert_same_spikes(reference, model)


def test_what_is_written_out_is_the_convolution(network: Network) -> None:
    """The projection behind a pooling has a quarter of the kernel's weight at every place that the window touches."""
    program = compiled(network)
    folded = next(p for p in program.lowered.projections if p.target == "convolution_3")
    kernel = network.projection("average_pool_2_to_convolution_3").weights
    found = np.abs(folded.weights.decoded()).max()
    assert folded.source == "convolution_1" and found == pytest.approx(np.abs(kernel.decoded()).max() / 4, rel=1e-6)
    removed = not kernel.present().all()
    assert removed == (network.stage == "pruned")
