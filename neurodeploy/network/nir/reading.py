"""Reading a ``.nir`` file into a tree of plain values, whatever the file holds.

The file is HDF5 without a checksum, and HDF5 hangs and crashes on damaged streams: it is read in the guarded process of
:mod:`neurodeploy.network.guarded_hdf5`, which refuses links, references and foreign storage and has limits of memory and
time, so that any file costs one clear error at the most.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from neurodeploy.errors import NeurodeployError
from neurodeploy.files import explain_os_error
from neurodeploy.network.guarded_hdf5 import Group, Node, Unreadable, read_hdf5

_SIGNATURE = b"\x89HDF\r\n\x1a\n"
_NATIVE = b"neurodeploy network\n"
_RESTORE = "Export it again."
_LARGEST_FILE = 2 << 30


def read_tree(path: str | Path) -> dict[str, Any]:
    """What stands at the root of a NIR file: dictionaries, texts, lists of texts and numpy arrays.

    Raises:
        NeurodeployError: ND101–ND103 when it cannot be opened, ND120 when it is no NIR file, ND121 when it is damaged,
            holds what a NIR file may not (links, references, foreign storage) or exceeds the limits.
    """
    path = Path(path)
    if path.is_dir():
        raise NeurodeployError("ND120", f"'{path}' is a folder, not a NIR file.", "Give a .nir file.")
    if path.exists() and not path.is_file():
        raise NeurodeployError("ND120", f"'{path}' is a device or a pipe, not a NIR file.", "Give a .nir file.")
    try:
        size = path.stat().st_size
        content = path.read_bytes() if size <= _LARGEST_FILE else b""
    except OSError as error:
        raise explain_os_error(error, path, "read") from None
    if size > _LARGEST_FILE:
        raise _damaged(path, f"it has {size} bytes, more than the limit of {_LARGEST_FILE}")
    if content.startswith(_NATIVE):
        raise NeurodeployError("ND120", f"'{path}' is a neurodeploy network, not a NIR file.", "It needs no import.")
    if not content.startswith(_SIGNATURE):
        found = "it is no HDF5 file" if content else "it is empty"
        raise NeurodeployError("ND120", f"'{path}' is not a NIR file: {found}.", "Give a file that nir.write made.")
    try:
        tree: dict[str, Any] = _plain(read_hdf5(content))
    except Unreadable as error:
        raise _damaged(path, str(error)) from None
    return tree


def _plain(node: Node) -> Any:
    if isinstance(node, Group):
        return {name: _plain(member) for name, member in node.members.items()}
    return node.value


def _damaged(path: Path, reason: str) -> NeurodeployError:
    return NeurodeployError("ND121", f"'{path}' is damaged or no proper NIR file: {reason}.", _RESTORE)
