"""Printing Markdown tables, shared by the benchmarks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def print_markdown(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print a table as Markdown, each row as soon as it is known."""
    print("| " + " | ".join(columns) + " |\n|" + " --- |" * len(columns), flush=True)
    for row in rows:
        print("| " + " | ".join(str(cell) for cell in row) + " |", flush=True)
