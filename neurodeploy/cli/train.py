"""neurodeploy train."""

from __future__ import annotations

import time
from collections import deque
from dataclasses import replace
from pathlib import Path
from typing import Any

import rich_click as click

from neurodeploy.cli.backpropagation_summary import say_backpropagation
from neurodeploy.cli.options import data_dir_option, json_option, options_of, output_option
from neurodeploy.cli.output import note, note_limit, percent, print_json, progress_bar, say
from neurodeploy.cli.rule_panels import rule_panels
from neurodeploy.cli.training_progress import training_progress
from neurodeploy.cli.training_rules import for_backpropagation, with_rules
from neurodeploy.cli.training_summary import paper_rows, say_operations, say_paper, test_record
from neurodeploy.compression import QUANTIZERS
from neurodeploy.datasets import DATASETS, Dataset, load_dataset, load_images
from neurodeploy.encoding import RATE_CODES
from neurodeploy.network import Network, save_network
from neurodeploy.training.learning_rules import learning_rule_names
from neurodeploy.training.progress import Progress
from neurodeploy.training.pruning import TRAINING_PRUNING
from neurodeploy.training.quantization import QuantizationMoments
from neurodeploy.training.recipe import READOUT_RULES, Recipe, default_recipe, load_recipe, recipe_names
from neurodeploy.training.train import split_held_out
from neurodeploy.training.two_layer.parameters import MOST_NEURONS
from neurodeploy.wording import counted


@click.command("train")
@click.option("--recipe", default=None, help="A recipe's name or .toml file; without it, the one for --data.")
@click.option("--data", type=click.Choice(list(DATASETS)), default=None, help="Data set (default: the recipe's).")
@click.option(
    "--neurons",
    type=click.IntRange(1, MOST_NEURONS),
    default=None,
    help="Excitatory neurons; with back-propagation, hidden ones, in one layer.",
)
@click.option(
    "--stdp",
    type=click.Choice(learning_rule_names()),
    default=None,
    help="Learning rule [default: the recipe's; its parameters are the recipe's table [stdp]].",
)
@click.option(
    "--encoder",
    type=click.Choice((*RATE_CODES, "constant")),
    default=None,
    help="How pixels become input [default: the recipe's]; constant: graded values, with back-propagation only.",
)
@click.option("--epochs", type=click.IntRange(1), default=None, help="Passes over the training images.")
@click.option(
    "--images",
    "--limit",
    "images",
    type=click.IntRange(1),
    default=None,
    metavar="N",
    help="Only the first N training images (a quick look: recipes suit the whole set); more than there are: all, with a note.",
)
@click.option("--seed", type=click.IntRange(0, 2**63 - 1), default=None, metavar="N", help="Seed of everything random.")
@click.option(
    "--pruning",
    type=click.Choice(list(TRAINING_PRUNING)),
    default=None,
    help="Prune while training (or just after); options: see below.",
)
@click.option(
    "--inhibitory-threshold",
    type=float,
    default=None,
    metavar="X",
    help="With back-propagation: inhibitory synapses are pruned by a threshold of their own (asymmetric pruning, oh2019).",
)
@click.option(
    "--quantization",
    type=click.Choice(list(QUANTIZERS)),
    default=None,
    help="Reduce weights to levels while training; options: see below.",
)
@click.option("--readout", type=click.Choice(READOUT_RULES), default=None, help="How spikes become a class.")
@options_of(*TRAINING_PRUNING.values(), *QUANTIZERS.values(), QuantizationMoments)
@click.option_panel("Options")
@rule_panels("--pruning", TRAINING_PRUNING.values())
@rule_panels("--quantization", QUANTIZERS.values())
@rule_panels("", (QuantizationMoments,))
@click.option(
    "--held-out",
    type=click.IntRange(0),
    default=0,
    metavar="N",
    help="Leave the last N training images out of the training and classify them at every checkpoint (costs their inference).",
)
@click.option(
    "--checkpoint-every",
    type=click.IntRange(1),
    default=10_000,
    show_default=True,
    metavar="N",
    help="Save OUTPUT.checkpoint after every N images.",
)
@click.option("--resume", is_flag=True, help="Continue from OUTPUT.checkpoint if an earlier call was interrupted.")
@output_option
@data_dir_option
@json_option
def command(
    recipe: str | None, data: str | None, neurons: int | None, stdp: str | None, encoder: str | None,
    epochs: int | None, images: int | None, seed: int | None, pruning: str | None, inhibitory_threshold: float | None,
    quantization: str | None, readout: str | None,
    held_out: int, checkpoint_every: int, resume: bool,
    output: str, data_dir: str | None, as_json: bool, **options: Any,
) -> None:  # fmt: skip
    """Train the two-layer winner-take-all network of Diehl & Cook by STDP and label its neurons.

    Recipes of back-propagation (oh2019-backpropagation) train a dense network with labels and convert it to spiking neurons.

    Example: neurodeploy train --recipe digits-100 -o net.h5
    """
    chosen = load_recipe(recipe) if recipe else default_recipe(data or "digits")
    if data is not None and data != chosen.data:
        raise click.UsageError(f"The recipe '{recipe}' is for {chosen.data}, not {data}: leave out one of the two.")
    by_labels = chosen.backpropagation is not None
    if not by_labels and (encoder == "constant" or inhibitory_threshold is not None):
        given = "--encoder constant" if encoder == "constant" else "--inhibitory-threshold"
        others = ", ".join(name for name in recipe_names() if load_recipe(name).backpropagation is not None)
        raise click.UsageError(
            f"{given} is of back-propagation; the recipe '{chosen.name}' is of STDP. Use --recipe with one of: {others}."
        )
    if neurons is not None and not by_labels:
        chosen = chosen.with_network(neurons=neurons)
    if encoder is not None and not by_labels:
        chosen = chosen.with_network(encoder=encoder)
    if stdp is not None and not by_labels:
        chosen = replace(chosen, stdp_rule=stdp, stdp={})
    changes: dict[str, Any] = {"epochs": epochs, "train_images": images, "seed": seed, "readout": readout}
    chosen = replace(chosen, **{name: value for name, value in changes.items() if value is not None})
    chosen = with_rules(chosen, pruning, quantization, options)
    if by_labels:
        refused = {"stdp": stdp, "quantization": quantization, "readout": readout}
        chosen = for_backpropagation(chosen, neurons, encoder, inhibitory_threshold, refused)
    loaded = load_images(chosen.data, "train", data_dir)
    total = len(split_held_out(chosen, loaded, held_out)[0])
    note_limit(images, len(loaded), "--images")
    train_and_save(
        chosen, loaded, total, Path(output), data_dir, resume=resume, as_json=as_json, checkpoint_every=checkpoint_every,
        held_out=held_out,
    )  # fmt: skip


