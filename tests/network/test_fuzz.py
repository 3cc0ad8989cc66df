"""Damaged and hostile files through the command line: a network or one clear error, never anything else."""

from __future__ import annotations

from pathlib import Path

import fuzzing
import pytest
from networks import layered, two_layer

from neurodeploy.network import save_network


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("fuzz")
    save_network(two_layer().as_stage("pruned", two_layer(seed=1)), folder / "two_layer.h5")
    save_network(layered(), folder / "layered.h5")
    return folder


@pytest.mark.parametrize(("kind", "count"), [(fuzzing.KINDS[0], 120), (fuzzing.KINDS[1], 12), (fuzzing.KINDS[2], 24)])
def test_every_damaged_file_is_read_or_refused(sources: Path, kind: str, count: int) -> None:
    tally = fuzzing.run_cases(sources, kind, 7, count)
    assert tally.bad == []
    assert tally.outcomes.total() == count and tally.outcomes["ND111"] > 0
    assert not {"crash", "hang", "traceback"} & tally.outcomes.keys()
