"""Rules of other packages, by their entry points: one that works, and ones that do not."""

from __future__ import annotations

from pathlib import Path

import pytest

from neurodeploy.errors import NeurodeployError
from neurodeploy.training.learning_rules import GROUP, OWN_RULES, learning_rule, learning_rule_names
from neurodeploy.training.recipe import load_recipe

CODE = """
from dataclasses import dataclass


@dataclass(frozen=True)
class Device:
    rate: float = 0.5

    def constants(self, dt):
        return None


def failing():
    raise RuntimeError("driver not found")


def nothing():
    return 3
"""


@pytest.fixture
def plug_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "device_rules_of_a_test.py").write_text(CODE)
    info = tmp_path / "device_rules_of_a_test-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: device-rules-of-a-test\nVersion: 1.0\n")
    lines = "".join(f"{name} = device_rules_of_a_test:{made}\n" for name, made in (("device", "Device"), ("broken", "failing"), ("no_rule", "nothing")))  # fmt: skip
    (info / "entry_points.txt").write_text(f"[{GROUP}]\n{lines}")
    monkeypatch.syspath_prepend(str(tmp_path))


@pytest.mark.usefixtures("plug_in")
def test_a_rule_of_another_package(tmp_path: Path) -> None:
    names = learning_rule_names()
    assert names[: len(OWN_RULES)] == OWN_RULES and {"device", "broken", "no_rule"} <= set(names)
    assert learning_rule("r", "device", {"rate": 0.25}).rate == 0.25
    (tmp_path / "r.toml").write_text("data = 'digits'\n[stdp]\nrule = 'device'\nrate = 0.1")
    assert load_recipe(str(tmp_path / "r.toml")).stdp_rule == "device"


@pytest.mark.usefixtures("plug_in")
@pytest.mark.parametrize(
    ("name", "message"),
    [("broken", "does not load: driver not found"), ("no_rule", "is no STDP rule"), ("absent", "there is no STDP rule 'absent'")],
)  # fmt: skip
def test_rules_that_do_not_work(name: str, message: str) -> None:
    with pytest.raises(NeurodeployError, match="ND306") as caught:
        learning_rule("r", name, {})
    assert message in caught.value.message


def test_the_trainers_own_rules_refuse_negative_rates() -> None:
    for entry, value in (("eta", -1.0), ("tau", 0.0)):
        with pytest.raises(NeurodeployError, match=f"ND306.*stdp.{entry} is"):
            learning_rule("r", "power_law", {entry: value})
