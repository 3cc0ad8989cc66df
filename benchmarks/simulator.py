"""The reference simulator beside snnTorch and Norse on the same CPU: a dense and a five-layer convolutional network.

    python benchmarks/simulator.py [--threads 2] [--steps 50]

Each runs the same weights on the same spikes (MNIST-like sparse input: Bernoulli with the digits' intensities, and at
fixed densities), batch 1 and 128; the figure is samples per second, the best of several runs, and the ratio to each
framework. Outputs are compared, so that no one is fast by computing something else. The second table measures from which
density a matrix product beats events: it sets PRODUCT_FROM_DENSITY of simulation/inputs. The third is the price of live
input: 784-800-10, one sample, 100 steps in one call and in 100 (`--live` prints it alone).
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from typing import Any

import numba
import numpy as np
import torch

from neurodeploy.network import (
    LIF,
    Convolution2d,
    Dense,
    Network,
    Pooling2d,
    Population,
    Projection,
    Relay,
    SpikeBatch,
    SpikeSource,
    StepSemantics,
    Weights,
)
from neurodeploy.simulation import LiveSimulation, build_plan, simulate

BETA = 0.9
SEMANTICS = StepSemantics("exact", "exact", "jump", ">", zero_delay=True, reset_timing="next_step")
NEURON = LIF(
    synapse="delta", tau_m=-1 / np.log(BETA), v_rest=0.0, v_reset=0.0, v_init=0.0, v_thresh=1.0, semantics=SEMANTICS,
    reset="subtraction",
)  # fmt: skip


def dense_weights(rng: np.random.Generator) -> list[np.ndarray]:
    """784-800-10, torch's layout (outputs, inputs)."""
    return [rng.normal(0, 2.2 / 784**0.5, (800, 784)), rng.normal(0, 1.5 / 800**0.5, (10, 800))]


def dense_network(weights: list[np.ndarray]) -> Network:
    """784-800-10 of LIF neurons."""
    sizes = (784, 800, 10)
    populations = (Population("p0", (784,), SpikeSource()), *(Population(f"p{i}", (sizes[i],), NEURON) for i in (1, 2)))
    projections = tuple(
        Projection(f"w{i}", f"p{i}", f"p{i + 1}", Dense(), Weights(values=w.T.astype(np.float32)), 0)
        for i, w in enumerate(weights)
    )
    return Network(populations, projections, 1.0)


def convolutional_weights(rng: np.random.Generator) -> list[np.ndarray]:
    """Five layers with weights: 16 and 32 kernels of 5x5, 64 of 3x3, 128 and 10 dense; two average poolings."""
    shapes = [(16, 1, 5, 5), (32, 16, 5, 5), (64, 32, 3, 3), (128, 64 * 7 * 7), (10, 128)]
    scale = (4.0, 4.0, 3.0, 3.0, 2.0)
    return [rng.normal(0, s / np.prod(shape[1:]) ** 0.5, shape) for s, shape in zip(scale, shapes, strict=True)]


def convolutional_network(weights: list[np.ndarray]) -> Network:
    """The same as populations and projections; averages are relays."""
    shapes = [(1, 28, 28), (16, 28, 28), (16, 14, 14), (32, 14, 14), (32, 7, 7), (64, 7, 7), (128,), (10,)]
    relays = (2, 4)
    populations = tuple(
        Population(f"p{i}", shape, SpikeSource() if i == 0 else Relay() if i in relays else NEURON)
        for i, shape in enumerate(shapes)
    )
    kinds: list[Any] = [
        Convolution2d((5, 5), padding=2), Pooling2d((2, 2), "average"), Convolution2d((5, 5), padding=2),
        Pooling2d((2, 2), "average"), Convolution2d((3, 3), padding=1), Dense(), Dense(),
    ]  # fmt: skip
    stored = iter([w if w.ndim == 4 else w.T for w in weights])
    projections = tuple(
        Projection(
            f"w{i}", f"p{i}", f"p{i + 1}", kind,
            Weights(values=np.ones(1) if isinstance(kind, Pooling2d) else next(stored).astype(np.float32)), 0,
        )
        for i, kind in enumerate(kinds)
    )  # fmt: skip
    return Network(populations, projections, 1.0)


def torch_layers(weights: list[np.ndarray]) -> list[Any]:
    """The linear layers (and poolings) of a framework's network."""
    layers: list[Any] = []
    for i, w in enumerate(weights):
        tensor = torch.tensor(w, dtype=torch.float32)
        if w.ndim == 4:
            padding = w.shape[-1] // 2
            layers.append(lambda x, t=tensor, p=padding: torch.nn.functional.conv2d(x, t, padding=p))
        else:
            layers.append(lambda x, t=tensor: torch.nn.functional.linear(x.flatten(1), t))
        layers.append("neuron")
        if w.ndim == 4 and i < 2:
            layers.append(lambda x: torch.nn.functional.avg_pool2d(x, 2))
    return layers


def snntorch_runner(weights: list[np.ndarray]) -> Callable[[torch.Tensor], torch.Tensor]:
    """snnTorch's Leaky (subtract), stepped as its tutorials do; input (steps, samples, …)."""
    import snntorch

    layers = torch_layers(weights)
    neurons = [snntorch.Leaky(beta=BETA) for layer in layers if layer == "neuron"]

    def run(spikes: torch.Tensor) -> torch.Tensor:
        states: list[Any] = [neuron.init_leaky() for neuron in neurons]
        out = []
        with torch.no_grad():
            for x in spikes:
                at = 0
                for layer in layers:
                    if layer == "neuron":
                        x, states[at] = neurons[at](x, states[at])
                        at += 1
                    else:
                        x = layer(x)
                out.append(x)
        return torch.stack(out)

    return run


