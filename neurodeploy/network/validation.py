"""Rules a network must satisfy, one small function each: they describe problems, :func:`validate` raises.

A rule takes a network and yields ``(where, what is wrong, what to do)``; adding one is appending it to :data:`RULES`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields
from typing import NamedTuple

import numpy as np

from neurodeploy.errors import NeurodeployError
from neurodeploy.network.connectivity import Pooling2d
from neurodeploy.network.history import history_problem
from neurodeploy.network.network import Network, Population, Projection, plain
from neurodeploy.network.neurons import (
    IF,
    LIF,
    STEP_ORDER,
    ConductanceLIF,
    Integrator,
    SpikeSource,
    SpikingNeuron,
    StepSemantics,
    has_threshold,
    is_graded,
)

KNOWN_OPTIONS = {
    "synapse": ("delta", "current", "exponential"),
    "reset": ("value", "subtraction", "none"),
    "integrator": ("exact", "euler", "implicit_euler", "propagator"),
    "synaptic_decay": ("exact", "euler"),
    "synaptic_gain": ("jump", "charge", "decayed", "euler"),
    "comparison": (">", ">="),
    "reset_timing": ("same_step", "next_step"),
    "order": (STEP_ORDER,),
}
"""Options of neurons and their step semantics, and the values each may have."""
LARGEST_POPULATION = 1 << 26
"""Neurons: half a gigabyte for one number each, which whoever counts synapses needs."""
LONGEST_PAUSE = 1 << 30
"""Steps that a refractory period may last; simulators count them in 32 bits."""
DEEPEST_METADATA = 50
"""Levels of lists and dictionaries in metadata, so that every reader and writer of JSON can follow."""


class Problem(NamedTuple):
    """One violated rule: where (population or projection), what is wrong, what to do."""

    where: str
    what: str
    remedy: str


Rule = Callable[[Network], Iterator[Problem]]


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


def populations_have_neurons(network: Network) -> Iterator[Problem]:
    """Every dimension of a population is at least one."""
    if not network.populations:
        yield Problem("network", "there is no population", "add at least one population")
    for population in network.populations:
        if not population.shape or any(extent < 1 for extent in population.shape):
            yield Problem(
                f"population '{population.name}'", f"its shape is {population.shape}", "use extents of 1 or more"
            )
        elif population.size > LARGEST_POPULATION:
            yield Problem(
                f"population '{population.name}'",
                f"it has {population.size} neurons",
                f"use up to {LARGEST_POPULATION}, or several populations",
            )


def parameters_fit(network: Network) -> Iterator[Problem]:
    """Neuron parameters are finite, one value or one per neuron; time constants and capacitances are positive."""
    for population in network.populations:
        for entry in fields(population.neuron):
            value = getattr(population.neuron, entry.name)
            where = f"population '{population.name}', parameter {entry.name}"
            if not isinstance(value, float | int | np.generic | np.ndarray):
                continue
            array = np.asarray(value, float)
            if array.shape not in ((), (population.size,)):
                yield Problem(where, f"its shape is {array.shape}", f"give one value or {population.size} values")
            elif not np.isfinite(array).all():
                yield Problem(
                    where, f"{np.size(array) - np.isfinite(array).sum()} values are NaN or infinite", "mend them"
                )
            elif not array.size:
                continue  # a population without neurons is reported by populations_have_neurons
            elif entry.name in ("tau_m", "cm", "tau_syn_E", "tau_syn_I") and array.min() <= 0:
                yield Problem(where, f"its smallest value is {array.min():g}", "use values above 0")
            elif entry.name == "tau_refrac" and array.min() < 0:
                yield Problem(where, f"its smallest value is {array.min():g} ms", "use 0 or more")
            elif entry.name == "tau_refrac" and array.max() > LONGEST_PAUSE * network.dt:
                yield Problem(where, f"its largest value is {array.max():g} ms", f"use up to {LONGEST_PAUSE} steps")


def thresholds_are_above_reset(network: Network) -> Iterator[Problem]:
    """A neuron whose threshold is not above its reset would fire for ever."""
    for population in network.populations:
        neuron = population.neuron
        if isinstance(neuron, SpikingNeuron) and neuron.reset != "none":
            threshold = np.asarray(neuron.v_thresh) + np.asarray(neuron.theta)
            count = int(np.sum(threshold <= np.asarray(neuron.v_reset)))
            if count:
                yield Problem(
                    f"population '{population.name}'",
                    f"{count} thresholds are not above the reset potential",
                    "raise v_thresh or lower v_reset",
                )


def several_spikes_are_subtracted(network: Network) -> Iterator[Problem]:
    """A neuron that may spike several times in a step subtracts its threshold at once, and is never refractory."""
    for population in network.populations:
        neuron, where = population.neuron, f"population '{population.name}'"
        most = getattr(neuron, "max_spikes_per_step", 1)
        if not isinstance(most, int) or not 1 <= most <= 2**24:
            yield Problem(where, f"its max_spikes_per_step is {most}", "use 1 to 16,777,216")
        elif most > 1 and isinstance(neuron, IF | LIF):
            late = neuron.semantics.reset_timing != "same_step" or not neuron.semantics.reset_keeps_synapses
            if neuron.reset != "subtraction" or late or np.any(np.asarray(neuron.tau_refrac) > 0):
                yield Problem(
                    where,
                    f"up to {most} spikes per step with reset '{neuron.reset}', reset timing "
                    f"'{neuron.semantics.reset_timing}' and a refractory period of {np.max(neuron.tau_refrac):g} ms",
                    "use reset 'subtraction' in the same step without refractory period, or max_spikes_per_step 1",
                )


def options_are_known(network: Network) -> Iterator[Problem]:
    """Neurons and step semantics use options that this version can run."""
    for population in network.populations:
        for part in (population.neuron, getattr(population.neuron, "semantics", None)):
            for name, known in KNOWN_OPTIONS.items():
                value = getattr(part, name, known[0])
                if value not in known:
                    yield Problem(
                        f"population '{population.name}'", f"its {name} is '{value}'", f"use one of {list(known)}"
                    )


def projections_connect(network: Network) -> Iterator[Problem]:
    """A projection joins two populations that exist, and ends on a receptor of neurons."""
    names = {p.name for p in network.populations}
    for projection in network.projections:
        if projection.receptor not in ("excitatory", "inhibitory"):
            yield Problem(
                f"projection '{projection.name}'",
                f"its receptor is '{projection.receptor}'",
                "use 'excitatory' or 'inhibitory'",
            )
        for role, name in (("source", projection.source), ("target", projection.target)):
            if name not in names:
                yield Problem(
                    f"projection '{projection.name}'",
                    f"its {role} '{name}' does not exist",
                    f"use one of {sorted(names)}",
                )
            elif role == "target" and isinstance(network.population(name).neuron, SpikeSource):
                yield Problem(
                    f"projection '{projection.name}'", f"it ends on the spike source '{name}'", "change its target"
                )


def weights_fit(network: Network) -> Iterator[Problem]:
    """Weights are stored once, in the shape of the connectivity, finite, with codes inside their codebook."""
    for projection in _connected(network):
        where, weights = f"projection '{projection.name}'", projection.weights
        shapes = network.shapes(projection)
        if projection.connectivity.misfit(*shapes):
            continue  # reported by connectivity_fits
        if (weights.values is None) == (weights.codes is None) or (weights.codes is None) != (weights.levels is None):
            yield Problem(where, "weights must be either values, or codes with levels", "store one of the two")
            continue
        expected = projection.connectivity.weights_shape(*shapes)
        if weights.shape != expected:
            yield Problem(where, f"its weights have shape {weights.shape}", f"{expected} is needed")
            continue
        if weights.mask is not None and (weights.mask.shape != expected or weights.mask.dtype != bool):
            yield Problem(where, f"its mask is {weights.mask.dtype} {weights.mask.shape}", f"bool {expected} is needed")
            continue
        stored = weights.levels if weights.levels is not None else weights.values
        assert stored is not None
        if stored.dtype.kind != "f":
            yield Problem(where, f"its weights are {stored.dtype}", "use float32 or float64")
        elif not np.isfinite(stored).all():
            first = np.argwhere(~np.isfinite(stored))[0].tolist()
            yield Problem(
                where,
                f"{int((~np.isfinite(stored)).sum())} of {stored.size} weights are NaN or infinite, the first at {first}",
                "retrain or repair it; only finite weights can be deployed",
            )
        if weights.codes is not None and weights.levels is not None:
            yield from _codes_fit(where, projection)


def _codes_fit(where: str, projection: Projection) -> Iterator[Problem]:
    codes, levels, axis = projection.weights.codes, projection.weights.levels, projection.connectivity.codebook_axis
    assert codes is not None and levels is not None
    owners = 0 if axis is None else codes.shape[axis]
    if levels.ndim == 2 and axis is None:
        yield Problem(
            where,
            "a codebook per neuron needs dense weights, one per channel a convolution",
            "use one codebook, levels of shape (levels,)",
        )
    elif (levels.ndim == 2 and levels.shape[0] != owners) or levels.ndim not in (1, 2) or not levels.size:
        yield Problem(where, f"its levels have shape {levels.shape}", f"use (levels,) or ({owners}, levels)")
    elif levels.ndim == 2 and projection.weights.level_axis != axis:
        yield Problem(where, f"its level axis is {projection.weights.level_axis}", f"use {axis} for this connectivity")
    elif codes.dtype.kind not in "iu":
        yield Problem(where, f"its codes are {codes.dtype}", "use integers")
    elif codes.size and (codes.min() < 0 or codes.max() >= levels.shape[-1]):
        yield Problem(
            where, f"codes run from {codes.min()} to {codes.max()}", f"0 to {levels.shape[-1] - 1} index its levels"
        )


def connectivity_fits(network: Network) -> Iterator[Problem]:
    """A connectivity can join the shapes of its two populations; a maximum is taken over spikes."""
    for projection in _connected(network):
        where = f"projection '{projection.name}'"
        if misfit := projection.connectivity.misfit(*network.shapes(projection)):
            yield Problem(where, *misfit)
        kind, source = projection.connectivity, network.population(projection.source)
        if isinstance(kind, Pooling2d) and kind.function == "max" and is_graded(source.neuron):
            yield Problem(where, f"max pooling over the graded values of '{source.name}'", "use sum or average pooling")


def signs_fit_receptors(network: Network) -> Iterator[Problem]:
    """Conductances are not negative."""
    for projection in _connected(network):
        target = network.population(projection.target).neuron
        stored = projection.weights.levels if projection.weights.levels is not None else projection.weights.values
        if isinstance(target, ConductanceLIF) and stored is not None and stored.size and stored.min() < 0:
            yield Problem(
                f"projection '{projection.name}'",
                f"a conductance weight is {stored.min():g} µS",
                "conductances are >= 0: put negative weights on the inhibitory receptor, with their sign removed",
            )


def delays_are_legal(network: Network) -> Iterator[Problem]:
    """Delays are whole steps >= 1, or >= 0 where the target's semantics allow it; and no spike runs in circles."""
    for projection in _connected(network):
        where, delay = f"projection '{projection.name}'", np.asarray(projection.delay)
        semantics = getattr(network.population(projection.target).neuron, "semantics", StepSemantics())
        least = 0 if semantics.zero_delay else 1
        if delay.dtype.kind not in "iu":
            yield Problem(where, f"its delays are {delay.dtype}", "use whole steps")
        elif delay.ndim and delay.shape != projection.weights.shape:
            yield Problem(where, f"its delays have the shape {delay.shape}", f"use {projection.weights.shape}")
        elif delay.ndim and not projection.connectivity.delay_per_synapse:
            yield Problem(where, "one delay per synapse of a structure that stores one weight", "use one delay")
        elif projection.shortest_delay < least:
            yield Problem(where, f"its delay is {projection.shortest_delay} steps", f"use {least} or more")
    for name in _zero_delay_cycle(network):
        yield Problem(
            f"population '{name}'",
            "its spikes would come back within the same step",
            "give one projection of the cycle a delay of 1 or more",
        )


