"""Sensitivity scan: what each layer alone can lose (as Li et al. 2017, section 3.2, and Han et al. 2015, figure 6, plot it)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any, Literal

from neurodeploy.compression.calibration import Calibration
from neurodeploy.compression.pruning import prune
from neurodeploy.compression.pruning.magnitude import Magnitude
from neurodeploy.compression.quantization import quantize
from neurodeploy.compression.quantization.uniform import Uniform
from neurodeploy.compression.selection import select_projections
from neurodeploy.datasets import AnyDataset
from neurodeploy.errors import NeurodeployError
from neurodeploy.inference import Inference, infer, spike_distance
from neurodeploy.network import Network
from neurodeploy.simulation import build_plan, simulate

SPARSITIES = (0.5, 0.8, 0.9)
BITS = (8, 4, 2)


@dataclass(frozen=True)
class Setting:
    """One layer compressed in one way, the others as they were.

    ``change`` of the accuracy; ``spike_distance``: sum of |differences of output spike counts| over the uncompressed
    network's output spikes (of potentials, where the read-out measures those).
    """

    projection: str
    kind: Literal["sparsity", "bits"]
    value: float
    accuracy: float
    change: float
    spike_distance: float


@dataclass(frozen=True)
class Sensitivity:
    """The accuracy of the uncompressed network, and every setting."""

    data: str
    split: str
    samples: int
    accuracy: float
    settings: tuple[Setting, ...]

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return asdict(self)


def scan(
    network: Network, dataset: AnyDataset, *, sparsities: Sequence[float] = SPARSITIES, bits: Sequence[int] = BITS,
    projections: Sequence[str] | None = None, calibration: Calibration | None = None,
    progress: Callable[[int], None] = lambda samples: None,
) -> Sensitivity:  # fmt: skip
    """Compress one projection at a time, by magnitude to each sparsity and uniformly to each number of bits, and run.

    Raises:
        NeurodeployError: ND202 for an unknown projection, ND203 when a sparsity would leave nothing of one, ND204 for a
            setting out of range.
    """
    variants = _variants(network, sparsities, bits, projections, calibration)
    plain = _run(network, dataset, progress)
    settings = []
    for name, kind, value, make in variants:
        found = _run(make(), dataset, progress)
        settings.append(
            Setting(
                name, kind, value, found.accuracy, found.accuracy - plain.accuracy,
                spike_distance(plain.scores, found.scores),
            )
        )  # fmt: skip
    return Sensitivity(dataset.name, dataset.split, len(dataset), plain.accuracy, tuple(settings))


def runs(
    network: Network, sparsities: Sequence[float], bits: Sequence[int], projections: Sequence[str] | None = None
) -> int:
    """How many times :func:`scan` runs the data set, for progress bars."""
    return 1 + len(_variants(network, sparsities, bits, projections, None))


_Variant = tuple[str, Literal["sparsity", "bits"], float, Callable[[], Network]]


def _variants(
    network: Network, sparsities: Sequence[float], bits: Sequence[int], projections: Sequence[str] | None,
    calibration: Calibration | None,
) -> list[_Variant]:  # fmt: skip
    """Every setting and how its network is made; rules are built here, so that bad values are found before running."""
    prunable = {p.name for p in select_projections(network, projections, pruning=True).chosen} if sparsities else set()
    quantizable = {p.name for p in select_projections(network, projections).chosen} if bits else set()
    if not prunable | quantizable:
        raise NeurodeployError("ND204", "There is no setting to scan.", "Give at least one sparsity or number of bits.")
    result: list[_Variant] = []
    for name in (p.name for p in network.projections):
        for sparsity in sparsities if name in prunable else ():
            result.append((name, "sparsity", sparsity, partial(prune, network, Magnitude(sparsity), [name])))
        for count in bits if name in quantizable else ():
            make = partial(quantize, network, Uniform(count), [name], calibration=calibration)
            result.append((name, "bits", count, make))
    return result


def _run(network: Network, dataset: AnyDataset, progress: Callable[[int], None]) -> Inference:
    return infer(network, dataset, partial(simulate, network, plan=build_plan(network)), progress)