def norse_runner(weights: list[np.ndarray]) -> Callable[[torch.Tensor], torch.Tensor]:
    """Norse's LIF box neuron (resets to zero: other spikes, the same work)."""
    import norse.torch as norse

    layers = torch_layers(weights)
    parameters = norse.LIFBoxParameters(tau_mem_inv=torch.tensor(100.0), v_th=torch.tensor(0.1))
    neurons = [norse.LIFBoxCell(p=parameters, dt=0.001) for layer in layers if layer == "neuron"]

    def run(spikes: torch.Tensor) -> torch.Tensor:
        states: list[Any] = [None] * len(neurons)
        out = []
        with torch.no_grad():
            for x in spikes:
                at = 0
                for layer in layers:
                    if layer == "neuron":
                        x, states[at] = neurons[at](x, states[at])
                        at += 1
                    else:
                        x = layer(x)
                out.append(x)
        return torch.stack(out)

    return run


def best(run: Callable[[], Any], seconds: float = 2.0) -> float:
    """Shortest of several runs, in seconds, after one to warm up."""
    run()
    times: list[float] = []
    while len(times) < 3 or (sum(times) < seconds and len(times) < 200):
        started = time.perf_counter()
        run()
        times.append(time.perf_counter() - started)
    return min(times)


def compare(name: str, weights: list[np.ndarray], network: Network, shape: tuple[int, ...], steps: int) -> None:
    """One network at batch 1 and 128, at several input densities."""
    plan = build_plan(network)
    runners = {"snnTorch": snntorch_runner(weights), "Norse": norse_runner(weights)}
    for batch in (1, 128):
        for density in (0.01, 0.05, 0.2):
            spikes = np.random.default_rng(batch).random((batch, steps, int(np.prod(shape)))) < density
            events = SpikeBatch.from_dense(spikes)
            frames = (
                torch.tensor(spikes.reshape(batch, steps, *shape), dtype=torch.float32).transpose(0, 1).contiguous()
            )
            ours = best(lambda e=events: simulate(network, e, plan=plan))
            theirs = {peer: best(lambda r=run, f=frames: r(f)) for peer, run in runners.items()}
            activity = simulate(network, events, plan=plan)
            out = runners["snnTorch"](frames).numpy().transpose(1, 0, 2)
            here = activity.spikes[network.populations[-1].name].dense()
            equal, total = int((here & (out > 0)).sum()), int((out > 0).sum())
            hidden = activity.spikes["p1"].total / (batch * steps * network.population("p1").size)
            print(
                f"| {name} | {batch} | {density:.0%} | {hidden:.1%} | {batch / ours:,.0f} | "
                + " | ".join(f"{batch / seconds:,.0f} ({seconds / ours:.1f}x)" for seconds in theirs.values())
                + f" | {equal:,} / {total:,} |",
                flush=True,
            )


def crossover(steps: int) -> None:
    """Events against the matrix product on 784-800, sample by sample."""
    from neurodeploy.simulation.inputs import dense as dense_input

    network = dense_network(dense_weights(np.random.default_rng(1)))
    network = Network(network.populations[:2], network.projections[:1], 1.0)
    plan = build_plan(network)
    print("\n| input density | events, samples/s | product, samples/s |\n| --- | --- | --- |")
    for density in (0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.5, 1.0):
        events = SpikeBatch.from_dense(np.random.default_rng(3).random((16, steps, 784)) < density)
        rates = []
        for limit in (2.0, 0.0):
            dense_input.PRODUCT_FROM_DENSITY = limit
            rates.append(16 / best(lambda e=events: simulate(network, e, plan=plan), 1.0))
        print(f"| {density:.0%} | {rates[0]:,.0f} | {rates[1]:,.0f} |", flush=True)


def live(steps: int = 100) -> None:
    """One whole recording against as many calls as it has steps, in turn."""
    network = dense_network(dense_weights(np.random.default_rng(0)))
    plan = build_plan(network)
    simulation = LiveSimulation(network, plan=plan)
    print("\n| input density | whole run, ms | step by step, ms | one step, us |\n| --- | --- | --- | --- |")
    for density in (0.01, 0.05, 0.2):
        events = SpikeBatch.from_dense(np.random.default_rng(1).random((1, steps, 784)) < density)
        frames = [events.window(step, step + 1) for step in range(steps)]
        whole = best(lambda e=events: simulate(network, e, plan=plan))
        single = best(lambda f=frames: [simulation.advance(frame) for frame in f])
        print(f"| {density:.0%} | {whole * 1e3:.2f} | {single * 1e3:.1f} | {single / steps * 1e6:.0f} |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--steps", type=int, default=50)
    parser.add_argument("--live", action="store_true", help="only the table of live input")
    chosen = parser.parse_args()
    numba.set_num_threads(chosen.threads)
    torch.set_num_threads(chosen.threads)
    if chosen.live:
        live()
        return
    import norse
    import snntorch

    rng = np.random.default_rng(0)
    print(
        f"{chosen.threads} threads, {chosen.steps} steps, torch {torch.__version__}, snnTorch {snntorch.__version__}, "
        f"Norse {norse.__version__}, Python {sys.version.split()[0]}; samples per second (how many times ours is faster)\n"
    )
    print(
        "| network | batch | input density | spikes in layer 1 | neurodeploy | snnTorch | Norse | spikes equal to snnTorch's / theirs |"
    )
    print("| --- | --- | --- | --- | --- | --- | --- | --- |")
    weights = dense_weights(rng)
    compare("784-800-10", weights, dense_network(weights), (784,), chosen.steps)
    weights = convolutional_weights(rng)
    compare("5 layers, convolutional", weights, convolutional_network(weights), (1, 28, 28), chosen.steps)
    crossover(chosen.steps)
    live()


if __name__ == "__main__":
    main()
