"""Many trainings at once, each in a process of its own with one thread; small records come back."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from multiprocessing import get_context, parent_process
from multiprocessing.connection import wait
from pathlib import Path

from neurodeploy.errors import NeurodeployError
from neurodeploy.training.progress import Progress
from neurodeploy.training.recipe import Recipe
from neurodeploy.training.two_layer.trainer_state import COUNTER_NAMES


@dataclass(frozen=True)
class TrainingRecord:
    """What a training came to. Everything "per image" is a mean.

    ``connectivity``: synapses with a weight above 0 of all; ``unpruned``: synapses that no rule removed or froze, of all;
    ``training_sops``: weight accumulations and STDP updates per training image, repeats of silent images included;
    ``inference_sops``: weight accumulations per test image; ``spikes``: excitatory spikes per test image;
    ``cpu_seconds`` of the images' training, compilation not counted; ``rule_seconds`` of them in pruning and
    quantization; ``seconds``: all there was to do, by the clock. ``more``: what a kind of training measures beside that
    (``backpropagation/measured.py``).
    """

    recipe: str
    seed: int
    accuracy: float
    connectivity: float
    unpruned: float
    training_sops: float
    inference_sops: float
    spikes: float
    cpu_seconds: float
    rule_seconds: float
    seconds: float
    training_images: int
    test_images: int
    metrics: dict[str, int]
    more: dict[str, float] = field(default_factory=dict)


@dataclass
class _Stopwatch:
    """CPU time from the first chunk on, which compiles or loads the kernels, scaled to all images."""

    first: tuple[int, float] | None = None
    last: tuple[int, float] = (0, 0.0)
    rule_seconds: float = 0.0

    def __call__(self, state: Progress) -> None:
        self.last = (state.images, time.process_time())
        self.first = self.first or self.last
        self.rule_seconds = state.rule_seconds

    @property
    def seconds(self) -> float:
        """0 for a training of a single chunk."""
        if self.first is None or self.last[0] == self.first[0]:
            return 0.0
        return (self.last[1] - self.first[1]) * self.last[0] / (self.last[0] - self.first[0])


def train_and_measure(
    recipe: Recipe, *, data_dir: str | Path | None = None, test_images: int | None = None
) -> TrainingRecord:
    """Train a recipe and test the network on the first ``test_images`` (None: all), of STDP with the trainer's kernel."""
    if recipe.backpropagation is not None:
        from neurodeploy.training.backpropagation.measured import measure_recipe

        return measure_recipe(recipe, data_dir, test_images)
    from neurodeploy.datasets import load_images
    from neurodeploy.readout import accuracy, decide
    from neurodeploy.training.train import train, training_parameters
    from neurodeploy.training.two_layer.frozen_responses import frozen_responses

    started, watch = time.perf_counter(), _Stopwatch()
    network = train(recipe, data_dir=data_dir, progress=watch)
    test = load_images(recipe.data, "test", data_dir).limit(test_images)
    counts, counters = frozen_responses(network, training_parameters(recipe, test), test)
    metrics, tested = network.metadata["training"], dict(zip(COUNTER_NAMES, counters, strict=True))
    images, weights = watch.last[0], network.projections[0].weights
    assert network.readout is not None
    return TrainingRecord(
        recipe=recipe.name, seed=recipe.seed, accuracy=accuracy(decide(counts.astype(float), network.readout), test.labels),
        connectivity=float((weights.decoded() > 0).mean()), unpruned=metrics["unpruned_synapses"] / weights.decoded().size,
        training_sops=metrics["operations"]["sops_per_image"],
        inference_sops=int(tested["synaptic_events"]) / len(test), spikes=float(counts.sum()) / len(test),
        cpu_seconds=watch.seconds, rule_seconds=watch.rule_seconds, seconds=time.perf_counter() - started,
        training_images=images, test_images=len(test),
        metrics={name: metrics[name] for name in COUNTER_NAMES if name in metrics},
    )  # fmt: skip


def train_many(
    recipes: Sequence[Recipe],
    *,
    workers: int | None = None,
    data_dir: str | Path | None = None,
    test_images: int | None = None,
) -> list[TrainingRecord]:
    """Train and test each recipe, ``workers`` at a time (default: one for every core); records in the recipes' order.

    Processes are spawned: a script that calls this needs ``if __name__ == "__main__":`` around it.

    Raises:
        NeurodeployError: the first that a training raises; ND308 when a process dies.
    """
    records: dict[int, TrainingRecord] = {}
    for index, outcome in train_each(recipes, workers=workers, data_dir=data_dir, test_images=test_images):
        if isinstance(outcome, NeurodeployError):
            raise outcome
        records[index] = outcome
    return [records[index] for index in range(len(recipes))]


def train_each(
    recipes: Sequence[Recipe],
    *,
    workers: int | None = None,
    data_dir: str | Path | None = None,
    test_images: int | None = None,
    run: Callable[..., TrainingRecord] = train_and_measure,
) -> Iterator[tuple[int, TrainingRecord | NeurodeployError]]:
    """The same one by one as they finish, with each one's place; a training that is refused gives its error."""
    count = max(1, min(workers or os.cpu_count() or 1, len(recipes)))
    pool = ProcessPoolExecutor(count, get_context("spawn"), _prepare_worker)
    try:
        waiting: dict[Future[tuple[TrainingRecord | None, tuple[str, str, str]]], int] = {
            pool.submit(_attempt, run, recipe, data_dir, test_images): index for index, recipe in enumerate(recipes)
        }
        for future in as_completed(waiting):
            record, error = future.result()
            yield waiting[future], NeurodeployError(*error) if record is None else record
    except BrokenProcessPool:
        raise NeurodeployError(
            "ND308", "A training process was killed.", "There may be too little memory: use fewer --workers."
        ) from None
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _attempt(
    run: Callable[..., TrainingRecord], recipe: Recipe, data_dir: str | Path | None, test_images: int | None
) -> tuple[TrainingRecord | None, tuple[str, str, str]]:
    """A record, or the parts of an error."""
    try:
        return run(recipe, data_dir=data_dir, test_images=test_images), ("", "", "")
    except NeurodeployError as error:
        return None, (error.code, error.message, error.hint)


def _prepare_worker() -> None:
    """One thread; Ctrl-C ends the process silently, and so does the end of its parent."""
    import numba

    signal.signal(signal.SIGINT, signal.SIG_DFL)
    numba.set_num_threads(1)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)
