"""Everything the command line does, as short typed calls; see :mod:`neurodeploy` for the usual sequence."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from neurodeploy.compiler import (
    Context,
    Program,
    Usage,
    check_network,
    compile_network,
    load_bundle,
    options_from,
    save_bundle,
)
from neurodeploy.compression import PRUNING_RULES, QUANTIZERS
from neurodeploy.compression import prune as _prune
from neurodeploy.compression import quantize as _quantize
from neurodeploy.datasets import AnyDataset, load_dataset
from neurodeploy.errors import NeurodeployError
from neurodeploy.inference import Inference, infer
from neurodeploy.network import Network, load_network, save_network
from neurodeploy.network.nir import export_nir, import_nir
from neurodeploy.simulation import build_plan, simulate
from neurodeploy.training.recipe import Recipe, load_recipe
from neurodeploy.training.train import Progress
from neurodeploy.training.train import train as _train
from neurodeploy.verification import Ladder, climb

__all__ = [
    "check",
    "compile",
    "export_nir",
    "import_nir",
    "load",
    "load_dataset",
    "prune",
    "quantize",
    "report",
    "run",
    "save",
    "train",
    "verify",
]


def load(path: str | Path) -> Network | Program:
    """Load a network file (``.h5``) or a bundle (a folder)."""
    return load_bundle(path) if Path(path).is_dir() else load_network(path)


def save(thing: Network, path: str | Path) -> None:
    """Write a network file, atomically."""
    save_network(thing, path)


def train(
    recipe: str | Recipe,
    *,
    data_dir: str | Path | None = None,
    seed: int | None = None,
    progress: Callable[[Progress], None] = lambda state: None,
    checkpoint: Path | None = None,
    resume: bool = False,
) -> Network:
    """Train the network of a recipe (a name, a ``.toml`` path or a :class:`Recipe`)."""
    chosen = load_recipe(recipe) if isinstance(recipe, str) else recipe
    chosen = chosen if seed is None else replace(chosen, seed=seed)
    return _train(chosen, data_dir=data_dir, progress=progress, checkpoint=checkpoint, resume=resume)


def prune(
    network: Network,
    rule: str = "threshold",
    *,
    projections: Sequence[str] | None = None,
    rescale: bool = False,
    **options: Any,
) -> Network:
    """Prune by a rule of :data:`neurodeploy.compression.PRUNING_RULES`; ``options`` are the rule's."""
    if rule not in PRUNING_RULES:
        raise NeurodeployError(
            "ND204", f"There is no pruning rule '{rule}'.", f"Use one of: {', '.join(PRUNING_RULES)}."
        )
    made = options_from(PRUNING_RULES[rule], options, f"The pruning rule '{rule}'")
    return _prune(network, made, projections, rescale=rescale)


def quantize(
    network: Network, rule: str = "weight_sharing", *, projections: Sequence[str] | None = None, **options: Any
) -> Network:
    """Quantize by a rule of :data:`neurodeploy.compression.QUANTIZERS`; ``options`` (``levels=3``) are the rule's."""
    if rule not in QUANTIZERS:
        raise NeurodeployError("ND204", f"There is no quantizer '{rule}'.", f"Use one of: {', '.join(QUANTIZERS)}.")
    return _quantize(network, options_from(QUANTIZERS[rule], options, f"The quantizer '{rule}'"), projections)


def compile(
    network: Network, target: str, *, bundle: str | Path | None = None, context: Context | None = None, **options: Any
) -> Program:
    """Compile for a target; with ``bundle`` also write it there."""
    compilation = compile_network(network, target, options, context=context)
    if bundle is not None:
        save_bundle(compilation, bundle)
    return compilation.program


def check(network: Network, target: str, **options: Any) -> list[Usage]:
    """Resources the network would use of a target, without vendor tools; also when it does not fit."""
    return check_network(network, target, options)


def dataset_of(
    network: Network, data: str | AnyDataset | None, split: str, limit: int | None, data_dir: str | Path | None
) -> AnyDataset:
    """The data set named, or the one the network was trained on."""
    if isinstance(data, AnyDataset):
        return data.limit(limit)
    name = data or network.metadata.get("data")
    if name is None:
        raise NeurodeployError("ND305", "The network does not say which data set it was trained on.", "Name one.")
    return load_dataset(str(name), split, data_dir).limit(limit)


def run(
    thing: Network | Program,
    data: str | AnyDataset | None = None,
    *,
    executor: str = "model",
    split: str = "test",
    limit: int | None = None,
    data_dir: str | Path | None = None,
    progress: Callable[[int], None] = lambda samples: None,
) -> Inference:
    """Run a data set on a program's executor, or on a network in the float reference simulator."""
    network = thing.network if isinstance(thing, Program) else thing
    dataset = dataset_of(network, data, split, limit, data_dir)
    if isinstance(thing, Program):
        return infer(network, dataset, partial(thing.run, executor=executor), progress, executed=thing.lowered)
    return infer(network, dataset, partial(simulate, network, plan=build_plan(network)), progress)


def verify(
    program: Program,
    data: str | AnyDataset | None = None,
    *,
    split: str = "test",
    limit: int | None = None,
    data_dir: str | Path | None = None,
    progress: Callable[[int], None] = lambda samples: None,
) -> Ladder:
    """Climb the fidelity ladder: every stage of the network on the same input."""
    return climb(program, dataset_of(program.network, data, split, limit, data_dir), progress)


def report(bundle: str | Path, output: str | Path) -> list[Path]:
    """Write a bundle's report as HTML, Markdown and JSON beside each other; returns the three paths."""
    from neurodeploy.report import write_report

    return write_report(Path(bundle), Path(output))
