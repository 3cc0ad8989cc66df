"""Rules a network must satisfy, one small function each: they describe problems, :func:`validate` raises.

A rule takes a network and yields ``(where, what is wrong, what to do)``; adding one is appending it to :data:`RULES`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import fields
from typing import NamedTuple

import numpy as np

from neurodeploy.errors import NeurodeployError
from neurodeploy.network.connectivity import LateralInhibition, OneToOne, Sparse
from neurodeploy.network.network import Network, Projection, plain
from neurodeploy.network.neurons import IF, STEP_ORDER, ConductanceLIF, SpikeSource


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
            elif entry.name in ("tau_m", "cm", "tau_syn_E", "tau_syn_I") and array.min() <= 0:
                yield Problem(where, f"its smallest value is {array.min():g}", "use values above 0")
            elif entry.name == "tau_refrac" and array.min() < 0:
                yield Problem(where, f"its smallest value is {array.min():g} ms", "use 0 or more")


def thresholds_are_above_reset(network: Network) -> Iterator[Problem]:
    """A neuron whose threshold is not above its reset would fire for ever."""
    for population in network.populations:
        neuron = population.neuron
        if not isinstance(neuron, SpikeSource):
            threshold = np.asarray(neuron.v_thresh) + np.asarray(neuron.theta)
            count = int(np.sum(threshold <= np.asarray(neuron.v_reset)))
            if count:
                yield Problem(
                    f"population '{population.name}'",
                    f"{count} thresholds are not above the reset potential",
                    "raise v_thresh or lower v_reset",
                )


def step_semantics_are_known(network: Network) -> Iterator[Problem]:
    """The step order is one that this version can run."""
    for population in network.populations:
        if not isinstance(population.neuron, SpikeSource) and population.neuron.semantics.order != STEP_ORDER:
            yield Problem(
                f"population '{population.name}'",
                f"the step order '{population.neuron.semantics.order}' is unknown",
                f"use '{STEP_ORDER}' and express the rest as delays",
            )


def projections_connect(network: Network) -> Iterator[Problem]:
    """A projection joins two populations that exist, and ends on neurons."""
    names = {p.name for p in network.populations}
    for projection in network.projections:
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
        if (weights.values is None) == (weights.codes is None) or (weights.codes is None) != (weights.levels is None):
            yield Problem(where, "weights must be either values, or codes with levels", "store one of the two")
            continue
        sizes = network.population(projection.source).size, network.population(projection.target).size
        expected = projection.connectivity.weights_shape(*sizes)
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
            yield from _codes_fit(where, projection, sizes[1])


def _codes_fit(where: str, projection: Projection, targets: int) -> Iterator[Problem]:
    codes, levels = projection.weights.codes, projection.weights.levels
    assert codes is not None and levels is not None
    if levels.ndim == 2 and codes.ndim != 2:
        yield Problem(where, "a codebook per neuron needs dense weights", "use one codebook, levels of shape (levels,)")
    elif (levels.ndim == 2 and levels.shape[0] != targets) or levels.ndim not in (1, 2):
        yield Problem(where, f"its levels have shape {levels.shape}", f"use (levels,) or ({targets}, levels)")
    elif codes.dtype.kind not in "iu":
        yield Problem(where, f"its codes are {codes.dtype}", "use integers")
    elif codes.size and (codes.min() < 0 or codes.max() >= levels.shape[-1]):
        yield Problem(
            where, f"codes run from {codes.min()} to {codes.max()}", f"0 to {levels.shape[-1] - 1} index its levels"
        )


def connectivity_fits(network: Network) -> Iterator[Problem]:
    """Sparse rows are well formed; one-to-one and lateral projections join equal sizes."""
    for projection in _connected(network):
        kind = projection.connectivity
        source, target = network.population(projection.source), network.population(projection.target)
        where = f"projection '{projection.name}'"
        if isinstance(kind, OneToOne) and source.size != target.size:
            yield Problem(where, f"one-to-one between {source.size} and {target.size} neurons", "make them equal")
        if isinstance(kind, LateralInhibition) and source.name != target.name:
            yield Problem(where, "lateral inhibition between two populations", "use the same source and target")
        if isinstance(kind, Sparse):
            steps = np.diff(kind.indptr)
            if len(kind.indptr) != source.size + 1 or kind.indptr[0] != 0 or (steps < 0).any():
                yield Problem(
                    where, "its row pointers are malformed", f"give {source.size + 1} non-decreasing numbers from 0"
                )
            elif kind.indptr[-1] != len(kind.indices):
                yield Problem(
                    where, f"row pointers end at {kind.indptr[-1]}", f"{len(kind.indices)} targets are stored"
                )
            elif len(kind.indices) and (kind.indices.min() < 0 or kind.indices.max() >= target.size):
                yield Problem(where, "a target index is out of range", f"use 0 to {target.size - 1}")


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
    """Delays are whole steps >= 1; 0 only from a spike source into neurons whose semantics allow it."""
    for projection in _connected(network):
        source, target = network.population(projection.source), network.population(projection.target)
        zero = isinstance(source.neuron, SpikeSource) and not isinstance(target.neuron, SpikeSource)
        zero = zero and target.neuron.semantics.zero_delay  # type: ignore[union-attr]
        if projection.delay < (0 if zero else 1):
            yield Problem(
                f"projection '{projection.name}'",
                f"its delay is {projection.delay} steps",
                f"use {0 if zero else 1} or more",
            )


def encoder_and_readout_fit(network: Network) -> Iterator[Problem]:
    """The encoder has steps to fill and a source; the readout labels every neuron of a population that exists."""
    if network.encoder is not None and network.encoder.steps < 1:
        yield Problem("encoder", f"it presents a sample for {network.encoder.steps} steps", "use 1 or more")
    if network.encoder is not None and len(network.sources) != 1:
        yield Problem("encoder", f"there are {len(network.sources)} spike sources", "an encoder feeds exactly one")
    readout = network.readout
    if readout is not None:
        if readout.population not in {p.name for p in network.populations}:
            yield Problem("readout", f"its population '{readout.population}' does not exist", "name an existing one")
        elif len(readout.labels) != network.population(readout.population).size:
            yield Problem("readout", f"{len(readout.labels)} labels", "one label per neuron is needed")
        elif len(readout.labels) and (readout.labels.min() < -1 or readout.labels.max() >= readout.classes):
            yield Problem("readout", "a label is out of range", f"use -1 (none) to {readout.classes - 1}")


def reset_keeps_synapses(network: Network) -> Iterator[Problem]:
    """A reset leaves the synaptic state alone: nothing here can clear it yet."""
    for population in network.populations:
        if not isinstance(population.neuron, SpikeSource) and not population.neuron.semantics.reset_keeps_synapses:
            yield Problem(
                f"population '{population.name}'", "its reset clears the synapses", "use reset_keeps_synapses=True"
            )


def something_spikes(network: Network) -> Iterator[Problem]:
    """There is a population that computes."""
    if network.populations and all(isinstance(p.neuron, SpikeSource) for p in network.populations):
        yield Problem("network", "it has spike sources only", "add a population of neurons")


def metadata_is_json(network: Network) -> Iterator[Problem]:
    """Metadata can be written to a file."""
    try:
        json.dumps(plain(network.metadata), allow_nan=False)
    except (TypeError, ValueError) as error:
        yield Problem("metadata", str(error), "keep plain numbers, texts, lists and dictionaries there")


def rate_encoder_is_possible(network: Network) -> Iterator[Problem]:
    """A rate encoder says its maximum rate, at most one spike per step."""
    encoder = network.encoder
    if encoder is not None and encoder.name == "poisson":
        rate = encoder.parameters.get("maximum_rate_hz")
        if rate is None or not 0 < rate * network.dt / 1000 < 1:
            yield Problem(
                "encoder", f"its maximum_rate_hz is {rate}", f"use more than 0 and less than {1000 / network.dt:g} Hz"
            )


def if_neurons_have_no_leak(network: Network) -> Iterator[Problem]:
    """IF neurons integrate exactly; an implicit step has nothing to stabilise there."""
    for population in network.populations:
        if isinstance(population.neuron, IF) and population.neuron.semantics.integrator == "implicit_euler":
            yield Problem(
                f"population '{population.name}'", "integrate-and-fire with an implicit integrator", "use 'exact'"
            )


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
    step_semantics_are_known,
    if_neurons_have_no_leak,
    reset_keeps_synapses,
    something_spikes,
    metadata_is_json,
    rate_encoder_is_possible,
    projections_connect,
    weights_fit,
    connectivity_fits,
    signs_fit_receptors,
    delays_are_legal,
    encoder_and_readout_fit,
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