def evaluation_order(network: Network) -> list[Population]:
    """Populations in an order in which every projection of delay 0 goes forward; those of a cycle are left out."""
    waiting = {population.name: population for population in network.populations}
    blockers = {
        name: {p.source for p in _connected(network) if p.target == name and p.shortest_delay == 0} for name in waiting
    }
    ordered: list[Population] = []
    while free := [name for name in waiting if not blockers[name] & waiting.keys()]:
        ordered += [waiting.pop(name) for name in free]
    return ordered


def _zero_delay_cycle(network: Network) -> list[str]:
    ordered = {population.name for population in evaluation_order(network)}
    return [population.name for population in network.populations if population.name not in ordered][:1]


def encoder_and_readout_fit(network: Network) -> Iterator[Problem]:
    """The encoder has steps to fill and a source; the readout labels every neuron of a population that exists."""
    if network.encoder is not None and network.encoder.steps < 1:
        yield Problem("encoder", f"it presents a sample for {network.encoder.steps} steps", "use 1 or more")
    if network.encoder is not None and min(network.encoder.rest_steps, network.encoder.minimum_spikes) < 0:
        yield Problem("encoder", "its rest or its minimum of spikes is negative", "use 0 or more")
    if network.encoder is not None and len(network.sources) != 1:
        yield Problem("encoder", f"there are {len(network.sources)} spike sources", "an encoder feeds exactly one")
    readout = network.readout
    if readout is not None:
        if readout.population not in {p.name for p in network.populations}:
            yield Problem("readout", f"its population '{readout.population}' does not exist", "name an existing one")
        elif len(readout.labels) != network.population(readout.population).size:
            yield Problem("readout", f"{len(readout.labels)} labels", "one label per neuron is needed")
        elif readout.classes < 1:
            yield Problem("readout", f"it has {readout.classes} classes", "use 1 or more")
        elif len(readout.labels) and (readout.labels.min() < -1 or readout.labels.max() >= readout.classes):
            yield Problem("readout", "a label is out of range", f"use -1 (none) to {readout.classes - 1}")


