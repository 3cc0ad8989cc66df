"""What a report says of many chips, from results made up: numbers, not pixels."""

from __future__ import annotations

import json

import numpy as np
import pytest

from neurodeploy.report.figures import of_target
from neurodeploy.targets.crossbar.monte_carlo import ChipResult, MonteCarlo
from neurodeploy.targets.crossbar.monte_carlo.report_section import _bins, chips_figure, chips_section


def found(correct: list[int], yield_at: float | None = None, samples: int = 50) -> MonteCarlo:
    """Chips with so many right answers."""
    chips = [
        ChipResult(k, samples, right, 0, {"out": 10 * right}, {"out": 0}, {"arrays": 1e-9 * (1000 + k)})
        for k, right in enumerate(correct)
    ]
    return MonteCarlo("rram", "digits", "test", tuple(chips), 0.95, yield_at)


@pytest.mark.parametrize("yield_at", [None, 0.8])
def test_it_is_the_same_after_the_file(yield_at: float | None) -> None:
    made = found([40, 42, 38], yield_at)
    assert MonteCarlo.of(json.loads(json.dumps(made.as_dict()))) == made


def test_mean_interval_deviation_and_yield_are_said() -> None:
    section = chips_section(found([40, 42, 38], 0.8).as_dict())
    half = 4.30265 * 4 / np.sqrt(3)  # Student's t, 2 degrees of freedom; deviation 4 %
    for part in ("3 chips", "50 samples of digits", "mean 80.00 %", f"± {half:.2f} %", "chip 4.00 %", "2 of 3 chips"):
        assert part in section.text, section.text
    (_, (columns, rows)), *_ = section.tables
    cells = {row[0]: dict(zip(columns, row, strict=True)) for row in rows}
    assert cells["accuracy"]["least"] == "76.00 %" and cells["accuracy"]["most"] == "84.00 %"
    energy = cells["energy per sample of 'arrays'"]
    assert (energy["least"], energy["median"], energy["most"]) == ("20 nJ", "20.02 nJ", "20.04 nJ")


def test_one_chip_has_neither_interval_nor_yield() -> None:
    section = chips_section(found([40]).as_dict())
    assert "1 chip of" in section.text and "±" not in section.text and "Yield" not in section.text


@pytest.mark.parametrize("correct", [[40], [40, 40], [0, 50], list(range(50)) * 2])
def test_it_draws_and_every_chip_is_in_one_bin(correct: list[int]) -> None:
    made = found(correct, 0.7)
    assert of_target(chips_figure(made)).uri.startswith("data:image/svg+xml")
    values = 100 * np.array([chip.accuracy for chip in made.chips])
    counts, _ = np.histogram(values, edges := _bins(values, 50))
    assert counts.sum() == len(correct) and len(counts) <= 13
    assert np.allclose(np.diff(edges) % 2, 0, atol=1e-9) or np.allclose(np.diff(edges) % 2, 2, atol=1e-9)
