"""Networks of Rockpool: built, trained and exported by it."""

from __future__ import annotations

from typing import Any

import torch
from framework_training import CLASSES, Forward, FrameworkRecord, Recording, build, digit_samples, seed


def _rockpool_forward(net: Any) -> Forward:
    def forward(x: torch.Tensor, spikes: Recording | None, potentials: Recording | None) -> torch.Tensor:
        net.reset_state()
        output, _, recorded = net(x, record=spikes is not None)
        if spikes is not None and potentials is not None:
            for name, values in recorded.items():
                if isinstance(values, dict) and "vmem" in values:
                    spikes[name] = [values["spikes"]]
                    potentials[name] = [values["vmem"]]
        return output.sum(1)

    return forward


def rockpool_network(neuron: str = "LIFTorch", max_spikes: int | None = 1) -> FrameworkRecord:
    """64-80-10 of LIFTorch (CubaLIF) or LIFNeuronTorch (LIF), at most ``max_spikes`` per step (None: no limit)."""
    import rockpool.nn.modules.torch as modules
    from rockpool.nn.combinators import Sequential
    from rockpool.nn.modules.torch.nir import to_nir

    seed()
    options: dict[str, Any] = {"dt": 1e-3, "tau_mem": 10e-3, "threshold": 1.0}
    if max_spikes is not None:
        options["max_spikes_per_dt"] = torch.tensor(float(max_spikes))
    if neuron == "LIFTorch":
        options["tau_syn"] = 5e-3
    model = {"LIFTorch": modules.LIFTorch, "LIFNeuronTorch": modules.LIFNeuronTorch}[neuron]
    net = Sequential(
        modules.LinearTorch((64, 80), has_bias=False),
        model(80, **options),
        modules.LinearTorch((80, CLASSES), has_bias=True),
        model(CLASSES, **options),
    )
    with torch.no_grad():
        for layer in net.modules().values():
            if isinstance(layer, modules.LinearTorch):
                layer.weight *= 0.4  # the default is made for smaller input: with it neurons spike at every step
    # not the neurons' own bias, threshold and time constants: the exporter drops a neuron's bias
    weights = [
        w
        for layer in net.modules().values()
        if isinstance(layer, modules.LinearTorch)
        for w in torch.nn.Module.parameters(layer)
    ]
    spikes = "multi_spike" if max_spikes is None else "single_spike"
    name = ("rockpool_lif" if neuron == "LIFTorch" else "rockpool_lif_neuron") + f"_{spikes}"
    return build(
        name,
        "rockpool",
        _rockpool_forward(net),
        weights,
        lambda: to_nir(net),
        digit_samples("rate"),
        10,
        2e-3,
        time_step=1e-3,
        reset=f"subtract, same_step, {spikes}",
        potentials_before_reset=False,
        readout="spike_count",
        notes="read with type_check=False: batch and time axes in the shapes of the Input and Output nodes",
    )