def readout_can_read(network: Network) -> Iterator[Problem]:
    """Spikes are counted in spiking populations, potentials read from non-spiking ones."""
    readout = network.readout
    if readout is None or readout.population not in {p.name for p in network.populations}:
        return
    spikes = has_threshold(network.population(readout.population).neuron)
    if readout.name == "potential" and spikes:
        yield Problem("readout", f"'{readout.population}' has spiking neurons", "read it with 'class_labels'")
    if readout.name == "class_labels" and not spikes:
        yield Problem("readout", f"'{readout.population}' does not spike", "read it with 'potential'")


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


def rate_encoder_is_possible(network: Network) -> Iterator[Problem]:
    """A rate encoder says its maximum rate, at most one spike per step."""
    encoder = network.encoder
    if encoder is not None and encoder.name == "poisson":
        rate = encoder.parameters.get("maximum_rate_hz")
        if rate is None or not 0 < rate * network.dt / 1000 < 1:
            yield Problem(
                "encoder", f"its maximum_rate_hz is {rate}", f"use more than 0 and less than {1000 / network.dt:g} Hz"
            )


def integrators_fit(network: Network) -> Iterator[Problem]:
    """An implicit step needs a leak to stabilise; the propagator needs a linear membrane."""
    for population in network.populations:
        neuron, where = population.neuron, f"population '{population.name}'"
        integrator = getattr(getattr(neuron, "semantics", None), "integrator", "exact")
        if isinstance(neuron, IF | Integrator) and integrator == "implicit_euler":
            yield Problem(where, "integration without leak by an implicit integrator", "use 'exact'")
        if isinstance(neuron, ConductanceLIF) and integrator == "propagator":
            yield Problem(where, "conductances with the integrator 'propagator'", "use 'exact' or 'implicit_euler'")


