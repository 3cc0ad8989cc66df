"""A second, slow simulator of the IR in plain numpy: one step after the other, one equation after the other.

Written from the meaning of the IR (``neurons.py``, :class:`StepSemantics`), not from the numba kernel, so that the two can
be compared on random networks. It shares no code with ``simulation/`` or ``connectivity/``: synapses are listed by loops
over the definition of each connectivity, membranes move by the differential equation's solution as a textbook writes it.

Within a step t, for every population in order: synaptic states decay, the input of the step is added, the membrane
moves, the threshold is compared, the reset happens. The input of step t over a synapse with a delay of d steps is what
the source sent at step t - d; d = 0 needs the source to have been evaluated earlier in the same step.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np

SEVERAL = ("integrate_and_fire", "leaky_integrate_and_fire")
"""Kinds of neurons that may spike several times in a step, as one graded event."""
GRADED = ("relay", "integrator", "leaky_integrator")
"""Kinds of neurons that send a value instead of a spike."""
Synapse = tuple[int, int, int]
"""Source neuron, target neuron, position in the flat stored weights."""


@dataclass(frozen=True)
class Trace:
    """What every population did: ``signals`` (what it sent: 1.0 for a spike, or a graded value), ``spikes`` (bool) and
    ``voltages`` (after the reset), each ``(steps, size)`` by population name. Spike sources and memoryless populations
    have no voltages."""

    signals: Mapping[str, np.ndarray]
    spikes: Mapping[str, np.ndarray]
    voltages: Mapping[str, np.ndarray]


def run(network: Any, inputs: np.ndarray | Mapping[str, np.ndarray], cell: type[Cell] | None = None) -> Trace:
    """Step ``network`` through one sample; ``inputs`` ``(steps, size)``: of the only spike source, or of each by name.

    ``cell``: another rule for the membrane than :class:`Cell`.
    """
    if not isinstance(inputs, Mapping):
        (source,) = (p.name for p in network.populations if p.neuron.kind == "spike_source")
        inputs = {source: inputs}
    steps = len(next(iter(inputs.values())))
    signals = {p.name: np.zeros((steps, p.size)) for p in network.populations}
    for name, values in inputs.items():
        signals[name][:] = values
    wires = [Wire(network, projection) for projection in network.projections]
    computing = [p for p in evaluation_order(network, wires) if p.neuron.kind != "spike_source"]
    cells = {p.name: (cell or Cell)(p.neuron, p.size, network.dt) for p in computing if hasattr(p.neuron, "v_init")}
    voltages = {name: np.zeros_like(signals[name]) for name in cells}
    for step in range(steps):
        for population in computing:
            name, arriving = population.name, np.zeros((2, population.size))
            for wire in wires:
                if wire.target == name:
                    arriving[wire.receptor] += wire.arriving(signals[wire.source], step)
            if name in cells:
                signals[name][step] = cells[name].advance(*arriving)
                voltages[name][step] = cells[name].v
            else:
                signals[name][step] = memoryless(population.neuron, arriving.sum(axis=0))
    spikes = {p.name: (signals[p.name] != 0) & (p.neuron.kind not in GRADED) for p in network.populations}
    return Trace(signals, spikes, voltages)


def evaluation_order(network: Any, wires: list[Wire]) -> list[Any]:
    """Populations in such an order that a projection with a zero delay comes from an earlier one."""
    waiting = {p.name: p for p in network.populations}
    order: list[Any] = []
    while waiting:
        blocked = {w.target for w in wires if w.source in waiting and (w.delays == 0).any()}
        ready = [name for name in waiting if name not in blocked]
        if not ready:
            raise ValueError(f"zero delays form a circle among {sorted(waiting)}")
        order += [waiting.pop(name) for name in ready]
    return order


def memoryless(neuron: Any, drive: np.ndarray) -> np.ndarray:
    """What a relay or a threshold sends for the input of the step."""
    drive = drive + np.asarray(neuron.i_offset, float)
    return drive if neuron.kind == "relay" else above(drive, neuron.v_thresh, neuron).astype(float)


def above(v: np.ndarray, threshold: Any, neuron: Any) -> np.ndarray:
    """The neuron's comparison with its threshold."""
    return v > threshold if neuron.semantics.comparison == ">" else v >= threshold


