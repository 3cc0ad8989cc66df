"""Writing that loses nothing: a temporary name beside the target, then a rename."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import shutil
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

from neurodeploy.errors import NeurodeployError


def explain_os_error(error: OSError, path: Path, action: str) -> NeurodeployError:
    """Turn an operating-system error about ``path`` into a message with advice (codes ND101 to ND104)."""
    if error.errno == errno.ENOSPC:
        return NeurodeployError(
            "ND104", f"The disk is full: cannot {action} '{path}'.", "Free some space and try again."
        )
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return NeurodeployError(
            "ND103", f"Permission denied: cannot {action} '{path}'.", "Choose another place or change its permissions."
        )
    if error.errno == errno.ENOENT:
        what = f"its folder '{path.parent}'" if action == "write" else "it"
        return NeurodeployError("ND101", f"Cannot {action} '{path}': {what} does not exist.", "Check the path.")
    if error.errno == errno.EISDIR:
        return NeurodeployError("ND102", f"Cannot {action} '{path}': it is a folder.", "Give a file.")
    return NeurodeployError("ND102", f"Cannot {action} '{path}': {error.strerror or error}.", "Check the path.")


@contextmanager
def atomic_file(path: str | Path) -> Iterator[Path]:
    """Give a temporary path in the folder of ``path``; rename it to ``path`` when the block ends without an error.

    Whatever interrupts the block (an exception, Ctrl-C) leaves ``path`` as it was and removes the temporary file.

    Raises:
        NeurodeployError: ND101–ND104 when the folder does not exist, is not writable or the disk is full.
    """
    path = Path(path)
    _refuse_folder(path)
    try:
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
        os.close(handle)
    except OSError as error:
        raise explain_os_error(error, path, "write") from None
    temporary = Path(name)
    try:
        yield temporary
        os.chmod(temporary, 0o666 & ~_umask())
        os.replace(temporary, path)
    except OSError as error:
        raise explain_os_error(error, path, "write") from None
    finally:
        temporary.unlink(missing_ok=True)


def check_writable(path: Path) -> None:
    """Refuse, before long work, a path that :func:`atomic_file` could not write (ND101–ND103)."""
    _refuse_folder(path)
    _try_beside(path, tempfile.NamedTemporaryFile)


def check_folder_writable(path: Path) -> None:
    """Refuse, before long work, a path that :func:`atomic_folder` could not write (ND101–ND103)."""
    _refuse_file(path)
    _try_beside(path, tempfile.TemporaryDirectory)


def _try_beside(path: Path, temporary: Callable[..., AbstractContextManager[Any]]) -> None:
    """Make and remove something temporary where ``path`` shall be."""
    try:
        with temporary(prefix=f".{path.name}.", suffix=".part", dir=path.parent):
            pass
    except OSError as error:
        raise explain_os_error(error, path, "write") from None


def _refuse_folder(path: Path) -> None:
    if path.is_dir():
        raise NeurodeployError("ND102", f"Cannot write '{path}': it is a folder.", "Give a file name.")
    if path.exists() and not path.is_file():  # a rename would replace a device by a file
        raise NeurodeployError("ND102", f"Cannot write '{path}': it is a device or a pipe.", "Give a file name.")


def _refuse_file(path: Path) -> None:
    if path.exists() and not path.is_dir():
        raise NeurodeployError(
            "ND102", f"Cannot write the folder '{path}': a file of that name exists.", "Give another name."
        )


@contextmanager
def atomic_folder(path: str | Path) -> Iterator[Path]:
    """As :func:`atomic_file`, for a folder; an existing folder at ``path`` is replaced only at the end."""
    path = Path(path)
    _refuse_file(path)
    try:
        temporary = Path(tempfile.mkdtemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent))
    except OSError as error:
        raise explain_os_error(error, path, "write") from None
    try:
        yield temporary
        os.chmod(temporary, 0o777 & ~_umask())
        if path.exists():
            # A folder cannot be renamed over a non-empty one: the old one steps aside until the new one is in place.
            aside = temporary.with_suffix(".old")
            os.replace(path, aside)
            os.replace(temporary, path)
            shutil.rmtree(aside)
        else:
            os.replace(temporary, path)
    except OSError as error:
        raise explain_os_error(error, path, "write") from None
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _umask() -> int:
    current = os.umask(0)
    os.umask(current)
    return current


def sha256_of(path: Path) -> str:
    """Hexadecimal SHA-256 of a file."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def dump_json(value: Any) -> str:
    """JSON that is the same for the same value: sorted keys, two spaces, a newline at the end; NaN is refused."""
    return json.dumps(value, indent=2, sort_keys=True, allow_nan=False) + "\n"


def load_json(path: Path, remedy: str = "Make it again, as it was made.") -> Any:
    """Read a JSON file; ``remedy``: what to do about a damaged one.

    Raises:
        NeurodeployError: ND101–ND103 when it cannot be read, ND105 when it is not JSON.
    """
    try:
        return json.loads(path.read_text("utf-8"))
    except OSError as error:
        raise explain_os_error(error, path, "read") from None
    except ValueError as error:
        raise NeurodeployError("ND105", f"'{path}' is damaged: not valid JSON ({error}).", remedy) from None


def write_arrays(path: Path, arrays: Mapping[str, Any]) -> None:
    """An ``.npz`` whose bytes depend only on the arrays (numpy's own carries no timestamp guarantee)."""
    import numpy as np  # here, so that commands without arrays start quickly
    from numpy.lib import format as npy_format

    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(arrays):
            entry = zipfile.ZipInfo(f"{name}.npy", (1980, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            with archive.open(entry, "w", force_zip64=True) as stream:
                npy_format.write_array(stream, np.ascontiguousarray(arrays[name]), allow_pickle=False)
