"""Round weights to the conductance levels of a cell: what lies between two of them is the nearest."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from neurodeploy.compiler.context import Context
from neurodeploy.errors import NeurodeployError
from neurodeploy.network import Network, Projection, Weights
from neurodeploy.targets.crossbar.cells import CellStates, nearest_index
from neurodeploy.targets.crossbar.conductance_mapping import Scheme, levels_needed, map_weights
from neurodeploy.targets.crossbar.refusals import in_circuits
from neurodeploy.targets.crossbar.weight_matrix import as_matrix, scheme_of


@dataclass(frozen=True)
class RoundToLevels:
    """Float weights become codes into the levels that ``cells`` have.

    Codes of a codebook that all outputs share keep their own levels (write-verify puts as many as the cells tell apart where they are
    wanted), or are refused (ND430). Codebooks of each output's own that want more conductances together are rounded like float weights.

    ``lost_weights``: refuse (ND433) when more than this share of a projection's summed ``|weight|`` becomes 0.
    """

    cells: CellStates
    scheme: Scheme | None
    lost_weights: float

    def __call__(self, network: Network, context: Context) -> Network:
        if self.cells.levels is None:
            return network
        free = [p for p in network.projections if not in_circuits(p) and self._rounds(network, p)]
        return network.with_projections(
            *(replace(projection, weights=self._rounded(network, projection, context)) for projection in free)
        )

    def _rounds(self, network: Network, projection: Projection) -> bool:
        """Whether the weights are to be rounded: those without levels, and codebooks that are too many together."""
        levels = projection.weights.levels
        if levels is None:
            return True
        scheme = scheme_of(as_matrix(network, projection), self.scheme)
        needed = [levels_needed(own, scheme) for own in np.atleast_2d(levels)]
        most = self.cells.levels or 0
        return max(needed) <= most < levels_needed(np.unique(levels), scheme) and not self.cells.states

    def _rounded(self, network: Network, projection: Projection, context: Context) -> Weights:
        matrix = as_matrix(network, projection)
        matrix = Weights(values=matrix.decoded(), mask=matrix.mask)
        placed = map_weights(matrix, self.cells, scheme_of(matrix, self.scheme)).weights()
        levels = np.unique(np.append(placed, 0.0))
        before, present = projection.weights.decoded(), projection.weights.present()
        codes = nearest_index(levels, before)
        after = np.where(present, levels[codes], 0.0)
        lost = float(np.abs(before[after == 0]).sum() / (np.abs(before).sum() or 1))
        if lost > self.lost_weights + 1e-12:
            raise NeurodeployError(
                "ND433",
                f"Projection '{projection.name}': {self.cells.levels} levels round {100 * lost:.1f} % of its summed |weight| to 0, "
                f"more than the {100 * self.lost_weights:g} % allowed.",
                "Use more levels, quantize the network first (neurodeploy quantize), or accept it (--lost-weights 1).",
            )
        gone = int(((after == 0) & (before != 0)).sum())
        books = f" (from {len(projection.weights.levels)} codebooks)" if projection.weights.levels is not None else ""
        context.note(
            f"'{projection.name}': weights{books} rounded to {len(levels)} levels; largest error {np.abs(after - before).max(initial=0):.4g}, "
            f"{gone} weights became 0 ({100 * lost:.2g} % of the summed |weight|)"
        )
        return Weights(
            codes=codes.astype(np.min_scalar_type(len(levels) - 1)), levels=levels, mask=projection.weights.mask
        )
