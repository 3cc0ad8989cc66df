"""A device's pulse response from measurements: a CSV file, least squares, and how sure the result is.

The file has a line of names and then one line a measurement, in any order of the columns; lines that begin with # are comments:

    pulse,conductance,direction
    0,1.2e-8,ltp
    1,1.9e-8,ltp

``pulse``: number of pulses applied so far in this direction, 0 or more.  ``conductance`` in S, or ``current`` in A with the read
voltage given in the call.  ``direction``: ltp or ltd; both must be there.  Repeated cycles simply repeat pulse numbers.  P_max of a branch
is its largest pulse number; fitted are the two ends and the two labels: G_min, G_max, common to both branches, as in the model.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import NoReturn

import numpy as np
from numpy.typing import NDArray

from neurodeploy.errors import NeurodeployError
from neurodeploy.files import explain_os_error
from neurodeploy.network.arrays import FloatArray
from neurodeploy.targets.crossbar.parameters import require_positive
from neurodeploy.targets.nor_flash.pulse_response import (
    LARGEST_LABEL,
    PulseResponse,
    curvature_of_label,
    label_of_curvature,
)

DIRECTIONS = ("ltp", "ltd")
FITTED = ("g_min", "g_max", "ltp_nonlinearity", "ltd_nonlinearity")
FEWEST = 4
"""Different pulse numbers that a branch needs: it has an end, a start and a curvature."""


@dataclass(frozen=True)
class Measurements:
    """Of one device: pulse numbers, conductances (S) and direction (0: LTP, 1: LTD), one entry each."""

    pulses: FloatArray
    conductances: FloatArray
    directions: NDArray[np.intp]
    path: str = "measurements"


@dataclass(frozen=True)
class FittedResponse:
    """``response`` and how it fits.

    ``standard_errors`` of the fitted parameters, by name, in their units (from the curvature of the sum of squares and the residual);
    infinite for one that the measurements do not determine.  ``rms``: root mean square of the residuals in S, ``relative_rms`` the
    same as a share of G_max - G_min, ``largest`` residual in S, ``r_squared`` of all points, ``points`` their number.
    """

    response: PulseResponse
    standard_errors: dict[str, float]
    rms: float
    relative_rms: float
    largest: float
    r_squared: float
    points: int

    def __str__(self) -> str:
        """One line a parameter, and the residual."""
        lines = [f"{name} = {getattr(self.response, name):.6g} ± {self.standard_errors[name]:.2g}" for name in FITTED]
        lines.append(
            f"residual: rms {self.rms:.3g} S ({100 * self.relative_rms:.2f} % of the range), largest {self.largest:.3g} S, "
            f"R² {self.r_squared:.5f}, {self.points} points"
        )
        return "\n".join(lines)


def fit_pulse_response(path: str | Path, read_voltage: float | None = None) -> FittedResponse:
    """Fit the response to a file of measurements.

    Raises:
        NeurodeployError: ND101 to ND103 when it cannot be read, ND436 when it is not what the module describes (file, line and value
            are named) or no curve of the model is near it.
    """
    return fit(read_measurements(path, read_voltage))


def read_measurements(path: str | Path, read_voltage: float | None = None) -> Measurements:
    """Read and check the file."""
    if read_voltage is not None:
        require_positive("measurements", read_voltage=read_voltage)
    file = Path(path)
    try:
        text = file.read_text("utf-8-sig")
    except OSError as error:
        raise explain_os_error(error, file, "read") from None
    except UnicodeDecodeError:
        _refuse(file, None, "it is not a text file in UTF-8", "Save it as CSV.")
    lines = text.splitlines()
    used = [number for number, line in enumerate(lines, 1) if line.strip() and not line.lstrip().startswith("#")]
    if not used:
        _refuse(file, None, "it is empty", "Its first line is: pulse,conductance,direction")
    try:
        rows = [next(csv.reader(StringIO(lines[number - 1]))) for number in used]
    except csv.Error as error:
        _refuse(file, None, f"it is not CSV ({error})", "Separate columns by commas.")
    names = [name.strip().lower() for name in rows[0]]
    value = _value_column(file, used[0], names, read_voltage)
    pulses, values, directions = [], [], []
    for number, row in zip(used[1:], rows[1:], strict=True):
        if len(row) != len(names):
            _refuse(file, number, f"it has {len(row)} entries", f"Give {len(names)}: {', '.join(names)}.")
        entry = dict(zip(names, (cell.strip() for cell in row), strict=True))
        pulses.append(_number(file, number, "pulse", entry["pulse"]))
        values.append(_number(file, number, value, entry[value]))
        if entry["direction"].lower() not in DIRECTIONS:
            _refuse(file, number, f"direction is '{entry['direction']}'", "Use ltp or ltd.")
        directions.append(DIRECTIONS.index(entry["direction"].lower()))
    scale = 1.0 if value == "conductance" or read_voltage is None else 1 / read_voltage
    result = Measurements(np.array(pulses), np.array(values) * scale, np.array(directions, np.intp), str(file))
    _check_enough(file, result)
    return result


def fit(measurements: Measurements) -> FittedResponse:
    """Least squares of all points, both branches together (scipy, trust region with bounds)."""
    from scipy.optimize import least_squares

    where, measured = measurements.directions, measurements.conductances
    most = [measurements.pulses[where == direction].max() for direction in (0, 1)]
    shares = measurements.pulses / np.array(most)[where]
    scale = float(measured.max() - measured.min())
    if not scale > 0:
        _refuse(
            Path(measurements.path), None, "all its values are the same", "Measure both directions over their range."
        )
    steepest = curvature_of_label(LARGEST_LABEL)

    def model(unknown: FloatArray) -> FloatArray:
        low, high, *curvatures = unknown
        level = np.where(where == 0, _branch(shares, curvatures[0]), 1 - _branch(shares, curvatures[1]))
        result: FloatArray = low + (high - low) * level
        return result

    start = np.array([measured.min(), measured.max(), 0.1 * scale, 0.1 * scale]) / scale
    start[2:] = 1.0
    bounds = ([-np.inf, -np.inf, -steepest, -steepest], [np.inf, np.inf, steepest, steepest])
    found = least_squares(lambda unknown: model(unknown) - measured / scale, start, bounds=bounds, xtol=1e-15, ftol=1e-15, gtol=1e-15)  # fmt: skip
    low, high, up, down = found.x
    if not (found.success and high > low and high > 0):
        _refuse(
            Path(measurements.path), None, "no LTP and LTD between a lowest and a highest conductance fit it",
            "LTP raises the conductance with the pulse number, LTD lowers it.",
        )  # fmt: skip
    response = PulseResponse(
        max(low, 0.0) * scale, high * scale, float(most[0]), float(most[1]), _label(up), -_label(down)
    )
    rest = found.fun * scale
    errors = _standard_errors(found.jac, found.fun, up, down, scale)
    spread = float(((measured - measured.mean()) ** 2).sum())
    rms = float(np.sqrt((rest**2).mean()))
    return FittedResponse(
        response,
        errors,
        rms,
        rms / response.span,
        float(abs(rest).max()),
        1 - float((rest**2).sum()) / spread,
        len(rest),
    )


def _branch(shares: FloatArray, curvature: float) -> FloatArray:
    """y of a branch at shares of P_max; smooth through the straight line."""
    if abs(curvature) < 1e-5:
        return shares + curvature * shares * (1 - shares) / 2
    result: FloatArray = np.expm1(-curvature * shares) / np.expm1(-curvature)
    return result


def _label(curvature: float) -> float:
    return float(np.clip(label_of_curvature(curvature), -LARGEST_LABEL, LARGEST_LABEL))


def _standard_errors(jacobian: FloatArray, rest: FloatArray, up: float, down: float, scale: float) -> dict[str, float]:
    """Roots of the diagonal of s² (J'J)^-1, curvatures carried over to labels by their slope."""
    freedom = max(1, len(rest) - len(FITTED))
    _, singular, right = np.linalg.svd(jacobian, full_matrices=False)
    if singular[-1] <= 1e-12 * singular[0]:
        return dict.fromkeys(FITTED, np.inf)
    variance = ((right.T / singular) ** 2).sum(axis=1) * float(rest @ rest) / freedom
    sigma = np.sqrt(variance)
    slopes = [(label_of_curvature(c + 1e-4) - label_of_curvature(c - 1e-4)) / 2e-4 for c in (up, down)]
    return dict(zip(FITTED, (sigma * np.array([scale, scale, *slopes])).tolist(), strict=True))


def _value_column(file: Path, line: int, names: list[str], read_voltage: float | None) -> str:
    """``conductance`` or ``current``, whichever the header names; every other name is refused."""
    values = [name for name in names if name in ("conductance", "current")]
    if sorted(names) not in (["conductance", "direction", "pulse"], ["current", "direction", "pulse"]):
        _refuse(
            file, line, f"the columns are {', '.join(names)}",
            "Name them pulse, direction, and conductance (S) or current (A).",
        )  # fmt: skip
    if values == ["current"] and read_voltage is None:
        _refuse(file, line, "it gives currents, but no read voltage is known", "Give read_voltage in V.")
    return values[0]


def _number(file: Path, line: int, name: str, text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        _refuse(file, line, f"{name} is '{text}'", "Give a number of at least 0.")
    if not 0 <= value < np.inf:
        _refuse(file, line, f"{name} is {text}", "Give a finite number of at least 0.")
    return value


def _check_enough(file: Path, measurements: Measurements) -> None:
    for index, direction in enumerate(DIRECTIONS):
        own = measurements.pulses[measurements.directions == index]
        different = len(np.unique(own))
        if different < FEWEST:
            _refuse(
                file,
                None,
                f"{direction} is measured at {different} pulse numbers",
                f"Give {FEWEST} or more of each direction.",
            )
        if own.max() < 1:
            _refuse(file, None, f"the largest pulse number of {direction} is {own.max():g}", "Give 1 or more.")


def _refuse(file: Path, line: int | None, what: str, hint: str) -> NoReturn:
    where = f"'{file}'" if line is None else f"'{file}', line {line}"
    raise NeurodeployError("ND436", f"Measurements {where}: {what}.", hint)
