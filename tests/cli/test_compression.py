"""prune, quantize and sensitivity on the command line."""

from __future__ import annotations

from pathlib import Path

import pytest
from command_line import call, said
from compressible import layered, small_classifier

from neurodeploy.network import load_network, save_network


@pytest.fixture(scope="module")
def at(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("compression")
    save_network(small_classifier(), folder / "net.h5")
    save_network(layered(), folder / "layered.h5")
    return folder


def test_to_sparsity_alone(at: Path) -> None:
    told = said("prune", at / "net.h5", "--to-sparsity", 0.9, "-o", at / "p.h5")
    assert told["rule"] == "magnitude"
    assert [(e["before"], e["after"]) for e in told["synapses"]] == [(1280, 128), (200, 20)]
    told = said("prune", at / "net.h5", "--rule", "global_magnitude", "--to-sparsity", 0.9, "--normalize", "rms", "-o", at / "p.h5")  # fmt: skip
    assert sum(e["after"] for e in told["synapses"]) == 148


def test_removal_and_what_is_left_alone(at: Path) -> None:
    result = call("prune", at / "layered.h5", "--rule", "filters", "--remove", "-o", at / "f.h5")
    assert result.code == 0, result.err
    assert "'first' 256 -> 128 neurons" in result.out and "'pool' is left alone: one weight" in result.out
    assert load_network(at / "f.h5").population("first").shape == (2, 8, 8)


def test_bits_and_calibration(at: Path) -> None:
    arguments = ("quantize", at / "net.h5", "--bits", 3, "--calibrate", "digits", "--calibration-samples", 20, "-o")
    told = said(*arguments, at / "q.h5", "--correct-bias", "--balance")
    assert told["rule"] == "uniform" and told["calibration"]["samples"] == 20
    assert [e["population"] for e in told["balance"]["thresholds"]] == ["hidden", "output"]
    assert [e["levels"] for e in told["weights"]] == [7, 7] and len(told["correct_bias"]["i_offset"]) == 2
    text = call(*arguments, at / "q.h5", "--correct-bias", "--balance").out
    assert "weights became zero" in text and "Balanced thresholds" in text and "Bias of 'hidden'" in text
    for rule in ("k_means", "weight_sharing"):
        assert said("quantize", at / "net.h5", "--rule", rule, "--levels", 5, "-o", at / "q.h5")["rule"] == rule


def test_sensitivity(at: Path) -> None:
    told = said("sensitivity", at / "net.h5", "--limit", 20, "--sparsities", "0.5", "--bits", "4,2")
    assert [s["value"] for s in told["settings"]] == [0.5, 4, 2] * 2 and told["data"] == "digits"
    table = call("sensitivity", at / "net.h5", "--dataset", "digits", "--limit", 20, "--sparsities", "", "--bits", "4")
    assert table.code == 0 and "4 bits" in table.out and "spike distance" in table.out


@pytest.mark.parametrize(
    ("arguments", "code", "text"),
    [
        (("prune", "net.h5", "--to-sparsity", 1.5, "-o", "x.h5"), 1, "ND204"),
        (("prune", "net.h5", "--to-sparsity", 0.5, "--normalize", "rms", "-o", "x.h5"), 2, "--normalize"),
        (("prune", "layered.h5", "--rule", "neurons", "--remove", "--projection", "conv1", "-o", "x.h5"), 1, "ND202"),
        (("quantize", "net.h5", "--bits", 40, "-o", "x.h5"), 1, "ND204"),
        (("quantize", "layered.h5", "--bits", 4, "--calibrate", "digits", "-o", "x.h5"), 1, "ND206"),
        (("sensitivity", "net.h5", "--bits", "four"), 2, "four"),
        (("sensitivity", "layered.h5"), 1, "ND206"),
    ],
)
def test_refusals(at: Path, arguments: tuple[object, ...], code: int, text: str) -> None:
    placed = [at / str(a) if str(a).endswith(".h5") else a for a in arguments]
    result = call(*placed)
    assert result.code == code and text in result.err and not (at / "x.h5").exists()
