"""Compiling: pipeline, lowering, emission."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from neurodeploy.compiler.context import Context
from neurodeploy.compiler.passes import run_pipeline
from neurodeploy.compiler.registry import find_target
from neurodeploy.compiler.resources import Usage
from neurodeploy.compiler.target import Program
from neurodeploy.network import Network, validate
from neurodeploy.options import options_from


@dataclass(frozen=True)
class Compilation:
    """A program and the log of how it was made."""

    program: Program
    context: Context


def compile_network(
    network: Network, target: str, options: Mapping[str, Any] | None = None, *, context: Context | None = None
) -> Compilation:
    """Compile a network for the target called ``target``.

    Raises:
        NeurodeployError: ND201 for an invalid network, ND401 for wrong options, ND402 for an unknown target, and what
            the target refuses.
    """
    chosen, context = find_target(target), context or Context()
    settings = options_from(chosen.options, options or {}, f"The target '{target}'")
    lowered = run_pipeline(chosen.pipeline(settings), validate(network), context)
    return Compilation(chosen.emit(chosen.lower(lowered, settings, context), network), context)


def check_network(network: Network, target: str, options: Mapping[str, Any] | None = None) -> list[Usage]:
    """Resources a network would use of a target, without vendor tools; also for networks that do not fit."""
    chosen = find_target(target)
    settings = options_from(chosen.options, options or {}, f"The target '{target}'")
    lowered = run_pipeline(chosen.pipeline(settings), validate(network), Context())
    return chosen.check(lowered, settings)
