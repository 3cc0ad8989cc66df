"""What ``crossbar_accuracy.py`` measures: one knob at a time on cells that are otherwise ideal; and devices as their files have them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from crossbar_accuracy_networks import SIGNED

DEVICES = {"rram": "generic_1t1r", "nor-flash": ""}
"""Analogue cells, which take any number of levels; empty: the target's default."""
WHOLE = {
    "rram": ("neurram", "milo2021", "hsieh2021", "neurosim", "generic_1t1r", "generic_passive"),
    "nor-flash": ("",),
}
"""Devices measured with all that their files say."""
MANY = 10000
IDEAL = {
    "programming": "ideal",
    "variation": 0.0,
    "stuck_at": 0.0,
    "read_noise": 0.0,
    "segment_ohms": 0.0,
    "layout": "grid",
}
LEVELS = (2, 3, 4, 8, 16, 32, 64)
VARIATIONS = (0.05, 0.1, 0.15, 0.2, 0.3)
STUCK = (0.005, 0.01, 0.02, 0.03, 0.05)
SIDES = (32, 64, 128, 256)
OWN = "the device's own"
SEGMENTS = {"rram": (OWN, 1.0, 2.0, 5.0), "nor-flash": (0.0, OWN, 5.0)}
"""Ohm from cell to cell, of rows and columns."""
MOST_IMAGES = {"rram": MANY, "nor-flash": 200}
"""With line resistance, and of whole devices: gated arrays are read step by step."""
IMAGES = {"mnist-400": 500}
"""Fewer for a network that takes long."""
COMPARED = (("mnist-100", "rram"), ("bp", "rram"))
"""Where every kind of cells is measured; elsewhere the default of the network."""
PRUNED = {"rule": "magnitude", "to_sparsity": 0.8, "rescale": True}


@dataclass(frozen=True)
class Point:
    """One place on a curve: ``study`` and ``series`` say which curve, ``x`` the knob.

    ``quantizer`` and ``pruner``: applied to the network first; ``most_images``: fewer, where an image takes long; ``gain``: the
    sum of all weights of an array is brought back to what it was (one gain for each array, as its neurons' threshold would be).
    """

    network: str
    target: str
    study: str
    series: str
    x: float
    chips: int = 1
    options: dict[str, Any] = field(default_factory=dict)
    quantizer: dict[str, Any] | None = None
    pruner: dict[str, Any] | None = None
    most_images: int = MANY
    gain: bool = False

    def key(self, images: int) -> str:
        """Of its chips in the store: what is run, whatever the curve is called."""
        run = [self.network, self.target, self.options, self.quantizer, self.pruner, min(images, self.most_images)]
        text = json.dumps([*run, "gain"] if self.gain else run, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]


def reference(network: str) -> Point:
    """The float simulator."""
    return Point(network, "float", "ideal", "float", 0.0, most_images=IMAGES.get(network, MANY))


def points(network: str, target: str, chips: int) -> Iterator[Point]:
    """All points of a network on a target, the ideal array first."""
    for point in _all_points(network, target, chips):
        yield replace(point, most_images=min(point.most_images, IMAGES.get(network, MANY)))


def _all_points(network: str, target: str, chips: int) -> Iterator[Point]:
    device = {"device": DEVICES[target]} if DEVICES[target] else {}
    ideal = {**device, **IDEAL}
    schemes = ("pair", "reference") if SIGNED[network] else ("reference", "pair", "single")
    for scheme in schemes:
        yield Point(network, target, "ideal", scheme, 0.0, 1, {**ideal, "cells": scheme})
        if (network, target) not in COMPARED:
            break
    schemes = schemes if (network, target) in COMPARED else schemes[:1]
    yield from _levels(network, target, ideal, schemes)
    yield from _lines(network, target, ideal, schemes)
    for study, option, values in (("variation", "variation", VARIATIONS), ("stuck", "stuck_at", STUCK)):
        for scheme in schemes:
            for value in values:
                yield Point(network, target, study, scheme, value, chips, {**ideal, "cells": scheme, option: value})
    for name in WHOLE[target]:
        named = {"device": name} if name else {}
        options = {**named, "lost_weights": 1.0}
        yield Point(
            network, target, "devices", name or "default", 0.0, min(3, chips), options, most_images=MOST_IMAGES[target]
        )


def _levels(network: str, target: str, ideal: dict[str, Any], schemes: tuple[str, ...]) -> Iterator[Point]:
    analogue = {**ideal, "cells": schemes[0]}
    for levels in LEVELS:
        for scheme in schemes if SIGNED[network] else schemes[:1]:
            options = {**ideal, "cells": scheme, "levels": levels, "lost_weights": 1.0}
            yield Point(network, target, "levels", f"target's rounding, {scheme}", levels, 1, options)
        if target != "rram":
            continue  # ideal arrays hold a quantized network's weights as they are, of whatever cells
        for rule in ("uniform", "k_means", "weight_sharing"):
            chosen = {"rule": rule, "levels": levels}
            yield Point(network, target, "levels", f"nd.quantize, {rule}", levels, 1, analogue, chosen)


def _lines(network: str, target: str, ideal: dict[str, Any], schemes: tuple[str, ...]) -> Iterator[Point]:
    """Packed as it is; beside the grid, whole and pruned; beside other cells."""
    kinds = [(schemes[0], ohm, "") for ohm in SEGMENTS[target]] + [
        (s, ohm, "") for s in schemes[1:] for ohm in (OWN, 5.0)
    ]
    if target == "rram":
        kinds.append((schemes[0], 5.0, "gain restored"))
    if len(schemes) > 1:
        kinds += [(schemes[0], 5.0, f"pruned, {layout}") for layout in ("packed", "grid")]
    for scheme, ohm, what in kinds:
        options = {**ideal, "cells": scheme, "layout": "grid" if "grid" in what else "packed", "segment_ohms": ohm}
        if ohm == OWN:
            del options["segment_ohms"]
        name = ", ".join(filter(None, (OWN if ohm == OWN else f"{ohm:g} ohm", scheme, what)))
        pruner = PRUNED if "pruned" in what else None
        for side in SIDES:
            made = {**options, "tile": f"{side}x{side}"}
            yield Point(
                network, target, "lines", name, side, 1, made, pruner=pruner, most_images=MOST_IMAGES[target],
                gain=what == "gain restored",
            )  # fmt: skip
