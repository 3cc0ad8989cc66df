"""The trained network's inhibition in the intermediate representation: direct, or by an explicit population."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from neurodeploy.network import (
    DIEHL_COOK,
    ConductanceLIF,
    LateralInhibition,
    OneToOne,
    Population,
    Projection,
    Weights,
)
from neurodeploy.training.two_layer.parameters import TrainingParameters

LEAK_CONDUCTANCE_US = 1.0
"""Conductances of Diehl & Cook's network are relative to the leak; a leak of 1 µS makes them µS."""


def lateral_inhibition(parameters: TrainingParameters) -> tuple[tuple[Population, ...], tuple[Projection, ...]]:
    """The inhibitory population (none where inhibition is direct) and the projections that inhibit.

    With a population a spike takes one step to its inhibitory neuron, which spikes in the step of its arrival
    (``inhibitory_layer.py``), and the remaining ``lateral_delay_steps`` back.
    """
    neuron, size = parameters.neuron, parameters.neurons
    source, way_back = "excitatory", neuron.lateral_delay_steps
    populations: tuple[Population, ...] = ()
    projections: tuple[Projection, ...] = ()
    if parameters.inhibition == "population":
        source, way_back = "inhibitory", neuron.lateral_delay_steps - 1
        populations = (Population(source, (size,), _inhibitory_neuron(parameters)),)
        weights = Weights(values=np.full(size, neuron.inhibitory.weight))
        projections = (
            Projection("excitatory_to_inhibitory", "excitatory", source, OneToOne(), weights, 1, "excitatory"),
        )
    lateral = Projection(
        "lateral_inhibition", source, "excitatory", LateralInhibition(),
        Weights(values=np.array([neuron.lateral_weight])), delay=way_back, receptor="inhibitory",
    )  # fmt: skip
    return populations, (*projections, lateral)


def _inhibitory_neuron(parameters: TrainingParameters) -> ConductanceLIF:
    """Stepped as the authors' code does, by forward Euler."""
    neuron = parameters.neuron.inhibitory
    return ConductanceLIF(
        tau_m=neuron.tau_membrane, cm=neuron.tau_membrane * LEAK_CONDUCTANCE_US, v_rest=neuron.v_rest,
        v_reset=neuron.v_reset, v_thresh=neuron.threshold, v_init=neuron.v_rest, tau_refrac=neuron.refractory,
        tau_syn_E=neuron.tau_excitatory, tau_syn_I=neuron.tau_inhibitory, e_rev_E=neuron.e_excitatory,
        e_rev_I=neuron.e_inhibitory, semantics=replace(DIEHL_COOK, integrator="euler"),
    )  # fmt: skip
