"""Finished trainings survive; a key is the recipe, the data and the code, not words."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from small_recipes import small_recipe
from training_stand_ins import record

from neurodeploy.reproduction.store import Store


def test_the_key() -> None:
    store, recipe = Store(Path("nowhere")), small_recipe()
    key = store.key(recipe, None)
    assert store.key(replace(recipe, name="other", description="words"), None) == key
    others = [
        store.key(replace(recipe, seed=1), None),
        store.key(recipe, 50),
        store.key(replace(recipe, epochs=3), None),
    ]
    assert len({key, *others}) == 4


def test_what_was_put_is_there_again_and_a_torn_line_is_not(tmp_path: Path) -> None:
    store, recipe = Store(tmp_path), small_recipe()
    assert store.get("one") is None
    store.put("one", record(0.1), recipe)
    store.put("two", record(0.2, 3), recipe)
    path = tmp_path / "results.jsonl"
    path.write_bytes(path.read_bytes()[:-40])
    again = Store(tmp_path)
    assert again.get("one") == record(0.1) and again.get("two") is None
    again.put("two", record(0.2, 3), recipe)
    last = Store(tmp_path)
    assert last.get("two") == record(0.2, 3) and last.get("one") == record(0.1)


def test_lines_of_another_version_are_passed_over(tmp_path: Path) -> None:
    (tmp_path / "results.jsonl").write_text('{"key": "one", "record": {"accuracy": 1}}\n[]\n')
    assert Store(tmp_path).get("one") is None
