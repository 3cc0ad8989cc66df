"""Which potentials a run records."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import numpy as np

from neurodeploy.errors import NeurodeployError
from neurodeploy.network import Network, has_threshold
from neurodeploy.network.arrays import Int32Array
from neurodeploy.simulation.plan import Layer

Recording = bool | Collection[str] | Mapping[str, Sequence[int] | None]


def neurons_to_record(network: Network, wanted: Recording) -> dict[str, Int32Array]:
    """Neurons to record by population, those whose potential is read out among them; ND501 for unknown ones."""
    computing = {p.name: p.size for p in network.populations if p not in network.sources}
    if isinstance(wanted, bool):
        chosen: Mapping[str, Sequence[int] | None] = dict.fromkeys(computing) if wanted else {}
    else:
        chosen = wanted if isinstance(wanted, Mapping) else dict.fromkeys(wanted)
    result = {}
    for name, neurons in chosen.items():
        if name not in computing:
            raise NeurodeployError("ND501", f"'{name}' has no potential to record.", f"Use one of {sorted(computing)}.")
        given = np.arange(computing[name]) if neurons is None else np.asarray(neurons)
        if given.size and given.dtype.kind not in "iu":
            raise NeurodeployError("ND501", f"Neurons to record of '{name}' are {given.dtype}.", "Use whole numbers.")
        indices = given.astype(np.int64)
        if indices.size and not (indices.min() >= 0 and indices.max() < computing[name]):
            raise NeurodeployError(
                "ND501",
                f"Neuron {indices.max() if indices.min() >= 0 else indices.min()} of '{name}' cannot be recorded.",
                f"Use 0 to {computing[name] - 1}.",
            )
        result[name] = indices.astype(np.int32)
    readout = network.readout
    if readout is not None and not has_threshold(network.population(readout.population).neuron):
        result[readout.population] = np.arange(computing[readout.population], dtype=np.int32)
    return result


def record_columns(layer: Layer, recorded: Mapping[str, Int32Array]) -> tuple[Int32Array, dict[str, slice]]:
    """Which of the layer's neurons to record, and the columns of each population among them."""
    neurons: list[Int32Array] = [np.zeros(0, np.int32)]
    columns: dict[str, slice] = {}
    at = 0
    for index, name in enumerate(layer.names):
        if name in recorded:
            start, end = layer.populations[index, :2]
            internal = np.empty(end - start, np.int32)
            internal[layer.external[start:end]] = np.arange(start, end, dtype=np.int32)
            neurons.append(internal[recorded[name]])
            columns[name] = slice(at, at + len(recorded[name]))
            at = columns[name].stop
    return np.concatenate(neurons), columns
