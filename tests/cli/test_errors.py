"""Bad input: one line that starts with a code, no traceback, exit status 1, and nothing left behind."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from command_line import Result, call
from networks import edited, into, two_layer

from neurodeploy.compiler import compile_network, save_bundle
from neurodeploy.compiler.bundles import signed
from neurodeploy.files import dump_json
from neurodeploy.network import LIF, Weights, hdf5, load_network, save_network


def refused(result: Result, code: str, *needles: str) -> None:
    """Assert exit status 1 with one coded line (a hint may follow, indented)."""
    first, *rest = result.err.strip().splitlines()
    assert result.code == 1 and first.startswith(code), result
    assert all(line.startswith(" ") for line in rest) and "Traceback" not in result.err
    assert all(needle in result.err for needle in needles), result.err


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a good network and bundle, and files that are neither."""
    at = tmp_path_factory.mktemp("made")
    save_network(two_layer(64, 5), at / "net.h5")
    save_bundle(compile_network(two_layer(64, 5), "spinnaker", {"mapping": "estimate"}), at / "net.bundle")
    (at / "empty.h5").touch()
    (at / "text.h5").write_text("these are not weights\n")
    (at / "folder").mkdir()
    nan = into(LIF(), Weights(values=np.array([[np.nan]])))
    with edited(at / "nan.h5") as file:
        file.attrs.update({"format": hdf5.FORMAT, "schema": hdf5.SCHEMA})
        hdf5._store(file, "network", nan)
    return at


NETWORK_COMMANDS: dict[str, list[str]] = {
    "inspect": [], "prune": ["-o", "OUT"], "quantize": ["-o", "OUT"],
    "compile": ["--target", "spinnaker", "--mapping", "estimate", "-o", "OUT"],
}  # fmt: skip


@pytest.mark.parametrize("command", NETWORK_COMMANDS)
@pytest.mark.parametrize(
    ("file", "code"),
    [("none.h5", "ND101"), ("folder", "ND"), ("empty.h5", "ND110"), ("text.h5", "ND110"), ("nan.h5", "ND201")],
)
def test_bad_network_files(made: Path, tmp_path: Path, command: str, file: str, code: str) -> None:
    arguments = [str(tmp_path / "out") if a == "OUT" else a for a in NETWORK_COMMANDS[command]]
    refused(call(command, made / file, *arguments), code, file)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("command", ["verify", "report"])
@pytest.mark.parametrize("file", ["none", "folder", "net.h5", "text.h5"])
def test_bad_bundles(made: Path, tmp_path: Path, command: str, file: str) -> None:
    output = ["-o", tmp_path / "report.html"] if command == "report" else []
    refused(call(command, made / file, *output), "ND101" if file == "none" else "ND420", file)
    assert list(tmp_path.iterdir()) == []


def test_a_foreign_bundle(made: Path, tmp_path: Path) -> None:
    bundle = Path(shutil.copytree(made / "net.bundle", tmp_path / "x.bundle"))
    manifest = json.loads((bundle / "manifest.json").read_text())
    (bundle / "manifest.json").write_text(dump_json(signed({**manifest, "target": "abacus"})))
    refused(call("run", bundle, "--data", "digits"), "ND402", "abacus")
    (bundle / "network.h5").write_bytes(b"something else")
    refused(call("verify", bundle, "--data", "digits"), "ND421", "network.h5")


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["compile", "NET", "--target", "abacus", "-o", "OUT"], "ND402"),
        (["train", "--recipe", "nothing-100", "-o", "OUT"], "ND306"),
        (["train", "--recipe", "missing.toml", "-o", "OUT"], "ND306"),
        (["prune", "NET", "--threshold", "9", "-o", "OUT"], "ND203"),
        (["prune", "NET", "--threshold", "-1", "-o", "OUT"], "ND204"),
        (["prune", "NET", "--projection", "nowhere", "-o", "OUT"], "ND202"),
        (["quantize", "NET", "--levels", "1", "-o", "OUT"], "ND204"),
        (["compile", "NET", "--target", "spinnaker", "--neurons-per-core", "999", "-o", "OUT"], "ND401"),
        (["compile", "NET", "--target", "spinnaker", "-o", "BUNDLE"], "ND409"),
        (["run", "BUNDLE", "--data", "letters"], "ND302"),
        (["run", "BUNDLE"], "ND305"),
        (["run", "BUNDLE", "--data", "digits", "--executor", "board"], "ND502"),
        (["run", "BUNDLE", "--data", "mnist", "--data-dir", "/nowhere"], "ND101"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else value,
)
def test_bad_values(made: Path, tmp_path: Path, arguments: list[Any], code: str) -> None:
    places = {"NET": made / "net.h5", "BUNDLE": made / "net.bundle", "OUT": tmp_path / "out"}
    refused(call(*(places.get(a, a) for a in arguments)), code)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "arguments",
    [
        ["fly"], ["compile"], ["compile", "x.h5"], ["prune", "x.h5"], ["run"], ["run", "x", "--limit", "0"],
        ["train", "--data", "letters", "-o", "x"], ["train", "--threshold", "0.1", "-o", "x"], ["train", "--recipe", "digits-100", "--data", "mnist", "-o", "x"],
        ["quantize", "x.h5", "--levels", "many", "-o", "y"], ["inspect", "x.h5", "--colour"],
        ["datasets", "fetch", "digits"],
        ["compile", "x.h5", "--target", "spinnaker", "--machine-version", "4", "-o", "y"],
    ],
    ids=" ".join,
)  # fmt: skip
def test_wrong_usage_exits_with_2(arguments: list[str]) -> None:
    result = call(*arguments)
    assert result.code == 2 and "Traceback" not in result.err and result.err


