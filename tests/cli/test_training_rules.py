"""Rules of a training on the command line: options, summary, the paper's numbers."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from command_line import call

from neurodeploy.cli.training_rules import with_rules
from neurodeploy.network import load_network
from neurodeploy.training.recipe import load_recipe

SMALL = ("train", "--data", "digits", "--neurons", 10, "--images", 100, "--epochs", 1)


def test_rules_and_their_options(tmp_path: Path) -> None:
    options = ("--pruning", "to_zero", "--threshold", 0.1, "--quantization", "weight_sharing", "--levels", 2,
               "--learning-batches", 6, "--readout", "linear")  # fmt: skip
    told = call(*SMALL, *options, "--json", "-o", tmp_path / "n.h5")
    assert told.code == 0, told.err
    recipe = json.loads(told.out)["recipe"]
    assert recipe["pruning"]["rule"] == "to_zero" and recipe["pruning"]["threshold"] == 0.1
    assert recipe["quantization"]["levels"] == 2 and recipe["readout"] == "linear"
    assert recipe["pruning"]["learning_batches"] == recipe["quantization"]["learning_batches"] == 6
    network = load_network(tmp_path / "n.h5")
    assert network.projections[0].weights.quantized and network.readout is not None
    assert network.readout.name == "linear" and network.metadata["test"]["readout"] == "linear"


@pytest.mark.parametrize(
    ("rule", "factors"), [(None, (0.01, 0.03)), ("adaptive_neurons", (0.03,)), ("neurons", (0.03,))]
)
def test_another_growth_than_the_recipes_has_its_own_factors(rule: str | None, factors: tuple[float, ...]) -> None:
    changed = with_rules(load_recipe("guo2020-aptn-800"), rule, None, {"growth": "f3"}).pruning
    assert (
        tuple(getattr(changed, name) for name in ("time_factor", "neuron_factor") if hasattr(changed, name)) == factors
    )


def test_a_recipe_prints_the_papers_numbers_beside_ours(tmp_path: Path) -> None:
    recipe = tmp_path / "row.toml"
    recipe.write_text(
        "data = 'digits'\ntrain_images = 100\nlabel_images = 100\n[network]\nneurons = 10\nmaximum_rate_hz = 127.5\n"
        "column_sum = 18.0\nmaximum_intensity = 6\n[pruning]\nrule = 'adaptive_time_neurons'\nthreshold = 0.05\n"
        "[paper]\nsource = 'guo2020'\nwhere = 'table 9'\naccuracy = 12.5\naccuracy_loss = 1.0\nconnectivity = 14.5\n"
    )
    result = call("train", "--recipe", recipe, "-o", tmp_path / "n.h5")
    assert result.code == 0, result.err
    for text in ("guo2020, table 9", "12.50", "14.50", "SOPs per image", "STDP updates", "Pruning unit"):
        assert text in result.out
    lost = next(line for line in result.out.splitlines() if "lost to pruning" in line)
    assert "–" in lost and "1.00" in lost  # takes the unpruned training
    changed = call("train", "--recipe", recipe, "--threshold", 0.2, "--json", "-o", tmp_path / "n.h5")
    told = json.loads(changed.out)
    assert told["recipe"]["pruning"]["threshold"] == 0.2 and told["paper"][0]["paper"] == 12.5
    assert told["training"]["operations"]["sops"] == sum(
        told["training"][name] for name in ("synaptic_events", "stdp_updates")
    )


@pytest.mark.parametrize(
    ("options", "code", "text"),
    [
        (("--pruning", "constant", "--alpha", 0.1), 2, "--alpha is not an option of 'constant'"),
        (("--threshold", 0.1), 2, "--threshold is not an option of a training without rules"),
        (("--pruning", "magnitude"), 2, "'magnitude' is not one of"),
        (("--pruning", "constant", "--threshold", 1.5), 1, "ND306"),
        (("--pruning", "constant", "--start-image", 5000), 1, "ND306"),
        (("--quantization", "weight_sharing", "--levels", 1), 1, "ND204"),
        (("--online-pruning", 0.1), 2, "No such option"),
    ],
)
def test_wrong_rules_are_refused(options: tuple[object, ...], code: int, text: str, tmp_path: Path) -> None:
    result = call(*SMALL, *options, "-o", tmp_path / "n.h5")
    assert result.code == code and text in " ".join(result.err.split())


@pytest.mark.parametrize(
    ("options", "texts"),
    [
        (("soft",), ["Pruning 'soft': {frozen} of 640 synapses frozen"]),
        (("neurons", "--share-of-mean", 1), ["{removed} of 640 synapses removed, {removed_neurons} of 10 neurons left without"]),
        (("to_minimum", "--minimum", 0.05), ["{at_minimum} of 640 synapses set to the minimum of 0.05 in the last step"]),
        (("constant", "--threshold", 0.2, "--quantization", "weight_sharing"), ["{removed} of 640 synapses removed", "sharing': 3 levels for each neuron, 0 among"]),
        (("soft", "--quantization", "uniform"), ["Quantization 'uniform': weights keep plain values"]),
    ],
)  # fmt: skip
def test_the_result_says_what_rules_did(options: tuple[object, ...], texts: list[str], tmp_path: Path) -> None:
    result = call(*SMALL, "--pruning", *options, "-o", tmp_path / "n.h5")
    assert result.code == 0, result.err
    network = load_network(tmp_path / "n.h5")
    weights, done = network.projections[0].weights, network.metadata["training"]["pruned"]
    assert done["removed"] == np.count_nonzero(~weights.present())
    assert any(done.get(name) for name in ("removed", "frozen", "at_minimum"))
    for text in texts:
        assert text.format(**done) in result.out
    if weights.quantized:
        values = weights.decoded()[weights.decoded() > 0]
        assert f"the others are {values.min():.3g} to {values.max():.3g} µS" in result.out


def test_a_rate_code_on_the_command_line(tmp_path: Path) -> None:
    told = call(*SMALL, "--encoder", "regular", "--json", "-o", tmp_path / "n.h5")
    assert told.code == 0, told.err
    assert json.loads(told.out)["recipe"]["network"]["encoder"] == "regular"
    encoder = load_network(tmp_path / "n.h5").encoder
    assert encoder is not None and encoder.name == "regular" and encoder.parameters["maximum_pixel"] == 16
    refused = call(*SMALL, "--encoder", "constant", "-o", tmp_path / "m.h5")
    shown = " ".join(refused.err.split())
    assert (
        refused.code == 2 and "oh2019-backpropagation" in shown and "digits-100" not in shown.split("Use --recipe")[1]
    )
