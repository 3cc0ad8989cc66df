"""Programs on arrays of memory cells, for tests."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from networks import layered

from neurodeploy.compiler import Context, compile_network
from neurodeploy.network import Activity, Network, SpikeBatch
from neurodeploy.targets.crossbar.program import CrossbarProgram

IDEAL: dict[str, Any] = {"programming": "ideal", "segment_ohms": 0.0}
"""Cells hold what they should, and lines have no resistance."""
NEURRAM = Path(__file__).parents[2] / "targets/rram/devices/neurram.toml"


def compiled(network: Network, calibration: SpikeBatch | None = None, **options: Any) -> CrossbarProgram:
    """A program for the RRAM target, ideal where ``options`` say nothing."""
    made = compile_network(network, "rram", {**IDEAL, **options}, context=Context(calibration)).program
    assert isinstance(made, CrossbarProgram)
    return made


def device_with(path: Path, **values: str) -> Path:
    """NeuRRAM's device file with other lines: a key and the text of its value."""
    lines = [line for line in NEURRAM.read_text("utf-8").splitlines() if line.split(" = ")[0] not in values]
    path.write_text("\n".join([*lines, *(f"{key} = {value}" for key, value in values.items())]), "utf-8")
    return path


def assumed(value: object) -> str:
    """A number of a device file."""
    return f'{{ value = {value}, source = "test", kind = "assumed" }}'


def assert_same_spikes(one: Activity, other: Activity) -> None:
    """Every population spikes at the same steps, and each of those that can spike does."""
    assert list(one.spikes) == list(other.spikes)
    for name, batch in one.spikes.items():
        np.testing.assert_array_equal(batch.indptr, other.spikes[name].indptr)
        np.testing.assert_array_equal(batch.neurons, other.spikes[name].neurons)


def one_delay() -> Network:
    """Convolution, average pooling through a relay, a mask, sparse rows, inhibition within a layer; one delay a projection."""
    network = layered()
    return network.with_projections(replace(network.projection("dense"), delay=2))
