"""SpiNNaker through PyNN and sPyNNaker 7.4.1."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, ClassVar

from neurodeploy.compiler import Context, Pass, Program, Target, Usage, options_from
from neurodeploy.compiler.passes.adopt_step_semantics import AdoptStepSemantics
from neurodeploy.compiler.passes.approximate_missing_leak import ApproximateMissingLeak
from neurodeploy.compiler.passes.convert_conductances_to_currents import ConvertConductancesToCurrents
from neurodeploy.compiler.passes.convert_current_synapses import ConvertCurrentSynapses
from neurodeploy.compiler.passes.convert_late_resets import ConvertLateResets
from neurodeploy.compiler.passes.drop_lateral_inhibition import DropLateralInhibition
from neurodeploy.compiler.passes.fold_relays import FoldRelays
from neurodeploy.compiler.passes.freeze_adaptive_threshold import FreezeAdaptiveThreshold
from neurodeploy.compiler.passes.lengthen_delays import LengthenDelays
from neurodeploy.compiler.passes.match_decay_factors import MatchDecayFactors
from neurodeploy.compiler.passes.set_capacitance import SetCapacitance
from neurodeploy.compiler.passes.split_weights_by_sign import SplitWeightsBySign
from neurodeploy.errors import NeurodeployError
from neurodeploy.network import Network
from neurodeploy.targets.spinnaker.calibrated_bounds import calibrated_bounds
from neurodeploy.targets.spinnaker.emission import write_board_files
from neurodeploy.targets.spinnaker.mapping import SpinnakerMapping, map_network
from neurodeploy.targets.spinnaker.options import SpinnakerOptions
from neurodeploy.targets.spinnaker.preflight import preflight
from neurodeploy.targets.spinnaker.program import SpinnakerProgram
from neurodeploy.targets.spinnaker.refusals import RefuseUnsupported
from neurodeploy.targets.spinnaker.spec import board_spec
from neurodeploy.targets.spinnaker.time_budget import busiest_step_of_samples
from neurodeploy.targets.spinnaker.vendor_mapping import compare_with_vendor, map_with_spynnaker


class SpinnakerTarget(Target):
    """Compiles for SpiNN-3 and SpiNN-5 boards."""

    name: ClassVar[str] = "spinnaker"
    description: ClassVar[str] = "SpiNNaker boards (SpiNN-3, SpiNN-5) through PyNN / sPyNNaker 7.4.1"
    options: ClassVar[type[Any]] = SpinnakerOptions

    def spec(self, options: SpinnakerOptions) -> Mapping[str, Any]:
        """Limits of the chosen board."""
        return board_spec(options.machine_version).as_dict()

    def pipeline(self, options: SpinnakerOptions) -> Sequence[Pass]:
        """Refusals first; then operators folded, frozen thresholds, legal delays, sPyNNaker's neurons and step semantics."""
        passes: list[Pass] = [RefuseUnsupported(options.missing_leak_steps), FoldRelays(), ConvertLateResets()]
        passes += [FreezeAdaptiveThreshold(), LengthenDelays(1)]
        if options.lateral_inhibition == "drop":
            passes.append(DropLateralInhibition())
        passes.append(ConvertCurrentSynapses())
        if options.missing_leak_steps:
            passes.append(ApproximateMissingLeak(options.missing_leak_steps))
        passes += [MatchDecayFactors(), SetCapacitance(), AdoptStepSemantics()]
        if options.synapses == "current":
            passes.append(ConvertConductancesToCurrents())
        return [*passes, SplitWeightsBySign()]

    def check(self, network: Network, options: SpinnakerOptions) -> list[Usage]:
        """Our own estimate."""
        return preflight(map_network(network, options))

    def lower(self, network: Network, options: SpinnakerOptions, context: Context) -> SpinnakerMapping:
        """16-bit weights and shifts, then sPyNNaker's own mapping (unless only an estimate was asked for)."""
        samples = context.calibration if options.weight_bound == "calibrated" else None
        measured = None if samples is None else calibrated_bounds(network, samples)
        mapping = map_network(network, options, measured)
        if context.calibration is not None and (busiest := busiest_step_of_samples(mapping, context.calibration)):
            mapping = replace(mapping, busiest=asdict(busiest))
        exceeded = [usage for usage in preflight(mapping) if not usage.fits]
        if exceeded:
            first = exceeded[0]
            raise NeurodeployError(
                "ND408",
                f"The network does not fit {board_spec(options.machine_version).name}: {first}.",
                f"{first.remedy[:1].upper()}{first.remedy[1:]}.",
            )
        if options.mapping == "estimate":
            return mapping
        with tempfile.TemporaryDirectory() as folder:
            write_board_files(mapping, Path(folder))
            vendor = map_with_spynnaker(Path(folder), options.machine_version)
        compare_with_vendor(mapping, vendor)
        return replace(mapping, vendor=vendor)

    def emit(self, mapping: SpinnakerMapping, network: Network) -> Program:
        """The program of a mapping."""
        return SpinnakerProgram(mapping, network)

    def load(self, bundle: Path, manifest: Mapping[str, Any], network: Network, lowered: Network) -> Program:
        """Map the lowered network again (deterministic) and take sPyNNaker's report from the manifest."""
        if not isinstance(manifest.get("options"), dict) or not isinstance(manifest.get("vendor_mapping"), dict):
            raise NeurodeployError("ND420", f"The manifest of '{bundle}' is incomplete.", "Compile it again.")
        options = options_from(SpinnakerOptions, manifest["options"], "The bundle")
        measured = {name: (float(e), float(i)) for name, (e, i) in manifest.get("calibrated_bounds", {}).items()}
        mapping = map_network(lowered, options, measured)
        busiest, vendor = manifest.get("busiest_step", {}), manifest["vendor_mapping"]
        return SpinnakerProgram(replace(mapping, busiest=busiest, vendor=vendor), network)
