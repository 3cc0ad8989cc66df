"""What a rule says when it is violated."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from neurodeploy.network.network import Network


class Problem(NamedTuple):
    """One violated rule: where (population or projection), what is wrong, what to do."""

    where: str
    what: str
    remedy: str


Rule = Callable[[Network], Iterator[Problem]]
