"""Targets are found through the entry-point group ``neurodeploy.targets``: any installed package can add one."""

from __future__ import annotations

from contextlib import suppress
from importlib.metadata import EntryPoint, entry_points

from neurodeploy.compiler.target import Target
from neurodeploy.errors import NeurodeployError

GROUP = "neurodeploy.targets"


def target_names() -> list[str]:
    """Names of the installed targets."""
    return sorted({entry.name for entry in entry_points(group=GROUP)})


def find_target(name: str) -> Target:
    """The target called ``name``.

    Raises:
        NeurodeployError: ND402 when there is none, ND403 when it cannot be imported.
    """
    matching: list[EntryPoint] = [entry for entry in entry_points(group=GROUP) if entry.name == name]
    if not matching:
        raise NeurodeployError("ND402", f"There is no target '{name}'.", f"Installed: {', '.join(target_names())}.")
    try:
        target = matching[0].load()()
    except Exception as error:  # a third-party plug-in may fail in any way
        raise NeurodeployError(
            "ND403",
            f"The target '{name}' ({matching[0].value}) does not load: {error}.",
            "Reinstall the package that provides it.",
        ) from None
    if not isinstance(target, Target):
        raise NeurodeployError(
            "ND403",
            f"The target '{name}' ({matching[0].value}) is not a neurodeploy target.",
            "Reinstall the package that provides it.",
        )
    return target


def working_targets() -> dict[str, Target]:
    """All targets that load, by name: a broken plug-in must not stop the others."""
    found = {}
    for name in target_names():
        with suppress(NeurodeployError):
            found[name] = find_target(name)
    return found
