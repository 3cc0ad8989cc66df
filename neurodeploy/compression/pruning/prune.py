"""Applying a pruning rule to a network."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Any, ClassVar, Protocol

import numpy as np

from neurodeploy.compression.pruning.removal import remove_neurons
from neurodeploy.compression.pruning.survivors import Survivors, mask_neurons, spread
from neurodeploy.compression.selection import select_projections
from neurodeploy.errors import NeurodeployError
from neurodeploy.network import Network, Projection, Sparse, Weights, validate
from neurodeploy.network.arrays import Array, BoolArray, FloatArray
from neurodeploy.network.history import with_step


class PruningRule(Protocol):
    """Decides which synapses of a projection stay.

    A rule that needs more than the weights of one projection has one of these in place of ``keep``:
    ``keep_projection(projection)`` (its connectivity), ``keep_across(layers)`` (all weights together, a mask for each).
    """

    name: ClassVar[str]

    def keep(self, weights: FloatArray, present: BoolArray) -> BoolArray:
        """Which stored weights stay, bool in their shape; only present ones count."""
        ...


class NeuronRule(Protocol):
    """Decides which neurons stay; ``remove``: whether the others leave the network or only lose their synapses."""

    name: ClassVar[str]

    @property
    def remove(self) -> bool:
        """Whether the others leave the network."""
        ...

    def survivors(self, network: Network, projections: Sequence[Projection]) -> Survivors:
        """Which neurons of each population stay, bool ``(size,)`` by name."""
        ...


def prune(
    network: Network, rule: Any, projections: Sequence[str] | None = None, *,
    rescale: bool = False,
) -> Network:  # fmt: skip
    """Remove the synapses (or neurons) that ``rule`` (:class:`PruningRule` or :class:`NeuronRule`) does not keep, for good.

    ``rescale``: multiply the surviving weights of each target neuron (of a convolution: output channel) so that the sum
    of their magnitudes is what it was, as the normalisation of Diehl & Cook's training does; without it neurons that
    lost more synapses are driven less.

    Raises:
        NeurodeployError: ND202 when there is nothing such to prune, ND203 when nothing would be left of a projection or
            population, ND220 when neurons cannot be removed.
    """
    chosen, left_alone = select_projections(network, projections, pruning=True)
    entry: dict[str, Any] = {"step": "prune", "rule": rule.name, "options": {**asdict(rule), "rescale": rescale}}
    if hasattr(rule, "survivors"):
        pruned, entry["neurons"] = _prune_neurons(network, rule, chosen, named=bool(projections))
    else:
        pruned = _with_masks(network, chosen, _masks(rule, chosen))
    if rescale:
        pruned = pruned.with_projections(*_rescaled_projections(network, pruned))
    entry["synapses"] = [
        {"projection": p.name, "before": int(p.weights.present().sum()), "after": int(after.weights.present().sum())}
        for p, after in zip(network.projections, pruned.projections, strict=True)
        if p in chosen or after is not p
    ]
    if left_alone:
        entry["left_alone"] = left_alone
    pruned = with_step(pruned, entry)
    return validate(pruned.as_stage("pruned", network))


def _masks(rule: Any, chosen: Sequence[Projection]) -> list[BoolArray]:
    if hasattr(rule, "keep_across"):
        masks: list[BoolArray] = rule.keep_across([p.weights for p in chosen])
        return masks
    if hasattr(rule, "keep_projection"):
        return [rule.keep_projection(p) for p in chosen]
    return [rule.keep(p.weights.decoded(), p.weights.present()) for p in chosen]


def _with_masks(network: Network, chosen: Sequence[Projection], masks: Sequence[BoolArray]) -> Network:
    changed = []
    for projection, mask in zip(chosen, masks, strict=True):
        kept = mask & projection.weights.present()
        if not kept.any():
            raise _nothing_left(projection)
        changed.append(replace(projection, weights=replace(projection.weights, mask=kept)))  # codes and levels survive
    return network.with_projections(*changed)


def _prune_neurons(
    network: Network, rule: NeuronRule, chosen: Sequence[Projection], named: bool
) -> tuple[Network, list[dict[str, Any]]]:
    """The network without the neurons, and how many of each population stay."""
    end = network.readout.population if network.readout is not None else None
    sends = {p.source for p in network.projections if p.target != p.source}
    hidden = [p for p in chosen if named or (p.target != end and p.target in sends)]
    decided = rule.survivors(network, hidden)
    if not decided:
        raise NeurodeployError(
            "ND202",
            f"The network has no hidden population whose {rule.name} could be pruned.",
            "Name a projection with --projection to prune the neurons it ends on, the read-out's too.",
        )
    for name, kept in decided.items():
        lost = kept.sum() == 0 or (name == end and not _every_class_stays(network, kept))
        if lost:
            what = "every neuron" if kept.sum() == 0 else "every neuron of a class"
            raise NeurodeployError("ND203", f"Pruning would remove {what} from '{name}'.", "Use a weaker setting.")
    survivors = spread(network, decided)
    pruned = (remove_neurons if rule.remove else mask_neurons)(network, survivors)
    for projection in pruned.projections:
        if not projection.weights.present().any():
            raise _nothing_left(projection)
    record = [{"population": name, "before": len(kept), "after": int(kept.sum())} for name, kept in survivors.items()]
    return pruned, record


def _every_class_stays(network: Network, kept: BoolArray) -> bool:
    assert network.readout is not None
    labels = network.readout.labels
    return set(labels[kept].tolist()) == set(labels.tolist())


def _nothing_left(projection: Projection) -> NeurodeployError:
    return NeurodeployError(
        "ND203",
        f"Pruning would remove every synapse of '{projection.name}': the largest "
        f"weight is {abs(projection.weights.decoded()).max(initial=0):.4g}.",
        "Use a weaker setting.",
    )


def _rescaled_projections(network: Network, pruned: Network) -> list[Projection]:
    """The projections that lost synapses, scaled so that each target's sum of magnitudes is what it was."""
    result = []
    for before, after in zip(network.projections, pruned.projections, strict=True):
        if after is before:
            continue
        owner, count = _owners(pruned, after)
        if after.weights.shape != before.weights.shape:
            raise NeurodeployError(
                "ND204", "Weights of removed neurons cannot be handed on.", "Leave out --rescale or --remove."
            )
        was, now = (np.bincount(owner, abs(p.weights.decoded()).ravel(), count) for p in (before, after))
        factor = np.where(now == 0, 1, was / np.where(now == 0, 1, now))[owner].reshape(after.weights.shape)
        values = after.weights.decoded() * factor
        result.append(replace(after, weights=Weights(values=values, mask=after.weights.mask)))
    return result


def _owners(network: Network, projection: Projection) -> tuple[Array, int]:
    """For each stored weight, flat, the target neuron (of a convolution: output channel) it drives; and their number."""
    kind, shape = projection.connectivity, projection.weights.shape
    if isinstance(kind, Sparse):
        return kind.indices, network.population(projection.target).size
    axis = (kind.codebook_axis or 0) % len(shape)
    along = np.arange(shape[axis]).reshape([-1 if i == axis else 1 for i in range(len(shape))])
    return np.broadcast_to(along, shape).ravel(), shape[axis]
