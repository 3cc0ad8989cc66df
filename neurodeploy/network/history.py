"""What was done to a network: entries in its metadata, each with a ``step`` and what belongs to it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from neurodeploy.network.network import Network

_DIGEST = re.compile(r"[0-9a-f]{64}")


def with_step(network: Network, entry: Mapping[str, Any]) -> Network:
    """The network with one more entry; ``entry["step"]`` names what was done (``prune``, ``quantize``, …)."""
    return network.with_metadata(history=[*network.metadata.get("history", ()), dict(entry)])


def history_lines(network: Network) -> Iterator[tuple[str, str]]:
    """For each entry its step and one line of text: rule and options where there are any, else its plain values.

    Before them the pulses of a training whose rule counted them (a device that learned).
    """
    training = network.metadata.get("training")
    if isinstance(training, Mapping) and _is_number(training.get("potentiations")):
        yield "learning pulses", _told({n: training[n] for n in ("potentiations", "depressions") if n in training})
    for entry in network.metadata.get("history", ()):
        rule, options = entry.get("rule"), entry.get("options")
        if rule and options:
            text = f"{_told(rule)} ({_told(options)})"
        elif rule or options:
            text = _told(rule or options)
        else:
            text = _told({name: value for name, value in entry.items() if name != "step" and not _is_long(value)})
        yield str(entry["step"]), text


def history_problem(metadata: Mapping[str, Any]) -> str | None:
    """What is wrong with the entries that commands read out of metadata, or None."""
    history, test, data = metadata.get("history", []), metadata.get("test"), metadata.get("data")
    if not isinstance(history, list | tuple) or not all(
        isinstance(entry, Mapping) and isinstance(entry.get("step"), str) for entry in history
    ):
        return "'history' is not a list of entries that have a 'step'"
    if test is not None and not (
        isinstance(test, Mapping) and all(_is_number(test.get(n)) for n in ("accuracy", "samples"))
    ):
        return "'test' has no numbers 'accuracy' and 'samples'"
    if data is not None and not isinstance(data, str):
        return "'data' is not a name"
    return None


def _told(value: Any) -> str:
    """``name value, name value``; a mapping within one stands in brackets, a digest is cut to what tells it apart."""
    if isinstance(value, Mapping):
        parts = (
            f"{name} ({_told(v)})" if isinstance(v, Mapping) else f"{name} {_told(v)}" for name, v in value.items()
        )
        return ", ".join(parts)
    if isinstance(value, bool) or value is None:
        return {True: "yes", False: "no", None: "–"}[value]
    if isinstance(value, list | tuple):
        return ", ".join(_told(v) for v in value)
    text = str(value)
    return f"{text[:12]}…" if _DIGEST.fullmatch(text) else text


def _is_long(value: Any) -> bool:
    return isinstance(value, list | tuple) or (isinstance(value, Mapping) and any(_is_long(v) for v in value.values()))


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
