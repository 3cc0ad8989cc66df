"""What train prints at its end: operations, and a paper's numbers beside ours."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from neurodeploy.cli.output import number, print_table, say
from neurodeploy.network import Network
from neurodeploy.training.recipe import Recipe
from neurodeploy.wording import counted

if TYPE_CHECKING:
    from neurodeploy.inference import Inference


def test_record(network: Network, found: Inference) -> dict[str, Any]:
    """The test's entry of the metadata: accuracy, how classes were read out, operations and spikes."""
    from neurodeploy.costs.synaptic_operations import inference_operations

    readout = network.readout.name if network.readout else None
    return {
        "samples": found.samples,
        "accuracy": found.accuracy,
        "readout": readout,
        "operations": inference_operations(network, found.events),
    }


def paper_rows(recipe: Recipe, network: Network) -> list[dict[str, Any]]:
    """The recipe's paper beside this training: quantity, ours (None: it takes another training), the paper's."""
    if recipe.paper is None:
        return []
    training, test = network.metadata["training"], network.metadata["test"]
    ours = {
        "accuracy": 100 * test["accuracy"],
        "connectivity": 100 * training["connectivity"],
    }
    if "operations" in training:  # back-propagation counts none
        ours["training_sops_per_image"] = training["operations"]["sops_per_image"]
    return [{"quantity": what, "ours": own, "paper": theirs} for what, own, theirs in recipe.paper.rows(ours)]


def say_operations(network: Network) -> None:
    """Print synaptic operations and spikes of training and test, and the pruning unit's overhead."""
    training, test = network.metadata["training"], network.metadata["test"]
    done, told = training["operations"], test["operations"]
    say(
        f"Training: {number(done['sops_per_image'])} SOPs per image ({number(done['weight_accumulations'])} weight "
        f"accumulations, {number(done['stdp_updates'])} STDP updates); "
        f"spikes: {number(done['input_spikes'])} input, {number(done['output_spikes'])} output"
    )
    if "potentiations" in training:
        sent = [number(training.get(kind, 0) / done["images"]) for kind in ("potentiations", "depressions")]
        say(f"Learning pulses on synapses: {sent[0]} LTP and {sent[1]} LTD per training image")
    spikes = ", ".join(f"{number(count)} {name}" for name, count in told["spikes"].items())
    say(f"Test: {number(told['sops_per_image'])} SOPs per image; spikes: {spikes}")
    say_rules(network)
    unit = training.get("pruning_unit")
    if unit is not None:
        per_image = unit["per_image"]
        say(
            f"Pruning unit ({counted(unit['groups'], 'group')} at most, {counted(unit['steps'], 'step')}): {number(per_image['cycles'])} cycles and "
            f"{number(per_image['operations'])} operations per image, {100 * unit['share_of_training_energy']:.3f} % of the "
            f"training's energy, {counted(unit['block_rams'], 'block RAM')} [dim](guo2020's model; costs/guo2020.py)[/]"
        )


def say_rules(network: Network) -> None:
    """Print what pruning removed, froze or set to its minimum, and the levels that quantization left."""
    training, recipe = network.metadata["training"], network.metadata["recipe"]
    if training["connectivity"] < 1:
        say(f"Connectivity: {100 * training['connectivity']:.1f} %")
    if "pruned" in training:
        say(f"Pruning '{recipe['pruning']['rule']}': {_pruned(training['pruned'], recipe['pruning'])}")
    if "quantized" in training:
        say(f"Quantization '{recipe['quantization']['rule']}': {_quantized(training['quantized'])}")


def _pruned(done: dict[str, int], rule: dict[str, Any]) -> str:
    of = f"of {counted(done['synapses'], 'synapse')}"
    parts = [f"{done['removed']:,} {of} removed"] if done["removed"] else []
    if done["removed_neurons"]:
        parts.append(f"{done['removed_neurons']:,} of {counted(done['neurons'], 'neuron')} left without a synapse")
    if done["frozen"]:
        parts.append(f"{done['frozen']:,} {of} frozen")
    if "at_minimum" in done:
        parts.append(f"{done['at_minimum']:,} {of} set to the minimum of {rule['minimum']:g} in the last step")
    return ", ".join(parts) or f"none {of} removed"


def _quantized(done: dict[str, Any]) -> str:
    if not done["levels"]:
        return "weights keep plain values (frozen ones have no level, or there are more than 65,536)"
    each = " for each neuron" if done["codebooks"] > 1 else ""
    return f"{counted(done['levels'], 'level')}{each}, 0 among them; the others are {done['smallest']:.3g} to {done['largest']:.3g} µS"


def say_paper(recipe: Recipe, network: Network) -> None:
    """Print the paper's numbers beside ours."""
    rows = paper_rows(recipe, network)
    if recipe.paper is None or not rows:
        return
    print_table(
        f"{recipe.paper.source}, {recipe.paper.where}",
        ["", "ours", recipe.paper.source],
        [[row["quantity"], "–" if row["ours"] is None else _text(row["ours"]), _text(row["paper"])] for row in rows],
    )


def _text(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.2f}"
