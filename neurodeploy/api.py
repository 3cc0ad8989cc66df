"""Everything the command line does, as short typed calls; see :mod:`neurodeploy` for the usual sequence."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from neurodeploy.compiler import (
    Context,
    Program,
    Usage,
    check_bundle_path,
    check_network,
    compile_network,
    load_bundle,
    options_from,
    save_bundle,
)
from neurodeploy.compression import PRUNING_RULES, QUANTIZERS, default_pruning_rule, default_quantizer
from neurodeploy.compression import prune as _prune
from neurodeploy.compression import quantize as _quantize
from neurodeploy.compression.balance import balance_thresholds
from neurodeploy.compression.bias_correction import correct_bias as _correct_bias
from neurodeploy.compression.calibration import CALIBRATION_SAMPLES, oldest_stage
from neurodeploy.compression.calibration import calibrate as _calibrate
from neurodeploy.compression.sensitivity import Sensitivity, scan
from neurodeploy.costs.neurobench import neurobench
from neurodeploy.datasets import AnyDataset, load_dataset
from neurodeploy.encoding import encode
from neurodeploy.errors import NeurodeployError
from neurodeploy.inference import Inference, infer
from neurodeploy.loop import LoopCalibration
from neurodeploy.loop import calibrate as _calibrate_in_the_loop
from neurodeploy.loop.measuring import Measured, measure
from neurodeploy.network import Activity, Encoder, Network, SpikeBatch, load_network, save_network, validate
from neurodeploy.network.nir import export_nir
from neurodeploy.network.nir import import_nir as _import_nir
from neurodeploy.run_progress import RunProgress, RunWatch
from neurodeploy.simulation import build_plan, simulate
from neurodeploy.training.parallel import train_many
from neurodeploy.training.progress import Progress
from neurodeploy.training.recipe import Recipe, load_recipe
from neurodeploy.training.train import CHECKPOINT_IMAGES
from neurodeploy.training.train import train as _train
from neurodeploy.verification import Ladder, climb

if TYPE_CHECKING:
    from neurodeploy.targets.crossbar.monte_carlo import MonteCarlo

__all__ = [
    "Encoder", "balance", "calibrate", "check", "compile", "correct_bias", "export_nir", "import_nir", "load", "load_dataset", "monte_carlo", "neurobench", "prune", "quantize", "report", "run", "save",
    "sensitivity", "train", "train_many", "verify",
]  # fmt: skip


Precision = Literal["float32", "float64"]
PRECISIONS: dict[str, type] = {"float32": np.float32, "float64": np.float64}
"""Arithmetic of the float simulator, by name."""


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
    checkpoint_every: int = CHECKPOINT_IMAGES,
    resume: bool = False,
    held_out: int = 0,
) -> Network:
    """Train the network of a recipe (a name, a ``.toml`` path or a :class:`Recipe`): :func:`neurodeploy.training.train.train`."""
    chosen = load_recipe(recipe) if isinstance(recipe, str) else recipe
    chosen = chosen if seed is None else replace(chosen, seed=seed)
    return _train(
        chosen, data_dir=data_dir, progress=progress, checkpoint=checkpoint, checkpoint_every=checkpoint_every,
        resume=resume, held_out=held_out,
    )  # fmt: skip


def import_nir(
    path: str | Path,
    *,
    convention: str | None = None,
    encoder: Encoder | None = None,
    data: str | None = None,
    **options: Any,
) -> Network:
    """Read a NIR graph: :func:`neurodeploy.network.nir.import_nir`, with what graphs do not say.

    ``encoder``: how samples become its input (``nd.Encoder("constant", steps=25)``); ``data``: the data set that it was
    trained on, which later calls use by default; ``options`` (``dt``, ``reset``, …) are the importer's.
    """
    network = _import_nir(path, convention=convention, **options)
    network = network if data is None else network.with_metadata(data=data)
    return validate(network if encoder is None else replace(network, encoder=encoder))


def prune(
    network: Network,
    rule: str | None = None,
    *,
    projections: Sequence[str] | None = None,
    rescale: bool = False,
    **options: Any,
) -> Network:
    """Prune by a rule of :data:`neurodeploy.compression.PRUNING_RULES`; ``options`` are the rule's.

    Without a rule: ``magnitude`` if ``to_sparsity`` is given, else ``threshold``.
    """
    rule = rule or default_pruning_rule(options)
    if rule not in PRUNING_RULES:
        raise NeurodeployError(
            "ND204", f"There is no pruning rule '{rule}'.", f"Use one of: {', '.join(PRUNING_RULES)}."
        )
    made = options_from(PRUNING_RULES[rule], options, f"The pruning rule '{rule}'")
    return _prune(network, made, projections, rescale=rescale)


def quantize(
    network: Network,
    rule: str | None = None,
    *,
    projections: Sequence[str] | None = None,
    calibrate: str | AnyDataset | None = None,
    calibration_samples: int = CALIBRATION_SAMPLES,
    correct_bias: bool = False,
    balance: bool = False,
    data_dir: str | Path | None = None,
    progress: Callable[[int], None] = lambda samples: None,
    **options: Any,
) -> Network:
    """Quantize by a rule of :data:`neurodeploy.compression.QUANTIZERS`; ``options`` (``levels=3``) are the rule's.

    Without a rule: ``uniform`` if ``bits`` is given, else ``weight_sharing``. ``calibrate``: a data set; the errors of
    weights then count as often as their sources spike on its first ``calibration_samples`` training samples.
    ``correct_bias`` and ``balance`` use the same samples (of the data set trained on, where none is named) and the
    network's oldest stage, see :func:`correct_bias` and :func:`balance`; the bias comes first. ``progress`` is called
    with samples done.
    """
    rule = rule or default_quantizer(options)
    if rule not in QUANTIZERS:
        raise NeurodeployError("ND204", f"There is no quantizer '{rule}'.", f"Use one of: {', '.join(QUANTIZERS)}.")
    quantizer = options_from(QUANTIZERS[rule], options, f"The quantizer '{rule}'")
    samples = None
    if calibrate is not None or correct_bias or balance:
        samples = dataset_of(network, calibrate, "train", calibration_samples, data_dir)
    found = None if samples is None or calibrate is None else _calibrate(network, samples, progress)
    small = _quantize(network, quantizer, projections, calibration=found)
    if samples is not None and (correct_bias or balance):
        small = _corrected(small, samples, correct_bias, balance, progress)
    return small


def correct_bias(
    network: Network, data: str | AnyDataset | None = None, *, samples: int = CALIBRATION_SAMPLES,
    data_dir: str | Path | None = None,
) -> Network:  # fmt: skip
    """Return to each neuron, as a constant current, the mean input that compression took from it.

    The reference is the network's oldest stage of the same shapes; its rates are measured on training samples. See
    :mod:`neurodeploy.compression.bias_correction`.
    """
    return _corrected(network, dataset_of(network, data, "train", samples, data_dir), True, False)


def balance(
    network: Network, data: str | AnyDataset | None = None, *, samples: int = CALIBRATION_SAMPLES,
    data_dir: str | Path | None = None,
) -> Network:  # fmt: skip
    """Scale the threshold of each population until its mean rate is that of the network's oldest stage.

    See :mod:`neurodeploy.compression.balance`.
    """
    return _corrected(network, dataset_of(network, data, "train", samples, data_dir), False, True)


def sensitivity(
    network: Network, data: str | AnyDataset | None = None, *, sparsities: Sequence[float] = (0.5, 0.8, 0.9),
    bits: Sequence[int] = (8, 4, 2), projections: Sequence[str] | None = None, split: str = "test",
    limit: int | None = None, data_dir: str | Path | None = None,
    progress: Callable[[int], None] = lambda samples: None,
) -> Sensitivity:  # fmt: skip
    """Accuracy and output-spike distance with one layer at a time pruned or quantized."""
    dataset = dataset_of(network, data, split, limit, data_dir)
    return scan(network, dataset, sparsities=sparsities, bits=bits, projections=projections, progress=progress)


def _corrected(
    network: Network, samples: AnyDataset, bias: bool, thresholds: bool,
    progress: Callable[[int], None] = lambda samples: None,
) -> Network:  # fmt: skip
    reference = oldest_stage(network)
    found = _calibrate(reference, samples, progress)
    if bias:
        network = _correct_bias(network, reference, found)
    if thresholds:
        network = balance_thresholds(network, found, samples, lambda populations: progress(populations * len(samples)))
    return network


def compile(
    network: Network, target: str, *, bundle: str | Path | None = None, context: Context | None = None,
    calibrate: str | AnyDataset | None = None, calibration_samples: int = CALIBRATION_SAMPLES,
    data_dir: str | Path | None = None, **options: Any,
) -> Program:  # fmt: skip
    """Compile for a target; with ``bundle`` also write it there.

    ``calibrate``: a data set whose first ``calibration_samples`` training samples the target may measure on.
    """
    if bundle is not None:
        check_bundle_path(bundle)  # before the work
    if calibrate is not None:
        context = context or Context()
        context.calibration = calibration_spikes(network, calibrate, calibration_samples, data_dir)
    compilation = compile_network(network, target, options, context=context)
    if bundle is not None:
        save_bundle(compilation, bundle)
    return compilation.program


def calibration_spikes(
    network: Network, data: str | AnyDataset, samples: int = CALIBRATION_SAMPLES, data_dir: str | Path | None = None
) -> SpikeBatch:
    """Input spikes of the first training samples of a data set, as :class:`Context` takes them."""
    return encode(network, dataset_of(network, data, "train", samples, data_dir))


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
        raise NeurodeployError(
            "ND305", "The network does not say which data set it was trained on.", "Name one (--data)."
        )
    return load_dataset(str(name), split, data_dir).limit(limit)


def run(
    thing: Network | Program,
    data: str | AnyDataset | None = None,
    *,
    executor: str = "model",
    machine: str | None = None,
    precision: Precision | None = None,
    split: str = "test",
    limit: int | None = None,
    data_dir: str | Path | None = None,
    progress: Callable[[int], None] = lambda samples: None,
    checkpoint: Path | None = None,
    follow: Callable[[RunProgress], None] = lambda state: None,
    live_input: bool = False,
) -> Inference:
    """Run a data set on a program's executor, or on a network in the float reference simulator.

    ``precision`` of the float simulator's states, weights and coefficients (None: float32); a program has it on its
    executor ``reference``, which simulates its lowered network. ``machine``: the board's address for the executor
    ``board``; there samples follow each other with the encoder's rest between, and states are not reset. Such a run keeps
    its finished chunks in the folder ``checkpoint``, if one is given, and goes on after those that are there; ``follow``
    hears every second where it is. ``live_input``: the board's input is sent while it runs, by the clock on the wall, and the
    result's ``lateness`` says how it arrived.

    Raises:
        NeurodeployError: ND502 for an unknown executor or precision, or a precision where the target's arithmetic counts;
            ND511 to ND514 for boards that do not answer or fail.
    """
    network = thing.network if isinstance(thing, Program) else thing
    dataset = dataset_of(network, data, split, limit, data_dir)
    if not isinstance(thing, Program):
        return infer(network, dataset, _simulator(network, precision or "float32"), progress)
    if executor == "board" and precision is None:
        watch = RunWatch(len(dataset), follow)
        with thing.on_board(
            _named(machine), checkpoint=checkpoint, progress=watch.board, live_input=live_input
        ) as board:
            found = infer(
                network, dataset, board.run, progress, board.samples_at_once, executed=thing.lowered, watch=watch.finished
            )  # fmt: skip
            return replace(found, lateness=board.lateness)
    if precision is None:
        return infer(network, dataset, partial(thing.run, executor=executor), progress, executed=thing.lowered)
    if executor != "reference":
        raise NeurodeployError(
            "ND502",
            f"The executor '{executor}' of {thing.target} computes in the target's own arithmetic, not in {precision}.",
            "Leave out the precision, or use the executor 'reference'.",
        )
    return infer(network, dataset, _simulator(thing.lowered, precision), progress, executed=thing.lowered)


def _named(machine: str | None) -> str:
    if machine is None:
        raise NeurodeployError(
            "ND502",
            "The executor 'board' needs a board.",
            "Name its address (--machine ADDRESS), or 'configured' for what your own configuration says; "
            "'neurodeploy board emulate' is one in software.",
        )
    return machine


def _simulator(network: Network, precision: str) -> Callable[[SpikeBatch], Activity]:
    if precision not in PRECISIONS:
        raise NeurodeployError(
            "ND502", f"There is no precision '{precision}'.", f"Use one of: {', '.join(PRECISIONS)}."
        )
    return partial(simulate, network, plan=build_plan(network, PRECISIONS[precision]))


def verify(
    program: Program,
    data: str | AnyDataset | None = None,
    *,
    split: str = "test",
    limit: int | None = None,
    data_dir: str | Path | None = None,
    machine: str | None = None,
    progress: Callable[[int], None] = lambda samples: None,
    checkpoint: Path | None = None,
    follow: Callable[[RunProgress], None] = lambda state: None,
    live_input: bool = False,
) -> Ladder:
    """Climb the fidelity ladder: every stage of the network on the same input, the board at ``machine`` included.

    ``checkpoint``, ``follow`` and ``live_input`` as in :func:`run`, for the board's rung; the model is then given the
    input as it arrived.
    """
    dataset = dataset_of(program.network, data, split, limit, data_dir)
    return climb(program, dataset, progress, machine, checkpoint, follow, live_input)


def monte_carlo(
    program: Program | str | Path,
    data: str | AnyDataset | None = None,
    *,
    chips: int = 20,
    split: str = "test",
    limit: int | None = None,
    data_dir: str | Path | None = None,
    workers: int | None = None,
    dask: str | None = None,
    confidence: float = 0.95,
    yield_at: float | None = None,
    checkpoint: Path | None = None,
    progress: Callable[[int, float], None] = lambda chips, accuracy: None,
) -> MonteCarlo:
    """Run a data set on the chips 0 to ``chips`` - 1 of an in-memory program (or of a bundle, by its path).

    ``workers``: processes, one for every core without it; a script needs ``if __name__ == "__main__":`` around the call.
    ``dask``: a scheduler's address, or ``local``. ``checkpoint``: a file that keeps finished chips, which are not run again.
    ``yield_at``: an accuracy; the result's ``yielded`` counts the chips that reach it. ``progress`` is called with the number
    of chips finished and their mean accuracy. See :func:`neurodeploy.targets.crossbar.monte_carlo.run_chips`.
    """
    from neurodeploy.targets.crossbar.monte_carlo import run_chips

    thing = program if isinstance(program, Program) else Path(program)
    network = thing.network if isinstance(thing, Program) else load_bundle(thing).network
    dataset = dataset_of(network, data, split, limit, data_dir)
    return run_chips(
        thing, dataset, chips, workers=workers, dask=dask, confidence=confidence, yield_at=yield_at, checkpoint=checkpoint,
        progress=progress,
    )  # fmt: skip


def calibrate(
    program: Program, data: str | AnyDataset | None = None, *, machine: str | None = None, samples: int = 200,
    held_out: int = 200, reference: Network | None = None, per_neuron: bool = False, data_dir: str | Path | None = None,
    progress: Callable[[str], None] = lambda doing: None,
) -> LoopCalibration:  # fmt: skip
    """Adjust thresholds from the counts of the board at ``machine`` (None: of the firmware model), where that helps.

    ``samples`` of the training split calibrate, ``held_out`` of the test split say what was gained; see
    :mod:`neurodeploy.loop.calibrate`. The program stays as it is: compile the result's network.
    """
    if machine is not None and "board" not in program.executors:
        program.on_board(machine)  # which says that it has none, before the work
    calibration = dataset_of(program.network, data, "train", samples, data_dir)
    options = dict(program.manifest["options"])
    if options.get("mapping") == "spynnaker":
        options["mapping"] = "estimate"  # the same weights and shifts, sooner

    def run_candidate(candidate: Network, part: AnyDataset) -> Measured:
        context = Context(encode(candidate, calibration)) if options.get("weight_bound") == "calibrated" else None
        made = compile_network(candidate, program.target, options, context=context).program
        if machine is None:
            return measure(candidate, part, partial(made.run, executor="model"))
        with made.on_board(machine, progress=lambda state: progress(state.doing)) as board:
            return measure(candidate, part, board.run, board.samples_at_once)

    test = dataset_of(program.network, data, "test", held_out, data_dir)
    return _calibrate_in_the_loop(
        program.network, run_candidate, calibration, test, reference=reference, per_neuron=per_neuron, progress=progress
    )


def report(bundle: str | Path, output: str | Path) -> list[Path]:
    """Write a bundle's report as HTML, Markdown and JSON beside each other; returns the three paths."""
    from neurodeploy.report import write_report

    return write_report(Path(bundle), Path(output))
