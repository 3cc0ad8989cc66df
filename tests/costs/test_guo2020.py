"""The paper's own numbers from the formulas."""

from __future__ import annotations

import pytest

from neurodeploy.costs.guo2020 import PruningUnit, figure_of_merit, training_energy

PAPER = PruningUnit(100, 784, 20)


def test_table_4_per_step() -> None:
    assert PAPER.cycles() == {"grouping": 120, "adapting": 2_000, "weight pruning": 78_400}
    assert PAPER.operations() == {"grouping": 400, "adapting": 1_100, "weight pruning": 156_800}


@pytest.mark.parametrize(("batch", "cycles", "operations"), [(100, 404, 794), (5_000, 9, 18)])
def test_table_4_per_image(batch: int, cycles: int, operations: int) -> None:
    steps = 30_000 // batch + 1
    found = PAPER.per_image(steps, 60_000)
    assert round(found["cycles"]) == cycles and round(found["operations"]) == operations


def test_the_printed_weight_pruning_operations_contradict_the_printed_averages() -> None:
    printed = 400 + 1_100 + 166_800
    assert round(printed * 301 / 60_000) != 794 and round(printed * 7 / 60_000) != 18


def test_memory() -> None:
    assert PAPER.block_rams() == 2 and PAPER.flag_bits() == 78_400
    assert PruningUnit(800, 784).block_rams() == 4


def test_energy() -> None:
    assert training_energy(96_099).joules == pytest.approx(2.3e-6, rel=0.02)
    told = PAPER.as_dict(301, 60_000, 96_099)
    assert told["joules_per_image"] == pytest.approx(0.397e-9, rel=1e-3)  # the text's 3.4 nJ do not follow
    assert told["share_of_training_energy"] < 0.001
    assert pytest.approx(3.4e-9, rel=0.01) == (400 + 1_100 + 166_800) * 301 / 60_000 * 8 * 0.5e-12


def test_figure_of_merit_on_the_texts_numbers() -> None:
    """100 neurons: at 14.5 % -27 % training and -60 % inference SOPs, -2.85 points; at 20 % less than a point (taken as
    none), the SOPs in between as the text says: almost linear in connectivity. Inference is a share of all SOPs."""
    for inference in (0.3, 0.5):
        best = figure_of_merit(85.78 - 2.85, 85.78, (1 - inference) * 0.73 + inference * 0.40, 1.0)
        part = (1 - 0.20) / (1 - 0.145)
        denser = figure_of_merit(85.78, 85.78, 1 - part * ((1 - inference) * 0.27 + inference * 0.60), 1.0)
        assert best > denser * (85.78 - 1) / 85.78 > 1
    assert figure_of_merit(0.9, 0.9, 5.0, 5.0) == 1
