"""Finished chips on disk: what is whole and of the same job is found."""

from __future__ import annotations

from pathlib import Path

import pytest

from neurodeploy.errors import NeurodeployError
from neurodeploy.targets.crossbar.monte_carlo import ChipResult, FinishedChips

CHIPS = [ChipResult(k, 10, 3 + k, 0, {"out": 40}, {}, {"arrays": 1.1e-9 * (k + 1) / 3}) for k in range(3)]


def test_what_was_put_is_read_and_nothing_of_another_job(tmp_path: Path) -> None:
    path = tmp_path / "net.run" / "chips.jsonl"
    for chip in CHIPS:
        FinishedChips(path, "a").put(chip)
    FinishedChips(path, "b").put(CHIPS[0])
    assert FinishedChips(path, "a").read() == dict(enumerate(CHIPS))
    assert FinishedChips(path, "b").read() == {0: CHIPS[0]} and FinishedChips(path, "c").read() == {}


def test_a_line_cut_anywhere_costs_that_chip_alone(tmp_path: Path) -> None:
    path = tmp_path / "chips.jsonl"
    for chip in CHIPS[:2]:
        FinishedChips(path, "a").put(chip)
    whole = path.read_bytes()
    second = whole.index(b"\n") + 1
    for end in range(second, len(whole) - 1):
        path.write_bytes(whole[:end])
        assert FinishedChips(path, "a").read() == {0: CHIPS[0]}
    FinishedChips(path, "a").put(CHIPS[2])  # after the half line
    assert FinishedChips(path, "a").read() == {0: CHIPS[0], 2: CHIPS[2]}


@pytest.mark.parametrize(
    "content", [b"", b"\xff\xfe\n", b"[]\n3\n", b'{"key": "a", "chip": {"number": 0}}\n', b'{"key": "a"}\n']
)
def test_foreign_content_is_passed_over(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "chips.jsonl"
    path.write_bytes(content)
    assert FinishedChips(path, "a").read() == {}
    FinishedChips(path, "a").put(CHIPS[0])
    assert FinishedChips(path, "a").read() == {0: CHIPS[0]}


def test_no_path_keeps_nothing_and_a_bad_one_is_an_error(tmp_path: Path) -> None:
    nothing = FinishedChips(None, "a")
    nothing.put(CHIPS[0])
    assert nothing.read() == {}
    with pytest.raises(NeurodeployError, match="ND102"):
        FinishedChips(tmp_path, "a").put(CHIPS[0])
    with pytest.raises(NeurodeployError, match="ND102"):
        FinishedChips(tmp_path, "a").read()
