"""From a lowered network to what PyNN and the chip hold: parameters, 16-bit weights, ring-buffer shifts, cores."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from neurodeploy.compiler.context import Context
from neurodeploy.errors import NeurodeployError
from neurodeploy.firmware_models.spinnaker import FirmwarePopulation, quantise_weights, ring_buffer_shift, weight_scale
from neurodeploy.firmware_models.spinnaker.fixed_point import encode_s1615, membrane_decay_s1615
from neurodeploy.network import (
    LIF,
    ConductanceLIF,
    LateralInhibition,
    Network,
    Neuron,
    Population,
    Projection,
    SpikeSource,
)
from neurodeploy.network.arrays import Array, FloatArray, Int32Array
from neurodeploy.targets.spinnaker.arithmetic import check_arithmetic
from neurodeploy.targets.spinnaker.calibrated_bounds import Bounds
from neurodeploy.targets.spinnaker.local_convolutions import holding_kernels, map_convolution, signed_convolutions
from neurodeploy.targets.spinnaker.options import SpinnakerOptions
from neurodeploy.targets.spinnaker.planes import as_planes, cut, parts_by_name
from neurodeploy.targets.spinnaker.pynn_network import PynnConvolution, PynnPopulation, PynnProjection
from neurodeploy.targets.spinnaker.refusals import RefuseUnsupported
from neurodeploy.targets.spinnaker.weight_bounds import summed_weight_bounds

PARAMETERS = {
    "IF_cond_exp": ("tau_m", "cm", "v_rest", "v_reset", "v_thresh", "tau_refrac", "tau_syn_E", "tau_syn_I", "e_rev_E", "e_rev_I", "i_offset"),
    "IF_curr_exp": ("tau_m", "cm", "v_rest", "v_reset", "v_thresh", "tau_refrac", "tau_syn_E", "tau_syn_I", "i_offset"),
    "IF_curr_delta": ("tau_m", "cm", "v_rest", "v_reset", "v_thresh", "tau_refrac", "i_offset"),
}  # fmt: skip


@dataclass(frozen=True, eq=False)
class SpinnakerMapping:
    """A lowered network as SpiNNaker holds it: ``projections`` in synaptic rows, ``convolutions`` in the cores' own memory
    (then each channel is a population). ``weight_report`` counts what 16 bits cost; ``calibrated`` are the summed inputs and ``busiest`` is the busiest core and step (a ``CoreTime``) on sample data, both empty without; ``vendor`` is
    what sPyNNaker's own mapping reported (empty when it was not run).
    """

    lowered: Network
    options: SpinnakerOptions
    populations: tuple[PynnPopulation, ...]
    projections: tuple[PynnProjection, ...]
    weight_report: tuple[Mapping[str, Any], ...]
    convolutions: tuple[PynnConvolution, ...] = ()
    calibrated: Bounds = field(default_factory=dict)
    busiest: Mapping[str, Any] = field(default_factory=dict)
    vendor: Mapping[str, Any] = field(default_factory=dict)


def map_network(network: Network, options: SpinnakerOptions, calibrated: Bounds | None = None) -> SpinnakerMapping:
    """Give every population its PyNN model and shifts and every synapse its 16 bits.

    ``calibrated``: summed inputs on sample data, for ``--weight-bound calibrated``.

    Raises:
        NeurodeployError: ND401 without the sample data that an option asks for, ND404 for a neuron model SpiNNaker has no
            binary for, ND405 when weights would be lost.
    """
    RefuseUnsupported()(network, Context())
    if options.weight_bound == "calibrated" and not calibrated:
        raise NeurodeployError(
            "ND401", "SpiNNaker: weight_bound is 'calibrated', but there is no sample data to calibrate with.",
            "Name the data set it was trained on: --calibrate DATA (compile(…, calibrate=DATA)); or use --weight-bound statistical.",
        )  # fmt: skip
    calibrated = calibrated if options.weight_bound == "calibrated" and calibrated else {}
    convolutions = signed_convolutions(network) if options.convolution == "local-only" else []
    local = {half.name for convolution in convolutions for half in convolution.halves}
    planes = {name for convolution in convolutions for name in (convolution.one.source, convolution.one.target)}
    populations: list[PynnPopulation] = []
    whole = {}
    for population in network.populations:
        made = holding_kernels(_map_population(network, population, options, calibrated), convolutions)
        whole[population.name] = made
        populations += as_planes(made, population, options.neurons_per_core) if made.label in planes else [made]
    parts = parts_by_name(populations)
    projections: list[PynnProjection] = []
    for projection in network.projections:
        if projection.name in local or network.synapses(projection) == 0:  # everything pruned: there is nothing to map
            continue
        rows = _map_projection(network, projection, whole[projection.target])
        projections += cut(rows, populations, parts[projection.source], parts[projection.target])
    kernels = tuple(map_convolution(convolution, populations, parts) for convolution in convolutions)
    mapping = SpinnakerMapping(network, options, tuple(populations), tuple(projections), (), kernels, calibrated)
    report = tuple(_weight_report(stored, options.lost_weights) for stored in stored_weights(mapping))
    return replace(mapping, weight_report=report)


def _map_population(
    network: Network, population: Population, options: SpinnakerOptions, calibrated: Bounds
) -> PynnPopulation:
    neuron = population.neuron
    if isinstance(neuron, SpikeSource):
        return PynnPopulation(population.name, "SpikeSourceArray", population.size, part_of=population.name)
    model = _model(population, neuron)
    assert isinstance(neuron, LIF | ConductanceLIF)
    bounds = summed_weight_bounds(
        network, population, options.weight_bound, options.lateral_spikes, calibrated.get(population.name)
    )
    draft = PynnPopulation(
        population.name, model, population.size, {n: _plain(getattr(neuron, n)) for n in ("tau_m", "cm")}
    )
    largest = float(np.max(_delta_factor(network, draft, slice(None))))
    bounds = (bounds[0] * largest, bounds[1] * largest)
    parameters = {name: _plain(getattr(neuron, name)) for name in PARAMETERS[model]}
    shifts = (ring_buffer_shift(bounds[0], model), ring_buffer_shift(bounds[1], model))
    check_arithmetic(
        firmware_population(PynnPopulation(population.name, model, population.size, parameters, _plain(neuron.v_init))),
        bounds,
        network.dt,
    )
    return PynnPopulation(
        population.name, model, population.size, parameters, _plain(neuron.v_init), bounds, shifts, population.name
    )


def _model(population: Population, neuron: Neuron) -> str:
    if isinstance(neuron, ConductanceLIF):
        return "IF_cond_exp"
    if isinstance(neuron, LIF) and neuron.synapse != "current":
        return "IF_curr_exp" if neuron.synapse == "exponential" else "IF_curr_delta"
    raise NeurodeployError(
        "ND404",
        f"Population '{population.name}': SpiNNaker has no '{neuron.kind}'"
        f"{' with currents of one step' if isinstance(neuron, LIF) else ''}.",
        "Compile the network: the target's passes convert what can be converted.",
    )


def _map_projection(network: Network, projection: Projection, target: PynnPopulation) -> PynnProjection:
    """Rows between whole populations, whose numbers are still to come."""
    receptor = 0 if projection.receptor == "excitatory" else 1
    all_but_self = isinstance(projection.connectivity, LateralInhibition)
    if all_but_self:
        indptr, indices, values = np.zeros(1, np.int64), np.zeros(0, np.int32), projection.weights.decoded()
        delays: int | Int32Array = projection.shortest_delay
    else:
        indptr, indices, values, at = network.expand(projection)
        delays = projection.delay if isinstance(projection.delay, int) else np.ravel(projection.delay)[at]
    values = values * _delta_factor(network, target, indices if not all_but_self else slice(None))
    shift = target.shifts[receptor]
    limit = 65535 / weight_scale(shift, target.model)
    if np.abs(values).max(initial=0) > limit:
        raise NeurodeployError(
            "ND405",
            f"Projection '{projection.name}': the largest weight is {np.abs(values).max():g}, "
            f"16 bits at ring-buffer shift {shift} hold up to {limit:g}; sPyNNaker would wrap it "
            "silently.",
            "Use --weight-bound worst_case.",
        )
    stored = quantise_weights(values, shift, target.model)
    return PynnProjection(
        projection.name, -1, -1, receptor, delays, all_but_self, indptr, indices, values, stored,
    )  # fmt: skip


def _delta_factor(network: Network, target: PynnPopulation, targets: Any) -> FloatArray | float:
    """PyNN weight of a jump of 1 mV: sPyNNaker's delta input is a current of weight/dt for one step.

    Source: ``input_type_delta.h`` (scale 1/dt) and ``neuron_model_lif_impl.h``: the jump is
    ``weight / dt * R * (1 - exp(-dt / tau_m))``.
    """
    if target.model != "IF_curr_delta":
        return 1.0
    tau, cm = (np.broadcast_to(np.asarray(target.parameters[name]), (target.size,)) for name in ("tau_m", "cm"))
    # The decay as the chip has it, in 15 bits: what is lost there is not lost on the jump.
    time_step = encode_s1615(network.dt)
    decays = {
        float(value): membrane_decay_s1615(time_step, encode_s1615(float(value))) / 32768 for value in np.unique(tau)
    }
    decay = np.array([decays[float(value)] for value in tau])
    factor: FloatArray = network.dt / (tau / cm * np.maximum(1 - decay, 2.0**-15))
    return float(factor[0]) if np.ptp(factor) == 0 else factor[targets]


@dataclass(frozen=True, eq=False)
class StoredWeights:
    """Weights of one receptor, in PyNN's units, and the 16 bits that stand for their magnitudes; ``signed``: 15 bits and a sign."""

    label: str
    target: PynnPopulation
    receptor: int
    weights: FloatArray
    stored: Array
    signed: bool = False


