"""Recipes: what to train, on what, with which rules; read from TOML, every wrong entry named."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from importlib.resources import files
from pathlib import Path
from types import MappingProxyType
from typing import Any

from neurodeploy.datasets import DATASETS
from neurodeploy.encoding import RATE_CODES
from neurodeploy.errors import NeurodeployError
from neurodeploy.files import explain_os_error
from neurodeploy.options import OptionField, option_fields
from neurodeploy.training.learning_rules import learning_rule_names
from neurodeploy.training.paper import PAPER_TYPES, Paper
from neurodeploy.training.pruning import TrainingPruningRule
from neurodeploy.training.quantization import QuantizationWhileTraining
from neurodeploy.training.rule_tables import (
    as_table,
    check_choice,
    check_entry,
    checked_options,
    pruning_rule,
    quantization_rule,
    written,
)
from neurodeploy.training.two_layer.parameters import INHIBITION
from neurodeploy.wording import choose

READOUT_RULES = ("class_labels", "linear")
LEARNING_RATES = ("mu_pre", "mu_post", "eta", "potentiation", "depression")
NETWORK_KEYS = (
    "neurons", "maximum_rate_hz", "column_sum", "theta_plus", "presentation", "rest", "dt", "minimum_spikes",
    "initial_weight", "start_intensity", "maximum_intensity", "encoder", "inhibition", "batch_images",
    "column_sum_images",
)  # fmt: skip
BACKPROPAGATION_ENTRIES = ("backpropagation", "conversion", "inhibitory_pruning")
STDP_ENTRIES = ("network", "stdp", "stdp_rule", "quantization", "label_images", "readout")


@dataclass(frozen=True)
class Recipe:
    """A training. ``network`` holds :class:`TrainingParameters` entries, ``stdp`` the rule's own parameters.

    ``pruning`` is one of :data:`TRAINING_PRUNING`; ``readout`` is ``class_labels`` or ``linear``; ``paper`` what a paper
    reports for it. With ``backpropagation`` (:class:`BackpropagationParameters` entries but for epochs and seed) it is a
    training by back-propagation, converted by ``conversion`` (:class:`Conversion` entries but for the seed) and pruned by
    sign where ``inhibitory_pruning`` is given; what concerns STDP is then of no use.
    """

    name: str
    data: str
    epochs: int = 1
    label_images: int = 10_000
    stdp_rule: str = "triplet"
    stdp: Mapping[str, float] = field(default_factory=dict)
    network: Mapping[str, Any] = field(default_factory=dict)
    pruning: TrainingPruningRule | None = None
    quantization: QuantizationWhileTraining | None = None
    readout: str = "class_labels"
    seed: int = 0
    train_images: int | None = None
    description: str = ""
    paper: Paper | None = None
    backpropagation: Mapping[str, Any] | None = None
    conversion: Mapping[str, Any] = field(default_factory=dict)
    inhibitory_pruning: TrainingPruningRule | None = None

    def as_dict(self) -> dict[str, Any]:
        """Plain values for provenance, of its kind of training alone; rules as their tables."""
        plain = {entry.name: getattr(self, entry.name) for entry in fields(self)}
        plain.update(network=dict(self.network), stdp=dict(self.stdp), paper=self.paper and asdict(self.paper))
        plain.update(pruning=as_table(self.pruning), quantization=as_table(self.quantization))
        if self.backpropagation is None:
            return {name: value for name, value in plain.items() if name not in BACKPROPAGATION_ENTRIES}
        plain.update(backpropagation=dict(self.backpropagation), conversion=dict(self.conversion))
        plain.update(inhibitory_pruning=as_table(self.inhibitory_pruning))
        return {name: value for name, value in plain.items() if name not in STDP_ENTRIES}

    def with_network(self, **entries: Any) -> Recipe:
        """The recipe with entries of its network replaced.

        What the recipe states for its size follows the number of neurons: theta_plus in proportion, since each of more
        neurons spikes more rarely, and the STDP rule's learning rates with its square root (measured on MNIST:
        docs/results/two_layer.md).
        """
        network, stdp = {**self.network, **entries}, dict(self.stdp)
        if "neurons" in entries:
            ratio = entries["neurons"] / self.network.get("neurons", 100)
            if "theta_plus" in self.network and "theta_plus" not in entries:
                network["theta_plus"] = self.network["theta_plus"] * ratio
            stdp |= {rate: stdp[rate] * ratio**0.5 for rate in LEARNING_RATES if rate in stdp}
        return replace(self, network=network, stdp=stdp)


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
    if not name.endswith(".toml") and name not in recipe_names():
        what = f"'{name}' is a folder" if Path(name).is_dir() else f"'{name}' does not end in .toml"
        raise _no_recipe(name, f"{what}, so it is no recipe." if Path(name).exists() else "")
    try:
        if name.endswith(".toml"):
            text, origin = Path(name).read_text("utf-8", errors="strict"), name
        else:
            text, origin = (files("neurodeploy.recipes") / f"{name}.toml").read_text("utf-8"), name
    except FileNotFoundError:
        raise _no_recipe(name) from None
    except OSError as error:
        raise explain_os_error(error, Path(name), "read") from None
    except UnicodeDecodeError:
        raise NeurodeployError("ND306", f"The recipe '{name}' is not a text file in UTF-8.") from None
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise NeurodeployError("ND306", f"The recipe '{origin}' is not valid TOML: {error}.") from None
    return _recipe(Path(origin).stem, content)


def _no_recipe(name: str, why: str = "") -> NeurodeployError:
    file = f"{name}.toml"
    near = f"Did you mean '{file}'? Use one of: {', '.join(recipe_names())}." if Path(file).is_file() else ""
    hint = (near or choose(name.removesuffix(".toml"), recipe_names())).removesuffix(".")
    what = "file" if name.endswith(".toml") else "recipe"
    return NeurodeployError("ND306", why or f"There is no {what} '{name}'.", f"{hint}; or the path of a .toml file.")


def _recipe(name: str, content: Mapping[str, Any]) -> Recipe:
    _check_entries(name, "", content, _RECIPE_TYPES)
    _check_kind(name, content)
    kinds = dict.fromkeys(NETWORK_KEYS, float) | dict.fromkeys(_WHOLE, int) | {"encoder": str, "inhibition": str}
    choices = {"encoder": RATE_CODES, "inhibition": INHIBITION}
    _check_entries(name, "network.", content.get("network", {}), kinds, choices)
    stdp = dict(content.get("stdp", {}))
    rule = stdp.pop("rule", "triplet")
    check_choice(name, "stdp.rule", rule, learning_rule_names())
    _check_entries(name, "stdp.", stdp, dict.fromkeys(stdp, float))
    check_choice(name, "data", content.get("data"), DATASETS)
    check_choice(name, "readout", content.get("readout", "class_labels"), READOUT_RULES)
    plain = {key: value for key, value in content.items() if not isinstance(value, dict)}
    for key, least in (("epochs", 1), ("label_images", 0), ("seed", 0), ("train_images", 1)):
        if plain.get(key, least) < least:
            raise NeurodeployError("ND306", f"Recipe '{name}': {key} is {plain[key]}.", f"Use {least} or more.")
    for section in ("backpropagation", "conversion"):
        if section in content:
            plain[section] = checked_options(name, section, _option_fields(section), content[section])
    if "inhibitory_pruning" in content:
        plain["inhibitory_pruning"] = pruning_rule(name, content["inhibitory_pruning"], "inhibitory_pruning")
    return Recipe(
        name=name, stdp_rule=rule, stdp=stdp, network=content.get("network", {}),
        pruning=pruning_rule(name, content["pruning"]) if "pruning" in content else None,
        quantization=quantization_rule(name, content["quantization"]) if "quantization" in content else None,
        paper=_paper(name, content["paper"]) if "paper" in content else None, **plain,
    )  # fmt: skip


def _check_kind(name: str, content: Mapping[str, Any]) -> None:
    """Refuse entries of the other kind of training."""
    by_labels = "backpropagation" in content
    for key in STDP_ENTRIES if by_labels else BACKPROPAGATION_ENTRIES:
        if key in content:
            which = "back-propagation has none" if by_labels else "it goes with [backpropagation]"
            raise NeurodeployError("ND306", f"Recipe '{name}' has '{key}': {which}.", "Leave out one of the two.")


def _option_fields(section: str) -> list[OptionField]:
    """Entries of a table of back-propagation; epochs and seed are the recipe's own. Imported here: it brings numba."""
    from neurodeploy.ann import Conversion
    from neurodeploy.training.backpropagation import BackpropagationParameters

    cls = BackpropagationParameters if section == "backpropagation" else Conversion
    return [option for option in option_fields(cls) if option.name not in ("epochs", "seed")]


