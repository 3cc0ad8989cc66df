"""Oh, Lee, Kim, Park, Lee: "Analyzation of pruning in spiking neural networks trained by STDP and back propagation" (2019)."""

from neurodeploy.reproduction.oh2019 import asymmetric, stdp

ITEMS = (*stdp.ITEMS, *asymmetric.ITEMS)
