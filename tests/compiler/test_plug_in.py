"""A target of a third party, found through a real entry point, does everything the built-in one does."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from importlib import invalidate_caches
from pathlib import Path

import numpy as np
import pytest
from networks import random_spikes, two_layer
from plug_in import install

from neurodeploy import api
from neurodeploy.compiler import check_network, compile_network, find_target, load_bundle, save_bundle, target_names
from neurodeploy.errors import NeurodeployError
from neurodeploy.simulation import simulate

Installer = Callable[[str, str], None]


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Installer]:
    folder = tmp_path / "site"
    folder.mkdir()
    monkeypatch.syspath_prepend(str(folder))

    def do(name: str, reference: str) -> None:
        install(folder, name, reference)
        invalidate_caches()

    yield do
    sys.modules.pop("toy_target", None)


def test_compiles_runs_saves_and_loads(installed: Installer, tmp_path: Path) -> None:
    installed("toy", "toy_target:ToyTarget")
    assert target_names() == ["nor-flash", "rram", "spinnaker", "toy"]
    network, inputs = two_layer(), random_spikes(2, 100, 12, 0.2)
    program = api.compile(network, "toy", bundle=tmp_path / "toy.bundle", neurons=20)
    assert [p.delay for p in program.lowered.projections] == [3, 3]
    loaded = load_bundle(tmp_path / "toy.bundle")
    assert type(loaded) is type(program) and loaded.network.digest() == network.digest()
    one, other = (p.run(inputs, "reference").spikes["excitatory"] for p in (program, loaded))
    assert one.total > 0 and np.array_equal(one.neurons, other.neurons)
    assert loaded.resources()[0].used == 17 and check_network(network, "toy", {"neurons": 16})[0].fits is False


def test_zero_to_three_steps_later_same_spikes(installed: Installer) -> None:
    """Without competition, lengthening the only delay from 0 to 3 steps shifts the answer by three steps."""
    installed("toy", "toy_target:ToyTarget")
    network, inputs = two_layer(lateral=0.0), random_spikes(2, 100, 12, 0.2)
    program = compile_network(network, "toy").program
    before = simulate(network, inputs).spikes["excitatory"].dense()
    after = program.run(inputs, "reference").spikes["excitatory"].dense()
    assert before.sum() > 10
    np.testing.assert_array_equal(after[:, 3:], before[:, :-3])


@pytest.mark.parametrize(
    "reference", ["toy_target:failing", "toy_target:Missing", "no_such_module_here:Target", "toy_target:NotATarget"]
)
def test_broken_plug_ins(installed: Installer, reference: str) -> None:
    installed("toy", reference)
    with pytest.raises(NeurodeployError, match="ND403.*'toy'"):
        find_target("toy")


def test_a_broken_plug_in_does_not_stop_other_targets(
    installed: Installer, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from command_line import call

    installed("toy", "toy_target:failing")
    assert find_target("spinnaker").name == "spinnaker"
    sys.modules.pop("neurodeploy.cli.compile", None)  # its options are made when it is imported
    try:
        assert call("compile", "--help").code == 0
    finally:
        sys.modules.pop("neurodeploy.cli.compile", None)


def test_unknown_target() -> None:
    with pytest.raises(NeurodeployError, match="ND402.*'abacus'.*spinnaker"):
        find_target("abacus")


def test_missing_plug_in_when_loading(installed: Installer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    installed("toy", "toy_target:ToyTarget")
    save_bundle(compile_network(two_layer(), "toy"), tmp_path / "toy.bundle")
    monkeypatch.undo()
    with pytest.raises(NeurodeployError, match="ND402"):
        load_bundle(tmp_path / "toy.bundle")
