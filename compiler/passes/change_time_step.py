"""Convert a network to another time step, with the error of every conversion stated."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import ceil

import numpy as np

from neurodeploy.compiler.context import Context
from neurodeploy.compiler.passes.calibration import compare_spikes
from neurodeploy.compiler.passes.membrane import LinearNeuron, current_factor, decay_factor, spike_charge
from neurodeploy.compiler.passes.scaling import scaled_by_target
from neurodeploy.errors import NeurodeployError
from neurodeploy.network import (
    ComputingNeuron,
    ConductanceLIF,
    Encoder,
    Network,
    Population,
    Projection,
    Relay,
    SpikeSource,
    Threshold,
)
from neurodeploy.network.arrays import FloatArray
from neurodeploy.network.neurons import has_threshold, synapse_factors


@dataclass(frozen=True)
class ChangeTimeStep:
    """The same network in steps of ``dt_ms``: physical constants stay, and what counts steps is converted.

    Weights are scaled so that what a spike does is kept (the jump of a delta synapse, ``k w`` of a one-step current, the
    charge of a decaying one); from sources that send values at every step (integrators, the encoder ``constant``) so that
    the steady state is kept. Delays, presentation and rest become the nearest whole steps (a delay never 0 unless it
    was). Stated: delays that do not divide, the change of effective time constants (Euler steps; none in closed form) and
    of refractory periods, and, where the context has calibration spikes, the spikes of each population before and after.

    Raises:
        NeurodeployError: ND412 where no such conversion exists.
    """

    dt_ms: float = 1.0

    def __call__(self, network: Network, context: Context) -> Network:
        if not (np.isfinite(self.dt_ms) and self.dt_ms > 0):
            raise NeurodeployError(
                "ND412", f"The new time step is {self.dt_ms} ms.", "Use a positive number such as 1.0."
            )
        if self.dt_ms == network.dt:
            return network
        for population in network.populations:
            if not isinstance(population.neuron, SpikeSource):
                _check(population, population.neuron, self.dt_ms)
                _state_errors(population, population.neuron, network.dt, self.dt_ms, context)
        held = _held_values(network)
        projections = [self._converted(network, p, held[p.source], context) for p in network.projections]
        encoder = None if network.encoder is None else self._encoder(network.encoder, network.dt, context)
        changed = replace(network.with_projections(*projections), dt=self.dt_ms, encoder=encoder)
        context.note(f"time step {network.dt:g} ms became {self.dt_ms:g} ms")
        if context.calibration is not None:
            compare_spikes(network, changed, context.calibration, held[network.sources[0].name], context)
        return changed

    def _converted(self, network: Network, projection: Projection, held: bool, context: Context) -> Projection:
        """Weights and delays of one projection."""
        target = network.population(projection.target).neuron
        assert not isinstance(target, SpikeSource)
        factor = _weight_factor(target, network.dt, self.dt_ms, 0 if projection.receptor == "excitatory" else 1, held)
        if not np.allclose(factor, 1, rtol=1e-12):
            projection = scaled_by_target(network, projection, factor)
            context.note(f"weights of '{projection.name}' x {factor.min():.6g} to {factor.max():.6g}")
        ratio = network.dt / self.dt_ms
        exact = np.asarray(projection.delay) * ratio
        rounded = np.where(exact > 0, np.maximum(np.rint(exact), 1), 0).astype(np.int32)
        wrong = int(np.sum(np.abs(exact - rounded) > 1e-6))
        if wrong:
            worst = float(np.max(np.abs(exact - rounded))) * self.dt_ms
            context.note(
                f"'{projection.name}': {wrong} of {exact.size} delays do not divide, rounded by up to {worst:g} ms"
            )
        return replace(projection, delay=rounded if rounded.ndim else int(rounded))

    def _encoder(self, encoder: Encoder, dt: float, context: Context) -> Encoder:
        rate = encoder.parameters.get("maximum_rate_hz")
        if rate is not None and rate * self.dt_ms / 1000 >= 1:
            raise NeurodeployError(
                "ND412",
                f"The encoder's {rate:g} Hz are more than one spike in a step of {self.dt_ms:g} ms.",
                f"Use a time step below {1000 / rate:g} ms.",
            )
        counts = {}
        for name in ("steps", "rest_steps"):
            exact = getattr(encoder, name) * dt / self.dt_ms
            counts[name] = max(round(exact), 1 if name == "steps" else 0)
            if abs(exact - counts[name]) > 1e-6:
                context.note(f"encoder: {name} {exact:g} rounded to {counts[name]}")
        return replace(encoder, **counts)


def _weight_factor(neuron: ComputingNeuron, old: float, new: float, receptor: int, held: bool) -> FloatArray:
    """What weights onto a neuron are multiplied by; ``held``: the source sends its value at every step."""
    if isinstance(neuron, Relay | Threshold):
        return np.ones(1)
    if isinstance(neuron, LinearNeuron) and neuron.synapse != "exponential":
        moved = current_factor(neuron, new) / current_factor(neuron, old)
        if neuron.synapse == "delta":
            return moved if held else np.ones(1)
        return np.ones(1) if held else 1 / moved
    if held and neuron.semantics.integrator == "propagator":
        raise NeurodeployError(
            "ND412",
            "Values that are held over time reach neurons with the integrator 'propagator': their steady state depends on "
            "the membrane's time constant, too.",
            "Give the neurons the integrator 'exact' first (pass AdoptStepSemantics).",
        )
    charge: FloatArray = spike_charge(neuron, old)[receptor] / spike_charge(neuron, new)[receptor]
    return charge * new / old if held else charge


def _held_values(network: Network) -> dict[str, bool]:
    """Whether what a population sends is a value held over time (True) or happens at a moment (False), by name."""
    constant = network.encoder is not None and network.encoder.name == "constant"
    held = {
        p.name: constant if isinstance(p.neuron, SpikeSource) else not has_threshold(p.neuron)
        for p in network.populations
    }
    relays = [p for p in network.populations if isinstance(p.neuron, Relay)]
    for _ in relays:  # a relay is what it is fed; chains need as many rounds as they are long
        for relay in relays:
            fed = {held[p.source] for p in network.projections if p.target == relay.name}
            held[relay.name] = all(fed)
    for relay in relays:
        fed = {held[p.source] for p in network.projections if p.target == relay.name}
        if len(fed) > 1 or (fed == {False} and np.any(relay.neuron.i_offset)):  # type: ignore[union-attr]
            what = "spikes and held values" if len(fed) > 1 else "spikes and a constant bias"
            raise NeurodeployError(
                "ND412",
                f"Relay '{relay.name}' adds {what}, which another time step scales differently.",
                "Fold the relays first (pass FoldRelays).",
            )
    return held


def _check(population: Population, neuron: ComputingNeuron, dt: float) -> None:
    """Refuse what has no meaning in steps of ``dt``."""
    if isinstance(neuron, Threshold):
        raise NeurodeployError(
            "ND412",
            f"Population '{population.name}' compares the input of one step with a threshold: it means something else "
            "in another time step.",
            "Keep the time step, or use LIF neurons.",
        )
    if isinstance(neuron, Relay):
        return
    if np.min(_decays(neuron, dt)) < 0 or np.min(spike_charge(neuron, dt)) <= 0:
        raise NeurodeployError(
            "ND412",
            f"Population '{population.name}': Euler steps of {dt:g} ms are unstable for its time constants.",
            "Use a time step below its shortest time constant.",
        )


def _state_errors(population: Population, neuron: ComputingNeuron, old: float, new: float, context: Context) -> None:
    """Note what changes in a neuron: effective time constants, refractory period, late resets."""
    if isinstance(neuron, Relay | Threshold):
        return
    before, after = _decays(neuron, old), _decays(neuron, new)
    decaying = (before > 0) & (before < 1) & (after > 0)
    slower = new * np.log(before[decaying]) / (old * np.log(after[decaying]))
    change = float(np.max(np.abs(slower - 1), initial=0.0))
    if change > 1e-9:
        context.note(f"'{population.name}': effective time constants change by up to {change:.2%} (not exact)")
    pause = np.atleast_1d(np.asarray(getattr(neuron, "tau_refrac", 0.0), float))
    periods = [np.array([ceil(p / dt - 1e-9) * dt for p in pause]) for dt in (old, new)]
    difference = float(np.max(np.abs(periods[1] - periods[0])))
    if difference > 1e-9:
        context.note(f"'{population.name}': its refractory period changes by up to {difference:g} ms (whole steps)")
    if getattr(neuron, "max_spikes_per_step", 1) > 1:
        context.note(f"'{population.name}': its most spikes per step now hold for {new:g} instead of {old:g} ms")
    if neuron.semantics.reset_timing == "next_step":
        context.note(f"'{population.name}': its late reset comes after {new:g} instead of {old:g} ms")


def _decays(neuron: ComputingNeuron, dt: float) -> FloatArray:
    """Decay factors per step: synapses (0 without memory), membrane (1 without leak)."""
    parts = [np.atleast_1d(decay) for decay in synapse_factors(neuron, dt)[:2]]
    if isinstance(neuron, LinearNeuron):
        parts.append(decay_factor(neuron, dt))
    elif isinstance(neuron, ConductanceLIF):
        a = dt / np.atleast_1d(np.asarray(neuron.tau_m, float))
        forms = {"euler": 1 - a, "implicit_euler": 1 / (1 + a)}
        parts.append(forms.get(neuron.semantics.integrator, np.exp(-a)))
    decays: FloatArray = np.concatenate(parts)
    return decays
