"""Bundles: the same bytes each time, immutable, checked file by file, and nothing left behind by a failure."""

from __future__ import annotations

import itertools
import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from networks import random_spikes, two_layer

from neurodeploy import api
from neurodeploy.compiler import Compilation, compile_network, load_bundle, option_fields, options_from, save_bundle
from neurodeploy.compiler.bundles import read_manifest, signed
from neurodeploy.compression.quantization.weight_sharing import WeightSharing
from neurodeploy.errors import NeurodeployError
from neurodeploy.files import dump_json, sha256_of
from neurodeploy.network import load_network
from neurodeploy.targets.spinnaker.options import SpinnakerOptions

ESTIMATE = {"mapping": "estimate"}


def compiled() -> Compilation:
    small = api.quantize(api.prune(two_layer(), "threshold", threshold=0.2), levels=3)
    return compile_network(small, "spinnaker", ESTIMATE)


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_bundle(compiled(), tmp_path_factory.mktemp("bundles") / "net.bundle")


@pytest.fixture
def bundle(original: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(original, tmp_path / "net.bundle"))


def contents(folder: Path) -> dict[str, bytes]:
    return {str(f.relative_to(folder)): f.read_bytes() for f in sorted(folder.rglob("*")) if f.is_file()}


def edit(bundle: Path, **changes: Any) -> None:
    manifest = json.loads((bundle / "manifest.json").read_text())
    for key, value in changes.items():
        manifest.pop(key)
        if value is not None:
            manifest[key] = value
    (bundle / "manifest.json").write_text(dump_json(signed(manifest)))


def test_same_input_same_bytes(original: Path, tmp_path: Path) -> None:
    again = save_bundle(compiled(), tmp_path / "other.bundle")
    assert contents(again) == contents(original)


def test_manifest_hashes_every_other_file(original: Path) -> None:
    manifest = json.loads((original / "manifest.json").read_text())
    names = {f.name for f in original.iterdir()} - {"manifest.json"}
    assert set(manifest["files"]) == names >= {"network.h5", "lowered.h5", "run_on_board.py"}
    assert all(sha256_of(original / name) == digest for name, digest in manifest["files"].items())
    assert [a.stage for a in load_network(original / "network.h5").ancestors] == ["float", "pruned"]


def test_a_loaded_program_is_the_compiled_one(original: Path) -> None:
    one, other, inputs = compiled().program, load_bundle(original), random_spikes(2, 100, 12, 0.2)
    assert one.manifest == other.manifest and one.resources() == other.resources()
    for executor in ("reference", "model"):
        a, b = (p.run(inputs, executor).spikes["excitatory"] for p in (one, other))
        assert np.array_equal(a.neurons, b.neurons) and np.array_equal(a.indptr, b.indptr)


def test_existing_bundles_are_not_replaced(bundle: Path, tmp_path: Path) -> None:
    before = contents(bundle)
    with pytest.raises(NeurodeployError, match="ND409"):
        save_bundle(compiled(), bundle)
    assert contents(bundle) == before
    save_bundle(compiled(), bundle, overwrite=True)
    assert contents(bundle) == before
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.tex").write_text("years of work")
    with pytest.raises(NeurodeployError, match="ND409.*not a bundle"):
        save_bundle(compiled(), tmp_path / "mine", overwrite=True)
    assert (tmp_path / "mine" / "thesis.tex").read_text() == "years of work"


@pytest.mark.parametrize("name", ["network.h5", "lowered.h5", "spinnaker.npz", "spinnaker.json", "run_on_board.py"])
@pytest.mark.parametrize("damage", ["flip", "cut", "remove"])
def test_any_changed_file_is_named(bundle: Path, name: str, damage: str) -> None:
    content = bytearray((bundle / name).read_bytes())
    content[len(content) // 2] ^= 1
    if damage == "remove":
        (bundle / name).unlink()
    else:
        (bundle / name).write_bytes(content if damage == "flip" else content[:-1])
    with pytest.raises(
        NeurodeployError, match=f"ND421.*'{name}' {'is missing' if damage == 'remove' else 'was changed'}"
    ):
        load_bundle(bundle)


def test_not_a_bundle(tmp_path: Path, bundle: Path) -> None:
    (tmp_path / "empty").mkdir()
    for path, code in ((tmp_path / "none", "ND101"), (tmp_path / "empty", "ND420"), (bundle / "network.h5", "ND420")):
        with pytest.raises(NeurodeployError, match=code):
            load_bundle(path)
    for content, code in (("[]", "ND420"), ("{}", "ND420"), ("{", "ND105"), ("", "ND105")):
        (bundle / "manifest.json").write_text(content)
        with pytest.raises(NeurodeployError, match=code):
            load_bundle(bundle)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"schema": 3}, "ND422"), ({"target": "abacus"}, "ND402"), ({"files": None}, "ND420"),
        ({"target": None}, "ND420"),
        ({"options": {"colour": 1}}, "ND401"), ({"options": None}, "ND4"), ({"vendor_mapping": None}, "ND4"),
        ({"schema": "one"}, "ND4"), ({"files": {"network.h5": 3}}, "ND4"),
    ],
)  # fmt: skip
def test_changed_manifests_are_refused(bundle: Path, changes: dict[str, Any], code: str) -> None:
    edit(bundle, **changes)
    with pytest.raises(NeurodeployError, match=code):
        load_bundle(bundle)


