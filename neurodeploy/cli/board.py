"""neurodeploy board."""

from __future__ import annotations

import signal
import time
from typing import Any

import rich_click as click

from neurodeploy.cli.options import json_option
from neurodeploy.cli.output import print_json, say
from neurodeploy.cli.suggestions import SuggestingGroup

DEFAULT_ADDRESS = "127.0.0.2"


@click.group("board", cls=SuggestingGroup)
def command() -> None:
    """A SpiNN-5 board in software, and a quick look whether a board answers."""


def _place(context: click.Context, parameter: click.Parameter, values: tuple[str, ...]) -> frozenset[tuple[int, ...]]:
    """``x,y`` or ``x,y,core``, as often as given."""
    wanted = 3 if parameter.name == "dead_core" else 2
    found = set()
    for value in values:
        parts = value.split(",")
        if len(parts) != wanted or not all(part.strip().isdigit() for part in parts):
            raise click.BadParameter(
                f"'{value}' is not {'x,y,core' if wanted == 3 else 'x,y'}, such as 1,0{',5' * (wanted - 2)}."
            )
        numbers = tuple(int(part) for part in parts)
        if not _exists(numbers):
            raise click.BadParameter(
                f"'{value}' cannot be dead: chips of a SpiNN-5 are 0,0 to 7,7 on its hexagon, 0,0 must live; cores are 1 to 16 or 17."
            )
        found.add(numbers)
    return frozenset(found)


def _exists(numbers: tuple[int, ...]) -> bool:
    from neurodeploy.firmware_models.spinnaker.board.geometry import CHIPS, cores_of

    place = (numbers[0], numbers[1])
    return place in CHIPS and (0 < numbers[2] < cores_of(place) if len(numbers) == 3 else place != (0, 0))


@command.command("emulate")
@click.option(
    "--address",
    default=DEFAULT_ADDRESS,
    show_default=True,
    help="Address of this machine to answer on; 127.0.0.1 makes sPyNNaker pretend.",
)
@click.option(
    "--real-time", is_flag=True, help="Simulated time does not run ahead of the clock: for live input and output."
)
@click.option(
    "--drop-packets",
    type=click.FloatRange(0, 1),
    default=0.0,
    help="Fault: share of the UDP packets, either way, that is lost.",
)
@click.option(
    "--drop-multicast",
    type=click.FloatRange(0, 1),
    default=0.0,
    help="Fault: share of the multicast packets between cores that is lost.",
)
@click.option(
    "--dead-chip",
    multiple=True,
    callback=_place,
    metavar="X,Y",
    help="Fault: a chip that does not answer (may be repeated).",
)
@click.option(
    "--dead-core",
    multiple=True,
    callback=_place,
    metavar="X,Y,CORE",
    help="Fault: a core that cannot be used (may be repeated).",
)
@click.option(
    "--freeze-after",
    type=click.IntRange(0),
    default=None,
    metavar="N",
    help="Fault: answer nothing more after N packets.",
)
@click.option(
    "--reboot-at",
    type=click.IntRange(1),
    default=None,
    metavar="N",
    help="Fault: lose everything and boot again at packet N.",
)
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="Of the losses.")
@click.option(
    "--threads",
    type=click.IntRange(1),
    default=None,
    help="Chips emulated at a time; the results do not depend on it.  [default: one for each processor core]",
)
@click.option("--quiet", is_flag=True, help="Do not tell on standard error what hosts do with the board.")
def emulate(
    address: str,
    real_time: bool,
    drop_packets: float,
    drop_multicast: float,
    dead_chip: frozenset[Any],
    dead_core: frozenset[Any],
    freeze_after: int | None,
    reboot_at: int | None,
    seed: int,
    threads: int | None,
    quiet: bool,
) -> None:
    """Be a SpiNN-5 board until Ctrl-C: execute sPyNNaker's own binaries, answer its host software over UDP.

    In another terminal any PyNN script for SpiNNaker runs on it, with the configuration that is printed at the start.
    What hosts load and run is told on standard error. Ideal timing: no core is late and no packet is lost but by the faults asked for.
    Example: neurodeploy board emulate --address 127.0.0.2
    """
    from neurodeploy.board import CONFIGURATION, open_board
    from neurodeploy.firmware_models.spinnaker.board import Faults

    faults = Faults(drop_packets, drop_multicast, dead_chip, dead_core, freeze_after, reboot_at, seed)
    started, used = time.perf_counter(), time.process_time()
    server = open_board(address, faults, real_time=real_time, threads=threads, say=None if quiet else _tell)

    def end(*_: object) -> None:
        """Stop after the present unit of work."""
        server.stop()

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    say(f"A SpiNN-5 board answers on [bold]{address}[/] (UDP 17893). End it with Ctrl-C.")
    if not quiet:
        click.echo(
            f"Have this in ~/.spynnaker.cfg (docs/software_board.md):\n\n{CONFIGURATION.format(address=address)}"
        )
    try:
        server.serve()
    finally:
        server.close()
    board = server.board
    say(
        f"{server.received:,} packets received in {time.perf_counter() - started:,.0f} s, "
        f"{time.process_time() - used:,.1f} CPU-s; {board.now / 200_000:,.0f} ms simulated since the last boot."
    )
    for place, core, reason in board.errors if quiet else ():
        say(f"[yellow]Core {core} of chip {place[0]},{place[1]} died: {reason}[/]")


def _tell(line: str) -> None:
    click.echo(f"{time.strftime('%H:%M:%S')} {line}", err=True)


@command.command("probe")
@click.argument("address")
@click.option(
    "--timeout",
    type=click.FloatRange(0.05, 60),
    default=0.5,
    show_default=True,
    help="Seconds to wait for each of three tries.",
)
@json_option
def probe_command(address: str, timeout: float, as_json: bool) -> None:
    """Ask a board for its version: says within two seconds what is at ADDRESS."""
    from neurodeploy.board import probe

    found = probe(address, timeout)
    if as_json:
        print_json(found)
    else:
        say(
            f"{address}: {found['software']} {found['version']}, {found['cores_running']} cores in use by an application, "
            f"answered in {1000 * found['seconds']:.1f} ms"
        )
