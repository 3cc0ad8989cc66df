"""From a network of rectified linear units to integrate-and-fire neurons whose rates are its activations.

With ``s`` the spikes of a layer per step, ``a`` its activation and ``u`` its unit (the activation that one spike per step
stands for), ``a = u s``. A layer ``a' = relu(W a + b)`` becomes neurons that add ``W s + b/u`` every step and spike at
``u'/u`` (balance "threshold"), or, divided by that, ``(u/u') W s + b/u'`` at 1 (balance "weights": Diehl et al. 2015,
Rueckauer et al. 2017, equation 8). Biases are constant currents; convolutions and pooling stay structured; an average
pooling, or a linear layer without ReLU, is a relay that passes graded values on within the step.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from math import prod

import numpy as np

from neurodeploy.ann.arithmetic import pixels
from neurodeploy.ann.balancing import activation_scales, spread
from neurodeploy.ann.folding import fold
from neurodeploy.ann.layers import Ann, AveragePool, Convolution, Dense, MaxPool, ReLU
from neurodeploy.ann.options import Conversion
from neurodeploy.ann.report import ConversionReport, measure
from neurodeploy.ann.stages import Linear, Stage, stages, without_max_pooling
from neurodeploy.datasets import Dataset
from neurodeploy.errors import NeurodeployError
from neurodeploy.network import (
    IF,
    Connectivity,
    Convolution2d,
    Encoder,
    Integrator,
    Network,
    Neuron,
    Pooling2d,
    Population,
    Projection,
    Readout,
    Relay,
    SpikeSource,
    StepSemantics,
    Weights,
    validate,
)
from neurodeploy.network import Dense as DenseConnectivity
from neurodeploy.network.arrays import Array, FloatArray

TIME_STEP_MS = 1.0
INPUT = "input"


@dataclass(frozen=True, eq=False)
class Balanced:
    """A stage with the ``unit`` of its events: the activation that one spike per step (or a graded 1) stands for.

    ``drive`` is the unit of the layer before it; ``threshold`` the potential of a spike, None where nothing spikes.
    ``scale`` multiplies the trained weights, and 1/``drive`` times it the biases.
    """

    stage: Stage
    drive: float
    unit: float
    scale: float
    threshold: float | None


def convert(
    ann: Ann,
    calibration: Dataset,
    test: Dataset,
    options: Conversion | None = None,
    progress: Callable[[int], None] = lambda samples: None,
) -> tuple[Network, ConversionReport]:
    """Convert a network, balanced on ``calibration``, and measure it on ``test`` before and after.

    ``progress`` is called with the number of test samples finished since the last call.

    Raises:
        NeurodeployError: ND241 for max pooling without a choice, ND242 when it cannot be converted, ND305 when network
            and data set do not fit.
    """
    options = options or Conversion()
    network, balanced, folded = build(ann, calibration, options)
    report = measure(network, balanced, ann, folded, test, progress)
    record = report.as_dict()
    entry = {"step": options.name, "options": asdict(options), "source": ann.origin}
    network = network.with_metadata(
        data=calibration.name,
        history=[entry],
        conversion=record,
        test={"samples": report.samples, "accuracy": report.accuracy},
    )
    return validate(network), report


def build(ann: Ann, calibration: Dataset, options: Conversion) -> tuple[Network, tuple[Balanced, ...], Ann]:
    """The converted network, how each of its layers is balanced, and the folded network it stands for.

    Raises:
        NeurodeployError: as :func:`convert`.
    """
    folded = without_max_pooling(fold(ann), options.max_pooling)
    found = stages(folded)
    classes = prod(found[-1].shape)
    if classes != calibration.classes:
        raise NeurodeployError(
            "ND242",
            f"'{ann.origin}' has {classes} outputs; '{calibration.name}' has {calibration.classes} classes.",
            "Use the data set it was trained on.",
        )
    balanced, notes = _balance(folded, found, calibration, options)
    folded = replace(folded, notes=(*folded.notes, *notes))
    populations = [Population(INPUT, folded.input_shape, SpikeSource())]
    projections = []
    for part in balanced:
        populations.append(Population(part.stage.name, part.stage.shape, _neuron(part, options)))
        projections.append(_projection(populations[-2].name, part, options))
    spikes = options.readout == "spikes"
    rule, parameters = ("class_labels", {}) if spikes else ("potential", {"use": "last"})
    readout = Readout("output", np.arange(classes, dtype=np.int32), classes, rule, parameters)
    network = Network(tuple(populations), tuple(projections), TIME_STEP_MS, _encoder(options), readout)
    return validate(network, ann.origin), balanced, folded


def input_unit(options: Conversion) -> float:
    """Pixel value that a graded 1, or a spike in every step, stands for."""
    return 1.0 if options.input == "constant" else 1000.0 / (options.maximum_rate_hz * TIME_STEP_MS)


def _balance(
    ann: Ann, found: list[Stage], calibration: Dataset, options: Conversion
) -> tuple[tuple[Balanced, ...], list[str]]:
    """Units, thresholds and scales of every layer, and notes on what the data did not determine."""
    if not len(calibration):
        raise NeurodeployError(
            "ND242", f"'{calibration.name}' has no samples to balance with.", "Use another data set."
        )
    images = pixels(ann, spread(calibration, options.calibration_samples))
    balanced_here = [stage for stage in found if _needs_unit(stage, options)]
    units = activation_scales(ann, images, [stage.behind for stage in balanced_here], options.percentile)
    notes = [
        f"'{stage.name}' was silent on the calibration samples: its unit is that of its input"
        for stage in balanced_here
        if not units[stage.behind]
    ]
    if isinstance(ann.layers[-1], ReLU):
        notes.append("the ReLU at the end left out: the largest output stays the largest, if one is positive")
    drive, result = input_unit(options), []
    for stage in found:
        unit = (units[stage.behind] if stage in balanced_here else 0.0) or drive
        scale = drive / unit if options.balance == "weights" else 1.0
        threshold = unit / drive * scale if _spikes(stage, options) else None
        result.append(Balanced(stage, drive, unit, scale, threshold))
        drive = unit
    return tuple(result), notes


def _spikes(stage: Stage, options: Conversion) -> bool:
    return stage.role == "spiking" or (stage.role == "output" and options.readout == "spikes")


def _needs_unit(stage: Stage, options: Conversion) -> bool:
    """Whether activations set the scale: of everything that spikes; of other outputs only where weights are scaled."""
    return _spikes(stage, options) or (stage.role == "output" and options.balance == "weights")


def _neuron(part: Balanced, options: Conversion) -> Neuron:
    """The population's model; with ``cm`` 1 nF and steps of 1 ms, 1 nA adds 1 mV per step."""
    bias = _bias(part)
    semantics = StepSemantics(synaptic_gain="jump", zero_delay=options.delay == 0)
    if part.threshold is not None:
        initial = options.initial_potential * part.threshold
        return IF(part.threshold, 0.0, initial, 1.0, i_offset=bias, semantics=semantics, reset=options.reset)
    if part.stage.role == "output":
        return Integrator(i_offset=bias, semantics=semantics)
    return Relay(i_offset=bias)


