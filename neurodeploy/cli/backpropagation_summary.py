"""What train prints at its end for a recipe of back-propagation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from neurodeploy.cli.output import number, percent, say
from neurodeploy.cli.training_summary import say_paper
from neurodeploy.network import Network
from neurodeploy.training.recipe import Recipe
from neurodeploy.wording import counted

if TYPE_CHECKING:
    from neurodeploy.inference import Inference


def say_backpropagation(
    output: str, recipe: Recipe, network: Network, found: Inference, images: int, seconds: float
) -> None:
    """Sizes, accuracy before and after the conversion and by steps, spikes, pruning, the paper's numbers."""
    sizes = "-".join(str(population.size) for population in network.populations)
    conversion, training = network.metadata["conversion"], network.metadata["training"]
    say(
        f"[bold]{output}[/]: {sizes}, {counted(images, 'image')} in {seconds:.1f} s, test accuracy "
        f"[bold]{percent(found.accuracy)}[/] on {counted(found.samples, 'sample')} "
        f"(before the conversion {percent(conversion['ann_accuracy'])})"
    )
    by_step = conversion["accuracy_by_step"]
    shown = [step for step in (5, 10, 20, 50, 100, 200) if step < len(by_step)] + [len(by_step)]
    told = ", ".join(f"{step}: {percent(by_step[step - 1])}" for step in shown)
    assert network.encoder is not None
    say(f"Accuracy by steps, input '{network.encoder.name}': {told}")
    operations = network.metadata["test"]["operations"]
    spikes = ", ".join(f"{number(count)} {name}" for name, count in operations["spikes_per_image"].items())
    say(f"Test: {number(operations['sops_per_image'])} SOPs per image; spikes per image: {spikes}")
    if recipe.pruning is not None:
        pruned = training["pruned"]
        say(
            f"Pruning '{recipe.pruning.name}': {100 * training['connectivity']:.1f} % of {counted(pruned['synapses'], 'weight')} "
            f"other than 0, {pruned['removed']:,} synapses removed"
        )
    if found.silent:
        say(f"No output spike: {found.silent:,} of {counted(found.samples, 'test sample')}, counted as wrong")
    say_paper(recipe, network)
