"""CLI options that give a network from elsewhere its input: graphs do not say how samples become spikes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

import rich_click as click

if TYPE_CHECKING:
    from neurodeploy.network import Network

Command = TypeVar("Command", bound=Callable[..., Any])
NAMES = ("encoder", "steps", "spike_probability", "amplitude", "time_scale", "seed", "data")


def encoder_options(command: Command) -> Command:
    """``--encoder`` and what belongs to it, and ``--data``, the data set that the network was trained on."""
    for option in reversed((
        click.option("--encoder", type=click.Choice(["poisson", "constant", "events"]), default=None,
                     help="How a sample becomes input: random spikes, its values at every step, a camera's recorded events."),
        click.option("--steps", type=click.IntRange(1), default=None, help="Steps that a sample is presented."),
        click.option("--spike-probability", type=click.FloatRange(0, 1, min_open=True, max_open=True), default=None,
                     help="poisson: probability of a spike per step of the brightest pixel [default 0.9]."),
        click.option("--amplitude", type=float, default=None, help="constant: value of the brightest pixel [default 1]."),
        click.option("--time-scale", type=click.FloatRange(0, min_open=True), default=None,
                     help="events: milliseconds of the recording per millisecond of the network [default 1]."),
        click.option("--seed", type=click.IntRange(0), default=None, help="poisson: seed of the random spikes [default 0]."),
        click.option("--data", default=None, help="Data set that it was trained on: later commands use it by default."),
    )):  # fmt: skip
        command = option(command)
    return command


OWNER = {"spike_probability": "poisson", "seed": "poisson", "amplitude": "constant", "time_scale": "events"}


def with_encoder(network: Network, chosen: dict[str, Any]) -> Network:
    """The network with the encoder and the data set of the options in ``chosen`` (named as in :data:`NAMES`)."""
    from neurodeploy.datasets import DATASETS
    from neurodeploy.network import Encoder, validate

    name, steps = chosen["encoder"], chosen["steps"]
    if chosen["data"] is not None:
        if chosen["data"] not in DATASETS:
            raise click.UsageError(f"--data is '{chosen['data']}': use one of {', '.join(DATASETS)}.")
        network = network.with_metadata(data=chosen["data"])
    for option, owner in OWNER.items():
        if chosen[option] is not None and name != owner:
            raise click.UsageError(f"--{option.replace('_', '-')} belongs to --encoder {owner}.")
    if name is None:
        if steps is not None:
            raise click.UsageError("--steps needs --encoder poisson, constant or events.")
        return network
    if steps is None:
        raise click.UsageError(f"--encoder {name} needs --steps: how many steps a sample is presented.")
    parameters = {
        "poisson": {"maximum_rate_hz": (chosen["spike_probability"] or 0.9) * 1000 / network.dt},
        "constant": {"amplitude": 1.0 if chosen["amplitude"] is None else chosen["amplitude"]},
        "events": {"time_scale": chosen["time_scale"] or 1.0},
    }[name]
    return validate(replace(network, encoder=Encoder(name, steps, parameters, chosen["seed"] or 0)))
