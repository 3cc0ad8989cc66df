"""Reports of in-memory targets and of SpiNNaker: each speaks of its own hardware, and figures are embedded."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from command_line import call, said
from networks import two_layer

from neurodeploy.compiler import compile_network, save_bundle

OPTIONS: dict[str, dict[str, object]] = {
    "rram": {"tile": "16x16", "levels": 8, "lost_weights": 1.0},
    "nor-flash": {"tile": "16x16"},
    "spinnaker": {"mapping": "estimate"},
}


@pytest.fixture(scope="module", params=["rram", "nor-flash", "spinnaker"])
def written(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    """A target, and the report of a small bundle for it that was run and verified."""
    at, target = tmp_path_factory.mktemp("report"), request.param
    network = two_layer(64, 5).with_metadata(data="digits")
    save_bundle(compile_network(network, target, OPTIONS[target]), at / "net.bundle")
    said("run", at / "net.bundle", "--limit", 4)
    said("verify", at / "net.bundle", "--limit", 4)
    if target == "rram":
        said("monte-carlo", at / "net.bundle", "--chips", 3, "--limit", 4, "--workers", 1, "--yield-at", 0.5)
    said("report", at / "net.bundle", "-o", at / "net.html")
    return target, at / "net"


def test_it_speaks_of_its_own_hardware(written: tuple[str, Path]) -> None:
    target, path = written
    page = re.sub(r'src="data:[^"]*"', "", path.with_suffix(".html").read_text("utf-8"))
    texts = [page, path.with_suffix(".md").read_text("utf-8"), path.with_suffix(".json").read_text("utf-8")]
    for text in texts:
        plain = text.casefold()
        foreign = ["board", "ring buffer", "ring-buffer", "spinnaker", "elbez2022", "bit-exact"]
        if target == "spinnaker":
            assert "board" in plain and "tile" not in plain and "assumed" not in plain
        else:
            assert [word for word in foreign if word in plain] == []
            assert "assumed" in plain and "conductance" in plain


def test_in_memory_pages_have_all_sections_and_figures(written: tuple[str, Path]) -> None:
    target, path = written
    page = path.with_suffix(".html").read_text("utf-8")
    titles = re.findall("<h2>(.*?)</h2>", page)
    own = [*(["Many chips"] if target == "rram" else []), "Arrays", "Area", "Latency", "Programming", "Device"]
    assert [title for title in titles if title in own] == ([] if target == "spinnaker" else own)
    assert page.count("<img ") == {"spinnaker": 4, "rram": 8, "nor-flash": 7}[target]
    assert page.count("<mark>assumed</mark>") > 10 or target == "spinnaker"  # defaults are not marked
    assert ('<th class="source">source</th>' in page and '<td class="source">' in page) or target == "spinnaker"
    assert ("ring-buffer saturations" in page) == (target == "spinnaker")
    assert ("no run on a board" in page) == (target == "spinnaker")


def test_json_has_the_tables_and_markdown_the_same_cells(written: tuple[str, Path]) -> None:
    target, path = written
    facts = json.loads(path.with_suffix(".json").read_text("utf-8"))
    markdown = path.with_suffix(".md").read_text("utf-8")
    sections = {section["title"]: section["tables"] for section in facts["sections"]}
    assert bool(sections) == (target != "spinnaker")
    for title, tables in sections.items():
        assert f"## {title}\n" in markdown
        for table in tables:
            assert all(len(row) == len(table["columns"]) for row in table["rows"])
            assert all("| " + " | ".join(row) + " |" in markdown for row in table["rows"])
    assert "## Weights\n" in markdown
    assert ("monte_carlo" in facts) == (target == "rram")
    if target == "rram":
        assert len(facts["monte_carlo"]["chips"]) == 3 and "3 chips of the design" in facts["sections"][0]["text"]
    rungs = [rung["name"] for rung in facts["verification"]["rungs"]]
    assert ("board" in rungs) == (target == "spinnaker")


def test_energy_is_given_per_inference_correct_inference_and_event_with_ranges(written: tuple[str, Path]) -> None:
    target, path = written
    markdown = path.with_suffix(".md").read_text("utf-8")
    assert ("| per synaptic event |" in markdown) == (target != "spinnaker")
    if target != "spinnaker":
        whole = re.search(r"\| per inference \| (\S+) (\S+) \| (.*?) \| arrays \|", markdown)
        assert whole is not None and whole[2] in ("µJ", "nJ", "pJ") and " to " in whole[3]


def test_what_compile_says_of_an_in_memory_target(tmp_path: Path) -> None:
    from neurodeploy.network import save_network

    save_network(two_layer(64, 5), tmp_path / "n.h5")
    done = call("compile", tmp_path / "n.h5", "--target", "rram", "-o", tmp_path / "n.bundle")
    assert done.code == 0 and "Area " in done.out and "Assumed, because no public source gives them" in done.out
