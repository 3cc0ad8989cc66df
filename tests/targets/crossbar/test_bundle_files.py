"""Bundles of in-memory targets: the same bytes for the same input, the same program back, and damage that is named."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from crossbar_programs import assert_same_spikes
from networks import random_spikes, two_layer

from neurodeploy.compiler import compile_network, load_bundle, save_bundle
from neurodeploy.compiler.bundles import signed
from neurodeploy.errors import NeurodeployError
from neurodeploy.files import dump_json, sha256_of, write_arrays
from neurodeploy.targets.crossbar.program import CrossbarProgram

OPTIONS: dict[str, Any] = {"tile": "5x4", "read_noise": 0.1, "partial_sums": "digital", "variation": 0.05, "levels": 9,
                           "lost_weights": 1.0}  # fmt: skip


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    return save_bundle(compile_network(two_layer(density=0.5), "rram", OPTIONS), tmp_path / "a.bundle")


def test_the_same_input_gives_the_same_bytes(bundle: Path) -> None:
    other = save_bundle(compile_network(two_layer(density=0.5), "rram", OPTIONS), bundle.with_name("b.bundle"))
    names = sorted(file.name for file in bundle.iterdir())
    assert names == ["arrays.npz", "device.toml", "lowered.h5", "manifest.json", "network.h5"]
    for name in names:
        assert (bundle / name).read_bytes() == (other / name).read_bytes(), name


def test_what_is_loaded_is_the_same_program(bundle: Path) -> None:
    program, loaded = compile_network(two_layer(density=0.5), "rram", OPTIONS).program, load_bundle(bundle)
    assert isinstance(program, CrossbarProgram) and isinstance(loaded, CrossbarProgram)
    inputs = random_spikes(4, 60, 12, 0.3)
    for executor in ("reference", "model"):
        one, other = program.run(inputs, executor), loaded.run(inputs, executor)
        assert one.spikes["excitatory"].total > 0
        assert_same_spikes(one, other)
        assert one.saturations == other.saturations
        assert one.event_counts().device_events == other.event_counts().device_events
    assert loaded.resources() == program.resources() and dump_json(loaded.manifest) == dump_json(program.manifest)
    assert loaded.mapping.device == program.mapping.device


def test_tiles_hold_what_a_programmer_needs(bundle: Path) -> None:
    program = load_bundle(bundle)
    assert isinstance(program, CrossbarProgram)
    (array,) = program.mapping.arrays
    with np.load(bundle / "arrays.npz") as stored:
        assert len(stored.files) == 3 * array.tiles
        for number, tile in enumerate(array.tiling.tiles):
            cells = stored[f"p0_t{number}_siemens"]
            assert cells.shape == (len(tile.rows), len(tile.outputs) + 1)
            assert (cells[:, -1] == array.mapped.g_zero).all()
            np.testing.assert_array_equal(cells[:, :-1], array.mapped.conductances[np.ix_(tile.rows, tile.outputs)])


def resigned(bundle: Path, **changed: Any) -> None:
    """Make the manifest right for the files as they are, with other entries if any."""
    manifest = json.loads((bundle / "manifest.json").read_text("utf-8")) | changed
    manifest["files"] = {name: sha256_of(bundle / name) for name in manifest["files"]}
    (bundle / "manifest.json").write_text(dump_json(signed(manifest)), "utf-8")


def refused(bundle: Path, code: str, match: str) -> None:
    with pytest.raises(NeurodeployError, match=match) as error:
        load_bundle(bundle)
    assert error.value.code == code


@pytest.mark.parametrize("name", ["arrays.npz", "device.toml"])
def test_changed_and_missing_files_are_named(bundle: Path, name: str) -> None:
    content = (bundle / name).read_bytes()
    (bundle / name).write_bytes(content[:-20] + b"x" * 20)
    refused(bundle, "ND421", f"'{name}' was changed")
    (bundle / name).unlink()
    refused(bundle, "ND421", f"'{name}' is missing")


def edited(change: Callable[[dict[str, np.ndarray]], object]) -> Callable[[Path], None]:
    def edit(path: Path) -> None:
        with np.load(path) as stored:
            arrays = {name: stored[name] for name in stored.files}
        change(arrays)
        write_arrays(path, arrays)

    return edit


DAMAGE: dict[str, Callable[[Path], object]] = {
    "no archive": lambda path: path.write_bytes(b"no archive at all"),
    "cut off": lambda path: path.write_bytes(path.read_bytes()[:-60]),
    "a tile less": edited(lambda a: [a.pop(name) for name in ("p0_t0_rows", "p0_t0_outputs", "p0_t0_siemens")]),
    "no tiles": edited(lambda a: a.clear()),
    "no conductances": edited(lambda a: a.pop("p0_t0_siemens")),
    "other conductances": edited(lambda a: a.update(p0_t0_siemens=2 * a["p0_t0_siemens"])),
    "rows beyond": edited(lambda a: a.update(p0_t0_rows=a["p0_t0_rows"] + 500)),
    "rows below": edited(lambda a: a.update(p0_t0_rows=a["p0_t0_rows"] - 500)),
    "rows twice": edited(lambda a: a.update(p0_t0_rows=np.zeros_like(a["p0_t0_rows"]))),
    "floats": edited(lambda a: a.update(p0_t0_rows=a["p0_t0_rows"] * 0.5)),
    "too many rows": edited(lambda a: a.update(p0_t0_rows=np.arange(12))),
    "a matrix": edited(lambda a: a.update(p0_t0_outputs=a["p0_t0_outputs"][None])),
    "two tiles alike": edited(
        lambda a: a.update({f"p0_t1_{k}": a[f"p0_t0_{k}"] for k in ("rows", "outputs", "siemens")})
    ),
}


@pytest.mark.parametrize("what", DAMAGE)
def test_arrays_that_are_not_of_the_network_are_one_error(bundle: Path, what: str) -> None:
    DAMAGE[what](bundle / "arrays.npz")
    resigned(bundle)
    refused(bundle, "ND420", "arrays.npz' is not what compile wrote")


@pytest.mark.parametrize(
    ("changed", "code"),
    [({"options": None}, "ND420"), ({"converters": 3}, "ND420"), ({"converters": {"x": [1]}}, "ND420"),
     ({"options": {"nonsense": 1}}, "ND401"), ({"schema": 99}, "ND422")],
)  # fmt: skip
def test_manifests_that_compile_did_not_write(bundle: Path, changed: dict[str, Any], code: str) -> None:
    resigned(bundle, **changed)
    refused(bundle, code, "bundle|Bundle")


def test_a_device_file_that_cannot_be(bundle: Path) -> None:
    text = (bundle / "device.toml").read_text("utf-8")
    (bundle / "device.toml").write_text(text.replace('inputs = "rows"', 'inputs = "both"'), "utf-8")
    resigned(bundle)
    refused(bundle, "ND432", "device.toml.*inputs")


def test_overwriting(bundle: Path) -> None:
    other = compile_network(two_layer(), "rram")
    with pytest.raises(NeurodeployError) as error:
        save_bundle(other, bundle)
    assert error.value.code == "ND409"
    save_bundle(other, bundle, overwrite=True)
    assert load_bundle(bundle).network.digest() == two_layer().digest()
