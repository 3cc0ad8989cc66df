"""Presentations per second of the two-layer trainer on one core, its distance to the roofline, and Brian2 beside it.

python benchmarks/train_two_layer.py [--presentations 2000] [--brian-python PATH]

Process CPU time, the least of five interleaved parts, kernels warm; MNIST. ``--brian-python`` names a Python with Brian2
(see two_layer_brian2.py): the same model, compiled to C++, in the same run.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numba
import numpy as np
from numba import njit

numba.set_num_threads(1)

from tables import print_markdown  # noqa: E402

from neurodeploy.datasets import Dataset, load_images  # noqa: E402
from neurodeploy.training.recipe import Recipe, load_recipe  # noqa: E402
from neurodeploy.training.train import stdp_rule, training_parameters  # noqa: E402
from neurodeploy.training.two_layer.trainer import respond, train_chunk  # noqa: E402
from neurodeploy.training.two_layer.trainer_state import initial_state  # noqa: E402

PARTS = 5
DIEHL_COOK = {"maximum_rate_hz": 63.75, "start_intensity": 2, "column_sum": 78.0}
"""Published rates and column sum; theta_plus 0.0125 mV per 100 neurons (0.05 at 400)."""
SIZES = (100, 400, 800, 1600, 6400)
AIMS = {100: 10_000, 400: 5_000, 1600: 1_000}
"""Presentations per second at Diehl & Cook's rates."""
BRIAN_SIZES = {100: 100, 400: 40}
"""Neurons and images shown."""


@njit(cache=True)
def _add_rows(weights: Any, rows: Any, total: Any) -> None:
    for position in range(rows.size // 4):
        a, b = np.uint64(rows[4 * position]), np.uint64(rows[4 * position + 1])
        c, d = np.uint64(rows[4 * position + 2]), np.uint64(rows[4 * position + 3])
        for j in range(np.uint64(total.size)):
            total[j] += (weights[a, j] + weights[b, j]) + (weights[c, j] + weights[d, j])


def stream_bandwidth(padded: int) -> float:
    """Bytes per second at which random rows of a weight matrix [784, padded] are summed up: what delivery cannot beat."""
    weights, total = np.ones((784, padded), np.float32), np.zeros(padded, np.float32)
    rows = np.random.default_rng(0).integers(0, 784, 20_000)
    _add_rows(weights, rows, total)
    return rows.size * padded * 4 / _least(lambda: _add_rows(weights, rows, total))


def _least(work: Callable[[], object]) -> float:
    seconds = []
    for _ in range(PARTS):
        started = time.process_time()
        work()
        seconds.append(time.process_time() - started)
    return min(seconds)


def measure(recipe: Recipe, data: Dataset, test: Dataset, presentations: int) -> dict[str, float]:
    """Rates of training and inference, spikes and bytes; the network has learned from as many images before."""
    parameters, rule = training_parameters(recipe, data), stdp_rule(recipe)
    state = initial_state(parameters)
    count = presentations // PARTS
    train_chunk(state, parameters, rule, data.images[:count], data.indices[:count])
    rates, spikes = [], []
    for part in range(1, PARTS + 1):
        own = slice(part * count, (part + 1) * count)
        before, started = state.metrics, time.process_time()
        train_chunk(state, parameters, rule, data.images[own], data.indices[own])
        seconds = time.process_time() - started
        shown = state.metrics["presentations"] - before["presentations"]
        rates.append((shown / seconds, count / seconds))
        spikes.append((state.metrics["input_spikes"] - before["input_spikes"]) / shown)
    weights, theta = state.layer_weights.copy(), state.theta[: state.neurons].copy()
    own_test = test.images[:count]
    tested = _least(lambda: respond(weights, theta, parameters, own_test, test.indices[:count]))
    best = max(rates)
    floor = spikes[rates.index(best)] * parameters.padded_neurons * 4 / stream_bandwidth(parameters.padded_neurons)
    return {"presentations": best[0], "images": best[1], "test": count / tested, "spikes": float(np.mean(spikes)),
            "floor": floor * best[0], "bandwidth": stream_bandwidth(parameters.padded_neurons)}  # fmt: skip


def brian(python: str, neurons: int, images: np.ndarray[Any, Any]) -> float:
    """Presentations per CPU second of Brian2's compiled program."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "images.npy"
        np.save(path, images)
        script = Path(__file__).with_name("two_layer_brian2.py")
        arguments = [python, str(script), str(neurons), str(0.0125 * neurons / 100), "63.75", str(path)]
        found = json.loads(
            subprocess.run(arguments, check=True, capture_output=True, text=True).stdout.splitlines()[-1]
        )
    return float(found["presentations"] / found["cpu_seconds"])


def rows(presentations: int, brian_python: str | None) -> Iterator[list[str]]:
    """One row per size and input rate."""
    data, test = load_images("mnist", "train"), load_images("mnist", "test")
    base = load_recipe("mnist-100")
    for neurons in SIZES:
        published = replace(
            base, stdp={}, network={"neurons": neurons, "theta_plus": 0.0125 * neurons / 100, **DIEHL_COOK}
        )
        for label, recipe in (("Diehl & Cook", published), ("mnist-100", base.with_network(neurons=neurons))):
            count = max(100, presentations // (1 + neurons // 400))
            found = measure(recipe, data, test, count)
            peer = "–"
            if brian_python is not None and label == "Diehl & Cook" and neurons in BRIAN_SIZES:
                other = brian(brian_python, neurons, data.images[: BRIAN_SIZES[neurons]])
                peer = f"{other:,.0f} ({found['presentations'] / other:,.0f}x)"
            aim = f"{AIMS[neurons]:,}" if label == "Diehl & Cook" and neurons in AIMS else "–"
            yield [
                f"{neurons:,}", label, f"{found['spikes']:,.0f}", f"**{found['presentations']:,.0f}**", aim,
                f"{found['images']:,.0f}", f"{found['test']:,.0f}", f"{found['bandwidth'] / 1e9:.0f}", f"{found['floor']:.0%}", peer,
            ]  # fmt: skip


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument(
        "--presentations", type=int, default=10_000, help="images at 100 neurons; fewer for larger networks"
    )
    parser.add_argument("--brian-python", default=None, help="a Python with Brian2")
    arguments = parser.parse_args()
    print(f"numba {numba.__version__}, Python {sys.version.split()[0]}, one thread\n")
    print_markdown(
        ["neurons", "input", "input spikes", "training, presentations/s", "aim", "training, images/s", "test, images/s",
         "weight rows alone, GB/s", "share of the time that they need", "Brian2 C++, presentations/s"],
        rows(arguments.presentations, arguments.brian_python),
    )  # fmt: skip


if __name__ == "__main__":
    main()
