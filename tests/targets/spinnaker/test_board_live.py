"""Live injection: spikes sent to a board that runs, and the model given what arrived."""

from __future__ import annotations

import pytest
from networks import two_layer

pytest.importorskip("spynnaker")
pytest.importorskip("unicorn")
pytestmark = pytest.mark.spynnaker

from software_board import board_at  # noqa: E402

from neurodeploy.compiler import compile_network  # noqa: E402
from neurodeploy.datasets import load_dataset  # noqa: E402
from neurodeploy.encoding import encode  # noqa: E402
from neurodeploy.targets.spinnaker.board_session import BoardSession  # noqa: E402
from neurodeploy.targets.spinnaker.program import SpinnakerProgram  # noqa: E402
from neurodeploy.verification.ladder import first_difference  # noqa: E402


def test_spikes_arrive_and_the_model_agrees() -> None:
    """Spikes are not in the steps they were meant for; from those in which they arrived on, every bit is the model's."""
    network = two_layer(64, 5)
    program = compile_network(network, "spinnaker", {"mapping": "estimate"}).program
    assert isinstance(program, SpinnakerProgram)
    inputs = encode(network, load_dataset("digits", "test").limit(4))
    with (
        board_at("127.0.0.57", real_time=True), BoardSession(program.mapping, "127.0.0.57", live_input=True) as session,
    ):  # fmt: skip
        found, expected = session.run(inputs), session.expected(inputs)
    late = session.lateness
    assert late is not None and late.injected == inputs.total and late.step_ms == 1.0
    assert late.recorded > 0.5 * late.injected and session.restarts == 0
    assert late.compared > 0  # some come early: on a machine with other work the board falls behind the clock
    assert expected.spikes["excitatory"].total > 0
    assert found.spikes["input"].total <= late.recorded
    for name, batch in expected.spikes.items():
        assert first_difference(batch, found.spikes[name]) is None
