"""Many small networks without synaptic rows in one script, everything drawn from their seeds: ``SEEDS=0-19``.

Sources on a plane, one or two convolutions, sometimes a second source, a second kernel or recurrence, then a dense layer.
"""

import os

import numpy as np
import pyNN.spiNNaker as sim
from pyNN.space import Grid2D

STEPS = int(os.environ.get("STEPS", "200"))
FIRST, LAST = map(int, os.environ.get("SEEDS", "0-19").split("-"))
TIME_STEP = (1.0, 0.5, 0.1)[FIRST // 20 % 3]
LARGEST_RING = 64  # slots of a core of 128 neurons


def divisor(number, rng, largest=128):
    return int(rng.choice([d for d in range(1, number + 1) if number % d == 0 and d <= largest and number // d <= 3]))


def plane(shape, cell, label, rng, **options):
    made = sim.Population(
        shape[0] * shape[1], cell, structure=Grid2D(shape[0] / shape[1]), label=label,
        additional_parameters=options or None,
    )  # fmt: skip
    made.set_max_atoms_per_core((divisor(shape[0], rng, 11), divisor(shape[1], rng, 11)))
    return made


def source(shape, label, rng):
    rate = rng.uniform(0.01, 0.2) if rng.random() < 0.75 else rng.uniform(0.3, 0.9)
    spikes = rng.random((shape[0] * shape[1], STEPS)) < rate
    made = plane(shape, sim.SpikeSourceArray([(np.flatnonzero(s) * TIME_STEP).tolist() for s in spikes]), label, rng)
    made.record("spikes")
    return made


def neuron(n, rng):
    def uniform(low, high):
        return rng.uniform(low, high, n).round(5).tolist()

    extreme = rng.random() < 0.2
    return sim.IF_curr_exp(
        v_rest=uniform(-75, -60), v_reset=uniform(-80, -65), v_thresh=uniform(-58, -45),
        tau_m=uniform(0.5, 900) if extreme else uniform(5, 40), cm=uniform(0.01, 20) if extreme else uniform(0.25, 2),
        i_offset=uniform(-2, 5) if extreme else uniform(-0.3, 0.5), tau_refrac=uniform(0, 5),
        tau_syn_E=uniform(0.1, 200) if extreme else uniform(0.5, 12),
        tau_syn_I=uniform(0.1, 200) if extreme else uniform(0.5, 12),
    )  # fmt: skip


def expected(largest, rng):
    """Half sPyNNaker's own estimate; else enough for one weight or a few (saturates), now and then too little (wraps)."""
    share = float(np.exp(rng.choice([rng.uniform(np.log(0.3), 0), rng.uniform(0.01, 0.6), rng.uniform(0.5, 3)])))
    wraps = share < 1 and rng.random() < 0.6
    return {} if rng.random() < 0.5 or wraps else {"max_expected_summed_weight": [share * largest] * 2}


def delay(rng, may_be_long=True):
    """Up to 16 steps, or too long for a ring buffer; no multiple of it, which sPyNNaker gets wrong."""
    long = rng.random() < 0.1 and may_be_long
    return float(rng.integers(LARGEST_RING + 1, 2 * LARGEST_RING) if long else rng.integers(1, 17)) * TIME_STEP


def receptors(rng):
    if rng.random() < 0.8:
        return {}
    positive, negative = rng.choice(["excitatory", "inhibitory"], 2)
    return {"positive_receptor_type": str(positive), "negative_receptor_type": str(negative)}


def target_shape(before, kernel, options):
    pool = options.get("pool_stride", options.get("pool_shape", (1, 1)))
    return [
        max(1, (before[i] // pool[i] - (kernel[i] - 1) + 2 * options["padding"][i]) // options["strides"][i])
        for i in (0, 1)
    ]


def convolution(before, rng):
    """Kernel shape, options and the target's shape: at most 24 a side."""
    while True:
        kernel = tuple(int(x) for x in rng.choice([1, 3, 5, 7], 2, p=[0.15, 0.45, 0.25, 0.15]))
        options = {
            "padding": tuple(int(x) for x in rng.integers(0, 4, 2)),
            "strides": tuple(int(x) for x in rng.choice([1, 2, 3], 2, p=[0.7, 0.2, 0.1])),
        }
        if rng.random() < 0.3:
            options["pool_shape"] = tuple(int(x) for x in rng.integers(1, 4, 2))
            if rng.random() < 0.5:
                options["pool_stride"] = tuple(int(x) for x in rng.integers(1, 4, 2))
        after = target_shape(before, kernel, options)
        if all(2 <= side <= 24 and has_divisor(side) for side in after):
            return kernel, options, after


def has_divisor(side):
    """Whether it can be cut into at most three parts of at most eleven."""
    return any(side % d == 0 and side // d <= 3 for d in range(1, 12))


def pooling(shape, rng):
    """Strides with which the binary, which takes x for y, stays within the matrix."""
    (w, h), sizes = shape, (1, 2, 3)
    inside = [
        (a, b) for a in sizes for b in sizes
        if w // a and h // b and (w - 1) // b * (h // a) + (h - 1) // a < w // a * (h // b)
    ]  # fmt: skip
    return inside[rng.integers(len(inside))]


def kernels(shape, scale, rng):
    return rng.uniform(-scale, 1.5 * scale, shape).round(6)


def network(seed):
    rng = np.random.default_rng([seed, 0x10CA1])
    shape = [int(x) for x in rng.integers(4, 12, 2)]
    layer = source(shape, f"{seed} source", rng)
    recorded = []
    for number in range(int(rng.integers(1, 3))):
        kernel, options, after = convolution(shape, rng)
        scale = np.exp(rng.uniform(np.log(0.05), np.log(20)))
        inputs = [layer]
        if rng.random() < 0.35:
            inputs.append(source(shape, f"{seed} other source {number}", rng))
        if rng.random() < 0.3:
            inputs.append(inputs[-1])
        cells = neuron(after[0] * after[1], rng)
        target = plane(after, cells, f"{seed} convolution {number}", rng, **expected(1.5 * scale, rng))
        for before in inputs:
            connector = sim.ConvolutionConnector(kernels(kernel, scale, rng), **options, **receptors(rng))
            # sPyNNaker reserves too little memory for a source both with and without a delay extension.
            once = inputs.count(before) == 1
            sim.Projection(before, target, connector, sim.Convolution(delay=delay(rng, once)))
        if rng.random() < 0.2:
            connector = sim.ConvolutionConnector(kernels((3, 3), scale / 4, rng), padding=1)
            sim.Projection(target, target, connector, sim.Convolution(delay=delay(rng)))
        recorded.append(target)
        layer, shape = target, after
    if rng.random() < 0.8:
        n = int(rng.integers(1, 31))
        strides = pooling(shape, rng)
        pool = (
            {"pool_shape": strides if rng.random() < 0.6 else (2, 3), "pool_stride": strides}
            if max(strides) > 1
            else {}
        )
        scale = np.exp(rng.uniform(np.log(0.05), np.log(10)))
        dense = sim.Population(
            n, neuron(n, rng), label=f"{seed} dense", additional_parameters=expected(1.5 * scale, rng) or None
        )
        dense.set_max_atoms_per_core(int(rng.integers(1, n + 1)) if n < 4 else int(rng.integers(n // 3, n + 1)))
        weights = kernels(shape[0] // strides[0] * (shape[1] // strides[1]) * n, scale, rng)
        connector = sim.PoolDenseConnector(weights, **pool, **receptors(rng))
        sim.Projection(layer, dense, connector, sim.PoolDense(delay=delay(rng)))
        recorded.append(dense)
    for population in recorded:
        population.record(["v", "spikes"])


sim.setup(TIME_STEP)
for seed in range(FIRST, LAST + 1):
    network(seed)
sim.run(STEPS * TIME_STEP)
sim.end()
