"""Device files: TOML, one device each, by the name of one that comes with a target or by path."""

from __future__ import annotations

import os
import tomllib
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from neurodeploy.errors import NeurodeployError
from neurodeploy.files import explain_os_error
from neurodeploy.targets.crossbar.device import Device
from neurodeploy.wording import choose


def device_names(folder: Traversable) -> tuple[str, ...]:
    """Names of the devices of ``folder`` (files ending in .toml), sorted."""
    return tuple(sorted(file.name.removesuffix(".toml") for file in folder.iterdir() if file.name.endswith(".toml")))


def load_device(name_or_path: str | os.PathLike[str], folder: Traversable, kind: type[Device] = Device) -> Device:
    """A device of ``folder`` by its name, or of any file by its path (ending in .toml); ``kind``: with the keys of that class.

    Raises:
        NeurodeployError: ND101–ND103 when a file cannot be read; ND432 for an unknown name, a file that is not TOML, and
            a key or a value that is not allowed.
    """
    given = os.fspath(name_or_path)
    if given.endswith(".toml"):
        return parse_device(_text(Path(given)), Path(given).stem, f"Device file '{given}'", kind)
    if given not in device_names(folder):
        lead = f"Did you mean the file '{given}.toml'? " if _is_file(f"{given}.toml") else ""
        lead = "The name of a device file ends in .toml: rename it. " if _is_file(given) else lead
        hint = choose(given, device_names(folder)).removesuffix(".")
        raise NeurodeployError("ND432", f"There is no device '{given}'.", f"{lead}{hint}; or the path of a .toml file.")
    return parse_device((folder / f"{given}.toml").read_text("utf-8"), given, f"Device '{given}'", kind)


def parse_device(text: str, name: str, where: str, kind: type[Device] = Device) -> Device:
    """A device from the text of its file; ``name``: when the text gives none; ``where``: for messages.

    Raises:
        NeurodeployError: ND432 when the text is no TOML, and for a key or a value that is not allowed.
    """
    try:
        table: dict[str, Any] = tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # also numbers and nesting beyond Python's limits
        raise NeurodeployError("ND432", f"{where} is not valid TOML: {error}.", "Mend it there.") from None
    return kind.from_table({"name": name, **table}, where)


def _is_file(path: str) -> bool:
    try:
        return Path(path).is_file()
    except (OSError, ValueError):  # a name that is too long, or with a null character
        return False


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except OSError as error:
        raise explain_os_error(error, path, "read") from None
    except ValueError:  # not UTF-8, or a null character in the path
        raise NeurodeployError(
            "ND432", f"Device file {str(path)!r} is not a text file in UTF-8.", "Give a TOML file."
        ) from None