def _bias(part: Balanced) -> float | FloatArray:
    """Constant current of each neuron."""
    layer = part.stage.layer
    if not isinstance(layer, Dense | Convolution) or not layer.bias.any():
        return 0.0
    bias = layer.bias.astype(np.float64) * part.scale / part.drive
    wide = bias.reshape(*bias.shape, *(1,) * (len(part.stage.shape) - bias.ndim))
    return np.ascontiguousarray(np.broadcast_to(wide, part.stage.shape)).ravel()


def _projection(source: str, part: Balanced, options: Conversion) -> Projection:
    """Relays pass on within the step; every other layer takes the delay."""
    delay = 0 if part.stage.role == "relay" else options.delay
    connectivity, weights = _connection(part.stage.layer)
    scaled = (weights * part.scale).astype(np.float32)
    return Projection(
        f"{source}_to_{part.stage.name}", source, part.stage.name, connectivity, Weights(scaled), delay
    )  # fmt: skip


def _connection(layer: Linear) -> tuple[Connectivity, Array]:
    """The structure of a layer and its weights as the network stores them."""
    if isinstance(layer, Dense):
        return DenseConnectivity(), layer.weights.T
    if isinstance(layer, Convolution):
        return Convolution2d(layer.kernel, layer.stride, layer.padding, layer.dilation, layer.groups), layer.weights
    assert isinstance(layer, AveragePool | MaxPool)
    function = "max" if isinstance(layer, MaxPool) else "average"
    return Pooling2d(layer.kernel, function, layer.stride, layer.padding), np.ones(1)  # type: ignore[arg-type]


def _encoder(options: Conversion) -> Encoder:
    if options.input == "constant":
        return Encoder("constant", options.steps)
    return Encoder(options.input, options.steps, {"maximum_rate_hz": options.maximum_rate_hz}, options.seed)
