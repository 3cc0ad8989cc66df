"""The command line: one command, one file, loaded when it is called, so that ``--help`` is quick."""

from __future__ import annotations

import sys
from importlib import import_module
from keyword import iskeyword

import rich_click as click

from neurodeploy.cli.output import console_error
from neurodeploy.cli.suggestions import SuggestingGroup

# Name -> its line in --help. The command ``foo-bar`` is ``command`` in the module foo_bar, ``import`` in import_.
COMMANDS = {
    "quickstart": "Train, compress, compile, run and report a small network: the whole road in two minutes.",
    "train": "Train a two-layer network by STDP.",
    "reproduce": "Train a figure or table of a paper again, and set it beside the paper's numbers.",
    "import-ann": "Convert a trained ReLU network (ONNX or a state_dict) to spiking neurons.",
    "import": "Read a NIR graph that another framework exported.",
    "export": "Write a network as a NIR graph.",
    "inspect": "Show what a network file or a bundle holds.",
    "prune": "Remove synapses.",
    "quantize": "Reduce weights to a few levels.",
    "sensitivity": "Show what each layer alone can lose.",
    "compile": "Compile a network for a target and write a bundle.",
    "run": "Run a data set on a network or a bundle.",
    "verify": "Compare every stage from float to hardware on the same input.",
    "monte-carlo": "Run a data set on many chips of an in-memory target: means, intervals, yield.",
    "calibrate": "Adjust thresholds from the spike counts of a board.",
    "report": "Write a bundle's report as HTML, Markdown and JSON.",
    "board": "Be a SpiNN-5 board in software, or ask whether a board answers.",
    "targets": "List the installed targets and their limits.",
    "datasets": "List data sets, or fetch one.",
}


class LazyGroup(SuggestingGroup):
    """A group that knows its commands' names and imports a command only when it is needed."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All commands, in the order of the road."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the command's module; for ``--help`` of the group a stand-in with its one line will do."""
        if cmd_name not in COMMANDS:
            return None
        if ctx.resilient_parsing or not _is_called(cmd_name):
            return click.RichCommand(name=cmd_name, help=COMMANDS[cmd_name])
        module = import_module(f"neurodeploy.cli.{cmd_name.replace('-', '_')}{'_' * iskeyword(cmd_name)}")
        command: click.Command = module.command
        return command


def _is_called(name: str) -> bool:
    return name in sys.argv[1:] or not sys.argv[0].endswith("neurodeploy")


@click.command(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="neurodeploy", prog_name="neurodeploy")
def group() -> None:
    """Deploy spiking networks to neuromorphic hardware, and know beforehand what they compute and cost there.

    Start with: neurodeploy quickstart
    """


def main() -> None:
    """Run the command line: 0 done, 1 the input or the hardware says no, 2 wrong usage."""
    from neurodeploy.errors import NeurodeployError

    try:
        result = group.main(standalone_mode=False)
        sys.exit(result if isinstance(result, int) else 0)
    except NeurodeployError as error:
        console_error(error.code, error.message, error.hint)
        sys.exit(1)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        console_error(
            "ND130",
            "Interrupted.",
            "Nothing was half-written; 'train --resume' goes on from its last checkpoint, 'reproduce', 'monte-carlo' and runs "
            "on a board when they are started again.",
        )
        sys.exit(1)
    except BrokenPipeError:  # the reader of a pipe (head, less) has gone
        sys.stderr.close()
        sys.exit(0)
    except MemoryError:
        console_error("ND107", "There is not enough memory.", "Use a smaller network, or fewer samples.")
        sys.exit(1)
    except OSError as error:
        console_error("ND102", f"{error.filename or ''}: {error.strerror or error}".strip(": "))
        sys.exit(1)
