"""What is installed is what lies in the folders; nothing unpickles; every recipe parses."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from importlib.resources import files
from pathlib import Path

import pytest

import neurodeploy
from neurodeploy.errors import NeurodeployError
from neurodeploy.training.recipe import load_recipe, recipe_names

ROOT = Path(neurodeploy.__file__).resolve().parents[1]
pytestmark = pytest.mark.skipif(not (ROOT / "pyproject.toml").is_file(), reason="needs the source tree")
FOLDERS = ("neurodeploy", "compiler", "targets", "firmware_models")


def sources() -> list[Path]:
    """Python files of the four top-level folders; the three links inside neurodeploy are not followed."""
    links = {p for p in (ROOT / "neurodeploy").iterdir() if p.is_symlink()}
    found = [file for folder in FOLDERS for file in sorted((ROOT / folder).rglob("*.py"))]
    return [file for file in found if not links & set(file.parents)]


def test_packages_are_the_folders() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]
    by_folder = {folder: package for package, folder in settings["package-dir"].items()}
    found = set()
    for file in sources():
        if file.name == "__init__.py":
            top, *rest = file.parent.relative_to(ROOT).parts
            found.add(".".join([by_folder[top], *rest]))
    assert found == set(settings["packages"]) and len(settings["packages"]) == len(found)


def test_every_module_is_in_a_package() -> None:
    for file in sources():
        assert (file.parent / "__init__.py").is_file(), file


@pytest.mark.parametrize("name", ["compiler", "targets", "firmware_models"])
def test_bare_names_are_not_importable(name: str) -> None:
    command = [sys.executable, "-c", f"import importlib.util; print(importlib.util.find_spec({name!r}))"]
    done = subprocess.run(command, capture_output=True, text=True, cwd="/", check=True)
    assert done.stdout.strip() == "None"
    whole = [sys.executable, "-c", f"import neurodeploy.{name}; print(neurodeploy.{name}.__name__)"]
    done = subprocess.run(whole, capture_output=True, text=True, cwd="/", check=True)
    assert done.stdout.strip() == f"neurodeploy.{name}"


def test_nothing_unpickles() -> None:
    for file in sources():
        tree = ast.parse(file.read_text("utf-8"))
        for node in ast.walk(tree):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert not {n.split(".")[0] for n in names} & {"pickle", "dill", "marshal", "shelve", "joblib"}, file
            if isinstance(node, ast.keyword) and node.arg == "allow_pickle":
                assert isinstance(node.value, ast.Constant) and node.value.value is False, file
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                assert node.func.id not in ("eval", "exec"), file


def test_imports_are_absolute_and_by_the_installed_names() -> None:
    for file in sources():
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.ImportFrom):
                assert node.level == 0 and (node.module or "").split(".")[0] not in FOLDERS[1:], file


LAYERS = {
    "network": {"errors", "files", "network"},
    "encoding": {"errors", "network", "encoding", "datasets", "kernels"},
    "readout": {"errors", "network", "readout"},
    "simulation": {"errors", "network", "simulation"},
    "firmware_models": {"firmware_models"},
    "costs": {"errors", "network", "costs"},
}


@pytest.mark.parametrize("layer", LAYERS)
def test_who_may_import_whom(layer: str) -> None:
    """The rule in design.md: lower layers know nothing of those above."""
    for file in sources():
        parts = file.relative_to(ROOT).parts
        inside = parts[1] if parts[0] == "neurodeploy" else parts[0]
        if inside != layer:
            continue
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("neurodeploy."):
                assert (node.module or "").split(".")[1] in LAYERS[layer], f"{file}: {node.module}"


@pytest.mark.parametrize("name", recipe_names())
def test_every_recipe_parses(name: str) -> None:
    recipe = load_recipe(name)
    assert recipe.name == name and recipe.description and (recipe.backpropagation or recipe.network["neurons"] >= 1)
    by_path = load_recipe(str(files("neurodeploy.recipes") / f"{name}.toml"))
    assert by_path == recipe


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("data = ", "not valid TOML"), ("", "data is missing"), ("data = 'letters'", "data is 'letters'"),
        ("data = 'digits'\ncolour = 1", "unknown entry 'colour'"),
        ("data = 'digits'\n[network]\nneurones = 1", "unknown entry 'network.neurones'"),
        ("data = 'digits'\n[stdp]\nrule = 'hebb'", "stdp.rule is 'hebb'"),
        ("data = 'digits'\n[pruning]\nstart_image = 3", "pruning.rule is missing"),
        ("data = 'digits'\nnetwork = 3", "network"), ("data = 'digits'\npruning = 3", "pruning"),
        ("data = ['digits']", "data"), ("data = 'digits'\nepochs = 'many'", "epochs"),
        ("data = 'digits'\nepochs = -1", "epochs"), ("data = 'digits'\n[network]\nneurons = 'all'", "neurons"),
    ],
)  # fmt: skip
def test_recipes_that_are_refused(tmp_path: Path, content: str, message: str) -> None:
    """Reading, or at the latest training, names the entry; never another exception."""
    from neurodeploy.training.train import train

    (tmp_path / "r.toml").write_text(content)
    with pytest.raises(NeurodeployError, match="ND306") as caught:
        train(load_recipe(str(tmp_path / "r.toml")))
    assert message in caught.value.message


def test_recipes_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "latin.toml").write_bytes(b"description = '\xe9'")
    (tmp_path / "folder.toml").mkdir()
    for path in ("latin.toml", "folder.toml", "none.toml"):
        with pytest.raises(NeurodeployError, match="ND[13]0"):
            load_recipe(str(tmp_path / path))


def test_error_codes_are_in_their_ranges() -> None:
    """ND1xx to ND6xx, three digits, everywhere the source raises one."""
    codes = {code for file in sources() for code in re.findall(r'"(ND\w+)"', file.read_text("utf-8"))}
    assert codes and all(re.fullmatch(r"ND[1-6]\d\d", code) for code in codes)
