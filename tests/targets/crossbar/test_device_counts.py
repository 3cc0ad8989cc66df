"""Events of a run, against loops over samples, steps, tiles and cells."""

from __future__ import annotations

import numpy as np
import pytest
from crossbar_programs import compiled, one_delay
from networks import layered, random_spikes, two_layer

from neurodeploy.network import Activity, SpikeBatch
from neurodeploy.targets.crossbar.chip import make_chip
from neurodeploy.targets.crossbar.device_counts import READS, ROWS, SIEMENS, conductance_of_rows


@pytest.mark.parametrize("options", [{"cells": "pair"}, {"cells": "reference"}, {"cells": "single", "layout": "grid"}])
def test_counts_of_brute_force(options: dict[str, str]) -> None:
    program = compiled(two_layer(density=0.5), tile="5x4", **options)
    inputs = random_spikes(3, 20, 12, 0.1)
    array = program.mapping.arrays[0]
    mapped = array.mapped
    reads, rows, siemens = np.zeros(3), np.zeros(3), np.zeros(3)
    dense = inputs.dense()
    for sample in range(3):
        for step in range(20):
            reads[sample] += dense[sample, step].any()
            for tile in array.tiling.tiles:
                for row in tile.rows[dense[sample, step, tile.rows]]:
                    rows[sample] += 1
                    siemens[sample] += sum(mapped.conductances[row, c] for c in array.tiling.columns(tile))
                    siemens[sample] += mapped.g_zero if mapped.scheme == "reference" else 0
    events = program.run(inputs, "model").device_events
    name = array.projection
    assert set(events) == {f"{kind}:{name}" for kind in (READS, ROWS, SIEMENS)}
    np.testing.assert_array_equal(events[f"{READS}:{name}"], reads)
    np.testing.assert_array_equal(events[f"{ROWS}:{name}"], rows)
    np.testing.assert_allclose(events[f"{SIEMENS}:{name}"], siemens, rtol=1e-9)


def test_later_layers_count_the_spikes_of_the_run_and_totals_add_up() -> None:
    program, inputs = compiled(one_delay()), random_spikes(4, 30, layered().sources[0].size, 0.2)
    found = program.run(inputs, "model")
    steps = found.spikes["hidden"].dense().any(axis=2).sum(axis=1)
    np.testing.assert_array_equal(found.device_events[f"{READS}:rows"], steps)
    parts = [program.run(part, "model") for part in (inputs.part(0, 1), inputs.part(1, 4))]
    total = found.event_counts().device_events
    joined = Activity.concatenate(parts)
    assert {name: counts.tolist() for name, counts in joined.device_events.items()} == {
        name: counts.tolist() for name, counts in found.device_events.items()
    }
    summed = parts[0].event_counts() + parts[1].event_counts()
    assert summed.device_events == pytest.approx(total, rel=1e-12) and summed.samples == 4


@pytest.mark.parametrize("cells", ["pair", "reference"])
def test_a_chip_dissipates_in_its_own_cells(cells: str) -> None:
    """Row by row, the model sums what this chip's cells hold; the float reference what they should."""
    options = {"cells": cells, "tile": "5x6", "variation": 0.3, "programming": "device"}
    program = compiled(two_layer(density=0.5), **options)
    array, name = program.mapping.arrays[0], program.mapping.arrays[0].projection
    rows = SpikeBatch.from_dense(np.eye(12, dtype=bool)[:, None])
    found = []
    for number in (0, 1):
        chip = make_chip(program.mapping, number)
        held = chip.arrays[name].array
        expected = held.conductances.sum(axis=1)
        expected += 0 if held.reference is None else held.reference.sum(axis=1)
        found.append(program.run_chip(chip, rows).device_events[f"{SIEMENS}:{name}"])
        np.testing.assert_allclose(found[-1], expected, rtol=1e-12)
    aimed = program.run(rows, "reference").device_events[f"{SIEMENS}:{name}"]
    assert len({values.tobytes() for values in (aimed, *found)}) == 3
    np.testing.assert_array_equal(aimed, conductance_of_rows(array))
    ideal = compiled(two_layer(density=0.5), cells=cells, tile="5x6")
    one, other = (ideal.run(rows, executor).device_events for executor in ("model", "reference"))
    np.testing.assert_array_equal(one[f"{SIEMENS}:{name}"], other[f"{SIEMENS}:{name}"])


def test_silence() -> None:
    silent = SpikeBatch.from_dense(np.zeros((2, 5, 12), bool))
    events = compiled(two_layer()).run(silent, "model").device_events
    assert all((values == 0).all() and values.shape == (2,) for values in events.values())
