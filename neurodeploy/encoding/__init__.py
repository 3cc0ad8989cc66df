"""Spike encoders: from samples to input spikes. One encoder, one file of this folder, whose name travels with networks.

Such a file has ``encode_samples(encoder, dataset, dt) -> SpikeBatch``, and ``TAKES_EVENTS = True`` when its data sets are
recordings and not images; files of the folder are found by themselves. A rate code that the two-layer trainer is to offer
also has a kernel and stands in :data:`RATE_CODES` and in ``rate_codes.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

from neurodeploy.datasets import AnyDataset, EventDataset
from neurodeploy.errors import NeurodeployError
from neurodeploy.network import Network, SpikeBatch

STREAMS = {"train": 3, "test": 2}
"""Random streams of the splits; the presentations of training itself use stream 1."""

RATE_CODES = ("poisson", "regular")
"""Encoders of the two-layer trainer: pixel / maximum x ``maximum_rate_hz``, at most one spike per step."""

_HELPERS = ("blocks", "counter_random", "rate_codes")


def encoder_names() -> tuple[str, ...]:
    """Names of all encoders: the files of this folder but for what they share."""
    return tuple(sorted(module.name for module in iter_modules(__path__) if module.name not in _HELPERS))


ENCODERS = encoder_names()


def encode(network: Network, dataset: AnyDataset) -> SpikeBatch:
    """Input spikes of a data set for a network: the same for every executor, whatever the order or the chunks.

    Raises:
        NeurodeployError: ND206 when the network has no encoder or one whose rates cannot be drawn, ND305 when the data set does not fit its input.
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
    try:
        spikes: SpikeBatch = _file_of(encoder.name).encode_samples(encoder, dataset, network.dt)
    except ValueError as error:  # rates that the code cannot draw
        raise NeurodeployError(
            "ND206",
            f"The encoder '{encoder.name}' cannot encode '{dataset.name}' in steps of {network.dt:g} ms: {error}.",
            "Lower its maximum rate, or shorten the time step.",
        ) from None
    return spikes


def _file_of(name: str) -> Any:
    """The encoder's file, imported only now: kernels need numba."""
    return import_module(f"{__name__}.{name}")


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
    takes_events = getattr(_file_of(network.encoder.name), "TAKES_EVENTS", False)
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