_WHOLE = ("neurons", "minimum_spikes", "start_intensity", "maximum_intensity", "batch_images", "column_sum_images")
_RECIPE_TYPES: dict[str, type] = {
    "data": str, "description": str, "epochs": int, "label_images": int, "seed": int, "train_images": int,
    "readout": str, "network": dict, "stdp": dict, "pruning": dict, "quantization": dict, "paper": dict,
    "backpropagation": dict, "conversion": dict, "inhibitory_pruning": dict,
}  # fmt: skip
_MOVED = {
    "sharing": "Sharing is [quantization] with rule = 'weight_sharing'; its pruning is [pruning] with rule = 'to_zero'."
}


def _paper(name: str, table: Mapping[str, Any]) -> Paper:
    _check_entries(name, "paper.", table, PAPER_TYPES)
    for entry in ("source", "where"):
        if entry not in table:
            raise NeurodeployError("ND306", f"Recipe '{name}': paper.{entry} is missing.")
    return Paper(**table)


def _check_entries(
    name: str, prefix: str, content: Mapping[str, Any], types: Mapping[str, type],
    choices: Mapping[str, tuple[str, ...]] = MappingProxyType({}),
) -> None:  # fmt: skip
    """Refuse unknown entries, values of another type and not among the choices; a whole number will do for a float."""
    for key, value in content.items():
        if key not in types:
            hint = _MOVED.get(prefix + key) or choose(key, sorted(types), "Allowed")
            if not prefix and key in NETWORK_KEYS:
                hint = f"It belongs below [network]: {key} = {written(value)}"
            raise NeurodeployError("ND306", f"Recipe '{name}' has an unknown entry '{prefix}{key}'.", hint)
        check_entry(name, prefix + key, value, OptionField(key, types[key], None, choices.get(key, ()), ""))
