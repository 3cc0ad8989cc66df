"""Rules a network must satisfy, one small function each: they describe problems, :func:`validate` raises.

A rule takes a network and yields ``(where, what is wrong, what to do)``; adding one is appending it to :data:`RULES`.
"""

from __future__ import annotations

from neurodeploy.errors import NeurodeployError
from neurodeploy.network.network import Network
from neurodeploy.network.validation.ends import encoder_and_readout_fit, rate_encoder_is_possible, readout_can_read
from neurodeploy.network.validation.neurons import (
    integrators_fit,
    options_are_known,
    parameters_fit,
    populations_have_neurons,
    several_spikes_are_subtracted,
    thresholds_are_above_reset,
)
from neurodeploy.network.validation.order import evaluation_order
from neurodeploy.network.validation.problem import Problem, Rule
from neurodeploy.network.validation.projections import (
    connectivity_fits,
    delays_are_legal,
    projections_connect,
    signs_fit_receptors,
    weights_fit,
)
from neurodeploy.network.validation.whole import (
    history_is_readable,
    metadata_is_json,
    names_are_unique,
    something_spikes,
    time_step_is_positive,
)

__all__ = ["RULES", "Problem", "Rule", "evaluation_order", "problems", "validate"]

RULES: tuple[Rule, ...] = (
    names_are_unique,
    time_step_is_positive,
    populations_have_neurons,
    parameters_fit,
    thresholds_are_above_reset,
    options_are_known,
    several_spikes_are_subtracted,
    integrators_fit,
    something_spikes,
    metadata_is_json,
    history_is_readable,
    rate_encoder_is_possible,
    projections_connect,
    connectivity_fits,
    weights_fit,
    signs_fit_receptors,
    delays_are_legal,
    encoder_and_readout_fit,
    readout_can_read,
)


def problems(network: Network) -> list[Problem]:
    """Every violated rule of a network."""
    return [problem for rule in RULES for problem in rule(network)]


def validate(network: Network, where: str = "network") -> Network:
    """Return the network, or raise one error (ND201) that lists what is wrong; ``where`` names its file or origin."""
    found = problems(network)
    if not found:
        return network
    lines = "; ".join(f"{p.where}: {p.what} ({p.remedy})" for p in found[:5])
    more = f"; and {len(found) - 5} more" if len(found) > 5 else ""
    raise NeurodeployError("ND201", f"'{where}' is not a valid network: {lines}{more}.")