class Cell:
    """The state of a population that has a membrane."""

    def __init__(self, neuron: Any, size: int, dt: float) -> None:
        self.neuron, self.dt, self.rule = neuron, dt, neuron.semantics
        for name, value in vars(neuron).items():  # every numeric parameter as one float64 per neuron
            if isinstance(value, int | float | np.generic | np.ndarray) and not isinstance(value, bool):
                setattr(self, name, np.broadcast_to(np.asarray(value, float), (size,)).copy())
        self.spiking = hasattr(self, "v_thresh")
        self.reset = neuron.reset if self.spiking else "none"
        self.synapse = getattr(neuron, "synapse", "exponential")
        self.v: Any = self.v_init.copy()
        self.state_e, self.state_i = np.zeros(size), np.zeros(size)
        self.fired, self.held = np.zeros(size, bool), np.zeros(size, int)

    def advance(self, excitatory: np.ndarray, inhibitory: np.ndarray) -> np.ndarray:
        """One step with the weighted input of the step; what the neurons send."""
        self.decay_and_add(excitatory, inhibitory)
        moved = self.moved()
        if not self.spiking:
            self.v = moved
            return moved
        late = self.rule.reset_timing == "next_step"
        moved = np.where(self.held > 0, self.v, moved)  # a refractory neuron stays where its reset put it
        if late:  # the reset of the spike one step before
            moved = np.where(self.fired, self.after_reset(moved), moved)
        self.v = moved
        threshold = self.v_thresh + self.theta
        self.fired = above(self.v, threshold, self.neuron) & (self.held == 0)
        if self.neuron.kind in SEVERAL and self.neuron.max_spikes_per_step > 1:
            amount = threshold - self.v_reset
            times = np.clip(np.floor((self.v - self.v_reset) / amount), 1, self.neuron.max_spikes_per_step) * self.fired
            self.v = self.v - times * amount
            return times
        self.held = np.where(self.fired, self.refractory_steps(), np.maximum(self.held - 1, 0))
        if not late:
            self.v = np.where(self.fired, self.after_reset(self.v), self.v)
        if not self.rule.reset_keeps_synapses:
            self.state_e, self.state_i = np.where(self.fired, 0.0, [self.state_e, self.state_i])
        return self.fired.astype(float)

    def after_reset(self, v: np.ndarray) -> np.ndarray:
        """The potential of a neuron that spiked."""
        if self.reset == "value":
            return self.v_reset
        if self.reset == "subtraction":
            return v - (self.v_thresh + self.theta - self.v_reset)
        return v

    def refractory_steps(self) -> np.ndarray:
        """Whole steps without integration after a spike; a rest of 1e-9 of a step is rounding."""
        return np.ceil(self.tau_refrac / self.dt - 1e-9).astype(int)

    def decay_and_add(self, excitatory: np.ndarray, inhibitory: np.ndarray) -> None:
        """Synaptic states of this step."""
        if self.synapse != "exponential":
            self.state_e, self.state_i = excitatory, inhibitory
            return
        decay_e, gain_e = self.kernel(self.tau_syn_E)
        decay_i, gain_i = self.kernel(self.tau_syn_I)
        self.state_e = decay_e * self.state_e + gain_e * excitatory
        self.state_i = decay_i * self.state_i + gain_i * inhibitory

    def kernel(self, tau: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Decay per step, and what a weight of 1 adds."""
        exact = np.exp(-self.dt / tau)
        decay = exact if self.rule.synaptic_decay == "exact" else 1 - self.dt / tau
        gain = {
            "jump": np.ones_like(tau),
            "charge": tau / self.dt * (1 - exact),
            "decayed": decay,
            "euler": self.dt / tau,
        }[self.rule.synaptic_gain]
        return decay, gain

    def moved(self) -> np.ndarray:
        """The membrane one step later, before threshold and reset."""
        if self.neuron.kind == "conductance_leaky_integrate_and_fire":
            return self.conductance()
        if self.synapse == "delta":
            return self.relaxed(self.i_offset) + self.state_e + self.state_i
        if self.synapse == "exponential" and self.rule.integrator == "propagator":
            driven = self.state_e * self.propagator(self.tau_syn_E) + self.state_i * self.propagator(self.tau_syn_I)
            return self.relaxed(self.i_offset) + driven
        return self.relaxed(self.i_offset + self.state_e + self.state_i)

    def relaxed(self, current: np.ndarray) -> np.ndarray:
        """The membrane under a current (nA) that is constant over the step: dv/dt = (v_rest - v)/tau_m + current/cm."""
        if not hasattr(self, "tau_m"):
            return self.v + self.dt / self.cm * current
        a, goal = self.dt / self.tau_m, self.v_rest + self.tau_m / self.cm * current
        if self.rule.integrator == "euler":
            return self.v + a * (goal - self.v)
        if self.rule.integrator == "implicit_euler":
            return (self.v + a * goal) / (1 + a)
        return goal + np.exp(-a) * (self.v - goal)

    def propagator(self, tau: np.ndarray) -> np.ndarray:
        """What a synaptic current of 1 nA at the step's begin adds to v over the step (Rotter & Diesmann 1999, eq. 3)."""
        if not hasattr(self, "tau_m"):
            return tau / self.cm * -np.expm1(-self.dt / tau)
        rate = 1 / tau - 1 / self.tau_m
        safe = np.where(rate == 0, 1.0, rate)
        integral = np.where(rate == 0, self.dt, np.expm1(self.dt * rate) / safe)  # of exp(rate s) over the step
        return np.exp(-self.dt / tau) * integral / self.cm

    def conductance(self) -> np.ndarray:
        """dv/dt = (v_rest - v)/tau_m + (g_E (e_rev_E - v) + g_I (e_rev_I - v) + i_offset)/cm."""
        if self.rule.integrator != "implicit_euler":
            drive = self.state_e * (self.e_rev_E - self.v) + self.state_i * (self.e_rev_I - self.v)
            return self.relaxed(self.i_offset + drive)
        a, c = self.dt / self.tau_m, self.dt / self.cm
        fixed = self.i_offset + self.state_e * self.e_rev_E + self.state_i * self.e_rev_I
        return (self.v + a * self.v_rest + c * fixed) / (1 + a + c * (self.state_e + self.state_i))

    def __getattr__(self, name: str) -> Any:  # parameters are set by name; this is for type checkers
        raise AttributeError(name)


class Wire:
    """The synapses of a projection as lists."""

    def __init__(self, network: Any, projection: Any) -> None:
        self.source, self.target = projection.source, projection.target
        self.receptor = ("excitatory", "inhibitory").index(projection.receptor)
        source, target = network.population(projection.source), network.population(projection.target)
        self.size = target.size
        kind = projection.connectivity
        self.maximum = kind.kind.startswith("pooling") and kind.function == "max"
        listed = np.array(list(synapses(kind, source.shape, target.shape)), int).reshape(-1, 3)
        weights, present = decoded(projection.weights)
        if kind.kind.startswith("pooling") and kind.function == "average":
            weights = weights / np.prod(kind.kernel)
        delays = np.broadcast_to(np.asarray(projection.delay), np.shape(weights)).ravel()
        listed = listed[present.ravel()[listed[:, 2]]]
        self.pre, self.post, stored = listed.T
        self.weights, self.delays = weights.ravel()[stored], delays[stored]
        self.scale = weights.ravel()[0] if self.maximum and present.all() else 0.0

    def arriving(self, signal: np.ndarray, step: int) -> np.ndarray:
        """The weighted input of a step to every target neuron."""
        when = step - self.delays
        values = np.where(when >= 0, signal[np.maximum(when, 0), self.pre], 0.0)
        result = np.zeros(self.size)
        if self.maximum:  # of spikes; then the one weight
            np.maximum.at(result, self.post, values)
            return result * self.scale
        np.add.at(result, self.post, values * self.weights)
        return result

    def events(self, signal: np.ndarray, *, effective: bool) -> int:
        """Events of a whole run: what each source sent, times its synapses (``effective``: not those of weight 0)."""
        counted = self.pre[self.weights != 0] if effective else self.pre
        return int((signal != 0).sum(axis=0)[counted].sum())


def decoded(weights: Any) -> tuple[np.ndarray, np.ndarray]:
    """Stored weights as float64, and which of them exist."""
    if weights.values is not None:
        values = np.asarray(weights.values, float)
    else:
        values = np.empty(weights.codes.shape)
        axis = weights.level_axis
        for place, code in np.ndenumerate(weights.codes):
            values[place] = weights.levels[code] if weights.levels.ndim == 1 else weights.levels[place[axis], code]
    return values, np.ones(values.shape, bool) if weights.mask is None else np.asarray(weights.mask)


def synapses(kind: Any, source: tuple[int, ...], target: tuple[int, ...]) -> Iterator[Synapse]:
    """Every synapse of a connectivity, whether its weight exists or not."""
    sources, targets = int(np.prod(source)), int(np.prod(target))
    if kind.kind == "dense":
        yield from ((i, j, i * targets + j) for i in range(sources) for j in range(targets))
    elif kind.kind == "sparse":
        yield from ((i, int(kind.indices[s]), s) for i in range(sources) for s in range(*kind.indptr[i : i + 2]))
    elif kind.kind == "one_to_one":
        yield from ((i, i, i) for i in range(min(sources, targets)))
    elif kind.kind == "lateral_inhibition":
        yield from ((i, j, 0) for i in range(sources) for j in range(targets) if i != j)
    elif kind.kind.startswith("convolution"):
        yield from convolution(kind, source, target)
    elif kind.kind.startswith("pooling"):
        yield from pooling(kind, source, target)
    else:
        raise ValueError(f"unknown connectivity {kind.kind}")


def places(
    kind: Any, output: tuple[int, ...], extent: tuple[int, ...]
) -> Iterator[tuple[tuple[int, ...], tuple[int, ...]]]:
    """Kernel positions and the input positions that they read for one output position, inside the input only."""
    dilation = getattr(kind, "dilation", (1,) * len(output))
    for offset in product(*(range(k) for k in kind.kernel)):
        place = tuple(
            o * s + k * d - p[0]
            for o, s, k, d, p in zip(output, kind.stride, offset, dilation, kind.padding, strict=True)
        )
        if all(0 <= x < n for x, n in zip(place, extent, strict=True)):
            yield offset, place


def convolution(kind: Any, source: tuple[int, ...], target: tuple[int, ...]) -> Iterator[Synapse]:
    """Cross-correlation as ``torch.nn.Conv1d`` and ``Conv2d`` define it, channels first."""
    inputs, outputs = source[0] // kind.groups, target[0] // kind.groups
    stored = np.arange(target[0] * inputs * int(np.prod(kind.kernel))).reshape(target[0], inputs, *kind.kernel)
    for output in product(*(range(n) for n in target)):
        group = output[0] // outputs
        post = int(np.ravel_multi_index(output, target))
        for channel, (offset, place) in product(range(inputs), list(places(kind, output[1:], source[1:]))):
            pre = int(np.ravel_multi_index((group * inputs + channel, *place), source))
            yield pre, post, int(stored[(output[0], channel, *offset)])


def pooling(kind: Any, source: tuple[int, ...], target: tuple[int, ...]) -> Iterator[Synapse]:
    """Windows of each channel; the one stored weight is their scale."""
    for output in product(*(range(n) for n in target)):
        post = int(np.ravel_multi_index(output, target))
        for _, place in places(kind, output[1:], source[1:]):
            yield int(np.ravel_multi_index((output[0], *place), source)), post, 0
