"""A recipe with a table ``[backpropagation]``: train, prune meanwhile, convert; a network with all that was done to it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from neurodeploy.ann import Conversion
from neurodeploy.datasets import Dataset, load_images
from neurodeploy.network import Network
from neurodeploy.training.backpropagation.parameters import BackpropagationParameters
from neurodeploy.training.backpropagation.spiking import convert_trained
from neurodeploy.training.backpropagation.trained import TrainedNetwork
from neurodeploy.training.backpropagation.trainer import BackpropagationProgress, train_network
from neurodeploy.training.progress import Progress
from neurodeploy.training.recipe import Recipe
from neurodeploy.training.rule_tables import as_table

CONVERSION: dict[str, Any] = {"input": "regular", "readout": "spikes", "steps": 50}
"""Where a recipe's table ``[conversion]`` says nothing: spikes in, as crossbars take them, and spikes out."""


def parameters_of(recipe: Recipe) -> BackpropagationParameters:
    """The trainer's parameters; ND306 for values out of range."""
    return BackpropagationParameters(**(recipe.backpropagation or {}), epochs=recipe.epochs, seed=recipe.seed)


def conversion_of(recipe: Recipe) -> Conversion:
    """The conversion's options; ND240 for values out of range."""
    clipped = parameters_of(recipe).activation == "clipped_relu"
    return Conversion(**{**CONVERSION, "percentile": 100.0 if clipped else 99.9, **recipe.conversion}, seed=recipe.seed)


def train_recipe(
    recipe: Recipe, data: Dataset, *, data_dir: str | Path | None, held_out: Dataset | None = None,
    progress: Callable[[Progress], None] = lambda state: None, **checkpoints: Any,
) -> Network:  # fmt: skip
    """Train on ``data``, convert, and measure the conversion on the data set's test images.

    ``checkpoints``: ``checkpoint``, ``checkpoint_every`` and ``resume`` of :func:`train_network`. The metadata have the
    ``recipe``, ``training`` (with ``connectivity``), the ``conversion``'s report and a ``history`` of these steps. The stage
    is ``pruned`` if a rule acted, also if it only set weights to the minimum.

    Raises:
        NeurodeployError: as :func:`train_network` and :func:`neurodeploy.ann.convert`.
    """
    options = conversion_of(recipe)  # before the work

    def follow(state: BackpropagationProgress) -> None:
        progress(
            Progress(
                state.images, state.total, state.connectivity, None, state.images_per_second, state.held_out_accuracy,
                0.0, state.resumed_at, state.loss,
            )
        )  # fmt: skip

    trained = train_network(
        data, parameters_of(recipe), pruning=recipe.pruning, inhibitory_pruning=recipe.inhibitory_pruning,
        held_out=held_out, progress=follow, **checkpoints,
    )  # fmt: skip
    network, _ = convert_trained(trained, data, load_images(recipe.data, "test", data_dir), options)
    stage = "float" if recipe.pruning is None else "pruned"
    return replace(network, stage=stage).with_metadata(
        data=recipe.data,
        recipe=recipe.as_dict(),
        training={**trained.record, "connectivity": trained.connectivity()},
        history=[*_steps(recipe, trained), *network.metadata["history"]],
    )


def _steps(recipe: Recipe, trained: TrainedNetwork) -> list[dict[str, Any]]:
    """Training and pruning as entries of a history."""
    kernels = ("channels", "kernels", "pools", "padding") if trained.record["channels"] else ()
    names = (*kernels, "hidden", "activation", "output", "epochs", "optimizer", "learning_rate", "seed")
    steps = [{"step": "train", "rule": "backpropagation", "options": {name: trained.record[name] for name in names}}]
    for which in ("pruning", "inhibitory_pruning"):
        table = as_table(getattr(recipe, which))
        if table is not None:
            rule = table.pop("rule")
            both = recipe.inhibitory_pruning is None
            signs = "all" if both else "excitatory" if which == "pruning" else "inhibitory"
            steps.append({"step": "prune", "rule": rule, "options": {"synapses": signs, **table}})
    return steps
