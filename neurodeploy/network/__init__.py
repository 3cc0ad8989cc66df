"""The hardware-agnostic intermediate representation, its validation and its files."""

from neurodeploy.network.activity import Activity, EventCounts, SpikeBatch
from neurodeploy.network.connectivity import Connectivity, Dense, LateralInhibition, OneToOne, Sparse, SparseRows
from neurodeploy.network.hdf5 import load_network, save_network
from neurodeploy.network.network import Ancestor, Encoder, Network, Population, Projection, Readout
from neurodeploy.network.neurons import (
    DIEHL_COOK,
    IF,
    LIF,
    SPINNAKER,
    ConductanceLIF,
    Neuron,
    SpikeSource,
    SpikingNeuron,
    StepSemantics,
)
from neurodeploy.network.validation import Problem, problems, validate
from neurodeploy.network.weights import Weights

__all__ = [
    "DIEHL_COOK",
    "IF",
    "LIF",
    "SPINNAKER",
    "Activity",
    "Ancestor",
    "ConductanceLIF",
    "Connectivity",
    "Dense",
    "Encoder",
    "EventCounts",
    "LateralInhibition",
    "Network",
    "Neuron",
    "OneToOne",
    "Population",
    "Problem",
    "Projection",
    "Readout",
    "Sparse",
    "SparseRows",
    "SpikeBatch",
    "SpikeSource",
    "SpikingNeuron",
    "StepSemantics",
    "Weights",
    "load_network",
    "problems",
    "save_network",
    "validate",
]
