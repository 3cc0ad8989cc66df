"""What a program says of itself in a report and on the command line, besides what every target has.

A target that wants to say more derives from :class:`Presentation` and returns it from ``Program.presentation``. Nothing here
draws: a figure is a function that paints on a matplotlib figure (its colours C0, C1, … are the page's), text is plain.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias

Table: TypeAlias = tuple[list[str], list[list[str]]]
"""Columns and rows, as text cells."""
RunSummary: TypeAlias = Mapping[str, Any]
"""A ``run.json``: what :func:`neurodeploy.runs.save_run` wrote."""


class Figure(NamedTuple):
    """``paint(figure)`` draws on an empty matplotlib figure of ``width`` x ``height`` inches; ``vector``: as SVG, not PNG."""

    caption: str
    paint: Callable[[Any], None]
    width: float
    height: float
    vector: bool = True


class Section(NamedTuple):
    """A section of a report: text, figures, then tables with a heading each (empty: none)."""

    title: str
    text: str
    figures: Sequence[Figure] = ()
    tables: Sequence[tuple[str, Table]] = ()


class Presentation:
    """What a target without words of its own says; each attribute and method may be overridden.

    ``model``: what the executor 'model' is, as the end of a sentence. ``model_note``: said below a fidelity ladder (empty:
    nothing). ``footer``: what the model leaves out. ``board``: how to run on real hardware (None: there is none to run on).
    ``saturations``: what the counted saturations are. ``headline``: the method whose energy stands at the top of a report
    (None: the first). ``resources_text``: behind the verdict. ``other_runs``: kinds of saved runs, besides ``run`` and ``verify``, that
    :meth:`run_sections` takes.
    """

    model: str = "the target's model"
    model_note: str = ""
    footer: str = ""
    board: str | None = None
    saturations: str = "saturations"
    headline: str | None = None
    resources_text: str = ""
    other_runs: Sequence[str] = ()

    def cards(self) -> Sequence[tuple[str, str]]:
        """Numbers and what each is, for the top of a report: what the network takes of the hardware."""
        return ()

    def energy_text(self, run: RunSummary) -> str:
        """How the energy of a run is to be read."""
        return " ".join(f"{cost['method'].capitalize()}: {cost['note']}." for cost in run["costs"] if cost["note"])

    def resource_figures(self) -> Sequence[Figure]:
        """Where the network is on the hardware."""
        return ()

    def sections(self) -> Sequence[Section]:
        """Sections of the target's own, behind that of the energy."""
        return ()

    def run_sections(self, runs: Mapping[str, RunSummary]) -> Sequence[Section]:
        """Sections of saved runs by their kind, before :meth:`sections`; only kinds of which there is a run are in ``runs``."""
        return ()

    def provenance(self) -> Sequence[tuple[str, str]]:
        """Rows for the table of where everything is from."""
        return ()

    def when_compiled(self) -> Sequence[str]:
        """Lines that ``neurodeploy compile`` prints behind the resources."""
        return ()
