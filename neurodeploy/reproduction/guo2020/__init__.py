"""Guo, Fouda, Eltawil, Salama: "Unsupervised adaptive weight pruning for energy-efficient neuromorphic systems" (2020)."""

from neurodeploy.reproduction.guo2020 import (
    adaptation_functions,
    baselines,
    costs,
    methods,
    overhead,
    prior_works,
    sparse,
)

ITEMS = (
    baselines.ITEM, *adaptation_functions.ITEMS, *methods.ITEMS, costs.ITEM, sparse.ITEM, *prior_works.ITEMS, *overhead.ITEMS,
)  # fmt: skip
