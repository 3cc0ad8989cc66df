"""Convolutions as sPyNNaker's ``IF_curr_exp_conv`` computes them: what it can, what it cannot, and its 16-bit kernels."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from neurodeploy.errors import NeurodeployError
from neurodeploy.firmware_models.spinnaker.weights import quantise_signed_weights, weight_scale
from neurodeploy.network import (
    LIF,
    ConductanceLIF,
    Convolution2d,
    LateralInhibition,
    Network,
    Projection,
)
from neurodeploy.network.arrays import BoolArray, FloatArray
from neurodeploy.targets.spinnaker.pynn_network import PynnConvolution, PynnPopulation

Refusal = tuple[str, str]
_ROWS = "or use --convolution rows, which is exact"
LARGEST_CODE = 32767
"""Kernels are signed 16-bit numbers."""


@dataclass(frozen=True, eq=False)
class SignedConvolution:
    """A convolution of the lowered network with its signs together again: ``kernels`` are ``(channels out, channels in,
    rows, columns)``, ``joined`` says which pairs of channels have any synapse.
    """

    label: str
    halves: tuple[Projection, ...]
    kernels: FloatArray
    joined: BoolArray

    @property
    def one(self) -> Projection:
        """A projection with the ends, the window and the delay of all."""
        return self.halves[0]


def signed_convolutions(network: Network) -> list[SignedConvolution]:
    """The planar convolutions of a lowered network; what ``SplitWeightsBySign`` parted is one again.

    Raises:
        NeurodeployError: ND404 with every reason why the binary cannot compute them.
    """
    found = [p for p in network.projections if isinstance(p.connectivity, Convolution2d) and network.synapses(p)]
    reasons = list(_refusals(network, found))
    if reasons:
        what = "; ".join(f"{reason} ({remedy})" for reason, remedy in reasons[:5])
        more = f"; and {len(reasons) - 5} more" if len(reasons) > 5 else ""
        raise NeurodeployError(
            "ND404", f"SpiNNaker cannot compute this network's convolutions without rows: {what}{more}.",
            "Mend each as said in brackets behind it.",
        )  # fmt: skip
    made: list[SignedConvolution] = []
    for projection in found:
        present = _kernels(network, projection, projection.weights.present()).astype(bool)
        values = np.abs(_kernels(network, projection, projection.weights.decoded()))
        values = values if projection.receptor == "excitatory" else -values
        for number, other in enumerate(made):
            if _other_half(other, projection):
                label = _whole_name(other.label)
                joined = np.logical_or(other.joined, present.any(axis=(2, 3)))
                made[number] = SignedConvolution(label, (*other.halves, projection), other.kernels + values, joined)
                break
        else:
            made.append(SignedConvolution(projection.name, (projection,), values, np.asarray(present.any(axis=(2, 3)))))
    return made


def _whole_name(half: str) -> str:
    """The name that ``SplitWeightsBySign`` found."""
    return half.removesuffix("_excitatory").removesuffix("_inhibitory")


def _other_half(made: SignedConvolution, projection: Projection) -> bool:
    one = made.one
    if (one.source, one.target, one.connectivity) != (projection.source, projection.target, projection.connectivity):
        return False
    if not np.array_equal(one.delay, projection.delay):
        return False
    return not any((half.weights.present() & projection.weights.present()).any() for half in made.halves)


def _kernels(network: Network, projection: Projection, stored: FloatArray | BoolArray) -> FloatArray:
    """Stored numbers as (channels out, channels in, rows, columns), 0 between groups."""
    source, target = network.shapes(projection)
    kind = projection.connectivity
    assert isinstance(kind, Convolution2d)
    within = source[0] // kind.groups
    result = np.zeros((target[0], source[0], *kind.kernel))
    for group in range(kind.groups):
        out = slice(group * target[0] // kind.groups, (group + 1) * target[0] // kind.groups)
        result[out, group * within : (group + 1) * within] = stored[out]
    return result


def _refusals(network: Network, found: Sequence[Projection]) -> Iterator[Refusal]:
    if not found:
        yield (
            "it has none that is left: pooling before a convolution is folded with it into listed synapses",
            "use --convolution rows",
        )
    for projection in {(p.source, p.target, p.connectivity): p for p in reversed(found)}.values():
        yield from _window_refusals(projection)
    planes = {name for p in found for name in (p.source, p.target)}
    targets = {p.target: None for p in found}
    for name in targets:
        neuron = network.population(name).neuron
        if isinstance(neuron, ConductanceLIF):
            yield (
                f"population '{name}' has conductance synapses, the binary has decaying currents",
                f"use --synapses current, {_ROWS}",
            )
        elif not isinstance(neuron, LIF) or neuron.synapse != "exponential":
            yield (
                f"the synapses of population '{name}' do not decay, those of the binary are decaying currents",
                f"train with exponential synapses, {_ROWS}",
            )
    for projection in network.projections:
        if projection in found or not network.synapses(projection):
            continue
        name = _whole_name(projection.name)
        if projection.target in targets:
            yield (
                f"population '{projection.target}' has convolutions and '{name}', which is a "
                f"{projection.connectivity.kind}; a core has either kernels or rows",
                f"train without '{name}' or with a population between, {_ROWS}",
            )
        elif isinstance(projection.connectivity, LateralInhibition) and {projection.source, projection.target} & planes:
            yield (
                f"'{name}' is a lateral inhibition between channels of a convolution, which are populations "
                "of their own",
                f"train without, {_ROWS}",
            )


def _window_refusals(projection: Projection) -> Iterator[Refusal]:
    kind, name = projection.connectivity, _whole_name(projection.name)
    assert isinstance(kind, Convolution2d)
    if max(kind.stride) > 1:
        yield (
            f"'{name}' has the stride {kind.stride}, with which the binary computes no convolution",
            f"train with stride 1, {_ROWS}",
        )
    if any(side % 2 == 0 for side in kind.kernel):
        yield (
            f"'{name}' has the kernel {kind.kernel}, of whose even sides the binary reads past the end",
            f"train with odd sides, {_ROWS}",
        )
    if max(kind.dilation) > 1:
        yield f"'{name}' has the dilation {kind.dilation}, the binary has none", f"train without, {_ROWS}"
    if any(before != after for before, after in kind.padding):
        yield (
            f"'{name}' is padded by {kind.padding}, the binary pads opposite sides alike",
            f"train with equal padding, {_ROWS}",
        )
    if projection.shortest_delay != projection.longest_delay:
        yield f"'{name}' has a delay for each synapse, the binary has one", f"train with one delay, {_ROWS}"


def holding_kernels(population: PynnPopulation, convolutions: Sequence[SignedConvolution]) -> PynnPopulation:
    """The population with shifts at which every code of a kernel fits 16 signed bits, and bounds that give these shifts."""
    bounds, shifts = list(population.summed_weight_bounds), list(population.shifts)
    for convolution in convolutions:
        if convolution.one.target == population.label:
            for receptor, sign in enumerate((1, -1)):
                largest = float(np.max(sign * convolution.kernels, initial=0.0))
                while np.rint(largest * weight_scale(shifts[receptor], population.model)) > LARGEST_CODE:
                    bounds[receptor] = 2.0 ** shifts[receptor]
                    shifts[receptor] += 1
    return replace(population, summed_weight_bounds=(bounds[0], bounds[1]), shifts=(shifts[0], shifts[1]))


def map_convolution(
    convolution: SignedConvolution, populations: Sequence[PynnPopulation], parts: Mapping[str, list[int]]
) -> PynnConvolution:
    """The 16-bit kernels of a convolution between planes."""
    kind, targets = convolution.one.connectivity, tuple(parts[convolution.one.target])
    assert isinstance(kind, Convolution2d)
    target = populations[targets[0]]
    codes = quantise_signed_weights(convolution.kernels, target.shifts, target.model)
    (down, _), (across, _) = kind.padding
    return PynnConvolution(
        convolution.label, tuple(parts[convolution.one.source]), targets, convolution.kernels, codes,
        convolution.joined, (across, down), convolution.one.longest_delay,
    )  # fmt: skip
