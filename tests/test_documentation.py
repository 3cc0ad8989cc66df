"""Documentation that cannot fall behind: error codes, commands, links."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from neurodeploy.cli import COMMANDS
from neurodeploy.network import StepSemantics, neurons

ROOT = Path(__file__).resolve().parents[1]
SOURCES = [
    path
    for folder in ("neurodeploy", "compiler", "targets", "firmware_models")
    for path in (ROOT / folder).rglob("*.py")
]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")), *sorted((ROOT / "benchmarks").rglob("*.md"))]


def test_every_error_code_is_documented_and_every_documented_code_exists() -> None:
    used = {code for path in SOURCES for code in re.findall(r'"(ND\d{3})"', path.read_text("utf-8"))}
    documented = set(re.findall(r"^\| (ND\d{3}) \|", (ROOT / "docs" / "errors.md").read_text("utf-8"), re.MULTILINE))
    assert used == documented


def test_every_command_in_the_readme_exists_and_every_command_is_in_the_readme() -> None:
    blocks = re.findall(r"^```\n(.*?)^```", (ROOT / "README.md").read_text("utf-8"), re.MULTILINE | re.DOTALL)
    named = set(re.findall(r"^neurodeploy ([a-z-]+)", "".join(blocks), re.MULTILINE))
    assert named <= set(COMMANDS)
    assert set(COMMANDS) - named <= {"quickstart"}  # make quickstart


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+?)(?:#[^)]*)?\)", page.read_text("utf-8")):
        if "://" not in target:
            assert (page.parent / target).exists(), target


def test_the_presets_of_the_step_semantics_are_those_documented() -> None:
    text = (ROOT / "docs" / "simulation.md").read_text("utf-8")
    rows = re.findall(r"^\| `([A-Z_]+)` \| (.*) \| [^|]* \|$", text, re.MULTILINE)
    presets = {name: value for name, value in vars(neurons).items() if isinstance(value, StepSemantics)}
    assert dict(rows) == {
        name: f"{p.integrator} | {p.synaptic_decay} | {p.synaptic_gain} | {p.comparison} | {1 - p.zero_delay} | {p.reset_timing}"
        for name, p in presets.items()
    }
