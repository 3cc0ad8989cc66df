"""A device whose pulses were measured: LTP, LTD and the range of conductances from a CSV file, the rest from its device file."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from neurodeploy.compiler.context import Context
from neurodeploy.errors import NeurodeployError
from neurodeploy.network import Network
from neurodeploy.targets.crossbar.device import Device
from neurodeploy.targets.nor_flash.device import FlashDevice

_FITTED = ("ltp_pulses", "ltd_pulses", "ltp_nonlinearity", "ltd_nonlinearity")
_SMALLEST = 1e-9
"""Of a fitted g_min over g_max: a fit that ends at 0 S needs an infinite threshold."""


def with_measured_pulses(device: Device, path: str) -> Device:
    """The device with LTP and LTD fitted to a CSV file, its transistor and window such that it conducts from the fitted g_min to g_max.

    The transconductance follows from g_max at the file's read voltages, ``threshold_high`` from g_min; an off-current above g_min goes.
    A column ``current`` is taken to be read at the device's ``read_voltage``.

    Raises:
        NeurodeployError: ND436 for a file that is not such measurements.
    """
    from neurodeploy.targets.nor_flash.fit import fit_pulse_response

    assert isinstance(device, FlashDevice)
    found = fit_pulse_response(path, device.read_voltage).response
    low, high = max(found.g_min, _SMALLEST * found.g_max), found.g_max
    cell = device.cell
    if cell.off_current >= low * cell.read_drain:
        cell = replace(cell, off_current=0.0)
    floor = cell.off_current / cell.read_drain
    beta = cell.transconductance * (high - floor) / (cell.g_max - floor)
    wide = replace(
        cell, transconductance=beta, threshold_high=cell.threshold_low + 100 * cell.slope * cell.thermal_voltage
    )
    values: dict[str, Any] = {name: _entry(getattr(found, name), path) for name in _FITTED}
    values |= {
        "transconductance": _entry(beta, path), "off_current": _entry(cell.off_current, path),
        "threshold_high": _entry(float(wide.threshold(np.array(low))), path),
    }  # fmt: skip
    try:
        return device.with_values(**values)
    except NeurodeployError as error:
        raise NeurodeployError(
            "ND436",
            f"'{path}': no cell of {device.where} conducts {low:.4g} to {high:.4g} S: {error.message}",
            error.hint,
        ) from None


def _entry(value: float, path: str) -> dict[str, Any]:
    return {"value": float(value), "source": f"fitted to '{path}'", "kind": "measured"}


@dataclass(frozen=True)
class ReportFit:
    """Say how well the measurements are fitted; the network stays as it is."""

    path: str
    read_voltage: float

    def __call__(self, network: Network, context: Context) -> Network:
        from neurodeploy.targets.nor_flash.fit import fit_pulse_response

        found = fit_pulse_response(self.path, self.read_voltage)
        context.note(f"'{self.path}': " + "; ".join(str(found).splitlines()))
        return network
