"""Input that arrives while the network runs: a sensor's events, frame by frame, or the steps of a closed loop."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from neurodeploy.errors import NeurodeployError
from neurodeploy.network import Activity, Network, SpikeBatch
from neurodeploy.simulation.layers import LayerState, State, chunks, run_plan
from neurodeploy.simulation.plan import Plan, build_plan
from neurodeploy.simulation.recording import Recording, neurons_to_record
from neurodeploy.simulation.simulate import inputs_by_source
from neurodeploy.simulation.working_space import Memory, threads


class LiveSimulation:
    """A network that keeps its state between calls and takes its input in pieces, as :func:`simulate` takes it whole.

    ``samples`` run side by side, each with a state of its own. ``record_voltages`` and ``plan`` as for :func:`simulate`.

    Pieces of any length give the bits of the whole recording: spikes, potentials and counts, in float32 and float64. One
    exception: where more than 30 % of the sources of a ``Dense`` projection are active in a step, their weights are
    summed by a matrix product, and its last bit depends on how many such steps it has, so on where the recording is cut.
    ``build_plan(network, products=False)`` sums row by row always, at the price of speed in such steps: no exception.

    Memory: the state, the spikes of as many last steps as the longest delay, and working space for the longest piece so
    far; it does not grow with time.

    Raises:
        NeurodeployError: ND501 when there is no sample, or an unknown population is to be recorded.
    """

    def __init__(
        self,
        network: Network,
        samples: int = 1,
        *,
        record_voltages: Recording = False,
        plan: Plan | None = None,
    ) -> None:
        if samples < 1:
            raise NeurodeployError("ND501", f"A live simulation of {samples} samples.", "Give at least 1.")
        self._network, self._samples = network, samples
        self._recorded = neurons_to_record(network, record_voltages)
        self._plan = plan or build_plan(network)
        self._memory = Memory()
        self.reset()

    @property
    def steps(self) -> int:
        """Steps since the initial state."""
        return self._steps

    def reset(self) -> None:
        """Back to the initial state: membranes, synapses, and no spike on its way."""
        self._state, self._steps = State.initial(self._plan, self._samples), 0

    def advance(self, inputs: SpikeBatch | Mapping[str, SpikeBatch]) -> Activity:
        """Run the next steps, as many as ``inputs`` has, and return their activity alone.

        ``inputs``: spikes (or graded events) of the one spike source, or of each by name, of all samples.

        Raises:
            NeurodeployError: ND501 when the inputs do not fit the spike sources or the samples. The state is then what it was.
        """
        by_source = inputs_by_source(self._network, inputs)
        batch = next(iter(by_source.values()))
        if batch.samples != self._samples:
            raise NeurodeployError(
                "ND501",
                f"The input has {batch.samples} samples; this simulation was started with {self._samples}.",
                f"Give {self._samples}, or start a LiveSimulation with samples={batch.samples}.",
            )
        parts, layers = [], []
        with threads(self._samples):
            for first, end in chunks(self._plan, self._samples, batch.steps):
                chunk = {name: given.part(first, end) for name, given in by_source.items()}
                state = self._state.part(first, end)  # a copy: what fails on the way leaves no trace
                parts.append(run_plan(self._network, self._plan, chunk, state, self._recorded, self._memory))
                layers.append(state.layers)
        activity = Activity.concatenate(parts) if len(parts) > 1 else parts[0]
        states = layers[0] if len(layers) == 1 else tuple(map(LayerState.concatenate, zip(*layers, strict=True)))
        self._state = replace(self._state, layers=states, history=self._remember(activity))
        self._steps += batch.steps
        return activity

    def _remember(self, activity: Activity) -> dict[str, SpikeBatch]:
        """The spikes that delays still carry into later steps, by population."""
        result = {}
        for name, steps in self._plan.history_steps.items():
            past, new = self._state.history.get(name), activity.spikes[name]
            if past is not None and new.steps < steps:
                new = past.followed_by(new)
            result[name] = new.window(max(0, new.steps - steps), new.steps)
        return result
