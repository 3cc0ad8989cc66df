"""Networks of Sinabs: built, trained and exported by it."""

from __future__ import annotations

from typing import Any

import nir
import torch
from framework_training import (
    CLASSES,
    STEPS,
    Forward,
    FrameworkRecord,
    Recording,
    build,
    digit_samples,
    seed,
    weights_of,
)


def _sinabs_forward(net: torch.nn.Sequential, readout: str) -> Forward:
    from sinabs.layers import ExpLeak, StatefulLayer

    def forward(x: torch.Tensor, spikes: Recording | None, potentials: Recording | None) -> torch.Tensor:
        samples, steps = x.shape[:2]
        signal = x.flatten(0, 1)  # "squeezed" layers take (batch * time, ...)
        for name, layer in net.named_children():
            if not isinstance(layer, StatefulLayer):
                signal = layer(signal)
                continue
            layer.reset_states()
            if layer.is_state_initialised() and layer.v_mem.shape[0] != samples:
                layer.init_state_with_shape((samples, *layer.v_mem.shape[1:]))
            layer.record_states = spikes is not None
            signal = layer(signal)
            if spikes is not None and potentials is not None:
                potentials[name] = [layer.recordings["v_mem"]]
                if not isinstance(layer, ExpLeak):
                    spikes[name] = [signal.unflatten(0, (samples, steps))]
        scores = signal.unflatten(0, (samples, steps))
        return scores.mean(1) if readout == "potential_mean" else scores.sum(1)

    return forward


def _sinabs_record(
    name: str,
    net: torch.nn.Sequential,
    coding: str,
    *,
    reset: str,
    image: bool = False,
    readout: str = "spike_count",
    notes: str = "",
    epochs: int = 8,
    rate: float = 5e-3,
) -> FrameworkRecord:
    import sinabs.nir

    data = digit_samples(coding, image=image)
    sample = torch.from_numpy(data[2][0])  # one sample, its time axis is what to_nir drops

    def export() -> nir.NIRGraph:
        graph = sinabs.nir.to_nir(net, sample)
        if image:
            graph.infer_types()  # gives Conv2d, pooling and Flatten their shapes: without, nir.write fails
        return graph

    return build(
        name,
        "sinabs",
        _sinabs_forward(net, readout),
        weights_of(net),
        export,
        data,
        epochs,
        rate,
        time_step=1.0,
        reset=reset,
        potentials_before_reset=False,
        readout=readout,
        notes=notes,
    )


def sinabs_iaf(multi_spike: bool = True) -> FrameworkRecord:
    """64-100-10 of IAF, several spikes per step (Sinabs's default) or at most one."""
    import sinabs.layers
    from sinabs.activation import MultiSpike, SingleSpike

    seed()
    options: dict[str, Any] = {"num_timesteps": STEPS, "spike_fn": MultiSpike if multi_spike else SingleSpike}
    net = torch.nn.Sequential(
        torch.nn.Linear(64, 100),
        sinabs.layers.IAFSqueeze(**options),
        torch.nn.Linear(100, CLASSES),
        sinabs.layers.IAFSqueeze(**options),
    )
    spikes = "multi_spike" if multi_spike else "single_spike"
    return _sinabs_record(f"sinabs_iaf_{spikes}", net, "rate", reset=f"subtract, same_step, {spikes}")


def sinabs_lif(readout: str = "spike_count") -> FrameworkRecord:
    """64-100-10 of LIF (norm_input, single spikes); output LIF, or ExpLeak for readout "potential_mean"."""
    import sinabs.layers
    from sinabs.activation import SingleSpike

    def lif(count: int, threshold: float) -> torch.nn.Module:
        return sinabs.layers.LIFSqueeze(
            num_timesteps=STEPS,
            tau_mem=torch.full((count,), 8.0),
            spike_threshold=torch.full((count,), threshold),
            spike_fn=SingleSpike,
        )

    seed()
    if readout == "potential_mean":
        output: torch.nn.Module = sinabs.layers.ExpLeakSqueeze(
            num_timesteps=STEPS, tau_mem=torch.full((CLASSES,), 10.0), norm_input=True
        )
    else:
        output = lif(CLASSES, 0.3)
    net = torch.nn.Sequential(torch.nn.Linear(64, 100), lif(100, 0.3), torch.nn.Linear(100, CLASSES), output)
    name = "sinabs_lif" if readout == "spike_count" else "sinabs_exp_leak"
    return _sinabs_record(name, net, "rate", reset="subtract, same_step, single_spike", readout=readout)


def sinabs_conv() -> FrameworkRecord:
    """Conv2d, IAF, SumPool2d, Flatten, Linear, IAF."""
    import sinabs.layers

    seed()
    net = torch.nn.Sequential(
        torch.nn.Conv2d(1, 8, 3, padding=1, bias=False),
        sinabs.layers.IAFSqueeze(num_timesteps=STEPS),
        sinabs.layers.SumPool2d(2),
        torch.nn.Flatten(),
        torch.nn.Linear(128, CLASSES),
        sinabs.layers.IAFSqueeze(num_timesteps=STEPS),
    )
    return _sinabs_record("sinabs_conv", net, "direct", reset="subtract, same_step, multi_spike", image=True)
