"""Rathi, Panda, Roy: "STDP-based pruning of connections and weight quantization in spiking neural networks" (2019)."""

from neurodeploy.reproduction.rathi2019 import threshold, ways

ITEMS = (*threshold.ITEMS, *ways.ITEMS)
