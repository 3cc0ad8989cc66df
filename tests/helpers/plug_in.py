"""A third-party target in a distribution of its own, as pip would install it: module, dist-info, entry point."""

from __future__ import annotations

from pathlib import Path

CODE = """
from dataclasses import asdict, dataclass, field

from neurodeploy.compiler import Program, Target, Usage, options_from
from neurodeploy.compiler.passes.lengthen_delays import LengthenDelays
from neurodeploy.costs import Constant, CostItem, CostReport
from neurodeploy.simulation import simulate


@dataclass(frozen=True)
class Options:
    neurons: int = field(default=1000, metadata={"help": "room for neurons"})


class Toy(Program):
    target = "toy"
    executors = ("reference",)

    def __init__(self, network, lowered, options):
        self._network, self._lowered, self._options = network, lowered, options

    network = property(lambda self: self._network)
    lowered = property(lambda self: self._lowered)
    manifest = property(lambda self: {"options": asdict(self._options)})

    def resources(self):
        used = sum(p.size for p in self._lowered.populations)
        return [Usage("neurons", used, self._options.neurons, "neurons")]

    def run(self, inputs, executor):
        return simulate(self._lowered, inputs)

    def costs(self, events, correct):
        joule = Constant("spike", 1e-9, "J", "made up", "assumed")
        items = (CostItem("spikes", "spikes", sum(events.spikes.values()), joule),)
        return [CostReport("toy", "", items, events.samples, correct)]

    def write(self, folder):
        (folder / "toy.txt").write_text("toy")


class ToyTarget(Target):
    name = "toy"
    description = "a third party's hardware"
    options = Options

    def spec(self, options):
        return {"neurons": options.neurons}

    def pipeline(self, options):
        return [LengthenDelays(3)]

    def check(self, network, options):
        return Toy(network, network, options).resources()

    def lower(self, network, options, context):
        return network, options

    def emit(self, mapping, network):
        return Toy(network, *mapping)

    def load(self, bundle, manifest, network, lowered):
        assert (bundle / "toy.txt").read_text() == "toy"
        return Toy(network, lowered, options_from(Options, manifest["options"], "the bundle"))


class NotATarget:
    name = "toy"


def failing():
    raise RuntimeError("driver not found")
"""


def install(folder: Path, name: str, reference: str) -> None:
    """Write the distribution that registers ``reference`` as the target ``name`` into ``folder``."""
    (folder / "toy_target.py").write_text(CODE)
    info = folder / f"{name}_target-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}-target\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[neurodeploy.targets]\n{name} = {reference}\n")
