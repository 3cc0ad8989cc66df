"""The RRAM target through the command line: what it makes, and every refusal as one error with nothing written."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from command_line import call, said
from crossbar_programs import assumed, device_with
from networks import into, layered, two_layer

from neurodeploy.network import IF, LeakyIntegrator, Network, Weights, save_network


def signed(**others: Any) -> Network:
    return into(IF(), np.random.default_rng(0).normal(size=(10, 4)), **others)


def coded() -> Network:
    codes = np.arange(40).reshape(10, 4).astype(np.uint8) % 9
    return into(IF(), Weights(codes=codes, levels=np.linspace(-1, 1, 9)))


REFUSED: dict[str, tuple[Network, list[str], str, list[str]]] = {
    "levels": (coded(), ["--levels", "4"], "ND430", ["'synapses'", "5 levels", "cells with 4"]),
    "negative weights": (signed(), ["--cells", "single"], "ND430", ["'synapses'", "on a single cell"]),
    "split rows": (two_layer(), ["--tile", "8x8", "--partial-sums", "none"], "ND431", ["'input_to_excitatory'", "8 rows"]),
    "narrow tiles": (signed(), ["--tile", "8x1"], "ND431", ["'synapses'", "1 columns"]),
    "levels of the device": (two_layer(), ["--device", "neurosim", "--levels", "9999"], "ND431", ["9999 levels"]),
    "no such device": (two_layer(), ["--device", "memristor"], "ND432", ["'memristor'"]),
    "lost weights": (signed(), ["--levels", "2", "--lost-weights", "0.01"], "ND433", ["'synapses'", "1 % allowed"]),
    "circuits": (
        into(LeakyIntegrator(synapse="current"), np.ones((3, 2))), ["--threshold-variation", "0.1"], "ND434", ["'neurons'"],
    ),
    "network": (layered(), [], "ND435", ["'dense' has delays from 0 to 3"]),
    "too few tiles": (two_layer(), ["--tile", "4x4", "--tiles-available", "2"], "ND408", ["tiles: 6 of 2"]),
    "an option": (two_layer(), ["--stuck-at", "1.5"], "ND401", ["--stuck-at", "1.5"]),
}  # fmt: skip


@pytest.mark.parametrize("why", REFUSED)
def test_refusals(why: str, tmp_path: Path) -> None:
    network, options, code, named = REFUSED[why]
    save_network(network, tmp_path / "net.h5")
    result = call("compile", tmp_path / "net.h5", "--target", "rram", *options, "-o", tmp_path / "n.bundle")
    told = " ".join(result.err.split())
    assert result.code == 1 and result.out == ""
    assert told.startswith(code) and told.count("ND4") == 1
    for name in named:
        assert name in told, told
    assert [file.name for file in tmp_path.iterdir()] == ["net.h5"]


DEVICES = {
    "no TOML": ("g_min = ", "not valid TOML"), "nothing": ("", "title"), "binary": ("\x00", "TOML"),
}  # fmt: skip


@pytest.mark.parametrize("what", DEVICES)
def test_device_files_that_are_none(what: str, tmp_path: Path) -> None:
    text, named = DEVICES[what]
    (tmp_path / "d.toml").write_text(text, "utf-8")
    refused_device(tmp_path, "ND432", named)


@pytest.mark.parametrize(
    ("key", "value"),
    [("g_min", assumed(50e-6)), ("g_max", assumed(0)), ("states", assumed("[1e-6, 3e-6]")), ("nonsense", assumed(1)),
     ("write_increment", assumed(1e-6)), ("inputs", '"both"'), ("stuck_on", assumed(1.5)), ("node_nm", assumed(-1))],
)  # fmt: skip
def test_device_files_with_values_that_cannot_be(key: str, value: str, tmp_path: Path) -> None:
    device_with(tmp_path / "d.toml", **{key: value})
    refused_device(tmp_path, "ND432", key)


def refused_device(folder: Path, code: str, named: str) -> None:
    save_network(two_layer(), folder / "net.h5")
    arguments = ("--target", "rram", "--device", folder / "d.toml", "-o", folder / "n.bundle")
    result = call("compile", folder / "net.h5", *arguments)
    told = " ".join(result.err.split())
    assert result.code == 1 and result.out == "" and told.startswith(code), told
    assert "d.toml" in told and named in told
    assert not (folder / "n.bundle").exists()


def test_a_device_file_that_is_not_there(tmp_path: Path) -> None:
    save_network(two_layer(), tmp_path / "net.h5")
    arguments = ("--target", "rram", "--device", tmp_path / "no.toml", "-o", tmp_path / "n.bundle")
    result = call("compile", tmp_path / "net.h5", *arguments)
    assert result.code == 1 and result.err.startswith("ND101") and "no.toml" in result.err


def test_the_road_on_digits(tmp_path: Path) -> None:
    """Ideal arrays spike and decide as the network does; a noisy chip spikes otherwise."""
    save_network(two_layer(64, 30), tmp_path / "net.h5")
    common = ("--target", "rram", "--tile", "64x64")
    ideal = ("--programming", "ideal", "--segment-ohms", 0)
    said("compile", tmp_path / "net.h5", *common, *ideal, "-o", tmp_path / "ideal.bundle")
    told = said("compile", tmp_path / "net.h5", *common, "--read-noise", 0.05, "-o", tmp_path / "chip.bundle")
    assert told["fits"] and told["weights"][0]["cells"] == "reference"
    runs = {
        name: said("run", tmp_path / f"{name}.bundle", "--data", "digits", "--limit", 20, "--executor", executor)
        for name, executor in (("ideal", "model"), ("chip", "model"))
    }
    reference = said("run", tmp_path / "ideal.bundle", "--data", "digits", "--limit", 20, "--executor", "reference")
    assert runs["ideal"]["correct"] == reference["correct"] and runs["ideal"]["spikes"] == reference["spikes"]
    assert runs["chip"]["spikes"]["excitatory"] != reference["spikes"]["excitatory"]
