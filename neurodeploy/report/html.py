"""Pieces of HTML that every page of neurodeploy is made of."""

from __future__ import annotations

from html import escape
from importlib.resources import files

from neurodeploy.report.figures import Picture
from neurodeploy.report.tables import Table
from neurodeploy.wording import QUANTITY


def page_style() -> str:
    """The style sheet, embedded into every page."""
    return (files("neurodeploy.report") / "style.css").read_text("utf-8")


def section(title: str, text: str, *contents: str) -> str:
    """A section; nothing where all its contents are empty."""
    body = "".join(contents)
    return (
        f"<section><h2>{escape(title)}</h2>{f'<p>{escape(text)}</p>' if text else ''}{body}</section>" if body else ""
    )


def figure(picture: Picture | None, caption: str) -> str:
    """A figure with its caption; nothing without a picture."""
    if picture is None:
        return ""
    return f'<figure><img alt="{escape(caption)}" src="{picture.uri}" style="width: {picture.width}px"><figcaption>{escape(caption)}</figcaption></figure>'


def heading(title: str) -> str:
    """A heading within a section; nothing without a title."""
    return f"<h3>{escape(title)}</h3>" if title else ""


def table(content: Table) -> str:
    """A table; columns of numbers are right-aligned, sources are small, what is assumed is marked. Nothing for one without rows."""
    columns, rows = content
    if not rows:
        return ""
    kinds = [_kind(column, [row[i] for row in rows]) for i, column in enumerate(columns)]
    head = "".join(f"<th{kind}>{escape(column)}</th>" for column, kind in zip(columns, kinds, strict=True))
    body = "".join(
        "<tr>" + "".join(f"<td{kind}>{_marked(cell)}</td>" for cell, kind in zip(row, kinds, strict=True)) + "</tr>"
        for row in rows
    )
    header = f"<thead><tr>{head}</tr></thead>" if any(columns) else ""
    return f'<div class="scroll"><table>{header}<tbody>{body}</tbody></table></div>'


def _kind(column: str, cells: list[str]) -> str:
    """The class of a column's cells: one of sources, one of numbers, or none."""
    if column == "source":
        return ' class="source"'
    return ' class="number"' if all(map(_is_number, cells)) else ""


def _marked(cell: str) -> str:
    """The text; marked, where it is the kind of a constant that nobody measured or simulated, or ends with it."""
    if cell == "assumed":
        return "<mark>assumed</mark>"
    before = cell.removesuffix(" (assumed)")
    return escape(cell) if before == cell else f"{escape(before)} <mark>assumed</mark>"


def _is_number(cell: str) -> bool:
    """Whether a cell belongs into a column of numbers: a number, a percentage, a quantity such as 3 nJ, or nothing."""
    plain = QUANTITY.sub("", cell.replace(",", "").removesuffix(" %"))
    try:
        float(plain)
    except ValueError:
        return cell in ("", "–", "float", "not available")
    return True
