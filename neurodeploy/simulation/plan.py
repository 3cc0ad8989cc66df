"""A network flattened into the arrays that the simulation kernel reads: built once, run for every batch.

Every membrane equation of the IR is one of three forms; with a = dt/tau_m and k = dt/cm (IF) or its leaky counterpart:

- linear (IF and LIF): ``v <- m v + b + k (g_E + g_I)``; exact m = exp(-a), euler m = 1 - a, implicit m = 1/(1 + a);
  b = (1 - m)(v_rest + R i_offset), k = (1 - m) R with R = tau_m/cm. Delta synapses have k = 1.
- conductance, explicit: ``v <- m v + b + k (g_E (e_rev_E - v) + g_I (e_rev_I - v))`` with the same m, b, k.
- conductance, implicit: ``v <- (v + a v_rest + c i_offset + c (g_E e_rev_E + g_I e_rev_I)) / (1 + a + c (g_E + g_I))``,
  c = dt/cm.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from neurodeploy.network import IF, ConductanceLIF, Dense, LateralInhibition, Network, SpikeSource, SpikingNeuron
from neurodeploy.network.arrays import Array, Int32Array, IntArray
from neurodeploy.network.neurons import synapse_factors

LINEAR, CONDUCTANCE_EXPLICIT, CONDUCTANCE_IMPLICIT = 0, 1, 2
DENSE_ROWS, SPARSE_ROWS, ALL_OTHERS = 0, 1, 2
_DENSE_FROM_DENSITY = 0.25
"""Above this share of synapses that exist, contiguous rows are faster than sparse ones."""


@dataclass(frozen=True, eq=False)
class Plan:
    """Flat arrays for the kernel. Neurons of all spiking populations stand one after the other.

    ``populations`` int64 (spiking, 3): first neuron, end, membrane form. ``projections`` int64 (projections, 8): source
    index (spike sources are negative: -1 - index), target's first neuron, target's size, receptor (0 excitatory,
    1 inhibitory), delay, kind, offset into ``weights``, offset into ``row_pointers``. ``weights`` include what a spike
    adds per unit of weight (the synaptic gain). ``coefficients`` (10, neurons): see :data:`COEFFICIENTS`. ``refractory_steps`` int32 (neurons).
    """

    source_names: tuple[str, ...]
    spiking_names: tuple[str, ...]
    populations: IntArray
    projections: IntArray
    coefficients: Array
    refractory_steps: Int32Array
    weights: Array
    row_pointers: IntArray
    targets: Int32Array


COEFFICIENTS = (
    "v_init", "v_reset", "v_thresh", "m", "b", "k", "e_rev_E", "e_rev_I", "decay_E", "decay_I",
)  # fmt: skip


def build_plan(network: Network, dtype: type = np.float32) -> Plan:
    """Flatten a valid network; ``dtype`` (float32 or float64) is that of states, weights and coefficients."""
    spiking = [p for p in network.populations if not isinstance(p.neuron, SpikeSource)]
    starts = np.concatenate([[0], np.cumsum([p.size for p in spiking])]).astype(np.int64)
    source_names = tuple(p.name for p in network.sources)
    index = {name: -1 - i for i, name in enumerate(source_names)} | {p.name: i for i, p in enumerate(spiking)}
    tables = [_coefficients(p.neuron, p.size, network.dt, dtype) for p in spiking]  # type: ignore[arg-type]
    projections, weights, pointers, targets = [], [np.zeros(0)], [np.zeros(0, np.int64)], [np.zeros(0, np.int32)]
    weights_at = pointers_at = 0
    for projection in network.projections:
        source, target = network.population(projection.source), network.population(projection.target)
        density = network.synapses(projection) / (source.size * target.size)
        receptor = 0 if projection.receptor == "excitatory" else 1
        gain = np.broadcast_to(synapse_factors(target.neuron, network.dt)[2 + receptor], (target.size,))  # type: ignore[arg-type]
        if isinstance(projection.connectivity, LateralInhibition) and np.ptp(gain) == 0:
            kind, rows = ALL_OTHERS, None
            values = np.where(projection.weights.present(), projection.weights.decoded(), 0.0) * gain[0]
        elif isinstance(projection.connectivity, Dense) and density >= _DENSE_FROM_DENSITY:
            kind, rows, values = DENSE_ROWS, None, (projection.weights.decoded() * gain).ravel()
        else:
            kind, rows = SPARSE_ROWS, network.expand(projection)
            values = rows.values * gain[rows.targets]
        at = index[projection.target]
        projections.append(
            (
                index[projection.source],
                starts[at],
                target.size,
                receptor,
                projection.delay,
                kind,
                weights_at,
                pointers_at,
            )
        )
        if rows is not None:
            pointers.append(rows.indptr + sum(map(len, targets)))
            targets.append(rows.targets)
            # Sparse rows are found through their pointers, which count within ``targets``.
            projections[-1] = (*projections[-1][:6], weights_at - sum(map(len, targets[:-1])), pointers_at)
            pointers_at += len(rows.indptr)
        weights.append(values)
        weights_at += len(values)
    return Plan(
        source_names,
        tuple(p.name for p in spiking),
        np.array(
            [(starts[i], starts[i + 1], _form(p.neuron)) for i, p in enumerate(spiking)],  # type: ignore[arg-type]
            np.int64,
        ).reshape(-1, 3),
        np.array(projections, np.int64).reshape(-1, 8),
        np.concatenate([table for table, _ in tables], axis=1) if tables else np.zeros((len(COEFFICIENTS), 0), dtype),
        np.concatenate([steps for _, steps in tables]) if tables else np.zeros(0, np.int32),
        np.concatenate(weights).astype(dtype),
        np.concatenate(pointers),
        np.concatenate(targets),
    )


def refractory_steps(neuron: SpikingNeuron, size: int, dt: float) -> Int32Array:
    """Steps for which a neuron is held after a spike, ``ceil(tau_refrac/dt)`` (tolerant of rounding), int32 (size,)."""
    return np.broadcast_to(np.ceil(np.asarray(neuron.tau_refrac) / dt - 1e-9), (size,)).astype(np.int32)


def _form(neuron: SpikingNeuron) -> int:
    if not isinstance(neuron, ConductanceLIF):
        return LINEAR
    return CONDUCTANCE_IMPLICIT if neuron.semantics.integrator == "implicit_euler" else CONDUCTANCE_EXPLICIT


def _coefficients(neuron: SpikingNeuron, size: int, dt: float, dtype: type) -> tuple[Array, Int32Array]:
    cm, offset = np.asarray(neuron.cm, float), np.asarray(neuron.i_offset, float)
    m: Array
    b: Array
    k: Array
    if isinstance(neuron, IF):
        m, b, k = np.ones(()), dt / cm * offset, dt / cm
    else:
        a, rest = dt / np.asarray(neuron.tau_m, float), np.asarray(neuron.v_rest, float)
        if _form(neuron) == CONDUCTANCE_IMPLICIT:
            m, b, k = 1 + a, a * rest + dt / cm * offset, dt / cm
        else:
            m = {"exact": np.exp(-a), "euler": 1 - a, "implicit_euler": 1 / (1 + a)}[neuron.semantics.integrator]
            resistance = np.asarray(neuron.tau_m, float) / cm
            b, k = (1 - m) * (rest + resistance * offset), (1 - m) * resistance
    if not isinstance(neuron, ConductanceLIF) and neuron.synapse == "delta":
        k = np.ones(())
    threshold = (np.asarray(neuron.v_thresh, float) + np.asarray(neuron.theta, float)).astype(dtype)
    if neuron.semantics.comparison == ">":  # v > x is v >= the next number after x
        threshold = np.nextafter(threshold, dtype(np.inf))
    reversal = (neuron.e_rev_E, neuron.e_rev_I) if isinstance(neuron, ConductanceLIF) else (0.0, 0.0)
    rows = (neuron.v_init, neuron.v_reset, threshold, m, b, k, *reversal, *synapse_factors(neuron, dt)[:2])
    table: Array = np.stack([np.broadcast_to(np.asarray(row, dtype), (size,)) for row in rows])
    return table, refractory_steps(neuron, size, dt)
