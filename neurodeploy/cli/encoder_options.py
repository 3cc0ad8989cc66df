"""CLI options that give a network from elsewhere its input: graphs do not say how samples become spikes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

import rich_click as click

from neurodeploy.encoding import ENCODERS, RATE_CODES

if TYPE_CHECKING:
    from neurodeploy.network import Network

Command = TypeVar("Command", bound=Callable[..., Any])
NAMES = ("encoder", "steps", "spike_probability", "amplitude", "time_scale", "seed", "data")


def encoder_options(command: Command) -> Command:
    """``--encoder`` and what belongs to it, and ``--data``, the data set that the network was trained on."""
    for option in reversed((
        click.option("--encoder", type=click.Choice(ENCODERS), default=None,
                     help="How a sample becomes input: random or regular spikes, its values at every step, recorded events."),
        click.option("--steps", type=click.IntRange(1), default=None, help="Steps that a sample is presented."),
        click.option("--spike-probability", type=click.FloatRange(0, 1, min_open=True, max_open=True), default=None,
                     help="poisson, regular: spikes per step of the brightest pixel [default 0.9]."),
        click.option("--amplitude", type=float, default=None, help="constant: value of the brightest pixel [default 1]."),
        click.option("--time-scale", type=click.FloatRange(0, min_open=True), default=None,
                     help="events: milliseconds of the recording per millisecond of the network [default 1]."),
        click.option("--seed", type=click.IntRange(0), default=None,
                     help="poisson, regular: seed of the random spikes or phases [default 0]."),
        click.option("--data", default=None, help="Data set that it was trained on: later commands use it by default."),
    )):  # fmt: skip
        command = option(command)
    return command


OWNERS = {"spike_probability": RATE_CODES, "seed": RATE_CODES, "amplitude": ("constant",), "time_scale": ("events",)}


def with_encoder(network: Network, chosen: dict[str, Any]) -> Network:
    """The network with the encoder and the data set of the options in ``chosen`` (named as in :data:`NAMES`)."""
    from neurodeploy.datasets import DATASETS
    from neurodeploy.network import Encoder, validate

    name, steps = chosen["encoder"], chosen["steps"]
    if chosen["data"] is not None:
        if chosen["data"] not in DATASETS:
            raise click.UsageError(f"--data is '{chosen['data']}': use one of {', '.join(DATASETS)}.")
        network = network.with_metadata(data=chosen["data"])
    for option, owners in OWNERS.items():
        if chosen[option] is not None and name not in owners:
            raise click.UsageError(f"--{option.replace('_', '-')} belongs to --encoder {' or '.join(owners)}.")
    if name is None:
        if steps is not None:
            raise click.UsageError(f"--steps needs --encoder: {', '.join(ENCODERS)}.")
        return network
    if steps is None:
        raise click.UsageError(f"--encoder {name} needs --steps: how many steps a sample is presented.")
    rate = {"maximum_rate_hz": (chosen["spike_probability"] or 0.9) * 1000 / network.dt}
    parameters = {
        **dict.fromkeys(RATE_CODES, rate),
        "constant": {"amplitude": 1.0 if chosen["amplitude"] is None else chosen["amplitude"]},
        "events": {"time_scale": chosen["time_scale"] or 1.0},
    }.get(name, {})
    return validate(replace(network, encoder=Encoder(name, steps, parameters, chosen["seed"] or 0)))
