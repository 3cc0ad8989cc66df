"""Random networks: one to three populations of 20 to 60 neurons and one or two spike sources, sparse and recurrent."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from peer_networks import Family, PeerNetwork, PeerPopulation, PeerProjection


@dataclass(frozen=True)
class Size:
    """Ranges of numbers of neurons, how dense and how active; ``digits`` to round every parameter and weight to."""

    population: tuple[int, int] = (20, 61)
    source: tuple[int, int] = (15, 31)
    density: float = 1.0
    rate: float = 0.03  # input spikes per ms
    digits: int = 17


LARGE = Size()
SMALL = Size((6, 12), (8, 13), 2.0, 0.08, 3)
"""For golden files: few bytes."""


def random_network(seed: int, family: Family, dt: float, steps: int, size: Size = LARGE) -> PeerNetwork:
    """A network of a family; the same seed gives the same network."""
    rng = np.random.default_rng(seed)
    sources = {f"input{i}": int(rng.integers(*size.source)) for i in range(rng.integers(1, 3))}
    sizes = {f"pop{i}": int(rng.integers(*size.population)) for i in range(rng.integers(1, 4))}
    populations = [PeerPopulation(name, n, _parameters(rng, family, n, dt, size.digits)) for name, n in sizes.items()]
    inputs = {name: rng.random((steps, n)) < size.rate * dt for name, n in sources.items()}
    for spikes in inputs.values():
        spikes[0] = False  # PyNN's parrot neurons cannot spike in the first step
    drawing = _Drawing(rng, family, size, {**sources, **sizes})
    projections = []
    for population in populations:
        projections += [drawing.projection(name, population, "excitatory", (2, 7), 0.3) for name in sources]
        for name in sizes:  # itself included
            if rng.random() < 0.8:
                projections.append(drawing.projection(name, population, "excitatory", (0.3, 2), 0.1))
            if rng.random() < 0.6:
                projections.append(drawing.projection(name, population, "inhibitory", (0.5, 4), 0.15))
    return PeerNetwork(family, dt, steps, tuple(populations), tuple(projections), inputs)


def _parameters(rng: np.random.Generator, family: Family, size: int, dt: float, digits: int) -> dict[str, np.ndarray]:
    steps = rng.integers(0, 5, size) if family.refractory else np.zeros(size)
    result = {
        "cm": rng.uniform(0.2, 1.0, size),
        "v_reset": rng.uniform(-70, -62, size),
        "v_thresh": rng.uniform(-55, -49, size),
        "v_init": rng.uniform(-70, -56, size),
        # whole and broken numbers of steps: both round up
        "tau_refrac": np.where(rng.random(size) < 0.5, steps, np.maximum(steps - 0.3, 0)) * dt,
    }
    result["i_offset"] = result["cm"] * rng.uniform(-0.2, 0.7, size)  # mV/ms times nF
    if family.model == "IF":
        result["i_offset"] = result["cm"] * rng.uniform(-0.05, 0.2, size)
    else:
        result["tau_m"] = rng.uniform(8, 25, size)
        result["v_rest"] = rng.uniform(-68, -62, size)
    if family.synapse == "exponential":
        result["tau_syn_E"] = rng.uniform(2, 6, size)
        result["tau_syn_I"] = rng.uniform(3, 12, size)
    if family.model == "ConductanceLIF":
        result["e_rev_E"] = rng.uniform(-5, 5, size)
        result["e_rev_I"] = rng.uniform(-85, -72, size)
    return {name: _rounded(value, digits) for name, value in result.items()}


@dataclass(frozen=True)
class _Drawing:
    rng: np.random.Generator
    family: Family
    size: Size
    sizes: dict[str, int]

    def projection(
        self, source: str, target: PeerPopulation, receptor: str, jump: tuple[float, float], density: float
    ) -> PeerProjection:
        """Sparse synapses whose weights make jumps of the given range in mV, about."""
        rng, family = self.rng, self.family
        pre, post = np.nonzero(rng.random((self.sizes[source], target.size)) < density * self.size.density)
        weights = rng.uniform(*jump, len(pre))
        if family.synapse == "exponential":
            tau = target.parameters["tau_syn_E" if receptor == "excitatory" else "tau_syn_I"]
            weights *= (target.parameters["cm"] / tau)[post]
        if family.model == "ConductanceLIF":
            weights /= 60 if receptor == "excitatory" else 15
        elif receptor == "inhibitory":
            weights = -weights
        delays = rng.integers(family.first_delay, family.first_delay + 10, len(pre))
        weights = _rounded(weights, self.size.digits)
        return PeerProjection(source, target.name, receptor, pre, post, weights, delays)


def _rounded(values: np.ndarray, digits: int) -> np.ndarray:
    return np.array([float(f"{value:.{digits}g}") for value in values])
