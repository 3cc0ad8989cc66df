"""Rules on what stands at the ends of a network: encoder and readout."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from neurodeploy.network.network import Network, Readout
from neurodeploy.network.neurons import has_threshold
from neurodeploy.network.validation.problem import Problem


def encoder_and_readout_fit(network: Network) -> Iterator[Problem]:
    """The encoder has steps to fill and a source; the readout labels every neuron of a population that exists."""
    if network.encoder is not None and network.encoder.steps < 1:
        yield Problem("encoder", f"it presents a sample for {network.encoder.steps} steps", "use 1 or more")
    if network.encoder is not None and min(network.encoder.rest_steps, network.encoder.minimum_spikes) < 0:
        yield Problem("encoder", "its rest or its minimum of spikes is negative", "use 0 or more")
    if network.encoder is not None and len(network.sources) != 1:
        yield Problem("encoder", f"there are {len(network.sources)} spike sources", "an encoder feeds exactly one")
    readout = network.readout
    if readout is not None:
        if readout.population not in {p.name for p in network.populations}:
            yield Problem("readout", f"its population '{readout.population}' does not exist", "name an existing one")
        elif len(readout.labels) != network.population(readout.population).size:
            yield Problem("readout", f"{len(readout.labels)} labels", "one label per neuron is needed")
        elif readout.classes < 1:
            yield Problem("readout", f"it has {readout.classes} classes", "use 1 or more")
        elif len(readout.labels) and (readout.labels.min() < -1 or readout.labels.max() >= readout.classes):
            yield Problem("readout", "a label is out of range", f"use -1 (none) to {readout.classes - 1}")


def readout_can_read(network: Network) -> Iterator[Problem]:
    """Spikes are counted in spiking populations, potentials read from non-spiking ones."""
    readout = network.readout
    if readout is None or readout.population not in {p.name for p in network.populations}:
        return
    spikes = has_threshold(network.population(readout.population).neuron)
    if readout.name == "potential" and spikes:
        yield Problem("readout", f"'{readout.population}' has spiking neurons", "read it with 'class_labels'")
    if readout.name in ("class_labels", "linear") and not spikes:
        yield Problem("readout", f"'{readout.population}' does not spike", "read it with 'potential'")
    if readout.name == "linear" and not _is_linear(readout, network.population(readout.population).size):
        yield Problem(
            "readout",
            "its linear classifier does not fit",
            f"use classes below {readout.classes}, and for each an intercept and a coefficient per neuron",
        )


def _is_linear(readout: Readout, neurons: int) -> bool:
    try:
        classes, coefficients, intercepts = (
            np.array(readout.parameters[name], np.float64) for name in ("classes", "coefficients", "intercepts")
        )
    except (KeyError, TypeError, ValueError):
        return False
    fits = classes.ndim == 1 and len(classes) > 0 and coefficients.shape == (len(classes), neurons)
    known = fits and all(value in range(readout.classes) for value in classes.tolist())
    return (
        known
        and intercepts.shape == classes.shape
        and bool(np.isfinite(coefficients).all() and np.isfinite(intercepts).all())
    )


_RATE_ENCODERS = ("poisson", "regular")


def rate_encoder_is_possible(network: Network) -> Iterator[Problem]:
    """A rate encoder says its maximum rate, less than one spike per step."""
    encoder = network.encoder
    if encoder is not None and (encoder.name in _RATE_ENCODERS or "maximum_rate_hz" in encoder.parameters):
        rate = encoder.parameters.get("maximum_rate_hz")
        if rate is None or not 0 < rate * network.dt / 1000 < 1:
            yield Problem(
                "encoder", f"its maximum_rate_hz is {rate}", f"use more than 0 and less than {1000 / network.dt:g} Hz"
            )
