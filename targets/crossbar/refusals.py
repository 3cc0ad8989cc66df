"""What arrays of memory cells cannot compute: refused before anything is lowered, all reasons at once, each with a way out.

Adding a reason: one generator of (what, remedy) in :data:`RULES`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import prod

from neurodeploy.compiler.context import Context
from neurodeploy.errors import NeurodeployError
from neurodeploy.network import LateralInhibition, Network, Pooling2d, Projection, Relay, is_graded

Refusal = tuple[str, str]
MOST_CELLS = 1 << 24
"""Places of all arrays, rows x outputs, with synapses or without.  4.9 million took 0.47 GB to compile and 1.06 GB to run with read
noise, interpreter and libraries included, 220 bytes a place at most: this many take some 4 GB."""


@dataclass(frozen=True)
class RefuseUnsupported:
    """Raise ND435 with every reason why arrays cannot run a network; nothing is changed.

    Stands in the pipeline before relays are folded away, and after: a folded projection has delays and a size of its own.
    """

    def __call__(self, network: Network, context: Context) -> Network:
        found = [refusal for rule in RULES for refusal in rule(network)]
        if found:
            what = "; ".join(reason for reason, _ in found)
            remedies = " ".join(dict.fromkeys(remedy for _, remedy in found))
            raise NeurodeployError("ND435", f"Arrays of memory cells cannot run this network: {what}.", remedies)
        return network


def spikes_only(network: Network) -> Iterator[Refusal]:
    """A row is at the read voltage or at 0 V."""
    if network.encoder is not None and network.encoder.name == "constant":
        yield (
            "its encoder 'constant' presents graded values, rows take spikes",
            "Encode the input as spikes ('poisson', 'regular').",
        )
    for population in network.populations:
        graded = is_graded(population.neuron) and not isinstance(population.neuron, Relay)  # relays are folded away
        if graded and any(p.source == population.name for p in network.projections):
            yield (
                f"population '{population.name}' sends values, rows take spikes",
                "Give it a threshold and one spike per step.",
            )


def one_source(network: Network) -> Iterator[Refusal]:
    """Spikes come from one population."""
    if len(network.sources) != 1:
        yield (
            f"it has {len(network.sources)} spike sources, arrays take the input of one",
            "Join the sources into one population.",
        )


def sums_only(network: Network) -> Iterator[Refusal]:
    """A maximum is not a sum of currents."""
    for projection in network.projections:
        if isinstance(projection.connectivity, Pooling2d) and projection.connectivity.function == "max":
            yield (
                f"projection '{projection.name}' is a max pooling, which no sum of currents computes",
                "Train with average or sum pooling.",
            )


def forward_only(network: Network) -> Iterator[Refusal]:
    """A layer's arrays are read before its neurons decide."""
    for projection in network.projections:
        if not in_circuits(projection) and reaches(network, projection.target, projection.source):
            yield (
                f"projection '{projection.name}' closes a loop from '{projection.target}' back to '{projection.source}'",
                "Only lateral inhibition, which the neuron circuits do themselves, may close one.",
            )


def inhibition_in_a_layer(network: Network) -> Iterator[Refusal]:
    """The wire of lateral inhibition joins the circuits of one layer."""
    for projection in network.projections:
        if in_circuits(projection) and projection.source != projection.target:
            yield (
                f"projection '{projection.name}' is lateral inhibition from '{projection.source}' to '{projection.target}'",
                "Let it stay within a population, or give it dense weights.",
            )


def one_delay(network: Network) -> Iterator[Refusal]:
    """All rows of an array are read together."""
    for projection in network.projections:
        if projection.shortest_delay != projection.longest_delay:
            yield (
                f"projection '{projection.name}' has delays from {projection.shortest_delay} to {projection.longest_delay} steps",
                "Use one delay for all synapses of a projection.",
            )


def arrays_of_a_size(network: Network) -> Iterator[Refusal]:
    """Convolutions are written out: every position of the kernel is a cell."""
    remedy = f"At most {MOST_CELLS:,} are mapped, all arrays together: use fewer or smaller layers."
    places: dict[str, int] = {}
    for projection in network.projections:
        source, target = network.shapes(projection)
        ends = (network.population(projection.source), network.population(projection.target))
        if in_circuits(projection) or any(isinstance(end.neuron, Relay) for end in ends):
            continue  # relays are folded away: what they become is looked at after that
        places[projection.name] = size = prod(source) * prod(target)
        if size > MOST_CELLS:
            yield (
                f"projection '{projection.name}' would be an array of {prod(source):,} x {prod(target):,} places, {size:,} in all",
                remedy,
            )
    if sum(places.values()) > MOST_CELLS >= max(places.values()):
        largest = max(places, key=lambda name: places[name])
        yield (
            f"its {len(places)} arrays would have {sum(places.values()):,} places, most of them '{largest}' with {places[largest]:,}",
            remedy,
        )


def in_circuits(projection: Projection) -> bool:
    """Whether the neuron circuits do it: one weight for all, over a wire that the neurons of a layer share."""
    return isinstance(projection.connectivity, LateralInhibition)


def reaches(network: Network, start: str, goal: str) -> bool:
    """Whether spikes of one population come to another, or it is the same."""
    seen, waiting = {start}, [start]
    while waiting:
        name = waiting.pop()
        new = {p.target for p in network.projections if p.source == name and not in_circuits(p)} - seen
        seen |= new
        waiting += new
    return goal in seen


RULES: tuple[Callable[[Network], Iterator[Refusal]], ...] = (
    one_source,
    spikes_only,
    sums_only,
    forward_only,
    inhibition_in_a_layer,
    one_delay,
    arrays_of_a_size,
)
