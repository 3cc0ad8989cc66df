"""Networks that a benchmark trains once and keeps."""

from __future__ import annotations

from pathlib import Path

import neurodeploy as nd
from neurodeploy.network import Network
from neurodeploy.training.recipe import Recipe


def trained(path: Path, recipe: str | Recipe) -> Network:
    """The network in ``path``; of ``recipe``, trained and put there, if there is none yet."""
    if not path.exists():
        nd.save(nd.train(recipe), path)
    network = nd.load(path)
    assert isinstance(network, Network)
    return network
