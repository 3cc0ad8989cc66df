"""What SpiNNaker's binaries cannot compute: refused before anything is lowered, all reasons at once, each with a way out.

Adding a reason: one generator of (what, remedy) in :data:`RULES`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from neurodeploy.compiler.context import Context
from neurodeploy.errors import NeurodeployError
from neurodeploy.network import (
    IF,
    ConductanceLIF,
    Integrator,
    LeakyIntegrator,
    Network,
    Pooling2d,
    Population,
    SpikingNeuron,
    Threshold,
)

Refusal = tuple[str, str]
LISTED = 5
"""At most so many reasons are listed."""


@dataclass(frozen=True)
class RefuseUnsupported:
    """Raise ND404 with every reason why sPyNNaker cannot run a network; nothing is changed.

    ``missing_leak_steps``: 0 refuses neurons without leak; otherwise a later pass approximates them.
    """

    missing_leak_steps: int = 0

    def __call__(self, network: Network, context: Context) -> Network:
        found = [refusal for rule in RULES for refusal in rule(network, self)]
        if len(found) == 1:
            raise NeurodeployError("ND404", f"SpiNNaker cannot run this network: {found[0][0]}.", found[0][1])
        if found:
            more = f"; and {len(found) - LISTED} more" if len(found) > LISTED else ""
            what = "; ".join(f"{reason} ({remedy.rstrip('.')})" for reason, remedy in found[:LISTED])
            raise NeurodeployError(
                "ND404", f"SpiNNaker cannot run this network: {what}{more}.", "Mend each as said in brackets behind it."
            )
        return network


def one_source(network: Network, options: RefuseUnsupported) -> Iterator[Refusal]:
    """Spikes come from one population."""
    if len(network.sources) != 1:
        yield (
            f"it has {len(network.sources)} spike sources, the SpiNNaker target takes one",
            "Join the sources into one population.",
        )


def spikes_only(network: Network, options: RefuseUnsupported) -> Iterator[Refusal]:
    """Input arrives as spikes, not as values."""
    if network.encoder is not None and network.encoder.name == "constant":
        yield (
            "its encoder 'constant' presents graded values, SpiNNaker's sources send spikes",
            "Encode the input as spikes ('poisson', 'regular').",
        )


def neurons_exist(network: Network, options: RefuseUnsupported) -> Iterator[Refusal]:
    """sPyNNaker has leaky integrate-and-fire neurons only."""
    for population in network.populations:
        neuron = population.neuron
        if isinstance(neuron, IF) and not options.missing_leak_steps:
            yield (
                f"population '{population.name}': sPyNNaker has no integrate-and-fire neuron without leak",
                "Train with leak, or accept a very long time constant: --missing-leak-steps 1000 (the error is reported).",
            )
        elif isinstance(neuron, Integrator | LeakyIntegrator):
            yield (
                f"population '{population.name}': its neurons do not spike, and potentials do not leave the chip",
                "Give the read-out a threshold and count its spikes (readout 'class_labels').",
            )
        elif isinstance(neuron, Threshold):
            yield (
                f"population '{population.name}': sPyNNaker has no memoryless threshold",
                "Use LIF neurons with a tau_m of about one time step.",
            )


def resets_are_possible(network: Network, options: RefuseUnsupported) -> Iterator[Refusal]:
    """``threshold_type_static.h`` and the neuron model set v to v_reset."""
    for population in network.populations:
        neuron = population.neuron
        if isinstance(neuron, SpikingNeuron) and neuron.reset != "value":
            way = "by subtraction" if neuron.reset == "subtraction" else "not at all"
            yield (
                f"population '{population.name}' resets {way}, sPyNNaker's neurons reset to a value",
                "Train with reset to a value (snnTorch: reset_mechanism='zero'; Sinabs: MembraneReset; Norse does).",
            )


def one_spike_a_step(network: Network, options: RefuseUnsupported) -> Iterator[Refusal]:
    """A neuron sends one packet in a time step."""
    for population in network.populations:
        most = getattr(population.neuron, "max_spikes_per_step", 1)
        if most > 1:
            yield (
                f"population '{population.name}' sends up to {most} spikes in a step, sPyNNaker's neurons send one",
                "Train with one spike per step (Sinabs: SingleSpike; Rockpool: max_spikes_per_dt=1).",
            )


def synapses_survive(network: Network, options: RefuseUnsupported) -> Iterator[Refusal]:
    """A reset leaves sPyNNaker's synaptic currents alone; without memory there is nothing to keep."""
    for population in network.populations:
        neuron = population.neuron
        if isinstance(neuron, SpikingNeuron) and not neuron.semantics.reset_keeps_synapses and _decaying(population):
            yield (
                f"population '{population.name}' clears its synaptic currents at a spike, sPyNNaker keeps them",
                "Train with synapses that survive the reset (reset_keeps_synapses), or with delta synapses.",
            )


def sums_only(network: Network, options: RefuseUnsupported) -> Iterator[Refusal]:
    """A maximum is not a sum of synapses."""
    for projection in network.projections:
        if isinstance(projection.connectivity, Pooling2d) and projection.connectivity.function == "max":
            yield (
                f"projection '{projection.name}' is a max pooling, which no sum of synapses computes",
                "Train with average or sum pooling.",
            )


def _decaying(population: Population) -> bool:
    neuron = population.neuron
    return isinstance(neuron, ConductanceLIF) or getattr(neuron, "synapse", "") == "exponential"


RULES: tuple[Callable[[Network, RefuseUnsupported], Iterator[Refusal]], ...] = (
    one_source,
    spikes_only,
    neurons_exist,
    resets_are_possible,
    one_spike_a_step,
    synapses_survive,
    sums_only,
)
