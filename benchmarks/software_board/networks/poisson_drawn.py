"""Poisson sources drawn from seeds: rates of every kind, starts, durations, several rates one after the other, several cores;
then other rates in a second run, and a reset.

SEEDS=FIRST-LAST in the environment chooses the seeds (one population each), STEP the time step in ms.
"""

import os

import numpy as np
import pyNN.spiNNaker as sim

FIRST, LAST = (int(n) for n in os.environ.get("SEEDS", "0-59").split("-"))
STEP = float(os.environ.get("STEP", "1.0"))
EDGES = (0.0, 9.97, 9.98, 9.999, 10.0, 10.01, 9_600.0, 9_999.0, 10_000.0, 10_001.0, 10_400.0, 30_000.0)


def rates(rng: np.random.Generator, number: int) -> list[float]:
    """Per step from one in a thousand to a few, rarely to thirty; some at the bounds between the kinds."""
    spread = 10 ** rng.uniform(-3, 0.7 if rng.random() < 0.8 else 1.5, number) * 1000 / STEP
    at_bound = rng.random(number) < 0.15
    chosen = np.where(at_bound, rng.choice(EDGES, number) / STEP, spread)
    return np.minimum(chosen, 60_000).tolist()


def population(seed: int) -> tuple[sim.Population, bool]:
    """One population, and whether its rates can be set."""
    rng = np.random.default_rng(seed)
    size = int(rng.integers(1, 60))
    more = {"seed": int(rng.integers(1 << 31))}
    if rng.random() < 0.3:
        starts = [sorted(rng.integers(0, round(900 * STEP), 3).tolist()) for _ in range(size)]
        durations = [rng.integers(1, round(400 * STEP) + 2, 3).tolist() for _ in range(size)]
        cell = sim.extra_models.SpikeSourcePoissonVariable(
            rates=[rates(rng, 3) for _ in range(size)], starts=starts, durations=durations
        )
        return sim.Population(size, cell, label=f"seed {seed}", additional_parameters=more), False
    times = {}
    if rng.random() < 0.5:
        times = {"start": float(rng.integers(0, 300)) * STEP, "duration": float(rng.integers(1, 900)) * STEP}
    cell = sim.SpikeSourcePoisson(rate=rates(rng, size), **times)
    return sim.Population(size, cell, label=f"seed {seed}", additional_parameters=more), True


sim.setup(STEP, time_scale_factor=1 / STEP)  # a step takes 1 ms of real time
sim.set_number_of_neurons_per_core(sim.SpikeSourcePoisson, 40)
made = [population(seed) for seed in range(FIRST, LAST + 1)]
for drawn, _ in made:
    drawn.record("spikes")
sim.run(500 * STEP)
for number, (drawn, settable) in enumerate(made):
    if settable and number % 2:
        drawn.set(rate=rates(np.random.default_rng(1_000_000 + FIRST + number), drawn.size))
sim.run(300 * STEP)
sim.reset()
sim.run(200 * STEP)
sim.end()
