"""Running a network in float arithmetic: the reference that every target is compared with."""

from __future__ import annotations

from collections.abc import Mapping

from neurodeploy.errors import NeurodeployError
from neurodeploy.network import Activity, Network, Pooling2d, SpikeBatch
from neurodeploy.simulation.layers import State, chunks, run_plan
from neurodeploy.simulation.plan import Plan, build_plan
from neurodeploy.simulation.recording import Recording, neurons_to_record
from neurodeploy.simulation.working_space import Memory, threads


def simulate(
    network: Network,
    inputs: SpikeBatch | Mapping[str, SpikeBatch],
    *,
    record_voltages: Recording = False,
    plan: Plan | None = None,
) -> Activity:
    """Run a batch of samples, each from the network's initial state, as long as the input lasts.

    ``inputs``: spikes (or graded events) of the one spike source, or of each by name. ``record_voltages``: of all
    populations, of those named, or of chosen neurons of those named; a population whose potential is read out is always
    recorded. ``plan``: a plan built before with :func:`build_plan`, to run many batches; its dtype is the arithmetic's.
    A sample's result depends neither on the number of threads nor on the rest of the batch. Memory: the batch's
    spikes, recorded voltages, and some 10 MB of working space per thread (more only if one step of a layer needs more).

    Raises:
        NeurodeployError: ND501 when the inputs do not fit the spike sources, or an unknown population is to be recorded.
    """
    plan = plan or build_plan(network)
    by_source = inputs_by_source(network, inputs)
    recorded = neurons_to_record(network, record_voltages)
    first_batch = next(iter(by_source.values()))
    parts, memory = [], Memory()
    with threads(first_batch.samples):
        for first, end in chunks(plan, first_batch.samples, first_batch.steps):
            chunk = {name: batch.part(first, end) for name, batch in by_source.items()}
            parts.append(run_plan(network, plan, chunk, State.initial(plan, end - first), recorded, memory))
    return Activity.concatenate(parts) if len(parts) > 1 else parts[0]


def inputs_by_source(network: Network, inputs: SpikeBatch | Mapping[str, SpikeBatch]) -> Mapping[str, SpikeBatch]:
    """Inputs by the name of their source, checked (ND501); a single batch is that of the first source."""
    if not network.sources:
        raise NeurodeployError(
            "ND501",
            "The network has no spike source: nothing says how long to run it.",
            "Add a SpikeSource, silent if need be, and give it an empty batch of so many steps.",
        )
    by_source = {network.sources[0].name: inputs} if isinstance(inputs, SpikeBatch) else inputs
    check_inputs(network, by_source)
    return by_source


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
        if problem := batch.problem():
            raise NeurodeployError("ND501", f"The input of '{name}' is not a spike batch: {problem}.", "Make it again.")
    for projection in network.projections:
        kind = projection.connectivity
        graded = projection.source in inputs and inputs[projection.source].values is not None
        if graded and isinstance(kind, Pooling2d) and kind.function == "max":
            raise NeurodeployError(
                "ND501",
                f"The input of '{projection.source}' is graded; '{projection.name}' takes the maximum of spikes.",
                "Present spikes, or use average pooling.",
            )
