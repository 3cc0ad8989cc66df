"""Images per second of the two-layer trainer and simulators on one core (process CPU time), MNIST.

python benchmarks/train_two_layer.py [--images 60000]
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from dataclasses import replace

import numba
import numpy as np

numba.set_num_threads(1)

from tables import print_markdown  # noqa: E402

import neurodeploy as nd  # noqa: E402
from neurodeploy.datasets import load_dataset  # noqa: E402
from neurodeploy.encoding import encode  # noqa: E402
from neurodeploy.simulation import build_plan, simulate  # noqa: E402
from neurodeploy.training.recipe import Recipe, load_recipe  # noqa: E402
from neurodeploy.training.train import stdp_rule, train, training_parameters  # noqa: E402
from neurodeploy.training.two_layer.trainer import train_chunk  # noqa: E402
from neurodeploy.training.two_layer.trainer_state import initial_state  # noqa: E402


def rows(images: int) -> Iterator[tuple[object, ...]]:
    """One row per network size and input rate."""
    data = load_dataset("mnist", "train")
    test = load_dataset("mnist", "test").limit(1000)
    base = load_recipe("mnist-100")
    diehl_cook = {"maximum_rate_hz": 63.75, "start_intensity": 2, "column_sum": 78.0, "theta_plus": 0.0125}
    sizes: list[tuple[str, Recipe, int]] = [
        ("recipe", base, images),
        ("Diehl & Cook's rates", replace(base, network={"neurons": 100, **diehl_cook}), images),
        ("recipe", base.with_network(neurons=400), images),
        ("recipe", base.with_network(neurons=1600, theta_plus=0.112), min(images, 10_000)),
    ]
    for label, recipe, count in sizes:
        chosen = data.limit(count)
        parameters, rule = training_parameters(recipe, chosen), stdp_rule(recipe)
        warm = initial_state(parameters)
        train_chunk(warm, parameters, rule, chosen.images[:50], chosen.indices[:50])
        state = initial_state(parameters)
        started = time.process_time()
        train_chunk(state, parameters, rule, chosen.images, chosen.indices)
        seconds = time.process_time() - started
        metrics = state.metrics
        network = train(replace(recipe, train_images=200, label_images=200))
        plan, spikes = build_plan(network), encode(network, test)
        simulate(network, spikes, plan=plan)
        started = time.process_time()
        simulate(network, spikes, plan=plan)
        reference = len(test) / (time.process_time() - started)
        program = nd.compile(network, "spinnaker", mapping="estimate")
        program.run(spikes, "model")
        started = time.process_time()
        program.run(spikes, "model")
        model = len(test) / (time.process_time() - started)
        bytes_streamed = metrics["input_spikes"] * parameters.padded_neurons * 4
        yield (
            int(recipe.network["neurons"]), label, f"{count:,}", f"{seconds:.1f}", f"**{count / seconds:,.0f}**",
            f"{metrics['presentations'] / seconds:,.0f}", f"{metrics['repeats'] / count:.1%}",
            f"{metrics['input_spikes'] / metrics['presentations']:,.0f}", f"{bytes_streamed / seconds / 1e9:.1f}",
            f"{reference:,.0f}", f"{model:,.0f}",
        )  # fmt: skip


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, default=60_000)
    arguments = parser.parse_args()
    np.random.seed(0)
    print_markdown(
        ["neurons", "input", "images", "CPU s", "images/s, sustained", "presentations/s", "repeats", "input spikes",
         "weight rows GB/s", "reference simulator, images/s", "firmware model, images/s"],
        rows(arguments.images),
    )  # fmt: skip


if __name__ == "__main__":
    main()
