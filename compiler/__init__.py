"""The compiler: passes make a network fit a target, a target makes it a program, a program runs and says its cost."""

from neurodeploy.compiler.bundles import bundle_digest, check_bundle_path, load_bundle, read_manifest, save_bundle
from neurodeploy.compiler.compilation import Compilation, check_network, compile_network
from neurodeploy.compiler.context import Context, PassRecord
from neurodeploy.compiler.passes import Pass, run_pipeline
from neurodeploy.compiler.presentation import Figure, Presentation, Section
from neurodeploy.compiler.registry import find_target, target_names, working_targets
from neurodeploy.compiler.resources import Usage, Verdict, verdict
from neurodeploy.compiler.target import Board, BoardState, Program, Target
from neurodeploy.options import OptionField, option_fields, options_from

__all__ = [
    "Board",
    "BoardState",
    "Compilation",
    "Context",
    "Figure",
    "OptionField",
    "Pass",
    "PassRecord",
    "Presentation",
    "Program",
    "Section",
    "Target",
    "Usage",
    "Verdict",
    "bundle_digest",
    "check_bundle_path",
    "check_network",
    "compile_network",
    "find_target",
    "load_bundle",
    "option_fields",
    "options_from",
    "read_manifest",
    "run_pipeline",
    "save_bundle",
    "target_names",
    "verdict",
    "working_targets",
]
