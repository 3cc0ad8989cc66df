"""Give every projection the shortest delay the hardware can do, without changing what meets what where that is possible."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from neurodeploy.compiler.context import Context
from neurodeploy.network import Network, Projection
from neurodeploy.network.arrays import Array, Int32Array


@dataclass(frozen=True)
class LengthenDelays:
    """Every delay becomes at least ``minimum_steps``, by retiming (Leiserson & Saxe 1991).

    Each population p works L(p) steps later, the least possible, and a delay d becomes ``d + L(target) - L(source)``: spikes
    that met still meet, also on paths of different length and within loops. Exact, but for what a neuron does by itself
    (bias, initial potential) in the first L steps and for the last L steps, which are not seen any more. A loop whose
    delays are too short for its hops cannot be retimed: its short delays are lengthened alone, which is reported.
    """

    minimum_steps: int = 1

    def __call__(self, network: Network, context: Context) -> Network:
        if all(p.shortest_delay >= self.minimum_steps for p in network.projections):
            return network
        latency = _latencies(network, self.minimum_steps)
        if latency is None:
            return self._lengthen_short_ones(network, context)
        changed = []
        for projection in network.projections:
            shift = latency[projection.target] - latency[projection.source]
            if shift:
                changed.append(replace(projection, delay=projection.delay + shift))
                context.note(f"'{projection.name}': delay {_said(projection)} became {_said(changed[-1])} steps")
        for name, steps in latency.items():
            if steps:
                context.note(f"'{name}' works {steps} steps ({steps * network.dt:g} ms) later")
        return network.with_projections(*changed)

    def _lengthen_short_ones(self, network: Network, context: Context) -> Network:
        short = [p for p in network.projections if p.shortest_delay < self.minimum_steps]
        for projection in short:
            least = projection.shortest_delay
            context.note(
                f"'{projection.name}': delay {least} became {self.minimum_steps} steps; its input is felt "
                f"{(self.minimum_steps - least) * network.dt:g} ms later (not exact: a loop became slower)"
            )
        return network.with_projections(
            *(replace(p, delay=_plain(np.maximum(p.delay, self.minimum_steps))) for p in short)
        )


def _latencies(network: Network, minimum: int) -> dict[str, int] | None:
    """Least L >= 0 with ``d + L(target) - L(source) >= minimum`` everywhere (Bellman-Ford), or None if there is none."""
    latency = {population.name: 0 for population in network.populations}
    for _ in range(len(latency) + 1):
        moved = False
        for p in network.projections:
            needed = latency[p.source] + minimum - p.shortest_delay
            if needed > latency[p.target]:
                latency[p.target], moved = needed, True
        if not moved:
            return latency
    return None


def _plain(delay: Array) -> int | Int32Array:
    return np.asarray(delay, np.int32) if np.ndim(delay) else int(delay)


def _said(projection: Projection) -> str:
    least, most = projection.shortest_delay, projection.longest_delay
    return str(least) if least == most else f"{least} to {most}"
