"""Which neurons a projection connects; structured kinds stay structured until a target must expand them.

Every kind answers the same questions about the shapes of its two populations: whether it can join them (``misfit``), the
shape of its stored weights (``weights_shape``), how many synapses stand on each source (``fan_out``), and its expansion
into compressed sparse rows (``expand``). Adding a kind: one file beside its siblings, named in :data:`CONNECTIVITIES`.
"""

from __future__ import annotations

from typing import TypeAlias

from neurodeploy.network.connectivity.convolution import Convolution1d, Convolution2d
from neurodeploy.network.connectivity.dense import Dense
from neurodeploy.network.connectivity.lateral_inhibition import LateralInhibition
from neurodeploy.network.connectivity.one_to_one import OneToOne
from neurodeploy.network.connectivity.pooling import Pooling2d
from neurodeploy.network.connectivity.rows import Misfit, SparseRows
from neurodeploy.network.connectivity.sparse import Sparse
from neurodeploy.network.connectivity.windows import Axis

Connectivity: TypeAlias = Dense | Sparse | OneToOne | LateralInhibition | Convolution1d | Convolution2d | Pooling2d
CONNECTIVITIES: dict[str, type[Connectivity]] = {
    kind.kind: kind for kind in (Dense, Sparse, OneToOne, LateralInhibition, Convolution1d, Convolution2d, Pooling2d)
}

__all__ = [
    "CONNECTIVITIES", "Axis", "Connectivity", "Convolution1d", "Convolution2d", "Dense", "LateralInhibition", "Misfit",
    "OneToOne", "Pooling2d", "Sparse", "SparseRows",
]  # fmt: skip
