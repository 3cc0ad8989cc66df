"""Native network files: HDF5 with a schema version and a checksum, written atomically, read defensively.

A file is 512 bytes of seal (a name and the SHA-256 of what follows; HDF5 calls it a user block, and its tools skip it) and
an HDF5 stream. The checksum is compared before HDF5 sees a byte; whoever writes a hostile file can compute it too, so that
HDF5 runs in a process of its own (:mod:`neurodeploy.network.guarded_hdf5`). Every dataclass is a group whose attribute
``kind`` names it, numbers and texts are attributes, arrays are data sets.
"""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from neurodeploy.errors import NeurodeployError
from neurodeploy.files import atomic_file, explain_os_error
from neurodeploy.network.connectivity import CONNECTIVITIES
from neurodeploy.network.field_types import check_field_types
from neurodeploy.network.guarded_hdf5 import Data, Group, read_hdf5
from neurodeploy.network.network import Ancestor, Encoder, Network, Population, Projection, Readout, plain
from neurodeploy.network.neurons import NEURON_MODELS, StepSemantics
from neurodeploy.network.validation import validate
from neurodeploy.network.weights import Weights

FORMAT = "neurodeploy network"
SCHEMA = 2
_MAGIC = b"neurodeploy network\nsha256 "
_SEAL_BYTES = 512
_RESTORE = "Restore it from a copy or make it again."
_COMPRESSED_FROM_BYTES = 4096
_LARGEST_ATTRIBUTE_CHARACTERS = 30_000  # HDF5's limit for an attribute is 64 KiB
_KINDS: dict[str, Callable[..., Any]] = {
    **NEURON_MODELS,
    **CONNECTIVITIES,
    **{
        cls.__name__: cls
        for cls in (StepSemantics, Population, Projection, Weights, Encoder, Readout, Ancestor, Network)
    },
}


def save_network(network: Network, path: str | Path) -> None:
    """Write a network file; the same network gives the same bytes.

    Raises:
        NeurodeployError: ND201 when the network is not valid, ND101–ND104 when the file cannot be written.
    """
    validate(network)
    # HDF5 crashes on a full disk, so it writes to memory and plain Python writes the bytes.
    content = io.BytesIO()
    with h5py.File(content, "w") as file:
        file.attrs.update({"format": FORMAT, "schema": SCHEMA})
        _store(file, "network", network)
    with atomic_file(path) as temporary:
        temporary.write_bytes(seal(content.getvalue()))


def seal(content: bytes) -> bytes:
    """An HDF5 stream with its seal in front."""
    return _MAGIC + hashlib.sha256(content).hexdigest().encode().ljust(_SEAL_BYTES - len(_MAGIC), b"\0") + content


def load_network(path: str | Path) -> Network:
    """Read a network file.

    Raises:
        NeurodeployError: ND101/ND103 when it cannot be opened, ND110 when it is no network file, ND111 when it is
            damaged, ND112 when its schema is newer than this version, ND201 when its network is not valid.
    """
    path = Path(path)
    if path.is_dir():
        raise NeurodeployError("ND110", f"'{path}' is a folder, not a network file.", "Give an .h5 file.")
    try:
        sealed = path.read_bytes()
    except OSError as error:
        raise explain_os_error(error, path, "read") from None
    return _read(path, _opened(path, sealed))


def _opened(path: Path, sealed: bytes) -> bytes:
    """The HDF5 stream of a sealed file, its checksum compared."""
    if not sealed.startswith(_MAGIC):
        hdf5 = sealed.startswith(b"\x89HDF\r\n\x1a\n")
        found = (
            "it is empty"
            if not sealed
            else "it is another program's HDF5 file"
            if hdf5
            else "it is another kind of file"
        )
        if sealed and _MAGIC.startswith(sealed[: len(_MAGIC)]):
            raise NeurodeployError("ND111", f"'{path}' is damaged: only {len(sealed)} bytes are left.", _RESTORE)
        raise NeurodeployError(
            "ND110",
            f"'{path}' is not a neurodeploy network: {found}.",
            "Give a file that neurodeploy wrote; 'neurodeploy import' reads NIR graphs, 'import-ann' ONNX and safetensors.",
        )
    content = sealed[_SEAL_BYTES:]
    if seal(content) != sealed:
        raise NeurodeployError("ND111", f"'{path}' is damaged: its content does not match its checksum.", _RESTORE)
    return content


