"""Tables for people: numbers to the right, texts to the left, titles whole."""

from __future__ import annotations

import io
from contextlib import redirect_stdout

import pytest

from neurodeploy.cli.output import print_table


def printed(
    title: str, columns: list[str], rows: list[list[str]], width: int, monkeypatch: pytest.MonkeyPatch
) -> list[str]:
    """The lines of a table on a terminal of so many columns."""
    monkeypatch.setenv("COLUMNS", str(width))
    out = io.StringIO()
    with redirect_stdout(out):
        print_table(title, columns, rows)
    return out.getvalue().splitlines()


def test_columns_of_numbers_are_right_aligned_and_texts_left(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [["a", "1,234", "28x28 digits", "–", "+0.50"], ["b", "5", "text", "2.5e-05", "-12.30 %"]]
    lines = printed("T", ["name", "count", "what", "value", "change"], rows, 100, monkeypatch)
    header = next(line for line in lines if "count" in line)
    first, second = (next(line for line in lines if line.strip().startswith(name)) for name in ("a ", "b "))
    for column in ("count", "value", "change"):
        end = header.index(column) + len(column)
        assert first[end - 1] != " " and second[end - 1] != " " and first[end] == second[end] == " "
    at = header.index("what")
    assert first[at:].startswith("28x28") and second[at:].startswith("text")


def test_a_long_title_stays_one_line_and_numbers_stay_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    title = "a title that is far longer than the table below it is wide"
    rows = [["a name that is much too long for half of the terminal", "4,294,967,296", "some words that may be broken"]]
    lines = printed(title, ["", "used", "where"], rows, 50, monkeypatch)
    assert lines[0] == title and any("4,294,967,296" in line for line in lines)
    assert max(map(len, lines[1:])) <= 50
