"""Board in the loop: the real sPyNNaker on the software board, whole and failing, against the firmware model."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from networks import digits_network

pytest.importorskip("spynnaker")
pytest.importorskip("unicorn")
pytestmark = pytest.mark.spynnaker

from software_board import board_at  # noqa: E402

from neurodeploy import api  # noqa: E402
from neurodeploy.compiler import Program, compile_network  # noqa: E402
from neurodeploy.datasets import load_dataset  # noqa: E402
from neurodeploy.encoding import encode  # noqa: E402
from neurodeploy.errors import NeurodeployError  # noqa: E402
from neurodeploy.firmware_models.spinnaker.board import Faults  # noqa: E402
from neurodeploy.targets.spinnaker import board_session  # noqa: E402
from neurodeploy.targets.spinnaker.board_session import BoardSession  # noqa: E402
from neurodeploy.targets.spinnaker.program import SpinnakerProgram  # noqa: E402
from neurodeploy.verification.ladder import first_difference  # noqa: E402


@pytest.fixture(scope="module")
def program() -> SpinnakerProgram:
    made = compile_network(digits_network(), "spinnaker", {"mapping": "estimate"}).program
    assert isinstance(made, SpinnakerProgram)
    return made


def test_board_rung_equals_the_model_spike_by_spike(program: Program) -> None:
    """The ladder's last rung: two chunks."""
    data = load_dataset("digits", "test").limit(2)
    with board_at("127.0.0.61") as server, pytest.MonkeyPatch.context() as patch:
        patch.setattr(board_session, "STEPS_PER_RUN", 1000)
        ladder = api.verify(program, data, machine="127.0.0.61")
    rung = ladder.rung("board")
    assert rung.available and rung.output_spikes is not None and rung.output_spikes > 4
    assert rung.note.startswith("all ") and "failed" not in rung.note
    assert server.board.errors == []
    assert len({place for place, chip in server.board.chips.items() if chip.cores}) == 0  # sim.end() stopped them


def test_lost_packets_and_a_reboot_change_nothing(program: SpinnakerProgram) -> None:
    """Packets lost either way and a reboot in the middle: every sample once, spikes as without."""
    network = program.network
    inputs = encode(network, load_dataset("digits", "test").limit(3))
    faults = Faults(drop_packets=0.002, reboot_at=700)
    with board_at("127.0.0.62", faults) as server, BoardSession(program.mapping, "127.0.0.62") as session:
        found, expected = session.run(inputs), session.expected(inputs)
        assert session.restarts >= 1
    assert server.received > 700
    assert expected.spikes["excitatory"].total > 3
    for name, batch in expected.spikes.items():
        assert first_difference(batch, found.spikes[name]) is None
        np.testing.assert_array_equal(batch.counts(), found.spikes[name].counts())


def test_board_that_freezes_ends_with_its_reason(program: SpinnakerProgram, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(board_session, "TRIES", 1)
    with board_at("127.0.0.63", Faults(dead_chips=frozenset({(0, 0)}))), pytest.raises(NeurodeployError) as caught:
        BoardSession(program.mapping, "127.0.0.63").run(
            encode(program.network, load_dataset("digits", "test").limit(1))
        )
    assert caught.value.code in ("ND511", "ND512", "ND514")


def test_configured_needs_a_configuration(program: Program, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    with pytest.raises(NeurodeployError, match="ND513"):
        program.on_board("configured")


def test_executor_board_needs_an_address(program: Program) -> None:
    with pytest.raises(NeurodeployError, match="ND502.*board emulate"):
        api.run(program, "digits", executor="board", limit=1)
