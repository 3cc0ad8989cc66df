"""Native network files: HDF5 with a schema version and a checksum, written atomically, read defensively.

Every dataclass is a group whose attribute ``kind`` names it, numbers and texts are attributes, arrays are data sets.
"""

from __future__ import annotations

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
from neurodeploy.network.network import Ancestor, Encoder, Network, Population, Projection, Readout
from neurodeploy.network.neurons import NEURON_MODELS, StepSemantics
from neurodeploy.network.validation import validate
from neurodeploy.network.weights import Weights

FORMAT = "neurodeploy network"
SCHEMA = 1
_COMPRESSED_FROM_BYTES = 4096
_LARGEST_DATASET_BYTES = 8 << 30
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
        file.attrs.update({"format": FORMAT, "schema": SCHEMA, "sha256": network.digest()})
        _store(file, "network", network)
    with atomic_file(path) as temporary:
        temporary.write_bytes(content.getbuffer())


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
        size = path.stat().st_size
        with path.open("rb") as stream:
            signature = stream.read(8)
    except OSError as error:
        raise explain_os_error(error, path, "read") from None
    if signature != b"\x89HDF\r\n\x1a\n":
        found = "it is empty" if size == 0 else "it is not an HDF5 file"
        raise NeurodeployError(
            "ND110",
            f"'{path}' is not a neurodeploy network: {found}.",
            "Give a file that 'neurodeploy train', 'prune' or 'quantize' wrote.",
        )
    try:
        with h5py.File(path, "r") as file:
            if file.attrs.get("format") != FORMAT:
                raise NeurodeployError("ND110", f"'{path}' is an HDF5 file, but not a neurodeploy network.")
            schema = int(file.attrs.get("schema", 0))
            if schema > SCHEMA:
                raise NeurodeployError(
                    "ND112", f"'{path}' has schema {schema}; this version reads up to {SCHEMA}.", "Update neurodeploy."
                )
            network = _restore(file, "network")
            expected = file.attrs.get("sha256")
    except NeurodeployError:
        raise
    except Exception as error:  # h5py answers damage with a dozen exception types
        raise NeurodeployError(
            "ND111",
            f"'{path}' is damaged: {str(error) or type(error).__name__}.",
            "Restore it from a copy or make it again.",
        ) from None
    if not isinstance(network, Network) or network.digest() != expected:
        raise NeurodeployError(
            "ND111",
            f"'{path}' is damaged: its content does not match its checksum.",
            "Restore it from a copy or make it again.",
        )
    return validate(network, str(path))


def _store(group: h5py.Group, name: str, value: Any) -> None:
    if is_dataclass(value):
        inner = group.create_group(name)
        inner.attrs["kind"] = getattr(value, "kind", type(value).__name__)
        for entry in fields(value):
            _store(inner, entry.name, getattr(value, entry.name))
    elif isinstance(value, np.ndarray):
        compression = "gzip" if value.nbytes >= _COMPRESSED_FROM_BYTES else None
        group.create_dataset(name, data=value, compression=compression, shuffle=True if compression else None)
    elif isinstance(value, tuple) and any(is_dataclass(item) for item in value):
        inner = group.create_group(name)
        inner.attrs["count"] = len(value)
        for index, item in enumerate(value):
            _store(inner, str(index), item)
    elif value is not None:
        group.attrs[name] = json.dumps(
            value if not isinstance(value, tuple) else list(value), sort_keys=True, default=dict
        )


def _restore(group: Any, name: str) -> Any:
    """The value stored under ``name``; None when there is none."""
    if name in group.attrs:
        value = json.loads(group.attrs[name])
        return tuple(value) if isinstance(value, list) else value
    link = group.get(name, getlink=True)
    if link is None:
        return None
    if not isinstance(link, h5py.HardLink):
        raise ValueError(f"'{name}' is a soft or external link, which network files may not hold")
    stored = group[name]
    if isinstance(stored, h5py.Dataset):
        if stored.dtype.kind not in "biuf" or stored.nbytes > _LARGEST_DATASET_BYTES or stored.external:
            raise ValueError(f"the data set '{stored.name}' has an unsupported type or size")
        return stored[()]
    if "count" in stored.attrs:
        return tuple(_restore(stored, str(index)) for index in range(int(stored.attrs["count"])))
    kind = _KINDS[stored.attrs["kind"]]
    names = [entry.name for entry in fields(kind)]  # type: ignore[arg-type]
    values = {entry: _restore(stored, entry) for entry in names}
    return kind(**{entry: value for entry, value in values.items() if value is not None})
