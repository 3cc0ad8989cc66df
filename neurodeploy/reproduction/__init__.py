"""Figures and tables of the papers, trained again: an item names its trainings and what is made of their results.

Adding one: a file in its paper's folder with an :class:`Item`, listed in the folder's ``ITEMS``.
"""

from __future__ import annotations

from importlib import import_module

from neurodeploy.errors import NeurodeployError
from neurodeploy.reproduction.item import Case, Item, Plan, Report
from neurodeploy.reproduction.runner import Reproduction, reproduce

PAPERS = ("guo2020", "rathi2019", "oh2019")


def items(paper: str) -> dict[str, Item]:
    """A paper's items by name."""
    return {item.name: item for item in import_module(f"neurodeploy.reproduction.{paper}").ITEMS}


def find_item(paper: str, name: str) -> Item:
    """An item.

    Raises:
        NeurodeployError: ND309 when there is none of that name.
    """
    if paper not in PAPERS:
        raise NeurodeployError(
            "ND309", f"There is no paper '{paper}' to reproduce.", f"Use one of: {', '.join(PAPERS)}."
        )
    found = items(paper)
    if name not in found:
        raise NeurodeployError("ND309", f"{paper} has no item '{name}'.", f"Use one of: {', '.join(found)}.")
    return found[name]


__all__ = ["PAPERS", "Case", "Item", "Plan", "Report", "Reproduction", "find_item", "items", "reproduce"]
