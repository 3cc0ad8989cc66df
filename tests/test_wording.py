"""Counts with their nouns, and the name that was meant."""

from __future__ import annotations

import numpy as np

from neurodeploy.wording import choose, counted, nearest


def test_counts_agree_with_their_nouns() -> None:
    assert [counted(n, "image") for n in (0, 1, 2, 1200)] == ["0 images", "1 image", "2 images", "1,200 images"]
    assert (
        counted(np.int64(1), "bit") == "1 bit" and counted(2.0, "bit") == "2 bits" and counted(0.5, "bit") == "0.5 bits"
    )
    assert counted(1, "entry", "entries") == "1 entry" and counted(3, "entry", "entries") == "3 entries"


def test_the_nearest_name_is_found_whatever_its_case() -> None:
    assert nearest("EPOCH", ["epochs", "data"]) == "epochs" and nearest("zzz", ["epochs"]) is None
    assert choose("epoch", ["data", "epochs"]) == "Did you mean 'epochs'? Use one of: data, epochs."
    assert choose(3, ["data"], "It has") == "It has: data."
