"""Remove lateral inhibition: cheaper on hardware, at a cost in accuracy that ``verify`` measures."""

from __future__ import annotations

from dataclasses import dataclass, replace

from neurodeploy.compiler.context import Context
from neurodeploy.network import LateralInhibition, Network


@dataclass(frozen=True)
class DropLateralInhibition:
    """Drop every lateral-inhibition projection."""

    def __call__(self, network: Network, context: Context) -> Network:
        dropped = [p for p in network.projections if isinstance(p.connectivity, LateralInhibition)]
        for projection in dropped:
            context.note(f"'{projection.name}' was dropped: neurons no longer compete")
        return replace(network, projections=tuple(p for p in network.projections if p not in dropped))
