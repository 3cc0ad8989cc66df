"""Help of commands with rules: a panel for each rule, with its own options and defaults."""

from __future__ import annotations

import re
from typing import Any

import pytest
from command_line import call

from neurodeploy.cli.rule_panels import shown, summary
from neurodeploy.compression import PRUNING_RULES, QUANTIZERS
from neurodeploy.compression.pruning.neurons import Filters
from neurodeploy.options import option_fields
from neurodeploy.training.pruning import TRAINING_PRUNING

COMMANDS: list[tuple[str, str, dict[str, type[Any]]]] = [
    ("train", "--pruning", TRAINING_PRUNING), ("train", "--quantization", QUANTIZERS), ("prune", "--rule", PRUNING_RULES),
    ("quantize", "--rule", QUANTIZERS),
]  # fmt: skip


def panels(command: str) -> dict[str, str]:
    """The text of each panel of a command's help by its title, in order."""
    parts = re.split(r"╭─ (.+?) ─+╮", call(command, "--help").out)
    return {
        title: " ".join(text.replace("│", " ").split()) for title, text in zip(parts[1::2], parts[2::2], strict=True)
    }


@pytest.mark.parametrize(("command", "choosing", "rules"), COMMANDS)
def test_every_rule_has_a_panel_with_its_options_and_defaults(
    command: str, choosing: str, rules: dict[str, type[Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    told = panels(command)
    assert next(iter(told)) == "Options" and "--output" in told["Options"]
    for name, rule in rules.items():
        panel = told[f"{choosing} {name}"]
        assert panel.startswith(summary(rule))
        named = re.findall(r" --([a-z-]+)(?= +(?:INTEGER|FLOAT|TEXT|\[)|/--no)", panel)
        assert named == [field.name.replace("_", "-") for field in option_fields(rule)]
        for field in option_fields(rule):
            assert field.help and f"{field.help} [default: {shown(field.default)}]" in panel
            assert f"--{field.name.replace('_', '-')} " not in told["Options"]


def test_a_summary_is_one_sentence() -> None:
    assert summary(Filters).endswith("section 3.1: the L1 norm).") and "\n" not in summary(Filters)
    assert [shown(value) for value in (30.0, "", True, "f1")] == ["30", "none", "yes", "f1"]


def test_limit_and_images_mean_the_same_everywhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    for command in ("train", "run", "verify", "sensitivity", "import-ann"):
        told = panels(command)["Options"]
        assert "--limit" in told and "--images" in told
