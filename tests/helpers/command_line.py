"""Call the command line as the installed script does, in this process."""

from __future__ import annotations

import io
import json
import sys
from contextlib import redirect_stderr, redirect_stdout
from typing import Any, NamedTuple
from unittest.mock import patch


class Result(NamedTuple):
    """Exit code and what was printed."""

    code: int
    out: str
    err: str


def call(*arguments: object) -> Result:
    """Run ``neurodeploy ARGUMENTS``; an exception that the user would see as a traceback is raised."""
    from neurodeploy.cli import main

    out, err = io.StringIO(), io.StringIO()
    code = 0
    with patch.object(sys, "argv", ["neurodeploy", *map(str, arguments)]), redirect_stdout(out), redirect_stderr(err):
        try:
            main()
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else int(end.code is not None)
    return Result(code, out.getvalue(), err.getvalue())


def said(*arguments: object) -> Any:
    """The JSON that a command prints."""
    result = call(*arguments, "--json")
    assert result.code == 0, result.err
    return json.loads(result.out)
