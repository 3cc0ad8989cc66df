"""Passes: each file is one frozen dataclass, a verb, that takes a network and returns a new one.

Adding a pass: write its file here (see ``freeze_adaptive_threshold.py``, the shortest) and put it into a target's
pipeline. Its options are its fields.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Protocol

from neurodeploy.compiler.context import Context, PassRecord
from neurodeploy.network import Network, validate


class Pass(Protocol):
    """A frozen dataclass with options as fields. The network is valid before and after; it is never mutated."""

    def __call__(self, network: Network, context: Context) -> Network:
        """Return the changed network; say in ``context.note`` what the change does to the computation."""
        ...


def run_pipeline(passes: Sequence[Pass], network: Network, context: Context) -> Network:
    """Apply passes in order, validating after each and logging what it did into ``context.log``."""
    for step in passes:
        before, started, told = _synapses(network), time.perf_counter(), len(context.notes)
        network = validate(step(network, context), f"the result of the pass {type(step).__name__}")
        what = "; ".join(context.notes[told:]) or "nothing to change"
        seconds = time.perf_counter() - started
        context.log.append(PassRecord(type(step).__name__, what, before, _synapses(network), _bytes(network), seconds))
    return network


def _synapses(network: Network) -> int:
    return sum(network.synapses(projection) for projection in network.projections)


def _bytes(network: Network) -> int:
    stored = [array for p in network.projections for array in (p.weights.values, p.weights.codes, p.weights.levels)]
    return sum(array.nbytes for array in stored if array is not None)
