"""Ask the real sPyNNaker how it maps a network: partitioning, placement, keys, routing, data specification."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from neurodeploy.errors import NeurodeployError
from neurodeploy.files import load_json
from neurodeploy.firmware_models.spinnaker import quantise_weights, weight_scale
from neurodeploy.firmware_models.spinnaker.weights import decode_weights, quantise_signed_weights
from neurodeploy.targets.spinnaker.core_memory import kernel_slots
from neurodeploy.targets.spinnaker.mapping import SpinnakerMapping, relative_rms_error, stored_weights

TIME_LIMIT_S = 1800


def spynnaker_installed() -> bool:
    """Whether the extra ``spinnaker`` is installed."""
    return importlib.util.find_spec("spynnaker") is not None


def map_with_spynnaker(folder: Path, machine_version: int) -> dict[str, Any]:
    """What sPyNNaker's mapping reports for the board files in ``folder``; see ``mapping_worker.py`` for the keys.

    Raises:
        NeurodeployError: ND406 when sPyNNaker is not installed, ND407 when it refuses the network.
    """
    if not spynnaker_installed():
        raise NeurodeployError(
            "ND406",
            "Mapping for SpiNNaker needs sPyNNaker, which is not installed.",
            "Run: pip install 'neurodeploy[spinnaker]'; or compile with --mapping estimate.",
        )
    with tempfile.TemporaryDirectory() as home:
        output = Path(home) / "mapping.json"
        worker = str(Path(__file__).parent / "mapping_worker.py")
        command = [sys.executable, worker, str(folder.resolve()), str(machine_version), str(output)]
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=TIME_LIMIT_S, cwd=home)
        except subprocess.TimeoutExpired:
            raise NeurodeployError("ND407", f"sPyNNaker's mapping did not end within {TIME_LIMIT_S} s.") from None
        if done.returncode or not output.exists():
            errors = re.findall(r"^(?:[\w.]*(?:Error|Exception|Exit)\b.*)$", done.stderr, re.MULTILINE)
            reason = errors[-1] if errors else f"exit status {done.returncode}"
            raise NeurodeployError(
                "ND407",
                f"sPyNNaker cannot map the network: {reason}",
                "Use a smaller network, more "
                "boards, or see the resources with 'neurodeploy compile --mapping estimate'.",
            )
        return dict(load_json(output))


def compare_with_vendor(mapping: SpinnakerMapping, vendor: dict[str, Any]) -> None:
    """Check that sPyNNaker chose our shifts and stored our 16-bit weights and delays: otherwise the model would compute another network.

    Raises:
        NeurodeployError: ND410 on the first difference.
    """
    for population in mapping.populations:
        theirs = vendor["ring_buffer_shifts"].get(population.label)
        if theirs is not None and tuple(theirs) != population.shifts:
            raise NeurodeployError(
                "ND410",
                f"Population '{population.label}': sPyNNaker chose the ring-buffer shifts {theirs}, "
                f"we computed {list(population.shifts)}.",
                _REPORT,
            )
    _compare_kernels(mapping, vendor["kernels"])
    for projection in mapping.projections:
        theirs = vendor["stored_weights"][projection.label]
        target = mapping.populations[projection.target]
        scale = weight_scale(target.shifts[projection.receptor], target.model)
        copies = target.size * (target.size - 1) if projection.all_but_self else 1
        ours = float(projection.stored.sum(dtype=np.int64)) * copies / scale
        if theirs["synapses"] and not np.isclose(theirs["sum"], ours, rtol=1e-9):
            raise NeurodeployError(
                "ND410",
                f"Projection '{projection.label}': sPyNNaker's weights sum to {theirs['sum']:.9g}, ours to {ours:.9g}.",
                _REPORT,
            )
        steps = np.broadcast_to(np.asarray(projection.delay_steps, float), projection.stored.shape)
        delays = float(steps.sum()) * copies * mapping.lowered.dt
        if theirs["synapses"] and not np.isclose(theirs["delays_ms"], delays, rtol=1e-9):
            raise NeurodeployError(
                "ND410",
                f"Projection '{projection.label}': sPyNNaker's delays sum to {theirs['delays_ms']:.9g} ms, ours to "
                f"{delays:.9g} ms.",
                _REPORT,
            )


def _compare_kernels(mapping: SpinnakerMapping, theirs: dict[str, list[list[Any]]]) -> None:
    """Kernels of every plane as sPyNNaker writes them for its cores: the channel they come from and their codes."""
    ours: dict[str, list[list[Any]]] = {}
    for convolution in mapping.convolutions:
        for o, i, target, source in convolution.pairs():
            kernel, (across, down) = convolution.chip_kernel(o, i), convolution.padding
            delay = convolution.delay_steps % kernel_slots(mapping, target)
            entry: list[Any] = [mapping.populations[source].label, delay, [down, across]]
            entry += [list(kernel.shape), kernel.ravel().tolist()]
            ours.setdefault(mapping.populations[target].label, []).append(entry)
    for label in sorted({*ours, *theirs}):
        if sorted(ours.get(label, [])) != sorted(theirs.get(label, [])):
            raise NeurodeployError(
                "ND410", f"Population '{label}': sPyNNaker's kernels are not those that we computed.", _REPORT
            )


def weights_beside_default(mapping: SpinnakerMapping) -> list[dict[str, Any]]:
    """The weight report and beside it what sPyNNaker's own guess of the shift would have cost, if its mapping was run.

    Its guess is too low for conductances (the fan-in path of ``population_vertex.py`` leaves out their factor 1024): sums
    beyond what its ring buffer holds saturate, and single weights beyond it wrap, which the error counts.
    """
    guesses = mapping.vendor.get("default_ring_buffer_shifts", {})
    entries = [dict(entry) for entry in mapping.weight_report]
    for entry, projection in zip(entries, stored_weights(mapping), strict=True):
        target = projection.target
        if target.label in guesses:
            shift = guesses[target.label][projection.receptor]
            if projection.signed:  # what is too large changes its sign
                codes = quantise_signed_weights(projection.weights, (shift, shift), target.model)
                decoded = np.sign(projection.weights) * codes / weight_scale(shift, target.model)
            else:
                stored = quantise_weights(projection.weights, shift, target.model)
                decoded = decode_weights(stored, shift, target.model)
            entry["default_ring_buffer_shift"] = shift
            entry["default_ring_buffer_holds"] = 65535 / weight_scale(shift, target.model)
            entry["default_relative_rms_error"] = relative_rms_error(projection, decoded)
    return entries


_REPORT = "This is an error of neurodeploy: please report it."
