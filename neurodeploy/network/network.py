"""The intermediate representation: a spiking network as frozen data, the same for every target."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, is_dataclass, replace
from math import prod
from typing import Any, Literal

import numpy as np

from neurodeploy.network.arrays import BoolArray, Int32Array, IntArray, frozen, whole_numbers
from neurodeploy.network.connectivity import Connectivity, SparseRows
from neurodeploy.network.memory import require_memory
from neurodeploy.network.neurons import Neuron, SpikeSource
from neurodeploy.network.weights import Weights

_EXPANSION_BYTES = 45
"""A synapse while it is written out, temporary arrays and all (measured: lateral inhibition 20, sparse 37, dense 45,
convolutions 69)."""
_COUNTING_BYTES = 24
"""A source neuron or stored weight while synapses are counted: two int64 arrays and what is made of them (measured: 17 and less)."""


@dataclass(frozen=True, eq=False)
class Population:
    """Neurons of one model; ``shape`` is their layout (``(28, 28)`` for an image), ``size`` their number."""

    name: str
    shape: tuple[int, ...]
    neuron: Neuron

    @property
    def size(self) -> int:
        """Number of neurons."""
        return prod(self.shape)


@dataclass(frozen=True, eq=False)
class Projection:
    """Synapses from one population onto one receptor of another.

    ``delay`` in whole steps, one number or int32 per synapse in the shape of the stored weights: see
    :class:`~neurodeploy.network.neurons.StepSemantics`. ``receptor`` selects the time constant and reversal potential.
    """

    name: str
    source: str
    target: str
    connectivity: Connectivity
    weights: Weights
    delay: int | Int32Array = 1
    receptor: Literal["excitatory", "inhibitory"] = "excitatory"

    def __post_init__(self) -> None:
        if isinstance(self.delay, np.ndarray) and self.delay.ndim:
            object.__setattr__(self, "delay", frozen(self.delay))

    @property
    def shortest_delay(self) -> int:
        """The least delay of any synapse, in steps."""
        return int(np.min(self.delay, initial=np.iinfo(np.int32).max))

    @property
    def longest_delay(self) -> int:
        """The greatest delay of any synapse, in steps."""
        return int(np.max(self.delay, initial=0))


@dataclass(frozen=True)
class Encoder:
    """How a sample becomes input spikes; travels with the network so that every target sees the same input.

    ``name`` of a rule in :mod:`neurodeploy.encoding`, its ``parameters``, the random ``seed``, presentation and rest
    lengths in steps, and the training-time retry rule: fewer than ``minimum_spikes`` output spikes present the sample
    again at ``intensity + 1`` (0: never; inference never retries).
    """

    name: str
    steps: int
    parameters: Mapping[str, float] = field(default_factory=dict)
    seed: int = 0
    rest_steps: int = 0
    minimum_spikes: int = 0


@dataclass(frozen=True, eq=False)
class Readout:
    """How a network's output becomes a class; ``labels`` gives each neuron of ``population`` its class (-1: none).

    ``name`` of a rule in :mod:`neurodeploy.readout`: ``class_labels`` counts spikes, ``linear`` weighs the counts,
    ``potential`` reads the membrane potentials of a non-spiking population (``parameters``: see the rule).
    """

    population: str
    labels: Int32Array
    classes: int
    name: str = "class_labels"
    parameters: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "labels", whole_numbers(self.labels, np.int32, "The labels of a readout"))


@dataclass(frozen=True, eq=False)
class Ancestor:
    """An earlier stage of a network (``float``, ``pruned``, …), kept so that every stage can be compared."""

    stage: str
    network: Network


@dataclass(frozen=True, eq=False)
class Network:
    """A spiking network. Never mutated: passes return new ones.

    ``dt`` is the time step in ms. ``metadata`` holds provenance and training metrics as plain JSON values. ``stage``
    says what was done last (``float``, ``pruned``, ``quantized``); ``ancestors`` are the stages before, oldest first.
    """

    populations: tuple[Population, ...]
    projections: tuple[Projection, ...]
    dt: float
    encoder: Encoder | None = None
    readout: Readout | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)
    stage: str = "float"
    ancestors: tuple[Ancestor, ...] = ()

    def population(self, name: str) -> Population:
        """The population called ``name``; KeyError when there is none."""
        for population in self.populations:
            if population.name == name:
                return population
        raise KeyError(name)

    def projection(self, name: str) -> Projection:
        """The projection called ``name``; KeyError when there is none."""
        for projection in self.projections:
            if projection.name == name:
                return projection
        raise KeyError(name)

    @property
    def sources(self) -> tuple[Population, ...]:
        """Populations that are spike sources."""
        return tuple(p for p in self.populations if isinstance(p.neuron, SpikeSource))

    def with_projections(self, *changed: Projection) -> Network:
        """This network with the projections of the same names replaced."""
        by_name = {p.name: p for p in changed}
        return replace(self, projections=tuple(by_name.get(p.name, p) for p in self.projections))

    def with_populations(self, *changed: Population) -> Network:
        """This network with the populations of the same names replaced."""
        by_name = {p.name: p for p in changed}
        return replace(self, populations=tuple(by_name.get(p.name, p) for p in self.populations))

    def with_metadata(self, **entries: Any) -> Network:
        """This network with entries added to its metadata."""
        return replace(self, metadata={**self.metadata, **entries})

    def as_stage(self, stage: str, parent: Network) -> Network:
        """This network as ``stage``, descending from ``parent``."""
        without = replace(parent, ancestors=())
        return replace(self, stage=stage, ancestors=(*parent.ancestors, Ancestor(parent.stage, without)))

    def shapes(self, projection: Projection) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """Shapes of the populations that one of this network's projections joins."""
        return self.population(projection.source).shape, self.population(projection.target).shape

    def expand(self, projection: Projection) -> SparseRows:
        """Present synapses of one of this network's projections as sparse rows; ND107 where they exceed the memory."""
        synapses = self.synapses(projection)
        require_memory(_EXPANSION_BYTES * synapses, f"writing out the {synapses:,} synapses of '{projection.name}'")
        return projection.connectivity.expand(*self.shapes(projection), projection.weights)

    def fan_out(self, projection: Projection, chosen: BoolArray | None = None) -> IntArray:
        """Synapses that exist (or of ``chosen``, bool in the stored shape) on each source, int64 ``(sources,)``.

        Raises:
            NeurodeployError: ND107 where the memory is too small to count them.
        """
        counted = max(prod(self.shapes(projection)[0]), prod(projection.weights.shape))
        require_memory(_COUNTING_BYTES * counted, f"counting the synapses of '{projection.name}'")
        chosen = projection.weights.present() if chosen is None else chosen
        return projection.connectivity.fan_out(*self.shapes(projection), chosen)

    def synapses(self, projection: Projection) -> int:
        """Number of synapses of one of this network's projections that exist."""
        return int(self.fan_out(projection).sum())

    def digest(self) -> str:
        """SHA-256 over everything the network is; equal networks, equal digests, on every machine."""
        digest = hashlib.sha256()
        _feed(digest, self)
        return digest.hexdigest()


