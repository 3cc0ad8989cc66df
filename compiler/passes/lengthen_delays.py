"""Give every projection the shortest delay the hardware can do."""

from __future__ import annotations

from dataclasses import dataclass, replace

from neurodeploy.compiler.context import Context
from neurodeploy.network import Network


@dataclass(frozen=True)
class LengthenDelays:
    """Delays below ``minimum_steps`` become ``minimum_steps``: the input arrives later by the difference."""

    minimum_steps: int = 1

    def __call__(self, network: Network, context: Context) -> Network:
        short = [p for p in network.projections if p.delay < self.minimum_steps]
        for projection in short:
            context.note(
                f"'{projection.name}': delay {projection.delay} became {self.minimum_steps} steps; its input is felt "
                f"{(self.minimum_steps - projection.delay) * network.dt:g} ms later"
            )
        return network.with_projections(*(replace(p, delay=self.minimum_steps) for p in short))
