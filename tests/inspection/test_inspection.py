"""Summaries against counts by hand, and every warning on a network made to raise it."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from networks import into, two_layer

from neurodeploy.datasets import load_dataset
from neurodeploy.errors import NeurodeployError
from neurodeploy.inspection import measure, summarise, target_warnings, warnings_of, write_page
from neurodeploy.inspection.page import render
from neurodeploy.network import (
    LIF,
    Convolution2d,
    Dense,
    Encoder,
    Network,
    Pooling2d,
    Population,
    Projection,
    Readout,
    Relay,
    SpikeSource,
    StepSemantics,
    Weights,
)

LAYERED = StepSemantics(zero_delay=True)
NEURON = LIF(synapse="delta", v_rest=0.0, v_reset=0.0, v_init=0.0, v_thresh=1.0, tau_m=5.0, semantics=LAYERED)


def convolutional(weight: float = 0.6) -> Network:
    """8x8 digits, 2 channels of 3x3, averages of 2x2, ten neurons."""
    rng = np.random.default_rng(5)
    kernel, dense = rng.uniform(0, weight, (2, 1, 3, 3)), rng.uniform(-weight, weight, (18, 10))
    return Network(
        (
            Population("input", (1, 8, 8), SpikeSource()), Population("convolved", (2, 6, 6), NEURON),
            Population("pooled", (2, 3, 3), Relay()), Population("output", (10,), NEURON),
        ),
        (
            Projection("kernels", "input", "convolved", Convolution2d((3, 3)), Weights(values=kernel), 0),
            Projection("averages", "convolved", "pooled", Pooling2d((2, 2), "average"), Weights(values=np.ones(1)), 0),
            Projection("dense", "pooled", "output", Dense(), Weights(values=dense, mask=dense > 0), 0),
        ),
        1.0, Encoder("poisson", 20, {"maximum_rate_hz": 500.0}), Readout("output", np.arange(10), 10),
    )  # fmt: skip


def test_layers_count_synapses_bytes_and_operations() -> None:
    network = convolutional()
    samples = load_dataset("digits", "test").limit(7)
    activity = measure(network, samples)
    layers = {layer.name: layer for layer in summarise(network, activity)}
    assert layers["convolved"].synapses == 2 * 36 * 9 and layers["convolved"].bytes == 4 * 18
    assert layers["pooled"].synapses == 2 * 36
    present = int((network.projections[2].weights.present()).sum())
    assert layers["output"].synapses == present and layers["output"].sparsity == pytest.approx(1 - present / 180)
    assert layers["output"].bytes == 4 * 180 + 23  # float32 and a mask of 180 bits
    # A spike in the middle of the image meets 9 positions of each channel; one convolved neuron is in one window.
    assert layers["pooled"].activity.operations == pytest.approx(layers["convolved"].activity.spikes)
    assert 0 < layers["convolved"].activity.operations <= 18 * layers["input"].activity.spikes
    assert sum(layers["convolved"].activity.histogram) == 72


def test_digits_inspected_without_samples_have_no_activity() -> None:
    layer = summarise(two_layer())[1]
    assert layer.activity is None and layer.neurons == two_layer().populations[1].size


def test_silent_and_saturated_layers_are_named() -> None:
    samples = load_dataset("digits", "test").limit(3)
    for weight, expected in ((1e-6, "no neuron spiked"), (40.0, "a spike in 9 of 10 possible steps")):
        network = convolutional(weight)
        found = warnings_of(network, summarise(network, measure(network, samples)))
        assert any(expected in finding.what for finding in found), found


def test_neurons_without_synapses_are_counted() -> None:
    network = convolutional()
    mask = np.zeros((18, 10), bool)
    mask[0, 0] = True
    dense = replace(network.projections[2], weights=Weights(values=np.ones((18, 10)), mask=mask))
    network = replace(network.with_projections(dense), readout=Readout("output", np.zeros(10, int), 2))
    found = {(finding.where, finding.what) for finding in warnings_of(network, summarise(network))}
    assert ("output", "no input: 9 of 10 neurons") in found
    assert ("pooled", "no outgoing synapse: 17 of 18 neurons") in found
    assert ("readout", "no neuron stands for the classes [1]") in found


def test_what_a_target_would_lose_is_said() -> None:
    """A weight far below the largest becomes zero in 16 bits; a network that is refused says why."""
    tiny = np.full((400, 1), 1.0)
    tiny[0] = 1e-7
    lost = target_warnings(into(LIF(), tiny, sources=400), "spinnaker", {})
    assert any("lost to zero on spinnaker: 1 weight" in finding.what for finding in lost), lost
    refused = target_warnings(into(LIF(reset="subtraction"), np.ones((1, 1))), "spinnaker", {})
    assert len(refused) == 1 and refused[0].what.startswith("ND4")
    with pytest.raises(NeurodeployError, match="ND402"):
        raise_unknown()


def raise_unknown() -> None:
    found = target_warnings(two_layer(), "abacus", {})
    raise NeurodeployError(found[0].what.split()[0], found[0].what)


def test_the_page_shows_every_layer_and_warning(tmp_path: Path) -> None:
    network = convolutional(40.0)
    layers = summarise(network, measure(network, load_dataset("digits", "test").limit(2)))
    findings = warnings_of(network, layers)
    page = render("net <1>", network, layers, findings)
    assert "net &lt;1&gt;" in page and page.count("<img") == 2
    for text in (*(layer.name for layer in layers), findings[0].what):
        assert text in page
    write_page(tmp_path / "page.html", "net <1>", network, layers, findings)
    assert (tmp_path / "page.html").read_text("utf-8") == page
    with pytest.raises(NeurodeployError, match="ND106"):
        write_page(tmp_path / "page.txt", "n", network, layers, findings)
