"""The device of a compilation: that of its file, with what the options say otherwise."""

from __future__ import annotations

from importlib.resources.abc import Traversable
from typing import Any

from neurodeploy.targets.crossbar.device import Device
from neurodeploy.targets.crossbar.device_file import load_device
from neurodeploy.targets.crossbar.options import CrossbarOptions


def configured_device(options: CrossbarOptions, folder: Traversable, kind: type[Device] = Device) -> Device:
    """The device named by ``options``, built in (a file of ``folder``) or the user's own.

    Raises:
        NeurodeployError: ND432 for a device file that cannot be, ND101–ND103 for one that cannot be read.
    """
    device = load_device(options.device, folder, kind)
    changed: dict[str, Any] = {}
    if options.programming == "ideal":
        changed |= device.without_writing_errors
    if options.variation is not None:
        changed["device_variation"] = options.variation
    if options.stuck_at is not None:
        changed |= {"stuck_on": options.stuck_at / 2, "stuck_off": options.stuck_at / 2}
    if options.read_noise is not None:
        changed |= {"read_noise_relative": options.read_noise, "read_noise_absolute": 0.0}
    return device.with_values(**changed) if changed else device
