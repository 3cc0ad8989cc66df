"""The optional packages of the extra ``ann``, imported when a file is read."""

from __future__ import annotations

import importlib
from typing import Any

from neurodeploy.errors import NeurodeployError


def needs(module: str) -> Any:
    """Import a package of the extra.

    Raises:
        NeurodeployError: ND601 when it is not installed, or cannot be loaded.
    """
    package = module.partition(".")[0]
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise NeurodeployError(
            "ND601",
            f"Reading this file needs the package '{package}', which is not installed ({error}).",
            "Run: pip install 'neurodeploy[ann]'.",
        ) from None
