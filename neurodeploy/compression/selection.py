"""Which projections a compression applies to."""

from __future__ import annotations

from collections.abc import Sequence

from neurodeploy.errors import NeurodeployError
from neurodeploy.network import LateralInhibition, Network, Projection


def selected_projections(network: Network, names: Sequence[str] | None) -> list[Projection]:
    """The named projections, or all that store a weight per synapse (lateral inhibition is one shared weight).

    Raises:
        NeurodeployError: ND202 when a name is unknown or nothing can be compressed.
    """
    able = [p for p in network.projections if not isinstance(p.connectivity, LateralInhibition)]
    for name in names or ():
        if name not in {p.name for p in able}:
            raise NeurodeployError(
                "ND202",
                f"There is no projection '{name}' to compress.",
                f"Use one of: {', '.join(p.name for p in able)}.",
            )
    chosen = [p for p in able if names is None or not names or p.name in names]
    if not chosen:
        raise NeurodeployError("ND202", "The network has no projection with a weight per synapse to compress.")
    return chosen
