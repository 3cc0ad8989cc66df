"""A rule and its options as a recipe's table, and back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, get_origin

from neurodeploy.compression.quantization import QUANTIZERS
from neurodeploy.errors import NeurodeployError
from neurodeploy.options import OptionField, option_fields
from neurodeploy.training.pruning import TRAINING_PRUNING
from neurodeploy.training.quantization import QuantizationMoments, QuantizationWhileTraining
from neurodeploy.wording import choose

_KINDS: dict[Any, str] = {
    dict: "Make it a table: [{}] on a line of its own, its entries below.", str: "Give a text in quotes.",
    int: "Give a whole number.", float: "Give a number.", bool: "Give true or false.",
    tuple: "Give a list of whole numbers: {} = [300].",
}  # fmt: skip


def pruning_rule(recipe: str, table: Mapping[str, Any], section: str = "pruning") -> Any:
    """The training-time pruning rule of ``{"rule": name, option: value, ...}``; ``section`` is the table's name.

    Raises:
        NeurodeployError: ND306 for an unknown rule, option or value.
    """
    cls = _named(recipe, section, TRAINING_PRUNING, table)
    return cls(**checked_options(recipe, section, option_fields(cls), table))


def quantization_rule(recipe: str, table: Mapping[str, Any]) -> QuantizationWhileTraining:
    """The same for quantization: options of the quantizer and of its moments.

    Raises:
        NeurodeployError: ND306 as above, ND204 for an option of the quantizer that is out of range.
    """
    cls = _named(recipe, "quantization", QUANTIZERS, table)
    moments = {option.name for option in option_fields(QuantizationMoments)}
    given = checked_options(recipe, "quantization", [*option_fields(cls), *option_fields(QuantizationMoments)], table)
    return QuantizationWhileTraining(
        cls(**{name: value for name, value in given.items() if name not in moments}),
        QuantizationMoments(**{name: value for name, value in given.items() if name in moments}),
    )


def as_table(rule: Any) -> dict[str, Any] | None:
    """The table that makes a rule again, every option in it; None for None."""
    if rule is None:
        return None
    if isinstance(rule, QuantizationWhileTraining):
        return {"rule": rule.name, **rule.options()}
    return {"rule": rule.name, **{option.name: getattr(rule, option.name) for option in option_fields(type(rule))}}


def check_entry(recipe: str, name: str, value: Any, option: OptionField) -> None:
    """Refuse a value of another type, not among the choices, or not finite (ND306); a whole number will do for a float."""
    kind = get_origin(option.type) or option.type
    allowed = {float: int | float, tuple: list | tuple}.get(kind, kind)
    fits = isinstance(value, allowed) and (kind is bool or not isinstance(value, bool))
    if kind is tuple and isinstance(value, list | tuple):
        fits = all(isinstance(entry, int) and not isinstance(entry, bool) for entry in value)
    if not fits:
        raise NeurodeployError("ND306", f"Recipe '{recipe}': {name} is {written(value)}.", _KINDS[kind].format(name))
    if option.choices:
        check_choice(recipe, name, value, option.choices)
    if isinstance(value, int | float) and not abs(value) < 2**63:  # also NaN and infinity
        raise NeurodeployError(
            "ND306", f"Recipe '{recipe}': {name} is {written(value)}.", "Give a finite number below 2^63."
        )


def check_choice(recipe: str, name: str, value: Any, allowed: Iterable[str]) -> None:
    """Refuse what is not ``allowed``, or missing (None), naming the nearest (ND306)."""
    if value not in list(allowed):
        what = "is missing" if value is None else f"is {written(value)}"
        raise NeurodeployError("ND306", f"Recipe '{recipe}': {name} {what}.", choose(value, allowed))


def written(value: Any) -> str:
    """A value as TOML writes it."""
    return str(value).lower() if isinstance(value, bool) else repr(value)


def checked_options(recipe: str, section: str, fields: list[OptionField], table: Mapping[str, Any]) -> dict[str, Any]:
    """A table's entries but for ``rule``, each one of ``fields`` and of its type (ND306)."""
    known = {option.name: option for option in fields}
    given = {name: value for name, value in table.items() if name != "rule"}
    owner = f"the rule '{table['rule']}'" if "rule" in table else f"[{section}]"
    for name, value in given.items():
        if name not in known:
            raise NeurodeployError(
                "ND306",
                f"Recipe '{recipe}': {section}.{name} is not an option of {owner}.",
                choose(name, known, "It has"),
            )
        check_entry(recipe, f"{section}.{name}", value, known[name])
    return {name: float(value) if known[name].type is float else value for name, value in given.items()}


def _named(recipe: str, section: str, classes: Mapping[str, type[Any]], table: Mapping[str, Any]) -> type[Any]:
    check_choice(recipe, f"{section}.rule", table.get("rule"), classes)
    return classes[table["rule"]]
