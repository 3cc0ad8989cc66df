"""Samples one after the other in one run, as a board presents them: with the encoder's rest between, and no reset."""

from __future__ import annotations

import numpy as np

from neurodeploy.network import Activity, SpikeBatch
from neurodeploy.simulation import effective_events, synaptic_events
from neurodeploy.targets.spinnaker.firmware import run_on_model
from neurodeploy.targets.spinnaker.mapping import SpinnakerMapping


def joined(inputs: SpikeBatch, rest_steps: int) -> SpikeBatch:
    """All samples as one of ``samples * (steps + rest_steps)`` steps."""
    samples, steps = inputs.samples, inputs.steps
    starts = inputs.indptr[:-1].reshape(samples, steps)
    ends = np.repeat(inputs.indptr[steps::steps, None], rest_steps, axis=1)
    indptr = np.concatenate([np.concatenate([starts, ends], axis=1).ravel(), inputs.indptr[-1:]])
    return SpikeBatch(1, samples * (steps + rest_steps), inputs.size, indptr, inputs.neurons, inputs.values)


def parted(run: SpikeBatch, samples: int, steps: int) -> SpikeBatch:
    """The samples of a joined run again, without what happened while they rested."""
    every = SpikeBatch(samples, run.steps // samples, run.size, run.indptr, run.neurons, run.values)
    return every.window(0, steps)


def run_continuously(mapping: SpinnakerMapping, inputs: SpikeBatch) -> Activity:
    """Samples on the firmware model as a board runs them: after the encoder's rest and without a reset.

    What happened while they rested is left out; saturations count the whole run.
    """
    encoder = mapping.lowered.encoder
    return run_joined(mapping, joined(inputs, encoder.rest_steps if encoder else 0), inputs.samples, inputs.steps)


def run_joined(mapping: SpinnakerMapping, whole: SpikeBatch, samples: int, steps: int) -> Activity:
    """The same, of samples that are joined already, each of so many steps and a rest."""
    run = run_on_model(mapping, whole)
    spikes = {name: parted(batch, samples, steps) for name, batch in run.spikes.items()}
    present, effective = synaptic_events(mapping.lowered, spikes), effective_events(mapping.lowered, spikes)
    return Activity(spikes, present, {}, run.saturations, effective)
