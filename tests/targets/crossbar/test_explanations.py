"""What a compilation and a report say decides time, area, energy and tiles."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest
from crossbar_programs import compiled
from networks import into, two_layer

from neurodeploy.network import IF, Encoder, Weights
from neurodeploy.targets.crossbar.estimates import area_of, latency_of
from neurodeploy.targets.crossbar.explanations import area_text, converter_text, range_text, tiles_text, time_text


def test_time_names_the_neurons_rate_and_the_inference() -> None:
    mapping = compiled(two_layer()).mapping
    latency = latency_of(mapping)
    said = time_text(mapping, latency)
    share = 100 * (1 / 300e3) / latency.seconds
    assert f"{share:.3g} % of it the neuron circuit's spike at its highest rate, 300 kHz" in said
    steps = mapping.lowered.encoder
    assert steps is None or f"an inference of {steps.steps:,} steps" in said
    bare = replace(mapping, lowered=replace(mapping.lowered, encoder=None))
    assert "inference" not in time_text(bare, latency)
    long = replace(mapping, lowered=replace(mapping.lowered, encoder=Encoder("constant", steps=1000)))
    assert f"an inference of 1,000 steps {1e3 * 1000 * latency.seconds:.3g} ms" in time_text(long, latency)


def test_converters_are_named_where_they_are_most() -> None:
    digital = compiled(two_layer(), partial_sums="digital", tile="4x4").mapping
    area = area_of(digital)
    share = sum(item.square_metres for item in area.items if item.part.endswith("converters")) / area.square_metres
    assert share > 0.5 and area_text(digital, area).startswith(
        f"Converters are {100 * share:.0f} % of the area: --multi"
    )
    analogue = compiled(two_layer(), tile="4x4").mapping
    assert area_text(analogue, area_of(analogue)) == ""
    name = digital.arrays[0].projection
    said = converter_text(digital, [(f"{name}: converters", 3.0), (f"{name}: cells", 1.0)], "energy")
    assert said.startswith("Converters are 75 % of the energy: fewer --converter-bits")
    assert converter_text(digital, [(f"{name}: converters", 1.0), (f"{name}: cells", 3.0)], "energy") == ""


def test_the_cause_of_the_range_of_energy() -> None:
    mapping = compiled(two_layer()).mapping
    name = mapping.arrays[0].projection
    items = [{"part": f"{name}: cells", "joules_range": [2e-9, 2e-9]},
             {"part": f"{name}: bit lines", "joules_range": [0.0, 6e-9]},
             {"part": f"{name}: spikes", "joules_range": [1e-9, 3e-9]}]  # fmt: skip
    cost = {"items": items, "joules_range": [3e-9, 11e-9], "samples": 2}
    assert range_text(mapping, cost) == "75 % of the range is that of bit lines: 0 J to 3 nJ per inference."
    exact = {"items": items[:1], "joules_range": [2e-9, 2e-9], "samples": 2}
    assert range_text(mapping, exact) == ""


@pytest.mark.parametrize(("absent", "hinted"), [(0.5, True), (0.3, False)])
def test_a_hint_where_packing_saves_no_tile(absent: float, hinted: bool) -> None:
    random = np.random.default_rng(1)
    mask = random.random((64, 32)) >= absent
    network = into(IF(), Weights(values=np.where(mask, 1.0, 0.0), mask=mask))
    mapping = compiled(network, tile="16x16", cells="single", layout="grid").mapping
    said = tiles_text(mapping)
    assert bool(said) is hinted
    if hinted:
        held = re.search(r"Synapses take (\d+) % of", said)
        assert held is not None and int(held[1]) == round(100 * mask.sum() / (64 * 32))
        assert "prune --rule tiles --tile-rows 16 --tile-columns 16" in said


def test_one_tile_needs_no_hint() -> None:
    assert tiles_text(compiled(two_layer(), tile="128x128").mapping) == ""