def _feed(digest: Any, value: Any) -> None:
    """Feed a value to a hash, unambiguously: type tag, then content."""
    if is_dataclass(value) and not isinstance(value, type):
        digest.update(f"<{type(value).__name__}>".encode())
        for entry in fields(value):
            digest.update(f"{entry.name}=".encode())
            _feed(digest, getattr(value, entry.name))
    elif isinstance(value, np.ndarray) and value.ndim:
        ordered = np.ascontiguousarray(value).astype(value.dtype.newbyteorder("<"), copy=False)
        digest.update(f"array{ordered.dtype.str}{ordered.shape}".encode())
        digest.update(ordered.tobytes())
    elif isinstance(value, tuple | list) and any(is_dataclass(item) for item in value):
        digest.update(f"sequence{len(value)}".encode())
        for item in value:
            _feed(digest, item)
    else:
        digest.update(json.dumps(plain(value), sort_keys=True).encode() + b";")


def plain(value: Any) -> Any:
    """Mappings, numpy scalars and 0-d arrays as what JSON can hold."""
    if isinstance(value, Mapping):
        return {str(key): plain(entry) for key, entry in value.items()}
    if isinstance(value, tuple | list):
        return [plain(entry) for entry in value]
    return value.item() if isinstance(value, np.generic | np.ndarray) and np.ndim(value) == 0 else value
