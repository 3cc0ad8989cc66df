"""What both in-memory targets are: passes, mapping and program; they differ in their devices and options."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, ClassVar

from neurodeploy.compiler import Context, Pass, Program, Target, Usage, options_from
from neurodeploy.compiler.passes.expand_connectivity import ExpandConnectivity
from neurodeploy.compiler.passes.fold_relays import FoldRelays
from neurodeploy.compiler.passes.freeze_adaptive_threshold import FreezeAdaptiveThreshold
from neurodeploy.errors import NeurodeployError
from neurodeploy.network import Network
from neurodeploy.targets.crossbar.bundle_files import stored_device, with_stored_tiles
from neurodeploy.targets.crossbar.checks import usages
from neurodeploy.targets.crossbar.chip import circuits_of
from neurodeploy.targets.crossbar.configured_device import configured_device
from neurodeploy.targets.crossbar.converter_ranges import with_converters
from neurodeploy.targets.crossbar.device import Device
from neurodeploy.targets.crossbar.device_file import device_names, load_device
from neurodeploy.targets.crossbar.mapping import CrossbarMapping, chosen_scheme, map_network
from neurodeploy.targets.crossbar.merge_parallel import MergeParallel
from neurodeploy.targets.crossbar.nonidealities import AnalogToDigital
from neurodeploy.targets.crossbar.options import CrossbarOptions
from neurodeploy.targets.crossbar.origins import named, origins
from neurodeploy.targets.crossbar.program import CrossbarProgram
from neurodeploy.targets.crossbar.refusals import RefuseUnsupported
from neurodeploy.targets.crossbar.round_to_levels import RoundToLevels
from neurodeploy.wording import quantities

WRITTEN_OUT = ("convolution1d", "convolution2d", "pooling2d", "one_to_one")


class CrossbarTarget(Target):
    """Compiles for arrays of memory cells; ``package`` holds the built-in device files in its folder ``devices``."""

    options: ClassVar[type[Any]] = CrossbarOptions
    package: ClassVar[str]
    kind_of_device: ClassVar[type[Device]] = Device
    accesses: ClassVar[tuple[str, ...]] = ("1T1R", "passive")

    @classmethod
    def device_folder(cls) -> Traversable:
        """Where the built-in devices are."""
        return files(cls.package) / "devices"

    def devices(self) -> Sequence[Mapping[str, Any]]:
        """The built-in devices: name, conductances, levels and how many of its values, with the supply, are assumed."""
        return [
            _row(load_device(name, self.device_folder(), self.kind_of_device))
            for name in device_names(self.device_folder())
        ]

    def device(self, options: CrossbarOptions) -> Device:
        """The device that the options name, with what they say otherwise."""
        device = configured_device(options, self.device_folder(), self.kind_of_device)
        if device.access not in self.accesses:
            raise NeurodeployError(
                "ND432",
                f"{device.where}: access = '{device.access}' is not a cell of the target {self.name}.",
                f"It takes {' and '.join(self.accesses)}; NOR cells are for the target nor-flash, others for rram.",
            )
        return device

    def spec(self, options: CrossbarOptions) -> Mapping[str, Any]:
        """The default device's cells."""
        device = self.device(options)
        return {
            "device": f"{device.name}: {device.title}",
            "lowest_conductance_siemens": device.g_min,
            "highest_conductance_siemens": device.g_max,
            "levels": device.cells().levels or "analogue",
            "tile": options.tile,
        }

    def pipeline(self, options: CrossbarOptions) -> Sequence[Pass]:
        """Refusals first; operators folded and written out, thresholds frozen, weights on levels."""
        rounding = RoundToLevels(
            self.device(options).cells(options.levels), chosen_scheme(options), options.lost_weights
        )
        refusing = RefuseUnsupported()
        return [
            refusing, FoldRelays(), refusing, ExpandConnectivity(WRITTEN_OUT), MergeParallel(), FreezeAdaptiveThreshold(),
            rounding,
        ]  # fmt: skip

    def check(self, network: Network, options: CrossbarOptions) -> list[Usage]:
        """Tiles, cells and levels."""
        return usages(map_network(self.name, network, options, self.device(options)))

    def lower(self, network: Network, options: CrossbarOptions, context: Context) -> CrossbarMapping:
        """Weights to cells, cells to tiles, and ranges of converters.

        Raises:
            NeurodeployError: ND430 or ND431 when cells or tiles cannot hold a projection, ND408 when there are too few tiles,
                ND434 when circuits shall vary that the neurons do not have.
        """
        circuits_of(options).check(network)
        mapping = map_network(self.name, network, options, self.device(options))
        exceeded = [usage for usage in usages(mapping) if not usage.fits]
        if exceeded:
            remedy = exceeded[0].remedy
            raise NeurodeployError(
                "ND408", f"The network does not fit: {exceeded[0]}.", f"{remedy[:1].upper()}{remedy[1:]}."
            )
        return with_converters(mapping, context.calibration)

    def emit(self, mapping: CrossbarMapping, network: Network) -> Program:
        """The program of a mapping."""
        return CrossbarProgram(mapping, network)

    def load(self, bundle: Path, manifest: Mapping[str, Any], network: Network, lowered: Network) -> Program:
        """Map the lowered network again, onto the bundle's own tiles and device."""
        try:
            options = options_from(self.options, manifest["options"], "The bundle")
            converters = {name: AnalogToDigital(*values) for name, values in manifest["converters"].items()}
            device = stored_device(bundle, self.kind_of_device)
        except (AttributeError, KeyError, TypeError, OSError, UnicodeDecodeError) as error:
            raise NeurodeployError(
                "ND420", f"The bundle '{bundle}' is not what compile wrote: {error}.", "Compile it again."
            ) from None
        mapping = map_network(self.name, lowered, options, device, converters, repack=False)
        return CrossbarProgram(with_stored_tiles(mapping, bundle), network)


def _row(device: Device) -> dict[str, Any]:
    found = origins(device, supply_given=False)
    return {
        "device": device.name,
        "title": device.title,
        "conductances": quantities(device.g_min, device.g_max, "S"),
        "levels": device.cells().levels or "analogue",
        "assumed values": f"{len(named(found, 'assumed'))} of {len(found)}",
    }
