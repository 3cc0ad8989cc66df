"""neurodeploy: deploy spiking networks to neuromorphic hardware.

import neurodeploy as nd

network = nd.train("digits-100")
small = nd.quantize(nd.prune(network, rule="threshold", threshold=0.1), levels=3)
program = nd.compile(small, "spinnaker")
result = nd.run(program, "digits", executor="model")
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from neurodeploy.api import (
        Encoder,
        balance,
        calibrate,
        check,
        compile,
        correct_bias,
        export_nir,
        import_nir,
        load,
        load_dataset,
        monte_carlo,
        neurobench,
        prune,
        quantize,
        report,
        run,
        save,
        sensitivity,
        train,
        train_many,
        verify,
    )
    from neurodeploy.errors import NeurodeployError

__all__ = [
    "Encoder",
    "NeurodeployError",
    "balance",
    "calibrate",
    "check",
    "compile",
    "correct_bias",
    "export_nir",
    "import_nir",
    "load",
    "load_dataset",
    "monte_carlo",
    "neurobench",
    "prune",
    "quantize",
    "report",
    "run",
    "save",
    "sensitivity",
    "train",
    "train_many",
    "verify",
]


def __getattr__(name: str) -> Any:
    """Import on first use, so that ``import neurodeploy`` and ``neurodeploy --help`` are quick."""
    if name == "NeurodeployError":
        from neurodeploy.errors import NeurodeployError

        return NeurodeployError
    if name in __all__:
        from neurodeploy import api

        return getattr(api, name)
    raise AttributeError(f"module 'neurodeploy' has no attribute '{name}'")
