"""Compose relays away: linear operators that follow each other become one sparse projection."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.sparse import csr_array

from neurodeploy.compiler.context import Context
from neurodeploy.compiler.passes.expand_connectivity import expanded
from neurodeploy.compiler.passes.membrane import LinearNeuron, current_factor, parameter
from neurodeploy.errors import NeurodeployError
from neurodeploy.network import Network, Population, Projection, Relay, Sparse, Threshold, Weights
from neurodeploy.network.arrays import Array, FloatArray, Int32Array, IntArray
from neurodeploy.network.neurons import synapse_factors
from neurodeploy.network.validation import evaluation_order


@dataclass(frozen=True)
class FoldRelays:
    """Every path source - relay - target becomes a synapse: its weight the product, its delay the sum; then relays go.

    Exact but for rounding. A relay's bias reaches the next neurons as ``i_offset``: exact for delta and one-step current
    synapses without delay; what is not exact is reported. Codes survive where the first operator only picks and scales
    (pooling without overlap).
    """

    def __call__(self, network: Network, context: Context) -> Network:
        for population in evaluation_order(network):
            if isinstance(population.neuron, Relay):
                network = _folded(network, network.population(population.name), context)
        return network


def _folded(network: Network, relay: Population, context: Context) -> Network:
    into = [p for p in network.projections if p.target == relay.name]
    out = [p for p in network.projections if p.source == relay.name]
    _refuse(network, relay, into)
    for projection in out:
        network = _with_bias(network, relay, projection, context)
    before = sum(network.synapses(p) for p in (*into, *out))
    kept = [p for p in network.projections if relay.name not in (p.source, p.target)]
    for first in into:
        for second in out:
            composed = compose(network, first, second)
            names = {p.name for p in kept}
            name = f"{first.name}_{second.name}"
            while name in names:
                name += "_"
            kept.append(replace(composed, name=name))
    populations = tuple(p for p in network.populations if p.name != relay.name)
    folded = replace(network, populations=populations, projections=tuple(kept))
    made = [p for p in kept if p not in network.projections]
    after = sum(folded.synapses(p) for p in made)
    context.note(
        f"relay '{relay.name}' folded: {len(into)} x {len(out)} operators of {before} synapses became {len(made)} of {after}"
    )
    return folded


def _refuse(network: Network, relay: Population, into: list[Projection]) -> None:
    if network.readout is not None and network.readout.population == relay.name:
        raise NeurodeployError(
            "ND404",
            f"Population '{relay.name}' is a relay that is read out: folded away, there would be nothing to read.",
            "Read a population of neurons, or let this one spike.",
        )
    if any(p.source == relay.name for p in into):
        raise NeurodeployError(
            "ND404",
            f"Relay '{relay.name}' feeds back onto itself (perhaps through other relays): it is a filter with memory.",
            "Replace it by a non-spiking integrator, or remove the loop.",
        )


def compose(network: Network, first: Projection, second: Projection) -> Projection:
    """One projection that does what ``second`` does after ``first``."""
    a, b = expanded(network, first), expanded(network, second)
    shapes = [network.population(name).size for name in (first.source, first.target, second.target)]
    picked = _picked(a, b)
    if picked is not None:
        return replace(picked, source=first.source)
    parts = []
    for total, pairs in _delays(a, b).items():
        paths = sum(
            _matrix(a, i, shapes[0], shapes[1], True) @ _matrix(b, j, shapes[1], shapes[2], True) for i, j in pairs
        )
        sums = sum(_matrix(a, i, shapes[0], shapes[1]) @ _matrix(b, j, shapes[1], shapes[2]) for i, j in pairs)
        keys, values = _entries(csr_array(paths), csr_array(sums), shapes[2])
        parts.append((keys, values, np.full(len(keys), total, np.int32)))
    keys, values, delays = (np.concatenate(part) for part in zip(*parts, strict=True)) if parts else _nothing()
    order = np.lexsort((delays, keys))
    source, target = np.divmod(keys[order], shapes[2])
    indptr = np.concatenate([[0], np.cumsum(np.bincount(source, minlength=shapes[0]))])
    one = len(delays) == 0 or delays.min() == delays.max()
    return replace(
        second, source=first.source, connectivity=Sparse(indptr, target), weights=Weights(values=values[order]),
        delay=(int(delays[0]) if len(delays) else second.longest_delay) if one else delays[order],
    )  # fmt: skip


def _picked(a: Projection, b: Projection) -> Projection | None:
    """The composition when every source has one synapse of one weight and one delay: rows of ``b``, codes and all."""
    rows, values = a.connectivity, a.weights.decoded()
    if not isinstance(rows, Sparse) or not isinstance(b.connectivity, Sparse) or not len(values):
        return None
    counts = np.diff(rows.indptr)
    if counts.max() > 1 or np.ptp(values) != 0 or a.shortest_delay != a.longest_delay:
        return None
    pointers = b.connectivity.indptr
    lengths = np.zeros(len(counts), np.int64)
    lengths[counts > 0] = np.diff(pointers)[rows.indices]
    indptr = np.concatenate([[0], np.cumsum(lengths)])
    starts = np.zeros(len(counts), np.int64)
    starts[counts > 0] = pointers[rows.indices]
    at = np.repeat(starts - indptr[:-1], lengths) + np.arange(indptr[-1])
    weights = b.weights.scaled(float(values[0]))
    taken = Weights(
        values=None if weights.values is None else weights.values[at],
        codes=None if weights.codes is None else weights.codes[at],
        levels=weights.levels,
    )
    delay = b.delay if isinstance(b.delay, int) else b.delay[at]
    return replace(
        b, connectivity=Sparse(indptr, b.connectivity.indices[at]), weights=taken, delay=delay + a.shortest_delay
    )


def _delays(a: Projection, b: Projection) -> dict[int, list[tuple[int, int]]]:
    """Pairs of delays that occur, by their sum."""
    result: dict[int, list[tuple[int, int]]] = {}
    if not a.weights.shape[0] or not b.weights.shape[0]:
        return result
    for i in np.unique(a.delay).tolist():
        for j in np.unique(b.delay).tolist():
            result.setdefault(i + j, []).append((i, j))
    return result


def _matrix(projection: Projection, delay: int, sources: int, targets: int, ones: bool = False) -> csr_array:
    """Weights (or ones) of the synapses of one delay, ``(sources, targets)``."""
    rows = projection.connectivity
    assert isinstance(rows, Sparse)
    chosen = np.broadcast_to(np.asarray(projection.delay) == delay, rows.indices.shape)
    values = chosen.astype(float) if ones else np.where(chosen, projection.weights.decoded(), 0.0)
    return csr_array((values, rows.indices, rows.indptr), shape=(sources, targets))


def _entries(paths: csr_array, sums: csr_array, targets: int) -> tuple[IntArray, FloatArray]:
    """Keys source * targets + target of all paths, ascending, and their summed weights (0 where they cancel)."""
    keys = []
    for matrix in (paths, sums):
        matrix.sum_duplicates()
        rows = np.repeat(np.arange(len(matrix.indptr) - 1), np.diff(matrix.indptr))
        keys.append(rows.astype(np.int64) * targets + matrix.indices)
    real = paths.data > 0
    result = np.zeros(int(real.sum()))
    found = np.searchsorted(keys[0][real], keys[1])
    inside = found < len(result)
    inside[inside] = keys[0][real][found[inside]] == keys[1][inside]
    result[found[inside]] = sums.data[inside]
    return keys[0][real], result


def _nothing() -> tuple[IntArray, FloatArray, Int32Array]:
    return np.zeros(0, np.int64), np.zeros(0), np.zeros(0, np.int32)


def _with_bias(network: Network, relay: Population, projection: Projection, context: Context) -> Network:
    """The network with the relay's bias, as it arrives through one projection, in the target's ``i_offset``."""
    bias = np.broadcast_to(np.asarray(relay.neuron.i_offset, float), (relay.size,))  # type: ignore[union-attr]
    if not bias.any():
        return network
    target = network.population(projection.target)
    rows = network.expand(projection)
    source = np.repeat(np.arange(relay.size), np.diff(rows.indptr))
    arriving: Array = np.bincount(rows.targets, rows.values * bias[source], minlength=target.size)
    neuron, exact = target.neuron, projection.longest_delay == 0
    if isinstance(neuron, Relay | Threshold):
        current = arriving
    elif isinstance(neuron, LinearNeuron):
        if neuron.synapse == "delta":
            current = arriving / current_factor(neuron, network.dt)
        elif neuron.synapse == "current":
            current = arriving
        else:
            at = 0 if projection.receptor == "excitatory" else 1
            factors = synapse_factors(neuron, network.dt)
            current, exact = arriving * factors[2 + at] / (1 - factors[at]), False
    else:
        raise NeurodeployError(
            "ND404",
            f"Relay '{relay.name}' has a bias that would become a constant conductance of '{target.name}'.",
            "Remove the bias, or use current synapses.",
        )
    changed = replace(neuron, i_offset=parameter(np.asarray(neuron.i_offset, float) + current))
    late = "exact" if exact else "acts from the first step on, instead of after the delay and the synapse's rise"
    context.note(f"bias of relay '{relay.name}' became i_offset of '{target.name}' ({late})")
    return network.with_populations(replace(target, neuron=changed))
