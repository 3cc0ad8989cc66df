"""Bias correction: the mean input that compression took from (or gave to) each neuron, returned as a constant current.

Nagel et al. 2019 ("Data-Free Quantization Through Weight Equalization and Bias Correction", section 4.2): quantization shifts
the mean of a neuron's input by ``E[s] e``; subtracting it from the bias restores the mean. Here the events of source i per
step have the measured mean r_i, and neuron j loses per step

    E_j = sum_i r_i (w_ij - q_ij)

in units of weight. A constant current ``i_offset`` enters the membrane as ``beta i_offset`` per step, an event of weight w as
``k g w`` in each step of a synaptic state that decays by d per step: in the mean over steps ``k g r w / (1 - d)``. So

    i_offset_j += kappa sum_i r_i (w_ij - q_ij),        kappa = k g / ((1 - d) beta)

- exponential synapses: k = beta, kappa = g / (1 - d), with g and d of the step semantics (sPyNNaker's charge: tau_syn / dt);
  with the propagator k is its own integral of the decaying current (Rotter & Diesmann 1999);
- current synapses: kappa = 1; delta: k = 1, kappa = 1 / beta, with beta = (1 - m) tau_m / cm (m the leak per step), or
  dt / cm without leak; relays and thresholds: kappa = 1.

Conductances have no such constant: what an event does depends on the potential at that time.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from neurodeploy.compression.calibration import Calibration, by_stored_weight
from neurodeploy.compression.selection import with_parameters
from neurodeploy.errors import NeurodeployError
from neurodeploy.network import (
    IF,
    ConductanceLIF,
    Convolution1d,
    Convolution2d,
    Integrator,
    LateralInhibition,
    Network,
    Pooling2d,
    Projection,
    Relay,
    Threshold,
    Weights,
    validate,
)
from neurodeploy.network.arrays import Array, FloatArray
from neurodeploy.network.history import with_step
from neurodeploy.network.neurons import ComputingNeuron, synapse_factors
from neurodeploy.simulation.membranes import propagator


def correct_bias(network: Network, reference: Network, calibration: Calibration) -> Network:
    """``network`` with the constant currents that make each neuron's mean input what it is in ``reference``.

    ``calibration`` holds the rates of ``reference``'s neurons. One current per neuron; behind a convolution one per
    channel (the mean over positions), as its bias is. Recorded in the network's history; its stage stays.

    Raises:
        NeurodeployError: ND221 for conductance synapses, or when the two networks' projections have different shapes.
    """
    lost: dict[str, FloatArray] = {}
    for p in network.projections:
        before = _counterpart(p, reference)
        error = before.weights.decoded() - p.weights.decoded()
        if isinstance(p.connectivity, LateralInhibition | Pooling2d) or not error.any():
            continue
        target = network.population(p.target)
        size, neuron = target.size, target.neuron
        if isinstance(neuron, ConductanceLIF):
            raise NeurodeployError(
                "ND221",
                f"The bias of '{p.target}' cannot be corrected: its synapses are conductances, whose effect depends on "
                "the potential; no constant current makes up for them.",
                "Leave out --correct-bias; --balance adapts the thresholds of such populations.",
            )
        factor = current_per_weight(neuron, network.dt, p.receptor == "inhibitory")  # type: ignore[arg-type]
        shift = factor * _mean_input(network, p, error, calibration.rate(p.source))
        lost[p.target] = lost.get(p.target, np.zeros(size)) + shift
    populations, record = [], []
    for name, shift in lost.items():
        population = network.population(name)
        offset = np.asarray(population.neuron.i_offset, float) + shift  # type: ignore[union-attr]
        populations.append(replace(population, neuron=with_parameters(population.neuron, i_offset=offset)))
        record.append({"population": name, "mean": float(shift.mean()), "largest": float(abs(shift).max())})
    entry: dict[str, Any] = {"step": "correct_bias", "i_offset": record, "calibration": calibration.provenance()}
    corrected = network.with_populations(*populations)
    return validate(with_step(corrected, entry))


def current_per_weight(neuron: ComputingNeuron, dt: float, inhibitory: bool = False) -> FloatArray:
    """kappa: the constant current that equals one event of weight 1 per step in the mean; () or ``(size,)``."""
    if isinstance(neuron, Relay | Threshold):
        return np.ones(())
    assert not isinstance(neuron, ConductanceLIF)
    factors = synapse_factors(neuron, dt)
    decay, gain = (np.asarray(pair[inhibitory], float) for pair in (factors[:2], factors[2:]))
    cm = np.asarray(neuron.cm, float)
    if isinstance(neuron, IF | Integrator):
        leak, beta = np.zeros_like(cm), dt / cm
    else:
        leak = 1 / np.asarray(neuron.tau_m, float)
        kept = {"euler": 1 - dt * leak, "implicit_euler": 1 / (1 + dt * leak)}.get(
            neuron.semantics.integrator, np.exp(-dt * leak)
        )
        beta = (1 - kept) / (leak * cm)
    k = beta
    if neuron.synapse == "delta":
        k = np.ones(())
    elif neuron.synapse == "exponential" and neuron.semantics.integrator == "propagator":
        k = propagator(leak, neuron.tau_syn_I if inhibitory else neuron.tau_syn_E, dt) / cm
    result: FloatArray = k * gain / ((1 - decay) * beta)
    return result


def _counterpart(projection: Projection, reference: Network) -> Projection:
    """The projection of the same name in the reference."""
    for other in reference.projections:
        if other.name == projection.name and other.weights.shape == projection.weights.shape:
            return other
    raise NeurodeployError(
        "ND221",
        f"The reference has no projection '{projection.name}' of shape {projection.weights.shape}.",
        "Compare with an earlier stage of the same network from which no neuron was removed.",
    )


def _mean_input(network: Network, p: Projection, weights: FloatArray, rate: FloatArray) -> FloatArray:
    """``sum_i r_i w_ij`` of each target neuron; behind a convolution each channel's mean over its positions."""
    size = network.population(p.target).size
    if isinstance(p.connectivity, Convolution1d | Convolution2d):
        positions = size // len(weights)
        by_channel = (weights * by_stored_weight(network, p, rate)).reshape(len(weights), -1).sum(axis=1) / positions
        return np.repeat(by_channel, positions)
    if weights.ndim == 2:
        result: FloatArray = rate @ weights
        return result
    rows = network.expand(replace(p, weights=Weights(values=weights)))
    summed: Array = np.bincount(rows.targets, rows.values * np.repeat(rate, np.diff(rows.indptr)), size)
    return summed
