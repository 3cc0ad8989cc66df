"""Recipes: what to train, on what, with which rules; read from TOML, every wrong entry named."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from importlib.resources import files
from pathlib import Path
from typing import Any

from neurodeploy.datasets import DATASETS
from neurodeploy.errors import NeurodeployError
from neurodeploy.files import explain_os_error
from neurodeploy.options import option_fields

STDP_RULES = ("triplet", "triplet_guo2020", "power_law", "power_law_rathi2019", "simplified")
NETWORK_KEYS = (
    "neurons", "maximum_rate_hz", "column_sum", "theta_plus", "presentation", "rest", "dt", "minimum_spikes",
    "initial_weight", "start_intensity", "maximum_intensity",
)  # fmt: skip


@dataclass(frozen=True)
class OnlinePruning:
    """Constant online pruning (guo2020's baseline): from ``start_image`` on, after every ``batch_images`` images."""

    threshold: float
    start_image: int = 30_000
    batch_images: int = 5_000

    def __post_init__(self) -> None:
        _check_interventions(self.threshold, self.start_image, self.batch_images)


@dataclass(frozen=True)
class Sharing:
    """rathi2019's pruning and weight sharing while training: after each batch but the first ``learning_batches``."""

    threshold: float
    levels: int = 3
    learning_batches: int = 3
    batch_images: int = 5_000

    def __post_init__(self) -> None:
        _check_interventions(self.threshold, self.learning_batches, self.batch_images)
        if self.levels not in (0, 2, 3):
            raise NeurodeployError(
                "ND306", f"The levels of weight sharing are {self.levels}.", "Use 2 or 3 (0: prune only)."
            )


@dataclass(frozen=True)
class Recipe:
    """A training. ``network`` holds :class:`TrainingParameters` entries, ``stdp`` the rule's own parameters."""

    name: str
    data: str
    epochs: int = 1
    label_images: int = 10_000
    stdp_rule: str = "triplet"
    stdp: Mapping[str, float] = field(default_factory=dict)
    network: Mapping[str, float] = field(default_factory=dict)
    pruning: OnlinePruning | None = None
    sharing: Sharing | None = None
    seed: int = 0
    train_images: int | None = None
    description: str = ""

    def as_dict(self) -> dict[str, Any]:
        """Plain values for provenance."""
        return asdict(self)

    def with_network(self, **entries: float) -> Recipe:
        """The recipe with entries of its network replaced; theta_plus scales along with the number of neurons."""
        network = {**self.network, **entries}
        if "neurons" in entries and "theta_plus" in self.network and "theta_plus" not in entries:
            network["theta_plus"] = self.network["theta_plus"] * entries["neurons"] / self.network.get("neurons", 100)
        return replace(self, network=network)


def _check_interventions(threshold: float, first: int, batch_images: int) -> None:
    if not 0 <= threshold < 1:
        raise NeurodeployError(
            "ND306", f"The pruning threshold is {threshold}.", "Weights are 0 to 1: use 0 to below 1."
        )
    if first < 0 or batch_images < 1:
        raise NeurodeployError(
            "ND306", f"Pruning starts at {first}, in batches of {batch_images} images.", "Use 0 or more, and 1 or more."
        )


def recipe_names() -> list[str]:
    """Names of the recipes that come with neurodeploy."""
    return sorted(entry.name[:-5] for entry in files("neurodeploy.recipes").iterdir() if entry.name.endswith(".toml"))


def default_recipe(data: str) -> Recipe:
    """The recipe that trains 100 neurons on a data set."""
    return load_recipe(f"{data.replace('_', '-')}-100")


def load_recipe(name: str) -> Recipe:
    """A recipe by its name, or by the path of a TOML file.

    Raises:
        NeurodeployError: ND306 for an unknown name, a file that is not TOML or an entry that is not allowed.
    """
    try:
        if name.endswith(".toml"):
            text, origin = Path(name).read_text("utf-8", errors="strict"), name
        else:
            text, origin = (files("neurodeploy.recipes") / f"{name}.toml").read_text("utf-8"), name
    except FileNotFoundError:
        raise NeurodeployError(
            "ND306",
            f"There is no recipe '{name}'.",
            f"Use one of: {', '.join(recipe_names())}; or the path of a .toml file.",
        ) from None
    except OSError as error:
        raise explain_os_error(error, Path(name), "read") from None
    except UnicodeDecodeError:
        raise NeurodeployError("ND306", f"The recipe '{name}' is not a text file in UTF-8.") from None
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise NeurodeployError("ND306", f"The recipe '{origin}' is not valid TOML: {error}.") from None
    return _recipe(Path(origin).stem, content)


def _recipe(name: str, content: Mapping[str, Any]) -> Recipe:
    _check_entries(name, "", content, _RECIPE_TYPES)
    whole = ("neurons", "minimum_spikes", "start_intensity", "maximum_intensity")
    _check_entries(
        name, "network.", content.get("network", {}), {key: int if key in whole else float for key in NETWORK_KEYS}
    )
    stdp = dict(content.get("stdp", {}))
    rule = stdp.pop("rule", "triplet")
    if rule not in STDP_RULES:
        raise NeurodeployError(
            "ND306", f"Recipe '{name}': the STDP rule is {rule!r}.", f"Use one of: {', '.join(STDP_RULES)}."
        )
    _check_entries(name, "stdp.", stdp, dict.fromkeys(stdp, float))
    if content.get("data") not in DATASETS:
        raise NeurodeployError(
            "ND306", f"Recipe '{name}': data is {content.get('data')!r}.", f"Use one of: {', '.join(DATASETS)}."
        )
    plain = {key: value for key, value in content.items() if not isinstance(value, dict)}
    for key, least in (("epochs", 1), ("label_images", 0), ("seed", 0), ("train_images", 1)):
        if plain.get(key, least) < least:
            raise NeurodeployError("ND306", f"Recipe '{name}': {key} is {plain[key]}.", f"Use {least} or more.")
    return Recipe(
        name=name, stdp_rule=rule, stdp=stdp, network=content.get("network", {}),
        pruning=_section(name, "pruning", OnlinePruning, content), sharing=_section(name, "sharing", Sharing, content),
        **plain,
    )  # fmt: skip


_RECIPE_TYPES: dict[str, type] = {
    "data": str, "description": str, "epochs": int, "label_images": int, "seed": int, "train_images": int,
    "network": dict, "stdp": dict, "pruning": dict, "sharing": dict,
}  # fmt: skip


def _section(name: str, section: str, cls: type[Any], content: Mapping[str, Any]) -> Any:
    if section not in content:
        return None
    types = {option.name: option.type for option in option_fields(cls)}
    _check_entries(name, f"{section}.", content[section], types)
    if "threshold" not in content[section]:
        raise NeurodeployError("ND306", f"Recipe '{name}': {section}.threshold is missing.")
    return cls(**content[section])


def _check_entries(name: str, prefix: str, content: Mapping[str, Any], types: Mapping[str, type]) -> None:
    """Refuse unknown entries and values of another type; a whole number will do for a float."""
    for key, value in content.items():
        if key not in types:
            allowed = ", ".join(sorted(types))
            raise NeurodeployError(
                "ND306", f"Recipe '{name}' has an unknown entry '{prefix}{key}'.", f"Allowed: {allowed}."
            )
        fits = isinstance(value, int | float if types[key] is float else types[key]) and not isinstance(value, bool)
        if not fits:
            kind = {dict: "section", str: "text", int: "whole number", float: "number"}[types[key]]
            raise NeurodeployError("ND306", f"Recipe '{name}': {prefix}{key} is {value!r}.", f"Give a {kind}.")
        if isinstance(value, int | float) and not abs(value) < 2**63:  # also NaN and infinity
            raise NeurodeployError(
                "ND306", f"Recipe '{name}': {prefix}{key} is {value!r}.", "Give a finite number below 2^63."
            )
