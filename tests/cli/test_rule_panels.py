"""Help of commands with rules or targets: a panel for each, with its own options and defaults."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

import pytest
import rich_click as click
from click.testing import CliRunner
from command_line import call

from neurodeploy.cli.options import options_of
from neurodeploy.cli.rule_panels import shown, summary, target_panels
from neurodeploy.compiler import working_targets
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
        for option in option_fields(rule):
            assert option.help and f"{option.help} [default: {shown(option.default)}]" in panel
            assert f"--{option.name.replace('_', '-')} " not in told["Options"]


def test_a_summary_is_one_sentence() -> None:
    assert summary(Filters).endswith("section 3.1: the L1 norm).") and "\n" not in summary(Filters)
    assert [shown(value) for value in (30.0, "", True, "f1")] == ["30", "none", "yes", "f1"]


def test_limit_and_images_mean_the_same_everywhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    for command in ("train", "run", "verify", "sensitivity", "import-ann"):
        told = panels(command)["Options"]
        assert "--limit" in told and "--images" in told


def test_compile_has_a_panel_for_each_set_of_targets_with_their_options(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    told = panels("compile")
    assert "--target" in told["Options"] and "--tile" not in told["Options"] and "--boards" not in told["Options"]
    both, board = told["Options of nor-flash and rram"], told["Options of spinnaker"]
    assert "--tile" in both and "--boards" not in both and "[default: nor-flash: oh2019_tft; rram: neurram]" in both
    assert "--boards" in board and "--tile" not in board
    assert "[default: 0.05]" in both and "[default: 0.01]" in board  # --lost-weights means another share at each
    for name, target in working_targets().items():
        own = " ".join(text for title, text in told.items() if name in title)
        assert all(
            f"--{option.name.replace('_', '-')} " in own and option.help in own
            for option in option_fields(target.options)
        )


def test_options_that_targets_share_stand_once() -> None:
    @dataclass(frozen=True)
    class First:
        speed: int = field(default=1, metadata={"help": "how fast"})
        depth: int = field(default=2, metadata={"help": "how deep"})

    @dataclass(frozen=True)
    class Second:
        speed: int = field(default=1, metadata={"help": "how fast"})
        depth: int = field(default=2, metadata={"help": "layers"})

    @click.command("both")
    @options_of(First, Second)
    @click.option_panel("Options")
    @target_panels({"one": First, "two": Second})
    def command(**options: int) -> None:
        """Try."""

    said = " ".join(CliRunner().invoke(command, ["--help"]).output.replace("│", " ").split())
    assert said.count("--speed") == 1 and said.count("--depth") == 2
    assert said.index("Options of one and two") < said.index("how fast [default: 1]")
    assert said.index("Options of one ") < said.index("how deep [default: 2]")
    assert said.index("Options of two ") < said.index("layers [default: 2]")
