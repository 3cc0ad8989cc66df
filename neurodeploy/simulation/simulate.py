"""Running a network in float arithmetic: the reference that every target is compared with."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from neurodeploy.errors import NeurodeployError
from neurodeploy.network import Activity, Network, SpikeBatch
from neurodeploy.network.arrays import Array, IntArray
from neurodeploy.simulation.events import synaptic_events
from neurodeploy.simulation.kernel import run_samples
from neurodeploy.simulation.plan import Plan, build_plan

_SPIKES_PER_SAMPLE = 4096


def simulate(
    network: Network,
    inputs: SpikeBatch | Mapping[str, SpikeBatch],
    *,
    record_voltages: bool = False,
    plan: Plan | None = None,
) -> Activity:
    """Run a batch of samples, each from the network's initial state, as long as the input lasts.

    ``inputs``: spikes of the one spike source, or of each by name. ``plan``: a plan built before with
    :func:`build_plan`, to run many batches. Results do not depend on the number of threads. Memory: the batch's spikes
    plus, with ``record_voltages``, samples x steps x neurons floats.

    Raises:
        NeurodeployError: ND501 when the inputs do not fit the spike sources.
    """
    plan = plan or build_plan(network)
    by_name = {plan.source_names[0]: inputs} if isinstance(inputs, SpikeBatch) and plan.source_names else inputs
    assert not isinstance(by_name, SpikeBatch)
    check_inputs(network, by_name)
    batches = [by_name[name] for name in plan.source_names]
    samples, steps = batches[0].samples, batches[0].steps
    offsets = np.cumsum([0, *(batch.total for batch in batches)])
    pointers = np.stack([batch.indptr + offset for batch, offset in zip(batches, offsets, strict=False)])
    neurons = np.concatenate([batch.neurons for batch in batches]).astype(np.int32)
    size = plan.coefficients.shape[1]
    voltages = np.zeros((samples if record_voltages else 0, steps, size), plan.coefficients.dtype)
    room = _SPIKES_PER_SAMPLE
    while True:
        spikes = np.empty((samples, room), np.int32)
        spike_pointers = np.zeros((samples, len(plan.spiking_names), steps, 2), np.int64)
        run_samples(
            samples, steps, pointers, neurons, plan.populations, plan.projections, plan.coefficients,
            plan.refractory_steps, plan.weights, plan.row_pointers, plan.targets, spikes, spike_pointers, voltages,
        )  # fmt: skip
        needed = int(spike_pointers[:, -1, -1, 1].max(initial=0))
        if needed <= room:
            break
        room = min(max(4 * needed, 4 * room), steps * size)
    result = dict(by_name)
    for index, name in enumerate(plan.spiking_names):
        result[name] = _collect(spikes, spike_pointers[:, index], samples, steps, network.population(name).size)
    recorded: dict[str, Array] = {}
    if record_voltages:
        for (first, end, _), name in zip(plan.populations, plan.spiking_names, strict=True):
            recorded[name] = voltages[:, :, first:end]
    return Activity(result, synaptic_events(network, result), recorded)


def check_inputs(network: Network, inputs: Mapping[str, SpikeBatch]) -> None:
    """Refuse inputs that do not fit the spike sources (ND501)."""
    expected = {p.name: p.size for p in network.sources}
    if set(inputs) != set(expected) or not expected:
        raise NeurodeployError(
            "ND501",
            f"The input names {sorted(inputs)}, the spike sources are {sorted(expected)}.",
            "Give one SpikeBatch for each spike source.",
        )
    if len({(batch.samples, batch.steps) for batch in inputs.values()}) > 1:
        lengths = {name: (batch.samples, batch.steps) for name, batch in inputs.items()}
        raise NeurodeployError("ND501", f"The inputs differ in (samples, steps): {lengths}.", "Give all the same.")
    for name, batch in inputs.items():
        if batch.size != expected[name]:
            raise NeurodeployError(
                "ND501",
                f"The input of '{name}' has {batch.size} neurons; the spike source has {expected[name]}.",
                "Use the data set the network was trained on.",
            )


def _collect(spikes: Array, pointers: IntArray, samples: int, steps: int, size: int) -> SpikeBatch:
    """One population's spikes out of the kernel's per-sample buffers, which interleave populations within a step."""
    counts = (pointers[:, :, 1] - pointers[:, :, 0]).ravel()
    indptr = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    sample = np.repeat(np.repeat(np.arange(samples), steps), counts)
    position = np.repeat(pointers[:, :, 0].ravel(), counts) + np.arange(indptr[-1]) - np.repeat(indptr[:-1], counts)
    return SpikeBatch(samples, steps, size, indptr, spikes[sample, position])
