"""Which STDP rules a recipe can name: the trainer's own, and those of packages installed beside it.

The entry-point group ``neurodeploy.learning_rules`` names, for a rule of another package (a device that learns), what makes it with
its defaults: its dataclass, or a function without arguments.  Its fields are the recipe's entries of ``[stdp]``; what values they
may have it says itself (ND306 or ND450 when it is made).  Its kernels are registered when its module is imported
(``two_layer/stdp/interface.py``).
"""

from __future__ import annotations

from dataclasses import is_dataclass, replace
from importlib.metadata import entry_points
from typing import Any

from neurodeploy.errors import NeurodeployError
from neurodeploy.wording import choose

GROUP = "neurodeploy.learning_rules"
OWN_RULES = ("triplet", "triplet_guo2020", "power_law", "power_law_rathi2019", "simplified")


def learning_rule_names() -> tuple[str, ...]:
    """Names of all rules, the trainer's own first."""
    installed = {entry.name for entry in entry_points(group=GROUP)}
    return (*OWN_RULES, *sorted(installed - set(OWN_RULES)))


def learning_rule(recipe: str, name: str, entries: dict[str, float]) -> Any:
    """The rule ``name`` with a recipe's ``entries`` in place of its defaults.

    Raises:
        NeurodeployError: ND306 for an entry that the rule does not have, or a value that it refuses.
    """
    made = _own_rule(name) if name in OWN_RULES else _installed_rule(recipe, name)
    known = vars(made)
    for entry, value in entries.items():
        if entry not in known:
            raise NeurodeployError(
                "ND306",
                f"Recipe '{recipe}': stdp.{entry} is not a parameter of the STDP rule '{name}'.",
                choose(entry, known, "It has"),
            )
        if name in OWN_RULES and (value < 0 or (value == 0 and (entry.startswith("tau") or entry == "window"))):
            raise NeurodeployError(
                "ND306",
                f"Recipe '{recipe}': stdp.{entry} is {value:g}.",
                "Time constants are positive, rates 0 or more.",
            )
    return replace(made, **entries)


def _own_rule(name: str) -> Any:
    from neurodeploy.training.two_layer.stdp.power_law import PowerLaw
    from neurodeploy.training.two_layer.stdp.simplified import Simplified
    from neurodeploy.training.two_layer.stdp.triplet import Triplet

    made = {
        "triplet": Triplet, "triplet_guo2020": Triplet.guo2020, "power_law": PowerLaw.low_rate,
        "power_law_rathi2019": PowerLaw, "simplified": Simplified,
    }  # fmt: skip
    return made[name]()


def _installed_rule(recipe: str, name: str) -> Any:
    found = [entry for entry in entry_points(group=GROUP) if entry.name == name]
    if not found:
        raise NeurodeployError(
            "ND306", f"Recipe '{recipe}': there is no STDP rule '{name}'.", choose(name, learning_rule_names())
        )
    try:
        rule = found[0].load()()
    except Exception as error:  # another package may fail in any way
        raise NeurodeployError(
            "ND306",
            f"Recipe '{recipe}': the STDP rule '{name}' ({found[0].value}) does not load: {error}.",
            "Reinstall the package that provides it.",
        ) from None
    if not is_dataclass(rule) or not callable(getattr(rule, "constants", None)):
        raise NeurodeployError(
            "ND306",
            f"Recipe '{recipe}': '{name}' ({found[0].value}) is no STDP rule.",
            "One is a dataclass with constants(dt).",
        )
    return rule
