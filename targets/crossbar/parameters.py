"""The check that every parameter of an array's physics goes through: one error, with name, value and what is allowed."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from neurodeploy.errors import NeurodeployError
from neurodeploy.network.arrays import FloatArray


def require(holds: bool, owner: object, name: str, value: object, allowed: str) -> None:
    """Raise ND450 unless ``holds``; ``owner`` is the model (its class is named) or a name of its own."""
    if not holds:
        label = owner if isinstance(owner, str) else type(owner).__name__
        raise NeurodeployError("ND450", f"{label}: {name} = {value}.", f"{name} must be {allowed}.")


def require_not_negative(owner: object, **values: float) -> None:
    """Each of ``values`` is finite and at least 0."""
    for name, value in values.items():
        require(bool(0 <= value < np.inf), owner, name, value, "a finite number of at least 0")


def require_positive(owner: object, **values: float) -> None:
    """Each of ``values`` is finite and above 0."""
    for name, value in values.items():
        require(bool(0 < value < np.inf), owner, name, value, "a finite number above 0")


def require_range(owner: object, lowest: float, highest: float) -> None:
    """``0 <= lowest < highest``, both finite (conductances in S)."""
    require_not_negative(owner, lowest=lowest)
    require(bool(lowest < highest < np.inf), owner, "highest", highest, f"finite and above lowest = {lowest}")


def checked_conductances(owner: object, conductances: FloatArray | Sequence[Sequence[float]]) -> FloatArray:
    """As a contiguous float64 matrix ``(rows, columns)`` of finite siemens of at least 0; ND450 names the first that is not."""
    cells = np.ascontiguousarray(conductances, np.float64)
    require(cells.ndim == 2, owner, "shape of the conductances", cells.shape, "(rows, columns)")
    bad = np.argwhere(~(np.isfinite(cells) & (cells >= 0)))
    if len(bad):
        row, column = (int(place) for place in bad[0])
        require(
            False, owner, f"conductance of row {row}, column {column}", cells[row, column], "finite and at least 0 S"
        )
    return cells
