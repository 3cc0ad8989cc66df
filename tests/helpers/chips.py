"""A small program whose chips differ, for Monte Carlo runs."""

from __future__ import annotations

from typing import Any

from networks import two_layer

from neurodeploy.compiler import Compilation, compile_network

SAMPLES = 12


def varied(**options: Any) -> Compilation:
    """Five neurons on the digits, on cells of which no two are alike; lines without resistance."""
    network = two_layer(64, 5).with_metadata(data="digits")
    return compile_network(network, "rram", {"variation": 0.4, "segment_ohms": 0.0, **options})
