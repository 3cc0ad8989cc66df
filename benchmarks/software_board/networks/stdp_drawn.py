"""Plastic synapses drawn from seeds: every timing and weight rule, random parameters, weights, delays and spikes.

SEEDS=FIRST-LAST in the environment chooses the seeds (one population each), STEP the time step in ms.
"""

import os

import numpy as np
import pyNN.spiNNaker as sim

FIRST, LAST = (int(n) for n in os.environ.get("SEEDS", "0-39").split("-"))
STEP = float(os.environ.get("STEP", "1.0"))
STEPS = 1_000
KINDS = ("pair additive", "pair multiplicative", "nearest additive", "nearest multiplicative", "triplet additive")


def rule(rng: np.random.Generator, kind: str, w_max: float) -> dict[str, object]:
    """Timing and weight dependence of a kind."""
    timing, weight = kind.split()
    times = {"tau_plus": float(rng.uniform(3, 60)), "tau_minus": float(rng.uniform(3, 60))}
    share = 1.0 if weight == "multiplicative" or timing == "triplet" else w_max
    times |= {"A_plus": float(rng.uniform(0, 0.2)) * share, "A_minus": float(rng.uniform(0, 0.2)) * share}
    limits = {"w_min": float(rng.choice([0.0, 0.1])) * w_max, "w_max": w_max}
    if timing == "triplet":
        slow = {"tau_x": float(rng.uniform(30, 200)), "tau_y": float(rng.uniform(30, 200))}
        more = {"A3_plus": float(rng.uniform(0, 0.2)), "A3_minus": float(rng.uniform(0, 0.2))}
        dependence = sim.extra_models.WeightDependenceAdditiveTriplet(**limits, **more)
        return {
            "timing_dependence": sim.extra_models.PfisterSpikeTriplet(**times, **slow),
            "weight_dependence": dependence,
        }
    pair = {"pair": sim.SpikePairRule, "nearest": sim.extra_models.SpikeNearestPairRule}[timing]
    made = {"additive": sim.AdditiveWeightDependence, "multiplicative": sim.MultiplicativeWeightDependence}[weight]
    return {"timing_dependence": pair(**times), "weight_dependence": made(**limits)}


def synapses(rng: np.random.Generator, sources: int, targets: int, w_max: float) -> list[tuple[int, int, float, float]]:
    """About half of all pairs, with weights up to the limit and delays to 16 steps at most."""
    pairs = np.argwhere(rng.random((sources, targets)) < rng.uniform(0.2, 0.9))
    longest = int(rng.choice([1, 2, 5, 8, 13, 16]))
    weights, delays = rng.uniform(0, w_max, len(pairs)), rng.integers(1, longest + 1, len(pairs)) * STEP
    return [(int(i), int(j), float(w), float(d)) for (i, j), w, d in zip(pairs, weights, delays, strict=True)]


def population(seed: int) -> None:
    """Spikes given and Poisson spikes to plastic synapses; static ones that make the neurons fire; sometimes recurrence."""
    rng = np.random.default_rng(seed)
    kind = KINDS[seed % len(KINDS)]
    cell, w_max = sim.IF_curr_exp, float(rng.uniform(0.5, 4.0))
    if kind in ("pair additive", "nearest additive") and rng.random() < 0.5:
        cell, w_max = [(sim.IF_cond_exp, 0.05), (sim.IF_curr_delta, 2.0)][int(rng.integers(2))]
    size, steps = int(rng.integers(1, 12)), np.arange(1, STEPS)
    neurons = sim.Population(size, cell(tau_m=float(rng.uniform(8, 25))), label=f"{kind}, seed {seed}")
    rates = rng.choice([0.003, 0.03, 0.2], 2)
    given = [(steps[rng.random(steps.size) < rates[0]] * STEP).tolist() for _ in range(int(rng.integers(1, 12)))]
    array = sim.Population(len(given), sim.SpikeSourceArray(given), label=f"array {seed}")
    drawn = sim.SpikeSourcePoisson(rate=(rng.uniform(1, 60, 6) / STEP).tolist())
    poisson = sim.Population(6, drawn, label=f"Poisson {seed}", additional_parameters={"seed": seed})
    teacher = [(steps[rng.random(steps.size) < rates[1]] * STEP).tolist() for _ in range(size)]
    strong = sim.Population(size, sim.SpikeSourceArray(teacher), label=f"teacher {seed}")
    sim.Projection(strong, neurons, sim.OneToOneConnector(), sim.StaticSynapse(weight=w_max * 10, delay=STEP))
    learning = sim.STDPMechanism(
        **rule(rng, kind, w_max), weight=w_max / 2, delay=STEP, backprop_delay=bool(rng.random() < 0.8)
    )
    sources = [array, poisson] + ([neurons] if rng.random() < 0.3 else [])
    for source in sources:
        listed = synapses(rng, source.size, size, w_max)
        if listed:
            receptor = "inhibitory" if rng.random() < 0.2 else "excitatory"
            sim.Projection(source, neurons, sim.FromListConnector(listed), learning, receptor_type=receptor)
    for recorded in (array, poisson, strong):
        recorded.record("spikes")
    neurons.record(["v", "spikes"])


sim.setup(STEP)
for seed in range(FIRST, LAST + 1):
    population(seed)
sim.run(STEPS * STEP * 0.6)
sim.run(STEPS * STEP * 0.4)
sim.end()
