"""Reports: one self-contained HTML page, Markdown and JSON, all from the same collected facts."""

from __future__ import annotations

from pathlib import Path

from neurodeploy.errors import NeurodeployError
from neurodeploy.files import atomic_file, check_writable, dump_json
from neurodeploy.report.facts import collect
from neurodeploy.report.markdown import render_markdown
from neurodeploy.report.page import render_page


def write_report(bundle: Path, output: Path) -> list[Path]:
    """Write ``output`` (.html) and, beside it, the same name with .md and .json; returns the three paths.

    Raises:
        NeurodeployError: ND421 and others when the bundle cannot be read, ND101–ND104 when nothing can be written.
    """
    if output.suffix.lower() not in (".html", ".htm"):
        raise NeurodeployError(
            "ND106", f"The report '{output}' does not end in .html.", "Use a name such as report.html."
        )
    if (output.resolve().parent / "manifest.json").exists():
        raise NeurodeployError(
            "ND106",
            f"The report '{output}' would be written into a bundle.",
            "Bundles are immutable: choose another folder.",
        )
    paths = [output, output.with_suffix(".md"), output.with_suffix(".json")]
    for path in paths:
        check_writable(path)  # before the work
    facts = collect(bundle)
    texts = [render_page(facts), render_markdown(facts), dump_json(facts.as_dict())]
    for path, text in zip(paths, texts, strict=True):
        with atomic_file(path) as temporary:
            temporary.write_text(text, "utf-8")
    return paths


__all__ = ["write_report"]
