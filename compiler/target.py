"""The contract of a target and of the programs it makes.

A target is data and five verbs: ``pipeline`` (passes: Network to Network), ``check`` (resources, without vendor tools,
also for networks that do not fit), ``lower`` (to a mapping of its own), ``emit`` (to a program) and ``load``.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, ClassVar, NamedTuple, Protocol

from neurodeploy.compiler.context import Context
from neurodeploy.compiler.passes import Pass
from neurodeploy.compiler.presentation import Presentation
from neurodeploy.compiler.resources import Usage
from neurodeploy.costs import CostReport
from neurodeploy.errors import NeurodeployError
from neurodeploy.live_input import Lateness
from neurodeploy.network import Activity, EventCounts, Network, SpikeBatch

Progress = Callable[[int], None]


class BoardState(NamedTuple):
    """What hardware is doing: a phase of a run, the seconds so far in it and, where they are known, in all.

    ``restarts``: runs made again because it failed; ``resumed``: samples that an earlier call had finished.
    """

    doing: str
    seconds: float = 0.0
    expected_seconds: float | None = None
    restarts: int = 0
    resumed: int = 0


class Board(Protocol):
    """Hardware that a program was loaded on."""

    @property
    def samples_at_once(self) -> int:
        """Samples that are best run together."""
        ...

    @property
    def restarts(self) -> int:
        """How often a run had to be made again because the hardware failed."""
        ...

    @property
    def lateness(self) -> Lateness | None:
        """What became of live input; None without."""
        ...

    @property
    def resumed(self) -> int:
        """Samples that were not run because an earlier call had finished them."""
        ...

    def run(self, inputs: SpikeBatch) -> Activity:
        """Run samples as the hardware does."""
        ...

    def expected(self, inputs: SpikeBatch) -> Activity:
        """What :meth:`run` must return, by the target's bit-exact model."""
        ...


class Program(ABC):
    """A network compiled for a target: runs, is verified and says what it costs."""

    target: ClassVar[str]
    executors: ClassVar[tuple[str, ...]]

    @property
    @abstractmethod
    def network(self) -> Network:
        """The network as compiled, before the target's lowering (labels, encoder and all)."""

    @property
    @abstractmethod
    def lowered(self) -> Network:
        """The network after the target's pipeline: the target's equations, still in float."""

    @property
    @abstractmethod
    def manifest(self) -> Mapping[str, Any]:
        """What the bundle's manifest says besides the hashes: options, notes, mapping figures (plain JSON values)."""

    @abstractmethod
    def resources(self) -> list[Usage]:
        """What it uses of the target."""

    @abstractmethod
    def run(self, inputs: SpikeBatch, executor: str) -> Activity:
        """Run a chunk of samples, each from the initial state; activity is named as in the lowered network.

        Raises:
            NeurodeployError: ND502 when the target does not have the executor, or cannot run it here.
        """

    def on_board(
        self,
        machine: str,
        *,
        checkpoint: Path | None = None,
        progress: Callable[[BoardState], None] = lambda state: None,
        live_input: bool = False,
    ) -> AbstractContextManager[Board]:
        """Open the hardware at an address (or what else the target takes) for runs.

        ``checkpoint``: folder where finished chunks are kept, and are not run again; ``progress`` hears what goes on;
        ``live_input``: spikes are sent while it runs, by the clock on the wall.

        Raises:
            NeurodeployError: ND502 when the target cannot use boards, or what hinders it from using this one.
        """
        raise NeurodeployError(
            "ND502", f"The target {self.target} has no executor 'board'.", f"Use one of: {', '.join(self.executors)}."
        )

    @abstractmethod
    def costs(self, events: EventCounts, correct: int | None) -> list[CostReport]:
        """What a run of so many events cost, of which ``correct`` samples were right, by each method the target knows."""

    def presentation(self) -> Presentation:
        """What it says of itself in reports, besides what every target has."""
        return Presentation()

    @abstractmethod
    def write(self, folder: Path) -> None:
        """Write the target's own files into a bundle's folder (the compiler adds networks and manifest)."""


class Target(ABC):
    """A kind of hardware."""

    name: ClassVar[str]
    description: ClassVar[str]
    options: ClassVar[type[Any]]

    def devices(self) -> Sequence[Mapping[str, Any]]:
        """Built-in devices that one of its options names, as rows of plain values; none where it has only one hardware."""
        return ()

    @abstractmethod
    def spec(self, options: Any) -> Mapping[str, Any]:
        """Limits of the hardware as plain values with units in their names."""

    @abstractmethod
    def pipeline(self, options: Any) -> Sequence[Pass]:
        """Passes that turn any network the target can take into one it can run."""

    @abstractmethod
    def check(self, network: Network, options: Any) -> list[Usage]:
        """Resources that a network, after the pipeline, would use; ours alone, also when it does not fit."""

    @abstractmethod
    def lower(self, network: Network, options: Any, context: Context) -> Any:
        """Map a network that went through the pipeline onto the hardware: a value of the target's own."""

    @abstractmethod
    def emit(self, mapping: Any, network: Network) -> Program:
        """Make the mapping of ``network`` (as it was before the pipeline) a program."""

    @abstractmethod
    def load(self, bundle: Path, manifest: Mapping[str, Any], network: Network, lowered: Network) -> Program:
        """Read the target's own files of a bundle; networks and manifest have been read and checked."""