def stored_weights(mapping: SpinnakerMapping) -> list[StoredWeights]:
    """What every projection stores; convolutions, whose kernels are signed, by receptor."""
    found = [
        StoredWeights(p.label, mapping.populations[p.target], p.receptor, p.weights, p.stored)
        for p in mapping.projections
    ]
    for convolution in mapping.convolutions:
        target = mapping.populations[convolution.targets[0]]
        for receptor, sign in enumerate((1, -1)):
            chosen = sign * convolution.kernels > 0
            if chosen.any():
                codes = np.abs(convolution.codes[chosen].astype(np.int32))
                weights = convolution.kernels[chosen]
                found.append(StoredWeights(convolution.label, target, receptor, weights, codes, signed=True))
    return found


def _weight_report(stored: StoredWeights, limit: float) -> Mapping[str, Any]:
    """What 16-bit weights cost: resolution, relative error, weights lost to zero; refuse a share above ``limit``."""
    target = stored.target
    scale = weight_scale(target.shifts[stored.receptor], target.model)
    nonzero = stored.weights != 0
    lost = int(np.sum(nonzero & (stored.stored == 0)))
    if nonzero.sum() and lost / nonzero.sum() > limit:
        raise NeurodeployError(
            "ND405",
            f"Projection '{stored.label}': {lost} of {int(nonzero.sum())} weights are below "
            f"the resolution of {1 / scale:g} and would be stored as zero.",
            "Prune them first, use --weight-bound statistical if it is not in use, or keep them as synapses of weight 0: "
            "--lost-weights 1.",
        )
    return {
        "projection": stored.label,
        "ring_buffer_shift": target.shifts[stored.receptor],
        "summed_weight_bound": target.summed_weight_bounds[stored.receptor],
        "ring_buffer_holds": 65535 / scale,
        "resolution": 1 / scale,
        "relative_rms_error": relative_rms_error(stored, stored.stored / scale),
        "weights_lost_to_zero": lost,
        "largest_stored": int(stored.stored.max(initial=0)),
    }


def relative_rms_error(projection: PynnProjection | StoredWeights, stored: FloatArray) -> float:
    """Root mean square error of the weights that are not 0 when they are ``stored`` so, by that of the weights."""
    magnitude = np.abs(projection.weights)
    nonzero = magnitude > 0
    if not nonzero.any():
        return 0.0
    error = np.mean((stored[nonzero] - magnitude[nonzero]) ** 2)
    return float(np.sqrt(error / np.mean(magnitude[nonzero] ** 2)))


def firmware_population(population: PynnPopulation) -> FirmwarePopulation:
    """A population as the firmware model takes it."""
    if population.model == "SpikeSourceArray":
        return FirmwarePopulation(population.label, population.model, population.size)
    parameters = {
        name: np.broadcast_to(np.asarray(value, np.float64), (population.size,)).copy()
        for name, value in {**population.parameters, "v": population.initial_v}.items()
    }
    return FirmwarePopulation(population.label, population.model, population.size, parameters, population.shifts)


def _plain(value: Any) -> float | FloatArray:
    array = np.asarray(value, np.float64)
    return float(array) if array.ndim == 0 else array