def _read(path: Path, content: bytes) -> Network:
    try:
        root = read_hdf5(content)
        schema = root.attributes.get("schema", 0)
        if root.attributes.get("format") == FORMAT and schema > SCHEMA:
            raise NeurodeployError(
                "ND112", f"'{path}' has schema {schema}; this version reads up to {SCHEMA}.", "Update neurodeploy."
            )
        network = _restore(root, "network", "")
        if not isinstance(network, Network):
            raise ValueError("it holds no network")
        network.digest()  # fails where a value of the wrong type stands
        return validate(network, str(path))
    except NeurodeployError:
        raise
    except MemoryError:
        raise NeurodeployError("ND107", f"There is not enough memory to read '{path}'.", "Free some memory.") from None
    except Exception as error:  # what hostile values make numpy and Python say
        reason = (str(error) or type(error).__name__).splitlines()[0][:300]
        raise NeurodeployError("ND111", f"'{path}' is damaged: {reason}.", _RESTORE) from None


def _store(group: h5py.Group, name: str, value: Any) -> None:
    if is_dataclass(value):
        inner = group.create_group(name)
        inner.attrs["kind"] = getattr(value, "kind", type(value).__name__)
        for entry in fields(value):
            _store(inner, entry.name, getattr(value, entry.name))
    elif isinstance(value, np.ndarray) and value.ndim:
        compression = "gzip" if value.nbytes >= _COMPRESSED_FROM_BYTES else None
        group.create_dataset(name, data=value, compression=compression, shuffle=True if compression else None)
    elif isinstance(value, tuple) and any(is_dataclass(item) for item in value):
        inner = group.create_group(name)
        inner.attrs["count"] = len(value)
        for index, item in enumerate(value):
            _store(inner, str(index), item)
    elif value is not None:
        text = json.dumps(plain(value), sort_keys=True)
        if len(text) < _LARGEST_ATTRIBUTE_CHARACTERS:
            group.attrs[name] = text
        else:
            group.create_dataset(name, data=np.frombuffer(text.encode(), np.uint8)).attrs["kind"] = "json"


def _restore(group: Group, name: str, where: str) -> Any:
    """The value stored under ``name``; None when there is none. ``where`` is the path of the group."""
    if name in group.attributes:
        value = _parsed(group.attributes[name], f"{where}/{name}")
        return tuple(value) if isinstance(value, list) else value
    stored = group.members.get(name)
    if stored is None:
        return None
    where = f"{where}/{name}"
    if isinstance(stored, Data):
        if not isinstance(stored.value, np.ndarray):
            raise ValueError(f"the data set '{where}' holds texts")
        return _parsed(stored.value.tobytes(), where) if "kind" in stored.attributes else stored.value[()]
    if "count" in stored.attributes:
        if stored.attributes["count"] != len(stored.members):
            raise ValueError(f"'{where}' says {stored.attributes['count']} members and has {len(stored.members)}")
        return tuple(_restore(stored, str(index), where) for index in range(len(stored.members)))
    kind = stored.attributes.get("kind")
    if kind not in _KINDS:
        raise ValueError(f"'{where}' is of the unknown kind '{kind}'")
    names = [entry.name for entry in fields(_KINDS[kind])]  # type: ignore[arg-type]
    values = {entry: _restore(stored, entry, where) for entry in names}
    try:
        made = _KINDS[kind](**{entry: value for entry, value in values.items() if value is not None})
    except (TypeError, ValueError, OverflowError) as error:
        raise ValueError(f"'{where}' cannot be a {kind}: {error}") from None
    check_field_types(made, where)
    return made


def _parsed(text: Any, where: str) -> Any:
    """The value that a JSON text stands for."""
    try:
        return json.loads(text)
    except (TypeError, ValueError, RecursionError) as error:
        raise ValueError(f"'{where}' is no readable JSON text ({error})") from None
