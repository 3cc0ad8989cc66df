"""A trained network as integrate-and-fire neurons, by the one conversion there is (:mod:`neurodeploy.ann`)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from neurodeploy.ann import Conversion, ConversionReport, convert
from neurodeploy.ann.conversion import build
from neurodeploy.datasets import Dataset
from neurodeploy.network import IF, Network, Pooling2d, validate
from neurodeploy.training.backpropagation.trained import TrainedNetwork


def convert_trained(
    trained: TrainedNetwork,
    calibration: Dataset,
    test: Dataset,
    options: Conversion | None = None,
    progress: Callable[[int], None] = lambda samples: None,
) -> tuple[Network, ConversionReport]:
    """Convert, and measure on ``test`` before and after; removed synapses stay removed (the masks of the projections).

    Without ``options`` thresholds follow the 99.9th percentile of the activations of ``calibration``, or the largest one
    after clipped units: these end at 1, and a neuron that spikes in every step stands for just that.

    Raises:
        NeurodeployError: as :func:`neurodeploy.ann.convert`.
    """
    options = options or Conversion(percentile=100.0 if trained.clipped else 99.9)
    network, report = convert(trained.ann(), calibration, test, options, progress)
    return _with_masks(network, trained), report


def spiking_network(trained: TrainedNetwork, calibration: Dataset, options: Conversion) -> Network:
    """The same network without measuring it."""
    return _with_masks(build(trained.ann(), calibration, options)[0], trained)


def _with_masks(network: Network, trained: TrainedNetwork) -> Network:
    weighted = [p for p in network.projections if not isinstance(p.connectivity, Pooling2d)]
    masks = {p.name: mask for p, mask in zip(weighted, trained.network_masks(), strict=True) if not mask.all()}
    projections = tuple(
        replace(p, weights=replace(p.weights, mask=masks[p.name])) if p.name in masks else p
        for p in network.projections
    )
    pruned = replace(network, projections=projections, stage="pruned" if masks else "float")
    return validate(pruned.with_metadata(training=dict(trained.record)))


def with_thresholds_of(network: Network, other: Network) -> Network:
    """``network`` with the firing thresholds of the equally named neurons of ``other``.

    Without biases any thresholds keep what a rectified network computes, up to a factor; so a pruned network can keep
    those of the unpruned one, as circuits would that are not set anew, and its spikes compare with the unpruned one's.
    """
    populations = []
    for population in network.populations:
        neuron = population.neuron
        if isinstance(neuron, IF):
            source = other.population(population.name).neuron
            assert isinstance(source, IF)
            neuron = replace(neuron, v_thresh=source.v_thresh, v_init=source.v_init)
        populations.append(replace(population, neuron=neuron))
    return validate(replace(network, populations=tuple(populations)))


def spikes_by_layer(report: ConversionReport) -> dict[str, float]:
    """Mean spikes per test sample of every spiking layer, over all steps."""
    steps = len(report.accuracy_by_step)
    return {layer.name: layer.rate * layer.neurons * steps for layer in report.layers if layer.rate is not None}