def test_options_of_another_rule_are_wrong_usage(made: Path, tmp_path: Path) -> None:
    result = call("prune", made / "net.h5", "--rule", "threshold", "--sparsity", "0.5", "-o", tmp_path / "out")
    assert result.code == 2 and "--sparsity is not an option of 'threshold'" in result.err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("command", ["prune", "quantize", "compile", "train"])
def test_output_in_a_folder_that_does_not_exist(made: Path, tmp_path: Path, command: str) -> None:
    first: dict[str, list[object]] = {
        "train": ["--recipe", "digits-100"],
        "compile": [made / "net.h5", "--target", "spinnaker", "--mapping", "estimate"],
    }
    arguments = first.get(command, [made / "net.h5"])
    refused(call(command, *arguments, "-o", tmp_path / "no" / "out"), "ND101", "out")


@pytest.mark.parametrize(
    ("arguments", "work"),
    [
        (["prune", "NET", "-o", "OUT"], "api.prune"),
        (["quantize", "NET", "-o", "OUT"], "api.quantize"),
        (["compile", "NET", "--target", "spinnaker", "-o", "OUT"], "cli.compile.compile_network"),
        (["compile", "NET", "--target", "spinnaker", "--overwrite", "-o", "OUT"], "cli.compile.compile_network"),
        (["export", "NET", "-o", "OUT"], "network.nir.export_nir"),
        (["report", "BUNDLE", "-o", "OUT.html"], "report.collect"),
        (["inspect", "NET", "--page", "OUT.html"], "inspection.summarise"),
        (["run", "BUNDLE", "--data", "digits", "--save-spikes", "OUT"], "cli.run.write_input_spikes"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_the_output_is_checked_before_the_work(
    made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], work: str
) -> None:
    def worked(*_: Any, **__: Any) -> None:
        raise AssertionError("it worked before it looked at the output")

    module, _, name = f"neurodeploy.{work}".rpartition(".")
    monkeypatch.setattr(import_module(module), name, worked)
    places = {"NET": made / "net.h5", "BUNDLE": made / "net.bundle"}
    missing = tmp_path / "nodir"
    given = [places.get(a) or (missing / a if a.startswith("OUT") else a) for a in arguments]
    refused(call(*given), "ND101", "nodir")
    assert not missing.exists()


def test_a_folder_that_is_no_bundle_is_not_replaced_and_nothing_is_compiled(
    made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def worked(*_: Any, **__: Any) -> None:
        raise AssertionError("it compiled before it looked at the output")

    monkeypatch.setattr("neurodeploy.cli.compile.compile_network", worked)
    (tmp_path / "mine.txt").touch()
    given = ["compile", made / "net.h5", "--target", "spinnaker", "--overwrite", "-o"]
    refused(call(*given, tmp_path), "ND409", "not a bundle")
    refused(call(*given, tmp_path / "mine.txt"), "ND102", "mine.txt")


@pytest.mark.parametrize("command", ["run", "verify"])
def test_where_runs_are_kept_is_checked_before_the_work(
    made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    def worked(*_: Any, **__: Any) -> None:
        raise AssertionError("it ran before it looked at the output")

    bundle = Path(shutil.copytree(made / "net.bundle", tmp_path / "x.bundle"))
    (tmp_path / "x.run").touch()
    monkeypatch.setattr("neurodeploy.api.infer", worked)
    monkeypatch.setattr("neurodeploy.verification.ladder.infer", worked)
    refused(call(command, bundle, "--data", "digits"), "ND102", "x.run")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_output_that_may_not_be_written(made: Path, tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    try:
        refused(call("prune", made / "net.h5", "-o", tmp_path / "out"), "ND103")
    finally:
        tmp_path.chmod(0o700)


@pytest.mark.parametrize("output", ["FOLDER", "."])
def test_training_into_a_folder_is_refused_before_the_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, output: str
) -> None:
    def worked(*_: Any, **__: Any) -> None:
        raise AssertionError("it trained before it looked at the output")

    monkeypatch.setattr("neurodeploy.training.train.train", worked)
    monkeypatch.chdir(tmp_path)
    refused(call("train", "--recipe", "digits-100", "-o", tmp_path if output == "FOLDER" else "."), "ND102")


def test_running_from_inside_the_bundle(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """``neurodeploy run .`` works, and its run folder lies beside the bundle as ever."""
    bundle = Path(shutil.copytree(made / "net.bundle", tmp_path / "x.bundle"))
    monkeypatch.chdir(bundle)
    result = call("run", ".", "--data", "digits", "--limit", 2, "--json")
    assert result.code == 0 and (tmp_path / "x.run").is_dir()
    assert not [p for p in bundle.iterdir() if p.name.endswith(".run")]


@pytest.mark.parametrize(("command", "wrong"), [("prune", ["--threshold", 9]), ("quantize", ["--levels", 1])])
def test_an_existing_file_is_replaced_whole_or_stays(
    made: Path, tmp_path: Path, command: str, wrong: list[Any]
) -> None:
    """What docs/errors.md says of files; bundles are refused (ND409)."""
    output = tmp_path / "out"
    output.write_text("old")
    assert call(command, made / "net.h5", *wrong, "-o", output).code == 1 and output.read_text() == "old"
    assert call(command, made / "net.h5", "-o", output).code == 0 and load_network(output).ancestors
    assert list(tmp_path.iterdir()) == [output]


@pytest.mark.parametrize(
    ("error", "code", "status"),
    [(KeyboardInterrupt, "ND130", 1), (MemoryError, "ND107", 1), (OSError(28, "No space left on device"), "ND10", 1)],
)
def test_interruptions_leave_nothing(
    made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Any, code: str, status: int
) -> None:
    def stop(*_: Any) -> None:
        raise error

    monkeypatch.setattr(hdf5, "_store", stop)
    result = call("prune", made / "net.h5", "-o", tmp_path / "out.h5")
    said = result.err.strip()  # click ends the line of ^C first
    assert result.code == status and said.startswith(code) and len(said.splitlines()) <= 2
    assert list(tmp_path.iterdir()) == []


def test_a_reader_that_leaves_is_no_error(made: Path) -> None:
    script = f"{sys.executable} -c 'from neurodeploy.cli import main; main()' inspect {made / 'net.h5'} | head -1"
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True)
    assert done.returncode == 0 and "Traceback" not in done.stderr


def test_help_imports_no_heavy_library() -> None:
    """What takes long to import is imported by the command that needs it."""
    entry = "import sys; sys.argv = ['neurodeploy', '--help']; from neurodeploy.cli import main; main()"
    done = subprocess.run([sys.executable, "-X", "importtime", "-c", entry], capture_output=True, text=True)
    imported = {line.split("|")[-1].strip().split(".")[0] for line in done.stderr.splitlines() if "|" in line}
    assert done.returncode == 0 and "compile" in done.stdout and "rich_click" in imported
    assert not imported & {"numba", "h5py", "numpy", "scipy", "sklearn", "matplotlib", "pooch", "spynnaker", "pyNN"}


def test_version() -> None:
    result = call("--version")
    assert result.code == 0 and "0.1.0" in result.out
