"""The sensitivity scan: one layer at a time, and what it says is what running says."""

from __future__ import annotations

import numpy as np
import pytest
from compressible import small_classifier

from neurodeploy import api
from neurodeploy.compression.sensitivity import runs, scan
from neurodeploy.errors import NeurodeployError


def test_each_setting_is_one_layer_compressed_alone() -> None:
    network, dataset = small_classifier(), api.load_dataset("digits", "test").limit(40)
    done: list[int] = []
    found = scan(network, dataset, sparsities=(0.5, 0.9), bits=(2,), progress=done.append)
    assert sum(done) == runs(network, (0.5, 0.9), (2,)) * 40 == 7 * 40
    assert [(s.projection, s.kind, s.value) for s in found.settings] == [
        (name, *setting) for name in ("one", "two") for setting in (("sparsity", 0.5), ("sparsity", 0.9), ("bits", 2))
    ]
    plain = api.run(network, dataset)
    assert found.accuracy == plain.accuracy and found.samples == 40
    pruned = api.run(api.prune(network, to_sparsity=0.9, projections=["two"]), dataset)
    quantized = api.run(api.quantize(network, bits=2, projections=["one"]), dataset)
    for setting, run in ((found.settings[4], pruned), (found.settings[2], quantized)):
        assert setting.accuracy == run.accuracy and setting.change == run.accuracy - plain.accuracy
        expected = np.abs(plain.counts - run.counts).sum() / plain.counts.sum()
        assert setting.spike_distance == pytest.approx(expected) and expected > 0
    assert api.sensitivity(network, dataset, sparsities=(0.5, 0.9), bits=(2,)) == found


def test_chosen_layers_and_refusals() -> None:
    network, dataset = small_classifier(), api.load_dataset("digits", "test").limit(5)
    found = scan(network, dataset, sparsities=(), bits=(8,), projections=["two"])
    assert [s.projection for s in found.settings] == ["two"]
    for options, code in (
        ({"sparsities": (), "bits": ()}, "ND204"), ({"sparsities": (1.5,)}, "ND204"), ({"bits": (99,)}, "ND204"),
        ({"projections": ["three"]}, "ND202"),
    ):  # fmt: skip
        with pytest.raises(NeurodeployError, match=code):
            scan(network, dataset, **options)
