"""Cores that die: where, why and what they logged is said; real sPyNNaker binaries that meet bad memory."""

from __future__ import annotations

import logging
from collections.abc import Callable

import pytest
from networks import two_layer

from neurodeploy.targets.spinnaker.board_cores import describe_cores

CORE = {
    "x": 1, "y": 2, "core": 3, "population": "hidden", "label": "hidden_0", "neurons": [0, 99], "program": "IF_curr_exp",
    "state": "RUN_TIME_EXCEPTION", "error": "SWERR", "link_register": 0x1234, "log": [f"line {i}" for i in range(9)],
}  # fmt: skip


def test_a_core_in_words() -> None:
    text = describe_cores([CORE])
    assert text.startswith(
        "Core 3 of chip 1,2 ('hidden', neurons 0 to 99; program 'IF_curr_exp') is in run-time error SWERR (error that the "
        "program found itself), link register 0x00001234."
    )
    assert text.splitlines()[1:] == ["  Its log (IOBUF) ends with:", *(f"    line {i}" for i in range(3, 9))]


def test_cores_without_neurons_the_watchdog_and_many() -> None:
    system = {**CORE, "population": None, "neurons": None, "label": "monitor", "state": "WATCHDOG", "log": []}
    text = describe_cores([system] * 5)
    assert "('monitor'; program 'IF_curr_exp') is stopped by the watchdog" in text
    assert text.count("Its log (IOBUF) is empty.") == 3 and text.endswith("2 more cores died.")
    assert describe_cores([]) == ""


@pytest.mark.spynnaker
@pytest.mark.parametrize(
    ("damage", "expected"),
    [
        (
            lambda chip, core: chip.memory.set_words(_table(chip, core), 0),
            ["API (API start-up failed)", "Its log (IOBUF) ends with", "Magic number is incorrect: 00000000"],
        ),
        (lambda chip, core: chip._die(core, "a test"), ["DABT (data abort)"]),
    ],
)
def test_the_log_of_a_core_that_died_is_shown(
    damage: Callable[..., None], expected: list[str], caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once a neuron core's table of regions is overwritten before the program starts, once it dies; then all goes well."""
    pytest.importorskip("spynnaker")
    pytest.importorskip("unicorn")
    from software_board import board_at

    from neurodeploy.compiler import compile_network
    from neurodeploy.datasets import load_dataset
    from neurodeploy.encoding import encode
    from neurodeploy.firmware_models.spinnaker.board import memory_map as at
    from neurodeploy.firmware_models.spinnaker.board.chip import Chip
    from neurodeploy.targets.spinnaker.board_session import BoardSession
    from neurodeploy.targets.spinnaker.program import SpinnakerProgram
    from neurodeploy.verification.ladder import first_difference

    network = two_layer(64, 5)
    program = compile_network(network, "spinnaker", {"mapping": "estimate"}).program
    assert isinstance(program, SpinnakerProgram)
    inputs = encode(network, load_dataset("digits", "test").limit(2))
    damaged, signal = list[int](), Chip.signal

    def damaging(chip: Chip, data: int) -> None:
        neurons = [core for core in chip.cores if b"IF_cond" in chip.memory.read(chip.block(core) + at.CORE_NAME, 16)]
        if data >> 16 & 15 == START and neurons and not damaged:
            damaged.append(neurons[0])
            damage(chip, neurons[0])
        signal(chip, data)

    monkeypatch.setattr(Chip, "signal", damaging)
    with (
        board_at("127.0.0.53") as server, caplog.at_level(logging.WARNING),
        BoardSession(program.mapping, "127.0.0.53") as session,
    ):  # fmt: skip
        found, expected_activity = session.run(inputs), session.expected(inputs)
    said = next(record.getMessage() for record in caplog.records if "are run again" in record.getMessage())
    assert session.restarts == 1 and server.received > 0 and damaged
    assert f"Core {damaged[0]} of chip 0,0 ('excitatory', neurons 0 to 4; program 'IF_cond_exp" in said, said
    for part in expected:
        assert part in said
    for name, batch in expected_activity.spikes.items():
        assert first_difference(batch, found.spikes[name]) is None


START = 3


def _table(chip: object, core: int) -> int:
    """Address of the table of regions of a core's data."""
    from neurodeploy.firmware_models.spinnaker.board import memory_map as at
    from neurodeploy.firmware_models.spinnaker.board.chip import Chip

    assert isinstance(chip, Chip)
    return chip.memory.word(chip.block(core) + at.CORE_USER)
