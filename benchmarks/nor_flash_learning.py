"""MNIST learned by pulses on a NOR-flash device: accuracy and pulses by device, and by the share of pulses sent.

python benchmarks/nor_flash_learning.py [--seeds 3] [--images 60000] [--first 0] [--count 15]
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice

import numpy as np
from tables import print_markdown

import neurodeploy as nd
from neurodeploy.targets.nor_flash.programming import pulse_costs
from neurodeploy.training.recipe import Recipe, load_recipe

COLUMNS = (
    "learning", "seeds", "test accuracy %", "mean", "LTP pulses / image", "LTD pulses / image", "programming, nJ / image (assumed)",
)  # fmt: skip


def settings() -> Iterator[tuple[str, Recipe]]:
    """The ideal rule, every pulse sent, and devices whose pulses are sent by chance."""
    device, ideal = load_recipe("oh2019-nor-flash-100"), {"potentiation": 0.01, "depression": 0.001}
    mnist = replace(load_recipe("mnist-100"), stdp_rule="simplified", stdp=ideal)
    window = {"window": device.stdp["window"]}

    def with_device(**entries: float) -> Recipe:
        return replace(device, stdp={**device.stdp, **entries})

    every_pulse = with_device(ltp_probability=1.0, ltd_probability=1.0)
    yield "simplified rule, +0.01 / −0.001, columns normalised (mnist-100's network)", mnist
    yield "the same, columns not normalised", mnist.with_network(column_sum_images=1)
    yield "the recipe's device, every pulse sent, theta_plus 0.035 mV", every_pulse.with_network(theta_plus=0.035)
    yield "**the recipe oh2019-nor-flash-100** (labels 1 / −2, noise 0.5 %, a pulse in ten sent)", device
    yield "every pulse sent", every_pulse
    for step in (0.01, 0.001):
        rule = {"potentiation": step, "depression": step, **window}
        yield f"simplified rule, ±{step:g}, the recipe's network", replace(device, stdp_rule="simplified", stdp=rule)
    straight = {"ltp_nonlinearity": 0.0, "ltd_nonlinearity": 0.0}
    yield "labels 0 / 0", with_device(**straight)
    yield "labels 2.4 / −4.88", with_device(ltp_nonlinearity=2.4, ltd_nonlinearity=-4.88)
    chance = {name: device.stdp[name] for name in ("ltp_probability", "ltd_probability")}
    yield (
        "MLP+NeuroSim's device, labels 2.4 / −4.88, 97 / 100 pulses, noise 3.5 %",
        replace(device, stdp_rule="nor_flash_neurosim", stdp={**window, **chance}),
    )
    yield "no noise", with_device(cycle_noise=0.0)
    yield "noise 2 %", with_device(cycle_noise=0.02)
    yield "labels vary by 1 between devices", with_device(device_variation=1.0)
    yield "32 pulses", with_device(ltp_pulses=32.0, ltd_pulses=32.0)
    yield "400 pulses", with_device(ltp_pulses=400.0, ltd_pulses=400.0)


def rows(seeds: int, images: int, first: int, count: int) -> Iterator[list[object]]:
    """One row per setting, ``count`` of them from ``first`` on."""
    for label, recipe in islice(settings(), first, first + count):
        found, counts = [], []
        for seed in range(seeds):
            network = nd.train(replace(recipe, train_images=images), seed=seed)
            found.append(100 * nd.run(network).accuracy)
            record = network.metadata["training"]
            counts.append([record.get("potentiations", 0) / images, record.get("depressions", 0) / images])
        ltp, ltd = np.mean(counts, axis=0)
        pulses = [f"{ltp:,.0f}", f"{ltd:,.0f}", f"{1e9 * sum(item.joules for item in pulse_costs(ltp, ltd)):.2g}"]
        yield [
            label,
            seeds,
            ", ".join(f"{value:.2f}" for value in found),
            f"**{np.mean(found):.2f}**",
            *(pulses if ltp else ["–"] * 3),
        ]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--images", type=int, default=60_000)
    parser.add_argument("--first", type=int, default=0, help="begin with this row")
    parser.add_argument("--count", type=int, default=100, help="so many rows")
    chosen = parser.parse_args()
    print_markdown(COLUMNS, rows(chosen.seeds, chosen.images, chosen.first, chosen.count))


if __name__ == "__main__":
    main()
