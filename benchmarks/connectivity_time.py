"""Training and inference speed of the two-layer network against connectivity (guo2020, fig. 15), MNIST.

python benchmarks/connectivity_time.py [--images 400] [--output docs/results]

A network learns 200 images at Diehl & Cook's rates; then random synapses are removed.  Process CPU
time of one thread, the least of several interleaved runs.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import numpy as np
from tables import print_markdown

from neurodeploy.datasets import Dataset, load_images
from neurodeploy.training.two_layer.parameters import TrainingParameters
from neurodeploy.training.two_layer.stdp.triplet import Triplet
from neurodeploy.training.two_layer.synapse_states import REMOVED
from neurodeploy.training.two_layer.trainer import respond, train_chunk
from neurodeploy.training.two_layer.trainer_state import TrainerState, initial_state

SIZES = (100, 400, 800, 1600)
CONNECTIVITIES = (1.0, 0.5, 0.2, 0.1, 0.05)
RUNS = 5


def pruned(state: TrainerState, connectivity: float) -> TrainerState:
    """Return a copy with random synapses removed."""
    copy = state.copy()
    removed = np.random.default_rng(1).random(copy.synapses.shape) >= connectivity
    copy.synapses[removed] = REMOVED
    copy.layer_weights[removed.T] = 0.0
    copy.touched[: copy.neurons] = 1
    return copy


def seconds(state: TrainerState, parameters: TrainingParameters, data: Dataset) -> tuple[float, float, int]:
    """Return CPU seconds of training and of inference, and the presentations of the training."""
    trained = state.copy()
    trained.counters[:] = 0
    started = time.process_time()
    train_chunk(trained, parameters, Triplet(), data.images, data.indices)
    between = time.process_time()
    respond(trained.layer_weights, trained.theta, parameters, data.images, data.indices)
    return between - started, time.process_time() - between, trained.metrics["presentations"]


def measure(neurons: int, images: int) -> dict[float, tuple[float, float]]:
    """Return (training presentations/s, inference images/s) by connectivity."""
    data = load_images("mnist", "train")
    parameters = TrainingParameters(neurons=neurons)
    state = initial_state(parameters)
    first, own = data.limit(200), data.subset(slice(200, 200 + images))
    train_chunk(state, parameters, Triplet(), first.images, first.indices)
    states = {c: pruned(state, c) for c in CONNECTIVITIES}
    best = dict.fromkeys(CONNECTIVITIES, (0.0, 0.0))
    for _ in range(RUNS):
        for connectivity, start in states.items():
            training, inference, presentations = seconds(start, parameters, own)
            speeds = presentations / training, images / inference
            best[connectivity] = max(best[connectivity][0], speeds[0]), max(best[connectivity][1], speeds[1])
    return best


def plot(results: dict[int, dict[float, tuple[float, float]]], path: Path) -> None:
    """Draw speed relative to the full network against connectivity."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(1, 2, figsize=(9, 3.4), sharey=True)
    for axis, kind, title in zip(axes, (0, 1), ("training", "inference"), strict=True):
        for neurons, speeds in results.items():
            full = speeds[1.0][kind]
            axis.plot([100 * c for c in speeds], [full / s[kind] for s in speeds.values()], "o-", label=f"{neurons}")
        axis.set_xlabel("connectivity (%)")
        axis.set_title(title)
        axis.grid(alpha=0.3)
    axes[0].set_ylabel("time, full network = 1")
    axes[0].set_ylim(bottom=0.0)
    axes[1].legend(title="neurons")
    figure.tight_layout()
    figure.savefig(path, dpi=130, metadata={"Software": None})


def main() -> None:
    """Print the table and draw the figure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, default=400)
    parser.add_argument("--output", type=Path, default=Path("docs/results"))
    arguments = parser.parse_args()
    results = {n: measure(n, arguments.images) for n in SIZES}
    columns = ["neurons", "", *(f"{c:.0%}" for c in CONNECTIVITIES)]
    rows = [
        [n, kind, *(f"{speed[k]:,.0f}" for speed in speeds.values())]
        for n, speeds in results.items()
        for k, kind in enumerate(("training, presentations/s", "inference, images/s"))
    ]
    print_markdown(columns, rows)
    plot(results, arguments.output / "connectivity_time.png")


if __name__ == "__main__":
    main()
