"""The progress of a run on a board: a bar on a terminal, else a plain line now and then; both to standard error."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import rich_click as click

from neurodeploy.cli.output import note, percent, progress_bar, say
from neurodeploy.cli.training_progress import TimedLines
from neurodeploy.compiler import BoardState
from neurodeploy.live_input import SHARES, Lateness
from neurodeploy.run_progress import RunProgress
from neurodeploy.wording import counted


def doing(state: BoardState) -> str:
    """The phase, and how far it is."""
    if state.doing == "running" and state.expected_seconds is not None:
        return f"running {state.expected_seconds:,.0f} s of board time ({state.seconds:,.0f} s so far)"
    return f"{state.doing} ({state.seconds:,.0f} s)" if state.seconds >= 1 else state.doing


def described(state: RunProgress) -> str:
    """Rate, accuracy and restarts as far as they are known, and what the board is doing."""
    parts = []
    if state.samples_per_second > 0:
        parts.append(f"{state.samples_per_second:.2g} images/s")
    if state.accuracy is not None:
        parts.append(f"accuracy {percent(state.accuracy)}")
    if state.board is not None and state.board.restarts:
        parts.append(counted(state.board.restarts, "restart"))
    if state.board is not None and state.samples < state.total:
        parts.append(doing(state.board))
    return ", ".join(parts)


class BoardLines(TimedLines[RunProgress]):
    """Lines of a run on a board."""

    def parts(self, state: RunProgress) -> tuple[int, int, float | None, str]:
        """As :meth:`TimedLines.parts`."""
        return state.samples, state.total, state.seconds_left, described(state)


@contextmanager
def board_progress(label: str, images: int) -> Iterator[Callable[[RunProgress], None]]:
    """Give the callback ``follow`` of :func:`neurodeploy.api.run`."""
    if not sys.stderr.isatty():
        yield BoardLines(label, lambda line: (sys.stderr.write(line), sys.stderr.flush()))
        return
    with progress_bar(label, images) as bar:
        yield lambda state: bar.update(state.samples, described(state))


def check_board_options(machine: str | None, restart: bool, input_mode: str) -> None:
    """Refuse options that are for boards where there is none."""
    if machine is None and (restart or input_mode == "live"):
        raise click.UsageError(f"{'--restart' if restart else '--input live'} is for runs on a board (--machine).")


def say_lateness(found: Lateness) -> None:
    """Say what became of live input."""
    lost = found.injected - found.recorded
    say(
        f"Live input: {found.injected:,} spikes sent, {found.recorded:,} recorded as arrived ({lost:,} fewer), the host at most "
        f"{1000 * found.host_behind_s:,.1f} ms behind"
    )
    if found.compared:
        least, median, most, nearly, last = (found.quantile(share) for share in SHARES)
        say(
            f"Steps late (of {found.step_ms:g} ms): {least} to {last}, median {median}, 90 % within {most}, 99 % within {nearly}; "
            f"of {counted(found.compared, 'spike')} of neurons that lost none"
        )
    if lost > found.injected // 10:
        say(
            "[yellow]More than a tenth of the spikes did not arrive[/]: accuracy and counts mean little. A board in software needs "
            "'neurodeploy board emulate --real-time', and a machine that keeps up with it; a board takes some thousand spikes a second."
        )


def prepare_checkpoint(checkpoint: Path, restart: bool) -> Path:
    """Say that a run goes on after an interrupted one; or, with ``restart``, forget that."""
    from neurodeploy.finished_chunks import forget

    if restart:
        forget(checkpoint)
    elif any(checkpoint.glob("*.npz")):
        note("Goes on after the finished chunks of a call that was interrupted; --restart begins again.")
    return checkpoint
