"""Words of messages: counts with their nouns, and the name that was probably meant."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


def counted(count: int | float, noun: str, many: str = "") -> str:
    """``1 image``, ``1,200 images``; ``many``: a plural that does not end in s."""
    shown = f"{count:,}" if isinstance(count, int) or count != int(count) else f"{int(count):,}"
    return f"{shown} {noun if count == 1 else many or noun + 's'}"


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The one of ``known`` that is most like ``name``, whatever the case; None where none is."""
    by_case = {entry.casefold(): entry for entry in known}
    found = get_close_matches(str(name).casefold(), by_case, 1)
    return by_case[found[0]] if found else None


def choose(name: object, known: Iterable[str], lead: str = "Use one of") -> str:
    """A hint: ``Did you mean 'epochs'? Use one of: data, epochs.``; without the question where nothing is near."""
    names = [str(entry) for entry in known]
    near = nearest(name, names) if isinstance(name, str) else None
    return (f"Did you mean '{near}'? " if near else "") + f"{lead}: {', '.join(names)}."
