"""History entries of every kind become lines; what commands could not read is refused with the file."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from networks import two_layer

from neurodeploy import api
from neurodeploy.errors import NeurodeployError
from neurodeploy.network import validate
from neurodeploy.network.history import history_lines, with_step


def test_every_writer_is_readable() -> None:
    network = replace(two_layer(inputs=64, neurons=20, seed=1), readout=None)
    network = network.with_metadata(data="digits")
    small = api.quantize(
        api.prune(network, to_sparsity=0.5), bits=4, calibrate="digits", calibration_samples=5, balance=True
    )
    lines = list(history_lines(with_step(small, {"step": "import-ann", "options": {"steps": 5}, "source": "a.onnx"})))
    assert [step for step, _ in lines] == ["prune", "quantize", "balance", "import-ann"]
    assert "to_sparsity 0.5" in lines[0][1] and "bits 4" in lines[1][1] and lines[3][1] == "steps 5"
    assert "calibration (" in lines[2][1] and "samples 5" in lines[2][1]
    assert not any(sign in text for _, text in lines for sign in "{}'") and max(len(text) for _, text in lines) < 120


def test_pulses_of_learning_are_told_where_a_rule_counted_them() -> None:
    network = two_layer(inputs=9, neurons=4, seed=1)
    for training in ({"stdp_updates": 5}, {"potentiations": "many"}, 3):
        assert list(history_lines(network.with_metadata(training=training))) == []
    told = network.with_metadata(training={"potentiations": 1200, "depressions": 7000, "stdp_updates": 8200})
    expected = [("learning pulses", "potentiations 1200, depressions 7000")]
    assert list(history_lines(told)) == expected
    assert list(history_lines(with_step(told, {"step": "x", "n": 1}))) == [*expected, ("x", "n 1")]


@pytest.mark.parametrize(
    "metadata",
    [
        {"history": 3},
        {"history": ["x"]},
        {"history": [{"rule": "x"}]},
        {"test": {"a": 1}},
        {"test": "abc"},
        {"data": 5},
    ],
)
def test_what_commands_cannot_read_is_refused(metadata: dict[str, Any]) -> None:
    with pytest.raises(NeurodeployError, match="ND201.*metadata"):
        validate(two_layer().with_metadata(**metadata))


def test_recorded_input_is_checked_before_it_runs() -> None:
    from neurodeploy.network import SpikeBatch
    from neurodeploy.simulation import simulate

    def batch(**changes: Any) -> SpikeBatch:
        right: dict[str, Any] = {"indptr": np.array([0, 1, 1]), "neurons": np.array([3], np.int32)}
        return SpikeBatch(1, 2, 12, **{**right, **changes})

    simulate(two_layer(), batch())
    for wrong in (
        {"neurons": np.array([2_000_000_000], np.int32)}, {"neurons": np.array([-1], np.int32)},
        {"indptr": np.array([0, 1])}, {"indptr": np.array([0, 5, 1])}, {"indptr": np.array([0, 1, 2])},
        {"values": np.zeros(3, np.float32)},
    ):  # fmt: skip
        with pytest.raises(NeurodeployError, match="ND501.*not a spike batch"):
            simulate(two_layer(), batch(**wrong))
    with pytest.raises(NeurodeployError, match="ND501.*no spike source"):
        sourceless = replace(two_layer(), populations=two_layer().populations[1:], projections=(), encoder=None)
        simulate(sourceless, batch())