def train_and_save(
    recipe: Recipe, data: Dataset, images: int, output: Path, data_dir: str | None, *, resume: bool, as_json: bool,
    checkpoint_every: int, held_out: int,
) -> Network:  # fmt: skip
    """Train with a progress bar, write the network, print a summary."""
    from neurodeploy.files import check_writable
    from neurodeploy.inference import infer
    from neurodeploy.readout.linear import describe
    from neurodeploy.simulation import simulate
    from neurodeploy.training.train import train

    check_writable(output)  # before the work
    checkpoint = output.with_name(output.name + ".checkpoint")
    if resume and not checkpoint.exists():
        note(f"There is no checkpoint '{checkpoint}': the training starts from its first image.")
    started = time.perf_counter()
    states: deque[Progress] = deque(maxlen=1)
    with training_progress(f"training {recipe.name}", images * recipe.epochs) as progress:

        def follow(state: Progress) -> None:
            if not states and state.resumed_at:
                note(f"Resumed: goes on after {state.resumed_at:,} of {counted(state.total, 'image')}.")
            states.append(state)
            progress(state)

        network = train(
            recipe, data_dir=data_dir, checkpoint=checkpoint, checkpoint_every=checkpoint_every, resume=resume,
            held_out=held_out, progress=follow, data=data,
        )  # fmt: skip
    on_held_out = states[-1].held_out_accuracy if states else None
    seconds = time.perf_counter() - started
    test = load_dataset(recipe.data, "test", data_dir)
    with progress_bar("testing", len(test)) as bar:
        found = infer(network, test, lambda spikes: simulate(network, spikes), bar.advance)
    network = network.with_metadata(test=test_record(network, found))
    save_network(network, output)
    checkpoint.unlink(missing_ok=True)
    if as_json:
        print_json({"output": str(output), "recipe": recipe.as_dict(), "seconds": seconds, "training": network.metadata["training"],
                    "test": network.metadata["test"], "held_out_accuracy": on_held_out, "silent_samples": found.silent,
                    "paper": paper_rows(recipe, network)})  # fmt: skip
        return network
    if recipe.backpropagation is not None:
        say_backpropagation(str(output), recipe, network, found, images * recipe.epochs, seconds)
    else:
        say(
            f"[bold]{output}[/]: {counted(len(network.population('excitatory').neuron.theta), 'neuron')}, "  # type: ignore[union-attr,arg-type]
            f"{counted(images * recipe.epochs, 'image')} in {seconds:.1f} s, test accuracy [bold]{percent(found.accuracy)}[/] "
            f"on {counted(found.samples, 'sample')} {describe(network.readout)}".rstrip()
        )
        if found.silent:
            say(f"No output spike: {found.silent:,} of {counted(found.samples, 'test sample')}, counted as wrong")
        say_operations(network)
        say_paper(recipe, network)
    if on_held_out is not None:
        say(f"Held out: {percent(on_held_out)} of {counted(held_out, 'image')} at the end of the training")
    return network
