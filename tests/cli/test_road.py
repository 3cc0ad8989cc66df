"""The whole road on digits through the command line: every command succeeds and its JSON parses."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from command_line import call, said

from neurodeploy.cli import COMMANDS
from neurodeploy.network import load_network

EPOCHS = 2


@pytest.fixture(scope="module")
def road(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    """Train, prune, quantize, compile, run on both executors, verify; the folder and what was said."""
    at = tmp_path_factory.mktemp("road")
    told = {
        "train": said("train", "--recipe", "digits-100", "--epochs", EPOCHS, "-o", at / "net.h5"),
        "prune": said("prune", at / "net.h5", "--threshold", "0.05", "-o", at / "pruned.h5"),
        "quantize": said("quantize", at / "pruned.h5", "--levels", 3, "-o", at / "small.h5"),
        "compile": said(
            "compile", at / "small.h5", "--target", "spinnaker", "--mapping", "estimate", "-o", at / "n.bundle"
        ),
        "run": said("run", at / "n.bundle", "--limit", 60),
        "reference": said("run", at / "n.bundle", "--limit", 60, "--executor", "reference"),
        "verify": said("verify", at / "n.bundle", "--limit", 60),
    }
    return at, told


def test_training(road: Any) -> None:
    at, told = road
    assert told["train"]["test"]["samples"] == 359 and told["train"]["test"]["accuracy"] > 0.6
    assert told["train"]["recipe"]["epochs"] == EPOCHS
    assert sorted(p.name for p in at.iterdir()) == ["n.bundle", "n.run", "net.h5", "pruned.h5", "small.h5"]


def test_compression_says_what_it_did(road: Any) -> None:
    at, told = road
    before = load_network(at / "net.h5").projections[0].weights.decoded()
    entry = told["prune"]["synapses"][0]
    assert entry["after"] == (before >= 0.05).sum() < entry["before"] == before.size
    assert told["quantize"]["weights"][0]["levels"] == 3
    summary = said("inspect", at / "small.h5")
    assert summary["stage"] == "quantized" and summary["ancestors"] == ["float", "pruned"]
    assert summary["projections"][0]["synapses"] == entry["after"]
    assert said("inspect", at / "n.bundle")["digest"] == summary["digest"] == load_network(at / "small.h5").digest()


def test_running(road: Any) -> None:
    _, told = road
    for name in ("run", "reference"):
        assert told[name]["samples"] == 60 and told[name]["correct"] == round(60 * told[name]["accuracy"])
        with np.load(Path(told[name]["output"]) / "spikes.npz") as arrays:
            assert arrays["counts"].sum() == told[name]["spikes"]["excitatory"]
            assert (arrays["predicted"] == arrays["labels"]).sum() == told[name]["correct"]
        for cost in told[name]["costs"]:
            assert cost["joules"] == pytest.approx(sum(item["joules"] for item in cost["items"]))
    assert told["run"]["output"] != told["reference"]["output"]
    assert told["run"]["spikes"]["input"] == told["reference"]["spikes"]["input"]


def test_running_again_gives_the_same(road: Any) -> None:
    at, told = road
    again = said("run", at / "n.bundle", "--limit", 60)
    assert {k: v for k, v in again.items() if k != "seconds"} == {
        k: v for k, v in told["run"].items() if k != "seconds"
    }


def test_the_ladder_agrees_with_the_runs(road: Any) -> None:
    _, told = road
    rungs = {rung["name"]: rung for rung in told["verify"]["rungs"]}
    assert list(rungs) == ["float", "pruned", "quantized", "lowered", "model", "board"]
    assert [r["available"] for r in rungs.values()] == [True] * 5 + [False] and rungs["board"]["why"]
    assert rungs["model"]["accuracy"] == told["run"]["accuracy"]
    assert rungs["lowered"]["accuracy"] == told["reference"]["accuracy"]
    assert rungs["lowered"]["output_spikes"] == told["reference"]["spikes"]["excitatory"]
    assert rungs["float"]["spike_distance"] is None and 0 < rungs["pruned"]["spike_distance"] < 1


@pytest.mark.parametrize("command", ["inspect", "run", "verify", "targets", "datasets", "compile", "prune", "quantize"])
def test_output_for_people(road: Any, command: str, tmp_path: Path) -> None:
    at, _ = road
    arguments: dict[str, list[object]] = {
        "inspect": [at / "small.h5"], "run": [at / "n.bundle", "--limit", 5], "verify": [at / "n.bundle", "--limit", 5],
        "targets": [], "datasets": [], "prune": [at / "net.h5", "-o", tmp_path / "p.h5"],
        "quantize": [at / "net.h5", "-o", tmp_path / "q.h5"],
        "compile": [at / "small.h5", "--target", "spinnaker", "--mapping", "estimate", "--explain",
                    "-o", tmp_path / "b"],
    }  # fmt: skip
    result = call(command, *arguments[command])
    assert result.code == 0 and len(result.out.splitlines()) > (0 if command in ("prune", "quantize") else 3)
    assert result.err == ""


def test_report(road: Any, tmp_path: Path) -> None:
    at, told = road
    written = said("report", at / "n.bundle", "-o", tmp_path / "report.html")["written"]
    assert {Path(path).suffix for path in written} == {".html", ".md", ".json"}
    page = (tmp_path / "report.html").read_text()
    assert "http://" not in page.replace("http://www.w3.org", "") and "<script src" not in page
    assert f"{100 * told['run']['accuracy']:.2f}" in page or f"{100 * told['run']['accuracy']:.1f}" in page


def test_saved_spikes_are_the_encoders(road: Any, tmp_path: Path) -> None:
    at, _ = road
    said("run", at / "n.bundle", "--limit", 3, "--save-spikes", tmp_path / "s.npz")
    with np.load(tmp_path / "s.npz") as spikes:
        assert len(spikes["indptr"]) == 3 * 700 + 1 and spikes["indptr"][-1] == len(spikes["neurons"]) > 0


def test_same_training_same_file(road: Any, tmp_path: Path) -> None:
    at, _ = road
    said("train", "--recipe", "digits-100", "--epochs", EPOCHS, "-o", tmp_path / "net.h5")
    assert (tmp_path / "net.h5").read_bytes() == (at / "net.h5").read_bytes()


def test_listings() -> None:
    targets = said("targets")
    assert [t["name"] for t in targets] == ["nor-flash", "rram", "spinnaker"] and targets[2]["limits"]["chips"] == 48
    assert "neurram" in [d["device"] for d in targets[1]["devices"]] and targets[2]["devices"] == []
    assert [d["name"] for d in said("datasets", "list")] == ["digits", "mnist", "fashion_mnist", "nmnist", "caltech101"]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(command: str) -> None:
    result = call(command, "--help")
    assert result.code == 0 and "Usage" in result.out
