"""The one error users see: a code, what is wrong, what is allowed and what to do.

Codes are stable and listed in ``docs/errors.md``: ND1xx files, ND2xx networks, ND3xx data sets and recipes,
ND4xx compiling, ND5xx running and verifying, ND6xx the installation.
"""

from __future__ import annotations


class NeurodeployError(Exception):
    """A mistake or a limit that the user can act on; the CLI prints it without a traceback and exits with 1.

    ``code`` is the stable code (``ND101``), ``message`` says what is wrong and names file, layer and value, ``hint``
    says what is allowed and what to do.
    """

    def __init__(self, code: str, message: str, hint: str = "") -> None:
        super().__init__(f"{code}: {message}" + (f" {hint}" if hint else ""))
        self.code = code
        self.message = message
        self.hint = hint
