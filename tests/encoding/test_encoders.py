"""An encoder is one file: what every one has, and one from outside."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import numpy as np
import pytest

from neurodeploy import encoding
from neurodeploy.datasets import load_dataset
from neurodeploy.encoding import ENCODERS, RATE_CODES, encode
from neurodeploy.errors import NeurodeployError
from neurodeploy.network import Encoder, Network, Population, SpikeSource

NEWCOMER = '''
import numpy as np
from neurodeploy.network import SpikeBatch

def encode_samples(encoder, dataset, dt):
    """Every non-zero pixel spikes once, in step 1."""
    samples, steps = len(dataset), encoder.steps
    rows, neurons = np.nonzero(dataset.images)
    indptr = np.searchsorted(rows * steps + 1, np.arange(samples * steps + 1))
    return SpikeBatch(samples, steps, dataset.size, indptr.astype(np.int64), neurons.astype(np.int32))
'''


def network(name: str, **parameters: float) -> Network:
    return Network((Population("input", (64,), SpikeSource()),), (), 0.5, Encoder(name, 40, parameters, seed=2))


@pytest.mark.parametrize("name", ENCODERS)
def test_every_file_is_an_encoder(name: str) -> None:
    assert callable(import_module(f"neurodeploy.encoding.{name}").encode_samples)


def test_the_known_ones() -> None:
    assert set(ENCODERS) >= {"constant", "events", *RATE_CODES}


def test_one_file_more_is_one_encoder_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "newcomer.py").write_text(NEWCOMER)
    monkeypatch.setattr(encoding, "__path__", [*encoding.__path__, str(tmp_path)])
    data = load_dataset("digits", "test").limit(3)
    with pytest.raises(NeurodeployError, match="ND206.*newcomer"):
        encode(network("newcomer"), data)
    monkeypatch.setattr(encoding, "ENCODERS", encoding.encoder_names())
    found = encode(network("newcomer"), data).dense()
    np.testing.assert_array_equal(found[:, 1], data.images > 0)
    assert found.sum() == np.count_nonzero(data.images)


@pytest.mark.parametrize("name", RATE_CODES)
def test_rate_codes_have_the_pixels_rates(name: str) -> None:
    """Spikes per pixel over all test digits: within 5 standard errors of Bernoulli's, which regular spikes undercut."""
    data = load_dataset("digits", "test")
    found = encode(network(name, maximum_rate_hz=500.0), data).counts().sum(axis=0)
    probability = data.images / data.maximum * 500.0 * 0.5e-3
    spread = np.sqrt((probability * (1 - probability) * 40).sum(axis=0))
    error = np.abs(found - (probability * 40).sum(axis=0))
    assert np.all(error <= 5 * spread) and error.max() > 0
    part = encode(network(name, maximum_rate_hz=500.0), data.subset(slice(7, 9)))
    whole = encode(network(name, maximum_rate_hz=500.0), data)
    assert np.array_equal(part.dense(), whole.dense()[7:9])


@pytest.mark.parametrize("name", RATE_CODES)
def test_rates_above_one_spike_per_step_are_refused(name: str) -> None:
    with pytest.raises(NeurodeployError, match=rf"ND206.*'{name}' cannot encode 'digits' in steps of 0.5 ms"):
        encode(network(name, maximum_rate_hz=2500.0), load_dataset("digits", "test").limit(2))
