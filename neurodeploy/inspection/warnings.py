"""What looks wrong in a network, one small function each; adding a warning is appending it to :data:`RULES`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields, replace
from typing import Any, NamedTuple

import numpy as np

from neurodeploy.errors import NeurodeployError
from neurodeploy.inspection.layers import LayerSummary
from neurodeploy.network import Dense, LateralInhibition, Network, Pooling2d, Projection, SpikeSource
from neurodeploy.network.arrays import Int32Array
from neurodeploy.wording import counted


class Finding(NamedTuple):
    """Where something looks wrong, what, and what to do."""

    where: str
    what: str
    remedy: str


Rule = Callable[[Network, list[LayerSummary]], Iterator[Finding]]


def neurons_without_input(network: Network, layers: list[LayerSummary]) -> Iterator[Finding]:
    """Neurons on which no synapse ends can only follow their bias."""
    for population in network.populations:
        if isinstance(population.neuron, SpikeSource):
            continue
        reached = np.zeros(population.size, bool)
        for projection in network.projections:
            if projection.target == population.name and not reached.all():
                reached[_targets(network, projection)] = True
        if count := int((~reached).sum()):
            yield Finding(
                population.name,
                f"no input: {count:,} of {counted(population.size, 'neuron')}",
                "remove them, or prune less",
            )


def neurons_without_output(network: Network, layers: list[LayerSummary]) -> Iterator[Finding]:
    """Neurons whose spikes go nowhere cost without effect."""
    for population in network.populations:
        outgoing = [p for p in network.projections if p.source == population.name]
        if network.readout is not None and network.readout.population == population.name:
            continue
        if not outgoing:
            yield Finding(population.name, "nothing listens to it", "remove the layer, or read it out")
            continue
        silent = sum(network.fan_out(p) for p in outgoing) == 0
        if count := int(np.sum(silent)):
            yield Finding(
                population.name,
                f"no outgoing synapse: {count:,} of {counted(population.size, 'neuron')}",
                "they may be removed",
            )


def classes_without_neuron(network: Network, layers: list[LayerSummary]) -> Iterator[Finding]:
    """A class that no neuron stands for is never answered."""
    if network.readout is not None:
        missing = sorted(set(range(network.readout.classes)) - set(network.readout.labels.tolist()))
        if missing:
            yield Finding("readout", f"no neuron stands for the classes {missing}", "train longer, or label again")


def silent_layers(network: Network, layers: list[LayerSummary]) -> Iterator[Finding]:
    """Layers or neurons that never spiked on the samples."""
    for layer in layers:
        activity = layer.activity
        if activity is None or activity.silent is None:
            continue
        if activity.silent == layer.neurons:
            yield Finding(
                layer.name,
                f"no neuron spiked in {counted(activity.samples, 'sample')}",
                "lower v_thresh or raise the weights",
            )
        elif activity.silent > layer.neurons // 10:
            yield Finding(
                layer.name,
                f"no spike in {counted(activity.samples, 'sample')}: {activity.silent:,} of {counted(layer.neurons, 'neuron')}",
                "more samples may wake them; else they are dead: lower their thresholds, or train again",
            )


def saturated_layers(network: Network, layers: list[LayerSummary]) -> Iterator[Finding]:
    """Neurons that spike in nearly every step carry no information."""
    for layer in layers:
        if layer.activity is not None and layer.activity.saturated:
            yield Finding(
                layer.name,
                f"a spike in 9 of 10 possible steps: {layer.activity.saturated:,} of {counted(layer.neurons, 'neuron')}",
                "raise v_thresh or lower the weights",
            )


RULES: tuple[Rule, ...] = (
    neurons_without_input, neurons_without_output, classes_without_neuron, silent_layers, saturated_layers,
)  # fmt: skip


def warnings_of(network: Network, layers: list[LayerSummary]) -> list[Finding]:
    """Every warning; those about activity need layers that were measured."""
    return [found for rule in RULES for found in rule(network, layers)]


def target_warnings(network: Network, target: str, options: Mapping[str, Any]) -> list[Finding]:
    """What compiling for a target would refuse or lose: limits passed, weights stored as zero, coarse weights."""
    from neurodeploy.compiler import compile_network, find_target, verdict

    known = {entry.name for entry in fields(find_target(target).options)}
    try:
        quick = {"mapping": "estimate"} if "mapping" in known else {}  # no vendor tool for a mere look
        program = compile_network(network, target, {**quick, **options}).program
    except NeurodeployError as error:
        return [Finding(target, f"{error.code} {error.message}", error.hint)]
    result = verdict(program.resources())
    found: list[Finding] = []
    if not result.fits and result.binding is not None:
        found.append(Finding(target, f"it does not fit: {result.binding}", result.binding.remedy))
    for entry in program.manifest.get("weights", ()):
        if lost := entry.get("weights_lost_to_zero"):
            found.append(
                Finding(
                    entry["projection"],
                    f"lost to zero on {target}: {counted(lost, 'weight')}",
                    "prune them, or scale the weights",
                )
            )
        if (error_share := entry.get("relative_rms_error", 0.0)) > 0.01:
            found.append(
                Finding(
                    entry["projection"],
                    f"its weights are stored on {target} with {100 * error_share:.1f} % rms error",
                    "a smaller weight range, or --weight-bound statistical",
                )
            )
    return found


def _targets(network: Network, projection: Projection) -> Int32Array:
    """Target neurons that a projection reaches; a maximum reaches what the sum over the same windows does."""
    kind, weights = projection.connectivity, projection.weights
    if isinstance(kind, Dense):
        return np.flatnonzero(weights.present().any(axis=0)).astype(np.int32)
    if isinstance(kind, LateralInhibition):  # n (n - 1) synapses: counted, not written out
        some = weights.present()[0] and network.population(projection.source).size > 1
        return np.arange(network.population(projection.target).size * int(some), dtype=np.int32)
    if isinstance(kind, Pooling2d):
        projection = replace(projection, connectivity=kind.windows())
    targets: Int32Array = np.unique(network.expand(projection).targets)
    return targets
