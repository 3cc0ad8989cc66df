"""What commands print: tables for people, JSON for machines, errors to standard error."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from neurodeploy.wording import QUANTITY, counted

_FILE_COLUMNS = 120
"""Width of tables that go to a file or a pipe."""
_SHORT = 28
"""Names up to so many characters are not broken."""
_NUMBER = re.compile(r"[+-]?\d[\d,.]*(e[+-]?\d+)?( ?%)?")


def console_error(code: str, message: str, hint: str = "") -> None:
    """Print an error: its code, what is wrong, what to do."""
    from rich.console import Console
    from rich.text import Text

    text = Text(f"{code} ", style="bold red")
    text.append(message, style="default")
    if hint:
        text.append(f"\n{' ' * (len(code) + 1)}{hint}", style="dim")
    Console(stderr=True, soft_wrap=True).print(text)


def say(text: str) -> None:
    """Print a line for people (rich markup)."""
    from rich.console import Console

    Console(soft_wrap=True, highlight=False).print(text)


def note(text: str) -> None:
    """Print a line about what was asked for to standard error, where it disturbs no output."""
    from rich.console import Console

    Console(stderr=True, soft_wrap=True, highlight=False).print(f"[dim]Note: {text}[/]")


def note_limit(limit: int | None, samples: int, option: str = "--limit") -> None:
    """Say where fewer samples are there than were asked for."""
    if limit is not None and limit > samples:
        note(f"{option} is {limit:,}, but the data set has only {counted(samples, 'sample')}: all are used.")


def print_json(value: Any) -> None:
    """Print a value for machines."""
    from neurodeploy.files import dump_json

    sys.stdout.write(dump_json(value))


def print_table(title: str, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print a table, its title on a line of its own; columns of numbers are right-aligned and never broken."""
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
    listed = [list(row) for row in rows]
    for index, column in enumerate(columns):
        cells = [row[index] for row in listed]
        longest = max(map(len, cells), default=0)
        if _are_numbers(cells):
            table.add_column(column, justify="right", overflow="fold", min_width=longest)
        else:
            table.add_column(column, overflow="fold", no_wrap=index == 0 and longest <= _SHORT)
    for row in listed:
        table.add_row(*row)
    console = Console()
    if not console.is_terminal and "COLUMNS" not in os.environ:
        console = Console(width=_FILE_COLUMNS)
    if title:
        console.print(Text(title, style="bold"), soft_wrap=True)
    console.print(table)


def _are_numbers(cells: Sequence[str]) -> bool:
    """Whether all cells that say something are numbers, with a percent sign or a unit at most."""
    said = [cell for cell in cells if cell not in ("", "–")]
    return bool(said) and all(_NUMBER.fullmatch(QUANTITY.sub("", cell)) for cell in said)


class Bar:
    """A progress bar that a command advances; it goes to standard error and only to terminals."""

    def __init__(self, progress: Any, task: Any) -> None:
        self._progress, self._task = progress, task

    def advance(self, steps: int) -> None:
        """Go ``steps`` further."""
        self._progress.advance(self._task, steps)

    def update(self, done: int, text: str = "") -> None:
        """Go to ``done``; ``text`` stands behind the bar."""
        self._progress.update(self._task, completed=done, text=text)


@contextmanager
def progress_bar(label: str, total: int, unit: str = "images") -> Iterator[Bar]:
    """A progress bar over ``total`` steps with rate and time left."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    columns = (
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn(unit),
        TimeRemainingColumn(), TextColumn("{task.fields[text]}"),
    )  # fmt: skip
    with Progress(*columns, console=console, disable=not console.is_terminal, transient=True) as progress:
        yield Bar(progress, progress.add_task(label, total=total, text=""))


@contextmanager
def busy(text: str) -> Iterator[None]:
    """A spinner beside ``text`` while work of unknown length goes on; to standard error and only on terminals."""
    from rich.console import Console

    console = Console(stderr=True)
    if not console.is_terminal:
        yield
        return
    with console.status(text):
        yield


def percent(share: float | None) -> str:
    """A share as a percentage."""
    return "–" if share is None else f"{100 * share:.2f} %"


def number(value: float | None) -> str:
    """A number with thousands separators."""
    if value is None:
        return "–"
    return f"{value:,.0f}" if float(value).is_integer() or abs(value) >= 1000 else f"{value:.4g}"