def _connected(network: Network) -> Iterator[Projection]:
    """Projections whose ends exist; the others are reported by :func:`projections_connect`."""
    names = {p.name for p in network.populations}
    return (p for p in network.projections if p.source in names and p.target in names)


RULES: tuple[Rule, ...] = (
    names_are_unique,
    time_step_is_positive,
    populations_have_neurons,
    parameters_fit,
    thresholds_are_above_reset,
    options_are_known,
    several_spikes_are_subtracted,
    integrators_fit,
    something_spikes,
    metadata_is_json,
    history_is_readable,
    rate_encoder_is_possible,
    projections_connect,
    connectivity_fits,
    weights_fit,
    signs_fit_receptors,
    delays_are_legal,
    encoder_and_readout_fit,
    readout_can_read,
)


def problems(network: Network) -> list[Problem]:
    """Every violated rule of a network."""
    return [problem for rule in RULES for problem in rule(network)]


def validate(network: Network, where: str = "network") -> Network:
    """Return the network, or raise one error (ND201) that lists what is wrong; ``where`` names its file or origin."""
    found = problems(network)
    if not found:
        return network
    lines = "; ".join(f"{p.where}: {p.what} ({p.remedy})" for p in found[:5])
    more = f"; and {len(found) - 5} more" if len(found) > 5 else ""
    raise NeurodeployError("ND201", f"'{where}' is not a valid network: {lines}{more}.")
