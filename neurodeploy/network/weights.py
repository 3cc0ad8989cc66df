"""Synaptic weights: float values, or integer codes into a codebook of levels; and the mask of synapses that exist."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from neurodeploy.network.arrays import Array, BoolArray, FloatArray, frozen


@dataclass(frozen=True, eq=False)
class Weights:
    """Stored weights of a projection, in the shape its connectivity prescribes.

    Exactly one of ``values`` (float32 or float64) and ``codes`` (integers) with ``levels`` is given. ``levels`` is the
    codebook, float64: shape ``(levels,)`` for the projection, or one per index of the stored shape's ``level_axis``:
    ``(targets, levels)`` per target neuron (dense: the last axis, -1), ``(channels, levels)`` per output channel
    (convolution: axis 0). It holds 0 among its N levels. ``mask`` (bool, the same shape; None: all present): False means *no synapse*.
    A synapse that is present may still be zero. Units: µS on conductance receptors, nA on exponential current
    receptors, mV on delta receptors. Conductances are never negative; currents carry their sign.
    """

    values: Array | None = None
    codes: Array | None = None
    levels: FloatArray | None = None
    mask: BoolArray | None = None
    level_axis: int = -1

    def __post_init__(self) -> None:
        for name in ("values", "codes", "levels", "mask"):
            stored = getattr(self, name)
            if stored is not None:
                object.__setattr__(self, name, frozen(np.asarray(stored)))

    @property
    def quantized(self) -> bool:
        """Whether the weights are codes into levels."""
        return self.codes is not None

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the stored weights."""
        stored = self.codes if self.codes is not None else self.values
        assert stored is not None
        return stored.shape

    def decoded(self) -> FloatArray:
        """Weights as float64 in the stored shape, 0 where there is no synapse."""
        if self.codes is not None:
            assert self.levels is not None
            if self.levels.ndim == 1:
                result = self.levels[self.codes]
            else:
                owner = np.arange(len(self.levels)).reshape([-1 if i == 0 else 1 for i in range(self._axes_after())])
                result = self.levels[owner, self.codes.astype(np.int64)]
        else:
            assert self.values is not None
            result = self.values.astype(np.float64)
        return np.where(self.present(), result, 0.0)

    def _axes_after(self) -> int:
        """Number of stored axes from ``level_axis`` on."""
        axes = len(self.shape)
        return axes - self.level_axis % axes

    def present(self) -> BoolArray:
        """Which stored weights are synapses, bool, in the stored shape."""
        return np.ones(self.shape, bool) if self.mask is None else self.mask

    def scaled(self, factor: float) -> Weights:
        """The same weights times ``factor``; codes and mask are kept."""
        if self.levels is not None:
            return replace(self, levels=self.levels * factor)
        assert self.values is not None
        return replace(self, values=self.values * factor)
