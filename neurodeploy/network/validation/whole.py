"""Rules on a network as a whole: names, time step, metadata."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

import numpy as np

from neurodeploy.network.history import history_problem
from neurodeploy.network.network import Network, plain
from neurodeploy.network.neurons import SpikeSource
from neurodeploy.network.validation.problem import Problem

DEEPEST_METADATA = 50
"""Levels of lists and dictionaries in metadata, so that every reader and writer of JSON can follow."""


def names_are_unique(network: Network) -> Iterator[Problem]:
    """Populations and projections are addressed by name."""
    for kind, names in (
        ("population", [p.name for p in network.populations]),
        ("projection", [p.name for p in network.projections]),
    ):
        for name in sorted({name for name in names if names.count(name) > 1}):
            yield Problem(f"{kind} '{name}'", f"{names.count(name)} {kind}s have this name", "give each its own name")
        for name in names:
            if not name or "/" in name:
                yield Problem(f"{kind} '{name}'", "a name is empty or contains '/'", "rename it")


def time_step_is_positive(network: Network) -> Iterator[Problem]:
    """A step lasts a positive, finite number of milliseconds."""
    if not (np.isfinite(network.dt) and network.dt > 0):
        yield Problem("network", f"the time step is {network.dt} ms", "use a positive number such as 1.0")


def something_spikes(network: Network) -> Iterator[Problem]:
    """There is a population that computes."""
    if network.populations and all(isinstance(p.neuron, SpikeSource) for p in network.populations):
        yield Problem("network", "it has spike sources only", "add a population of neurons")


def metadata_is_json(network: Network) -> Iterator[Problem]:
    """Metadata can be written to a file."""
    try:
        if _depth(network.metadata) > DEEPEST_METADATA:
            raise ValueError(f"it is nested more than {DEEPEST_METADATA} deep")
        json.dumps(plain(network.metadata), allow_nan=False)
    except (TypeError, ValueError) as error:
        yield Problem("metadata", str(error), "keep plain numbers, texts, lists and dictionaries there")


def _depth(value: object) -> int:
    """Levels of lists and dictionaries, counted up to one more than allowed."""
    level, depth = [value], 0
    while level and depth <= DEEPEST_METADATA:
        inner = [
            list(v.values()) if isinstance(v, Mapping) else v for v in level if isinstance(v, Mapping | list | tuple)
        ]
        level, depth = [item for items in inner for item in items], depth + 1
    return depth


def history_is_readable(network: Network) -> Iterator[Problem]:
    """History, test result and data set in the metadata are as commands read them."""
    if problem := history_problem(network.metadata):
        yield Problem("metadata", problem, "leave it out, or write it as the commands do")
