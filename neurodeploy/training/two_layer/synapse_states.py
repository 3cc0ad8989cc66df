"""The state of a synapse: an entry of ``TrainerState.synapses``, uint8 [neurons, inputs]."""

from __future__ import annotations

REMOVED = 0
"""No synapse: its weight is 0 and it is never used again."""

PLASTIC = 1
"""Delivers and learns."""

FROZEN = 2
"""Delivers with a weight that never changes ("soft pruning", Shi et al. 2019, in guo2020)."""