def test_any_changed_byte_of_the_manifest_is_noticed(bundle: Path) -> None:
    """One bit of every seventh byte, a byte less, a byte more; spaces and line ends, too."""
    file = bundle / "manifest.json"
    content = file.read_bytes()
    flipped = (
        content[:at] + bytes([content[at] ^ 1 << at % 8]) + content[at + 1 :] for at in range(0, len(content), 7)
    )
    others = [
        content.replace(b": 1", b": NaN", 1),
        content[:-1],
        content + b" ",
        b" " + content,
        content.replace(b"\n", b"\r\n"),
    ]
    for changed in itertools.chain(flipped, others):
        file.write_bytes(changed)
        with pytest.raises(NeurodeployError, match=r"ND(105|420|421|422)"):
            read_manifest(bundle)
    file.write_bytes(content)
    assert read_manifest(bundle)["files"]


def test_a_forged_entry_is_named(bundle: Path) -> None:
    file = bundle / "manifest.json"
    manifest = json.loads(file.read_text())
    manifest["resources"][0]["used"] += 1
    file.write_text(dump_json(manifest))
    with pytest.raises(NeurodeployError, match="ND421.*'manifest.json' was changed"):
        load_bundle(bundle)
    del manifest["sha256"]
    file.write_text(dump_json(manifest))
    with pytest.raises(NeurodeployError, match="ND421.*'manifest.json' was changed"):
        load_bundle(bundle)


def test_bundles_of_schema_1_load(bundle: Path) -> None:
    """They had no hash of their own, and were read in whatever way their JSON was written."""
    file = bundle / "manifest.json"
    manifest = json.loads(file.read_text())
    del manifest["sha256"]
    file.write_text(json.dumps({**manifest, "schema": 1}))
    assert load_bundle(bundle).resources() == compiled().program.resources()


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt, OSError])
def test_a_failure_while_writing_leaves_nothing(error: type[BaseException], tmp_path: Path) -> None:
    compilation = compiled()

    def fail(folder: Path) -> None:
        (folder / "half").write_text("half")
        raise error("stopped")

    compilation.program.write = fail  # type: ignore[method-assign]
    with pytest.raises((error, NeurodeployError)):
        save_bundle(compilation, tmp_path / "net.bundle")
    assert list(tmp_path.iterdir()) == []


def test_a_failed_overwrite_keeps_the_old_bundle(bundle: Path) -> None:
    before, compilation = contents(bundle), compiled()

    def fail(folder: Path) -> None:
        raise RuntimeError("stopped")

    compilation.program.write = fail  # type: ignore[method-assign]
    with pytest.raises(RuntimeError):
        save_bundle(compilation, bundle, overwrite=True)
    assert contents(bundle) == before and [p.name for p in bundle.parent.iterdir()] == ["net.bundle"]


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"colour": 1}, "no option 'colour'.*machine_version"), ({"boards": "two"}, "boards is 'two'.*Give a int"),
        ({"machine_version": 4}, r"machine_version is 4.*\[3, 5\]"), ({"synapses": "none"}, "synapses is 'none'"),
        ({"neurons_per_core": 257}, "neurons_per_core is 257"), ({"neurons_per_core": 0}, "neurons_per_core is 0"),
        ({"boards": 0}, "boards is 0"), ({"boards": 1201}, "boards is 1201.*1 to 1200"),
        ({"machine_version": 3, "boards": 2}, "cannot be joined"),
        ({"boards": 1.5}, "1.5"),
    ],
)  # fmt: skip
def test_wrong_options(values: dict[str, Any], message: str) -> None:
    with pytest.raises(NeurodeployError, match=message) as caught:
        compile_network(two_layer(), "spinnaker", {**ESTIMATE, **values})
    assert caught.value.code == "ND401"


def test_options_carry_their_help_and_choices() -> None:
    fields = {field.name: field for field in option_fields(SpinnakerOptions)}
    assert fields["machine_version"].choices == (3, 5) and fields["machine_version"].type is int
    assert all(field.help for field in fields.values())
    assert options_from(WeightSharing, {"levels": 5}, "x") == WeightSharing(5)


def test_invalid_networks_are_not_compiled() -> None:
    network = two_layer()
    broken = network.with_projections(network.projections[1], network.projections[0].__class__(
        **{**vars(network.projections[0]), "delay": -1}))  # fmt: skip
    with pytest.raises(NeurodeployError, match="ND201"):
        compile_network(broken, "spinnaker", ESTIMATE)
