"""Small networks trained and simulated by PyTorch frameworks, exported to NIR by the frameworks' own exporters.

Each builder trains a network on scikit-learn's digits in a few seconds, exports it with the framework's exporter, and
records what the framework itself computes on held-out samples: a test imports the graph and compares.

Quirks of the exporters that the builders have to respect (snnTorch 1.0.0, Norse 1.1.0, Sinabs 3.1.3, Rockpool 3.1.0,
nir 1.0.8, nirtorch 2.6):

* neuron parameters are one value per neuron: with scalars, snnTorch's export raises and Norse's and Sinabs's cannot be
  written (h5py refuses to compress scalar data sets).
* the sample passed to Norse's ``to_nir`` has no batch axis; snnTorch needs ``ignore_dims=[0]``; otherwise the batch axis
  ends up in the shape of the Input node. Rockpool always adds batch and time axes to the Output node: read its
  files with ``type_check=False``.
* a Conv2d exported by Norse or Sinabs has no input shape and cannot be written before ``graph.infer_types()``.
"""

from __future__ import annotations

import functools
from collections.abc import Callable

from framework_training import FrameworkRecord
from norse_networks import norse_conv, norse_iaf, norse_li_readout, norse_lif, norse_lif_box
from rockpool_networks import rockpool_network
from sinabs_networks import sinabs_conv, sinabs_iaf, sinabs_lif
from snntorch_networks import (
    snntorch_conv,
    snntorch_dense,
    snntorch_heterogeneous,
    snntorch_recurrent,
    snntorch_rsynaptic,
    snntorch_synaptic,
)

NETWORKS: dict[str, Callable[[], FrameworkRecord]] = {
    "snntorch_dense_subtract": snntorch_dense,
    "snntorch_dense_subtract_no_delay": lambda: snntorch_dense(reset_delay=False),
    "snntorch_dense_zero": lambda: snntorch_dense("zero", coding="direct"),
    "snntorch_heterogeneous": snntorch_heterogeneous,
    "snntorch_conv": snntorch_conv,
    "snntorch_conv_pool_first": lambda: snntorch_conv(pool_first=True),
    "snntorch_rleaky_all_to_all_subtract": snntorch_recurrent,
    "snntorch_rleaky_all_to_all_zero": lambda: snntorch_recurrent(reset="zero"),
    "snntorch_rleaky_one_to_one_subtract": lambda: snntorch_recurrent(one_to_one=True),
    "snntorch_rsynaptic": snntorch_rsynaptic,
    "snntorch_synaptic_subtract": snntorch_synaptic,
    "snntorch_synaptic_zero": lambda: snntorch_synaptic("zero"),
    "norse_lif_box": norse_lif_box,
    "norse_lif_box_seconds": lambda: norse_lif_box(export_dt=1.0),
    "norse_lif_box_subtract_seconds": lambda: norse_lif_box(subtract=True, export_dt=1.0),
    "norse_li_readout": norse_li_readout,
    "norse_lif": norse_lif,
    "norse_iaf": norse_iaf,
    "norse_conv": norse_conv,
    "sinabs_iaf_multi_spike": sinabs_iaf,
    "sinabs_iaf_single_spike": lambda: sinabs_iaf(multi_spike=False),
    "sinabs_lif": sinabs_lif,
    "sinabs_exp_leak": lambda: sinabs_lif("potential_mean"),
    "sinabs_conv": sinabs_conv,
    "rockpool_lif_single_spike": rockpool_network,
    "rockpool_lif_multi_spike": lambda: rockpool_network(max_spikes=None),
    "rockpool_lif_neuron_single_spike": lambda: rockpool_network("LIFNeuronTorch"),
}


@functools.cache
def framework_record(name: str) -> FrameworkRecord:
    """The record of one of NETWORKS, trained once per process."""
    return NETWORKS[name]()
