"""What a network's neurons do on sample data, for compression: rates, and from them how much each weight's error matters.

A neuron sums ``sum_i s_i w_ij`` in a step, ``s_i`` the events of its sources (1 for a spike, a value where they are
graded). With errors ``e_ij = q(w_ij) - w_ij`` and sources that are independent, its input is wrong by

    E[(sum_i s_i e_ij)^2] = sum_i Var(s_i) e_ij^2 + (sum_i E[s_i] e_ij)^2.

The second term is a constant that bias correction takes away (:mod:`neurodeploy.compression.bias_correction`). The first is
what calibrated quantizers minimise, ``sum_i a_i e_ij^2``, with the importance ``a_i = E[s_i^2]``: for spikes the rate per
step r, and ``Var = r (1 - r)`` is nearly the same. It is estimated as ``(sum s_i^2 + 1) / (samples steps + 2)``: a source
that never spiked on the samples may still do so (Laplace's rule of succession).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np

from neurodeploy.datasets import AnyDataset
from neurodeploy.encoding import encode_in_chunks
from neurodeploy.network import Convolution1d, Convolution2d, Dense, Network, Projection, Sparse, SpikeBatch
from neurodeploy.network.arrays import FloatArray
from neurodeploy.simulation import build_plan, simulate

Samples: TypeAlias = AnyDataset | SpikeBatch | Mapping[str, SpikeBatch]
CALIBRATION_SAMPLES = 500
"""How many samples are used where nothing else is said."""
_CHUNK = 100


@dataclass(frozen=True, eq=False)
class Calibration:
    """Sums over ``samples`` presentations of ``steps`` steps: of each neuron's events and their squares, by population.

    ``data``: where the samples came from.
    """

    samples: int
    steps: int
    totals: Mapping[str, FloatArray]
    squares: Mapping[str, FloatArray]
    data: Mapping[str, Any] = field(default_factory=dict)

    def rate(self, population: str) -> FloatArray:
        """Mean events (spikes, or graded values) of each neuron per step, float64 ``(size,)``."""
        return self.totals[population] / max(self.samples * self.steps, 1)

    def mean_rate(self, population: str) -> float:
        """Mean over the neurons of a population, per step."""
        totals = self.totals[population]
        return float(totals.sum()) / max(self.samples * self.steps * len(totals), 1)

    def importance(self, network: Network, projection: Projection) -> FloatArray:
        """How much the squared error of each stored weight counts; broadcasts to the weights' shape."""
        mean_square = (self.squares[projection.source] + 1) / (self.samples * self.steps + 2)
        return by_stored_weight(network, projection, mean_square)

    def provenance(self) -> dict[str, Any]:
        """Plain values for a network's history."""
        return {**self.data, "samples": self.samples, "steps": self.steps}


def calibrate(
    network: Network, samples: Samples, progress: Callable[[int], None] = lambda samples: None
) -> Calibration:
    """Run a network on sample data in the float reference simulator; memory is bounded by 100 samples.

    Raises:
        NeurodeployError: ND206, ND305 or ND501 when the samples do not fit the network.
    """
    plan = build_plan(network)
    totals = {p.name: np.zeros(p.size) for p in network.populations}
    squares = {p.name: np.zeros(p.size) for p in network.populations}
    count = steps = 0
    for inputs in input_chunks(network, samples):
        activity = simulate(network, inputs, plan=plan)
        for name, batch in activity.spikes.items():
            _add(batch, totals[name], squares[name])
        first = next(iter(activity.spikes.values()))
        count, steps = count + first.samples, first.steps
        progress(first.samples)
    return Calibration(count, steps, totals, squares, describe(samples))


def input_chunks(network: Network, samples: Samples) -> Iterator[Any]:
    """Inputs in chunks; a data set is encoded chunk by chunk, spikes are taken as they are."""
    if isinstance(samples, AnyDataset):
        yield from (inputs for _, inputs in encode_in_chunks(network, samples, _CHUNK))
    else:
        yield samples


def describe(samples: Samples) -> dict[str, Any]:
    """Where samples came from."""
    if isinstance(samples, AnyDataset):
        return {"data": samples.name, "split": samples.split, "digest": samples.digest()}
    return {"data": "spikes"}


def _add(batch: SpikeBatch, totals: FloatArray, squares: FloatArray) -> None:
    values = None if batch.values is None else batch.values.astype(np.float64)
    totals += np.bincount(batch.neurons, values, len(totals))
    squares += np.bincount(batch.neurons, None if values is None else values**2, len(squares))


def by_stored_weight(network: Network, projection: Projection, of_source: FloatArray) -> FloatArray:
    """A quantity of each source neuron, summed over the synapses that one stored weight stands for.

    For a kernel: over all positions of the window. Broadcasts to the stored shape.
    """
    kind = projection.connectivity
    if isinstance(kind, Dense):
        return of_source[:, None]
    if isinstance(kind, Sparse):
        return np.repeat(of_source, np.diff(kind.indptr))
    if not isinstance(kind, Convolution1d | Convolution2d):
        return of_source
    source, target = network.shapes(projection)
    meets = []
    axes = kind.planar(source)
    for axis in axes:
        position, kernel, _ = axis.steps()
        table = np.zeros((axis.size_in, axis.kernel))
        np.add.at(table, (position, kernel), 1)
        meets.append(table)
    image = of_source.reshape(source[0], axes[0].size_in, axes[1].size_in)
    summed = np.einsum("cij,iy,jx->cyx", image, *meets, optimize=True)
    by_group = summed.reshape(kind.groups, source[0] // kind.groups, *kind.kernel)
    return np.repeat(by_group, target[0] // kind.groups, axis=0)


def oldest_stage(network: Network) -> Network:
    """The oldest stage of a network whose projections have the same shapes: what corrections take for a reference."""
    shapes = {p.name: p.weights.shape for p in network.projections}
    for ancestor in network.ancestors:
        if {p.name: p.weights.shape for p in ancestor.network.projections} == shapes:
            return ancestor.network
    return network
