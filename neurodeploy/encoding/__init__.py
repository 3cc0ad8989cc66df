"""Spike encoders: from samples to input spikes. One encoder, one file; its name in :data:`ENCODERS` travels with networks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from neurodeploy.datasets import AnyDataset, Dataset, EventDataset
from neurodeploy.errors import NeurodeployError
from neurodeploy.network import Encoder, Network, SpikeBatch

STREAMS = {"train": 3, "test": 2}
"""Random streams of the splits; the presentations of training itself use stream 1."""


def _poisson(encoder: Encoder, dataset: Dataset, dt: float) -> SpikeBatch:
    """Rate code: pixel / maximum x ``maximum_rate_hz``, Bernoulli at every step."""
    import numpy as np

    from neurodeploy.encoding.poisson import encode_poisson

    rates = dataset.images.astype(np.float32) * np.float32(encoder.parameters["maximum_rate_hz"] / dataset.maximum)
    indptr, neurons = encode_poisson(
        rates, dt=dt, steps=encoder.steps, seed=encoder.seed, stream=STREAMS[dataset.split],
        sample_indices=dataset.indices, threads=2,
    )  # fmt: skip
    return SpikeBatch(len(dataset), encoder.steps, rates.shape[1], indptr, neurons)


def _constant(encoder: Encoder, dataset: Dataset, dt: float) -> SpikeBatch:
    from neurodeploy.encoding.constant import encode_constant

    return encode_constant(encoder, dataset, dt)


def _events(encoder: Encoder, dataset: EventDataset, dt: float) -> SpikeBatch:
    from neurodeploy.encoding.events import encode_events

    return encode_events(encoder, dataset, dt)


ENCODERS: dict[str, Callable[[Encoder, Any, float], SpikeBatch]] = {
    "poisson": _poisson, "constant": _constant, "events": _events,
}  # fmt: skip


def encode(network: Network, dataset: AnyDataset) -> SpikeBatch:
    """Input spikes of a data set for a network: the same for every executor, whatever the order or the chunks.

    Raises:
        NeurodeployError: ND206 when the network has no encoder, ND305 when the data set does not fit its input.
    """
    encoder = network.encoder
    if encoder is None or encoder.name not in ENCODERS:
        named = "no encoder" if encoder is None else f"the unknown encoder '{encoder.name}'"
        raise NeurodeployError(
            "ND206",
            f"The network has {named}.",
            f"Known encoders: {', '.join(ENCODERS)}; 'neurodeploy import --encoder' gives one, nd.import_nir(…, encoder=nd.Encoder(…)) too.",
        )
    check_fit(network, dataset)
    return ENCODERS[encoder.name](encoder, dataset, network.dt)


def encode_in_chunks(
    network: Network,
    dataset: AnyDataset,
    chunk: int,
    progress: Callable[[int], None] = lambda samples: None,
) -> Iterator[tuple[AnyDataset, SpikeBatch]]:
    """Parts of up to ``chunk`` samples with their input spikes; each is reported to ``progress`` when the next is asked for.

    Raises:
        NeurodeployError: as :func:`encode` does.
    """
    for start in range(0, len(dataset), chunk):
        part = dataset.subset(slice(start, start + chunk))
        yield part, encode(network, part)
        progress(len(part))


def check_fit(network: Network, dataset: AnyDataset) -> None:
    """Refuse a data set whose samples are not of the network's size, or not what its encoder takes (ND305)."""
    source: Any = network.sources[0]
    assert network.encoder is not None
    takes_events = network.encoder.name == "events"
    if takes_events != isinstance(dataset, EventDataset):
        raise NeurodeployError(
            "ND305",
            f"The encoder '{network.encoder.name}' takes {'recorded events' if takes_events else 'images'}; "
            f"'{dataset.name}' holds {'images' if takes_events else 'recorded events'}.",
            "Use a data set of that kind, or another encoder.",
        )
    if dataset.size != source.size:
        raise NeurodeployError(
            "ND305",
            f"The samples of '{dataset.name}' have {dataset.size} pixels; the "
            f"network's input '{source.name}' has {source.size} neurons.",
            f"Use the data set it was trained on ({network.metadata.get('data', 'unknown')}).",
        )
