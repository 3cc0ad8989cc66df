"""How spikes become the input of a population: one connectivity, one operator, one file.

An operator adds a block of steps of one projection's input to ``drive`` (samples, steps, neurons). Kinds without an
operator of their own are expanded into sparse rows.
"""

from neurodeploy.simulation.inputs.convolution import ConvolutionInput
from neurodeploy.simulation.inputs.dense import DenseInput
from neurodeploy.simulation.inputs.events import Events
from neurodeploy.simulation.inputs.pooling import MaximumInput
from neurodeploy.simulation.inputs.sparse import SparseInput

__all__ = ["ConvolutionInput", "DenseInput", "Events", "MaximumInput", "SparseInput"]
