"""Round weights to the conductance levels of a cell: what lies between two of them is the nearest."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from neurodeploy.compiler.context import Context
from neurodeploy.errors import NeurodeployError
from neurodeploy.network import Network, Projection, Weights
from neurodeploy.targets.crossbar.cells import CellStates, nearest_index
from neurodeploy.targets.crossbar.conductance_mapping import Scheme, map_weights
from neurodeploy.targets.crossbar.refusals import in_circuits
from neurodeploy.targets.crossbar.weight_matrix import as_matrix, scheme_of


@dataclass(frozen=True)
class RoundToLevels:
    """Float weights become codes into the levels that ``cells`` have; codes are kept, level by level, or refused (ND430).

    ``lost_weights``: refuse (ND433) when more than this share of a projection's summed ``|weight|`` becomes 0.
    """

    cells: CellStates
    scheme: Scheme | None
    lost_weights: float

    def __call__(self, network: Network, context: Context) -> Network:
        if self.cells.levels is None:
            return network
        floats = [p for p in network.projections if not in_circuits(p) and not p.weights.quantized]
        return network.with_projections(
            *(replace(projection, weights=self._rounded(network, projection, context)) for projection in floats)
        )

    def _rounded(self, network: Network, projection: Projection, context: Context) -> Weights:
        matrix = as_matrix(network, projection)
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
        context.note(
            f"'{projection.name}': weights rounded to {len(levels)} levels; largest error {np.abs(after - before).max(initial=0):.4g}, "
            f"{gone} weights became 0 ({100 * lost:.2g} % of the summed |weight|)"
        )
        return Weights(
            codes=codes.astype(np.min_scalar_type(len(levels) - 1)), levels=levels, mask=projection.weights.mask
        )
