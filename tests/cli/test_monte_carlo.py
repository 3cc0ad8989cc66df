"""``neurodeploy monte-carlo``: tables, JSON, files, and what it says no to."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from chips import SAMPLES, varied
from command_line import call, said
from networks import two_layer

from neurodeploy.compiler import compile_network, save_bundle
from neurodeploy.runs import read_runs

HOW = ("--limit", SAMPLES, "--workers", 1)


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_bundle(varied(), tmp_path_factory.mktemp("made") / "net.bundle")


def test_json_is_the_file_beside_the_bundle_and_chips_are_kept(bundle: Path, tmp_path: Path) -> None:
    told = said("monte-carlo", bundle, "--chips", 2, *HOW)
    assert told["resumed"] == 0 and told["kind"] == "monte_carlo" and len(told["chips"]) == 2
    page = tmp_path / "table.md"
    more = said("monte-carlo", bundle, "--chips", 3, *HOW, "--yield-at", 0.05, "-o", page)
    assert more["resumed"] == 2 and more["chips"][:2] == told["chips"] and more["yield"]["chips"] == 3
    [(folder, stored)] = read_runs(bundle, "monte_carlo")
    assert str(folder) == more["output"] and stored == {k: v for k, v in more.items() if k not in ("output", "resumed")}
    assert json.loads((folder / "monte_carlo.json").read_text()) == stored
    assert "| chip | accuracy |" in page.read_text() and "Yield: " in page.read_text()
    assert said("monte-carlo", bundle, "--chips", 2, *HOW, "--restart") == told


def test_tables_for_people(bundle: Path) -> None:
    result = call("monte-carlo", bundle, "--chips", 2, *HOW, "--yield-at", 0)
    assert result.code == 0 and "2 chips of rram" in result.out and "± (95 %)" in result.out
    assert "Yield: 2 of 2 chips reach 0.00 %: 100.00 %, 95 % interval 15.81 % to 100.00 %." in result.out
    assert "is the worst" in result.out


def test_like_chips_are_said_to_be(tmp_path: Path) -> None:
    same = save_bundle(varied(variation=0.0, programming="ideal", read_noise=0.0), tmp_path / "same.bundle")
    result = call("monte-carlo", same, "--chips", 2, *HOW)
    assert result.code == 0 and "all chips gave the same" in result.err


@pytest.mark.parametrize(
    ("options", "code", "text"),
    [
        (("--chips", 0), 2, "--chips"),
        (("--yield-at", 2), 2, "--yield-at"),
        (("--confidence", 1), 2, "--confidence"),
        (("--data", "nothing"), 1, "ND302"),
        (("-o", "/nowhere/table.md"), 1, "ND101"),
    ],
)
def test_wrong_use(bundle: Path, options: tuple[object, ...], code: int, text: str) -> None:
    result = call("monte-carlo", bundle, *options)
    assert result.code == code and text in result.err and "Traceback" not in result.err


def test_a_bundle_without_chips_and_what_is_no_bundle(tmp_path: Path) -> None:
    network = two_layer(64, 5).with_metadata(data="digits")
    board = save_bundle(compile_network(network, "spinnaker", {"mapping": "estimate"}), tmp_path / "net.bundle")
    assert call("monte-carlo", board).code == 1 and "ND440" in call("monte-carlo", board).err
    assert not (tmp_path / "net.run").exists()
    assert "ND101" in call("monte-carlo", tmp_path / "absent.bundle").err
