"""Recipes of back-propagation: from TOML to a network with its history; the same bits after an interruption; the command."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from command_line import call
from small_recipes import accuracy

from neurodeploy.errors import NeurodeployError
from neurodeploy.network import load_network
from neurodeploy.network.history import history_lines
from neurodeploy.training.backpropagation.from_recipe import conversion_of, parameters_of
from neurodeploy.training.progress import Progress
from neurodeploy.training.recipe import Recipe, load_recipe
from neurodeploy.training.train import train

TEXT = """
description = "digits by back-propagation"
data = "digits"
epochs = 6

[backpropagation]
hidden = [40]
output = "relu"
batch_images = 50
learning_rate = 0.01

[pruning]
rule = "constant"
threshold = 0.15

[inhibitory_pruning]
rule = "constant"
threshold = 0.05

[paper]
source = "oh2019"
where = "a test"
accuracy = 97.78
spikes_ratio = 1.84
"""


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("recipes") / "small.toml"
    file.write_text(TEXT)
    return file


@pytest.fixture(scope="module")
def recipe(path: Path) -> Recipe:
    return load_recipe(str(path))


def test_the_network_says_what_was_done(recipe: Recipe) -> None:
    seen: list[Progress] = []
    network = train(recipe, progress=seen.append)
    assert network.encoder is not None and network.encoder.name == "regular" and network.stage == "pruned"
    assert network.readout is not None and network.readout.population == "output"
    masks = [projection.weights.present() for projection in network.projections]
    removed = network.metadata["training"]["pruned"]["removed"]
    assert removed == sum(int((~mask).sum()) for mask in masks) > 0
    steps = [f"{step}: {text}" for step, text in history_lines(network)]
    assert [step.split(":")[0] for step in steps] == ["train", "prune", "prune", "import-ann"]
    assert "backpropagation" in steps[0] and "excitatory" in steps[1] and "threshold 0.15" in steps[1]
    assert "inhibitory" in steps[2] and "threshold 0.05" in steps[2] and "input regular" in steps[3]
    assert network.metadata["recipe"] == recipe.as_dict() and "stdp" not in recipe.as_dict()
    own = network.metadata["conversion"]["accuracy"]
    assert own == accuracy(network, "digits") > 0.9
    assert seen[-1].images == seen[-1].total and seen[-1].spikes_per_image is None and seen[-1].loss is not None
    assert train(replace(recipe, seed=1)).digest() != network.digest() == train(recipe).digest()


def test_an_interrupted_training_goes_on_to_the_same_bits(recipe: Recipe, tmp_path: Path) -> None:
    checkpoint = tmp_path / "net.h5.checkpoint"

    def stop(state: Progress) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(recipe, checkpoint=checkpoint, checkpoint_every=700, progress=stop)
    assert checkpoint.exists()
    resumed: list[Progress] = []
    network = train(recipe, checkpoint=checkpoint, checkpoint_every=700, resume=True, progress=resumed.append)
    assert resumed[0].resumed_at > 0 and network.digest() == train(recipe).digest()
    with pytest.raises(NeurodeployError, match="ND307"):
        train(replace(recipe, seed=1), checkpoint=checkpoint, resume=True)


def test_entries_reach_trainer_and_conversion(recipe: Recipe) -> None:
    parameters = parameters_of(replace(recipe, seed=7))
    assert (parameters.hidden, parameters.epochs, parameters.seed, parameters.output) == ((40,), 6, 7, "relu")
    options = conversion_of(replace(recipe, conversion={"steps": 20}, seed=7))
    assert (options.input, options.steps, options.readout, options.seed) == ("regular", 20, "spikes", 7)
    assert options.percentile == 99.9
    clipped = replace(recipe, backpropagation={"activation": "clipped_relu"})
    assert conversion_of(clipped).percentile == 100.0
    with pytest.raises(NeurodeployError, match="ND306.*hidden"):
        train(replace(recipe, backpropagation={"hidden": [0]}))
    with pytest.raises(NeurodeployError, match="ND240.*steps"):
        train(replace(recipe, conversion={"steps": 0}))


def test_the_command(path: Path, tmp_path: Path) -> None:
    output = tmp_path / "net.h5"
    told = call("train", "--recipe", path, "--held-out", "100", "--seed", "2", "-o", output)
    assert told.code == 0, told.err
    assert "64-40-10" in told.out and "before the conversion" in told.out and "Pruning 'constant'" in told.out
    assert "97.78" in told.out and "1.84" in told.out and "Held out" in told.out
    network = load_network(output)
    assert network.metadata["training"]["seed"] == 2 and network.metadata["test"]["operations"]["spikes"]["output"] > 0
    assert sorted(file.name for file in tmp_path.iterdir()) == ["net.h5"]


def test_options_of_the_command(path: Path, tmp_path: Path) -> None:
    small = ("train", "--recipe", path, "--epochs", "1", "-o", tmp_path / "net.h5", "--json")
    answer = json.loads(
        call(*small, "--neurons", "12", "--encoder", "constant", "--pruning", "to_minimum", "--threshold", "0.2",
             "--inhibitory-threshold", "0.1").out
    )  # fmt: skip
    recipe = answer["recipe"]
    assert recipe["backpropagation"]["hidden"] == [12] and recipe["conversion"]["input"] == "constant"
    assert recipe["pruning"]["threshold"] == 0.2 and recipe["inhibitory_pruning"]["threshold"] == 0.1
    assert recipe["inhibitory_pruning"]["rule"] == "to_minimum" and answer["paper"][0]["paper"] == 97.78
    for wrong in (("--stdp", "triplet"), ("--quantization", "k_means"), ("--readout", "linear")):
        refused = call(*small, *wrong)
        assert refused.code == 2 and "of STDP" in refused.err
    for wrong in (("--encoder", "constant"), ("--inhibitory-threshold", "0.1")):
        refused = call("train", "--recipe", "digits-100", *wrong, "-o", tmp_path / "net.h5")
        assert refused.code == 2 and "of back-propagation" in refused.err
    refused = call(
        "train", "--recipe", "oh2019-backpropagation", "--inhibitory-threshold", "0.1", "-o", tmp_path / "n.h5"
    )
    assert refused.code == 2 and "needs a pruning rule" in refused.err
