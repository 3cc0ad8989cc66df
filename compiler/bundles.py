"""Bundles: a folder with everything a compiled network is, written atomically, immutable, the same for the same input.

``manifest.json`` (schema, versions, options, hashes of every other file and of itself, resources), ``network.h5`` (with
its ancestors), ``lowered.h5``, and the target's own files. Runs are kept beside it, in ``NAME.run/``.

Schema 2 added ``sha256``, the manifest's own hash: that of its JSON (:func:`~neurodeploy.files.dump_json`) without it.
Bundles of schema 1 load; of their manifest only the form is checked.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

from neurodeploy.compiler.compilation import Compilation
from neurodeploy.compiler.registry import find_target
from neurodeploy.compiler.target import Program
from neurodeploy.errors import NeurodeployError
from neurodeploy.files import atomic_folder, check_folder_writable, dump_json, load_json, sha256_of
from neurodeploy.network import load_network, save_network

SCHEMA = 2
FORMAT = "neurodeploy bundle"
_SIGNED_SINCE = 2


def check_bundle_path(path: str | Path, *, overwrite: bool = False) -> Path:
    """Refuse, before any work, a path where :func:`save_bundle` could not write; returns it.

    Raises:
        NeurodeployError: ND409 when it exists and ``overwrite`` is false, or is another folder; ND101–ND103.
    """
    path = Path(path)
    if path.exists() and not overwrite:
        raise NeurodeployError(
            "ND409",
            f"'{path}' exists, and bundles are immutable.",
            "Choose another name, or remove it ('compile' has --overwrite).",
        )
    if path.is_dir() and any(path.iterdir()) and not (path / "manifest.json").is_file():
        raise NeurodeployError(
            "ND409", f"'{path}' is a folder that is not a bundle; it will not be replaced.", "Choose another name."
        )
    check_folder_writable(path)
    return path


def save_bundle(compilation: Compilation, path: str | Path, *, overwrite: bool = False) -> Path:
    """Write a bundle to the folder ``path``.

    Raises:
        NeurodeployError: ND409 when it exists (bundles are immutable) and ``overwrite`` is false; ND101–ND104.
    """
    path = check_bundle_path(path, overwrite=overwrite)
    program = compilation.program
    with atomic_folder(path) as folder:
        save_network(program.network, folder / "network.h5")
        save_network(program.lowered, folder / "lowered.h5")
        program.write(folder)
        files = {file.name: sha256_of(file) for file in sorted(folder.iterdir())}
        manifest = {
            "format": FORMAT,
            "schema": SCHEMA,
            "neurodeploy": version("neurodeploy"),
            "target": program.target,
            "files": files,
            "resources": [usage.as_dict() for usage in program.resources()],
            "passes": [
                {"name": r.name, "what": r.what, "synapses_before": r.synapses_before, "synapses_after": r.synapses_after,
                 "bytes_after": r.bytes_after}
                for r in compilation.context.log
            ],
            **program.manifest,
        }  # fmt: skip
        (folder / "manifest.json").write_text(dump_json(signed(manifest)), "utf-8")
    return path


def signed(manifest: Mapping[str, Any]) -> dict[str, Any]:
    """The manifest with ``sha256``, the hash of everything else in it."""
    rest = {name: value for name, value in manifest.items() if name != "sha256"}
    return {**rest, "sha256": hashlib.sha256(dump_json(rest).encode()).hexdigest()}


def load_bundle(path: str | Path) -> Program:
    """Read a bundle, checking every file against the manifest.

    Raises:
        NeurodeployError: ND101 when it does not exist, ND420 when it is no bundle, ND421 when a file is missing or changed, ND422 for a newer schema.
    """
    path = Path(path)
    manifest = read_manifest(path)
    for name, expected in manifest["files"].items():
        file = path / name
        if not file.is_file() or sha256_of(file) != expected:
            what = "was changed" if file.is_file() else "is missing"
            raise NeurodeployError("ND421", f"The bundle '{path}' is damaged: '{name}' {what}.", "Compile it again.")
    network, lowered = load_network(path / "network.h5"), load_network(path / "lowered.h5")
    return find_target(manifest["target"]).load(path, manifest, network, lowered)


def read_manifest(path: Path) -> dict[str, Any]:
    """The manifest of a bundle, checked for form and, from schema 2 on, byte for byte against its own hash.

    Raises:
        NeurodeployError: ND101 when it does not exist, ND420 when it is none, ND105 when it is no JSON, ND421 when it was changed, ND422 when newer.
    """
    if not path.exists():
        raise NeurodeployError(
            "ND101", f"Cannot read '{path}': it does not exist.", "Give a folder that 'neurodeploy compile' wrote."
        )
    if not (path / "manifest.json").is_file():
        raise NeurodeployError(
            "ND420",
            f"'{path}' is not a bundle (it has no manifest.json).",
            "Give a folder that 'neurodeploy compile' wrote.",
        )
    manifest = load_json(path / "manifest.json", "Compile it again.")
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        raise NeurodeployError(
            "ND420", f"'{path}' is not a neurodeploy bundle.", "Give a folder that 'neurodeploy compile' wrote."
        )
    if not isinstance(manifest.get("schema"), int):
        raise NeurodeployError("ND420", f"The manifest of '{path}' has no schema.", "Compile it again.")
    if manifest["schema"] > SCHEMA:
        raise NeurodeployError(
            "ND422",
            f"The bundle '{path}' has schema {manifest['schema']}; this version reads up to {SCHEMA}.",
            "Update neurodeploy.",
        )
    is_signed = manifest["schema"] >= _SIGNED_SINCE or "sha256" in manifest
    if is_signed and not _is_intact(manifest, (path / "manifest.json").read_bytes()):
        raise NeurodeployError(
            "ND421", f"The bundle '{path}' is damaged: 'manifest.json' was changed.", "Compile it again."
        )
    if not isinstance(manifest.get("files"), dict) or "target" not in manifest:
        raise NeurodeployError("ND420", f"The manifest of '{path}' is incomplete.", "Compile it again.")
    return manifest


def _is_intact(manifest: Mapping[str, Any], content: bytes) -> bool:
    """Whether the file is what was written: other bytes (spaces, an entry named twice) may hold the same values."""
    try:
        return dump_json(signed(manifest)).encode() == content
    except ValueError:  # it holds a NaN, which is never written
        return False


def bundle_digest(path: Path) -> str:
    """SHA-256 of the manifest's file; the manifest holds the hashes of everything else."""
    return hashlib.sha256((path / "manifest.json").read_bytes()).hexdigest()
