"""Networks of snnTorch: built, trained and exported by it."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from framework_training import CLASSES, Forward, FrameworkRecord, Recording, build, digit_samples, seed, weights_of


def _snntorch_forward(net: torch.nn.Sequential) -> Forward:
    import snntorch

    recurrent = (snntorch.RLeaky, snntorch.RSynaptic)

    def forward(x: torch.Tensor, spikes: Recording | None, potentials: Recording | None) -> torch.Tensor:
        for module in net:
            if isinstance(module, snntorch.SpikingNeuron):
                module.reset_mem()
        counts = torch.zeros(len(x), CLASSES)
        for step in range(x.shape[1]):
            signal = x[:, step]
            for name, module in net.named_children():
                signal = module(signal)
                if isinstance(module, snntorch.SpikingNeuron) and spikes is not None and potentials is not None:
                    node = f"{name}.lif" if isinstance(module, recurrent) else name
                    spikes.setdefault(node, []).append(signal)
                    potentials.setdefault(node, []).append(module.mem)
            counts = counts + signal
        return counts

    return forward


def _snntorch_record(
    name: str,
    net: torch.nn.Sequential,
    coding: str,
    *,
    reset: str,
    image: bool = False,
    notes: str = "",
    epochs: int = 8,
    rate: float = 5e-3,
    before_reset: bool = True,
) -> FrameworkRecord:
    from snntorch.export_nir import export_to_nir

    data = digit_samples(coding, image=image)
    sample = torch.from_numpy(data[2][:1, 0])
    return build(
        name,
        "snntorch",
        _snntorch_forward(net),
        weights_of(net),
        lambda: export_to_nir(net, sample, ignore_dims=[0]),
        data,
        epochs,
        rate,
        time_step=1e-4,
        reset=reset,
        potentials_before_reset=before_reset,
        readout="spike_count",
        notes=notes,
    )


def _per_neuron(shape: tuple[int, ...], threshold: float = 1.0, **decays: float) -> dict[str, torch.Tensor]:
    """snnTorch's decays and threshold as one value per neuron, as its exporter needs them."""
    return {key: torch.full(shape, value) for key, value in {**decays, "threshold": threshold}.items()}


def snntorch_dense(reset: str = "subtract", reset_delay: bool = True, coding: str = "rate") -> FrameworkRecord:
    """64-100-10, Leaky; reset "subtract" (default) or "zero", applied one step later unless reset_delay=False."""
    import snntorch

    seed()
    options: dict[str, Any] = {"init_hidden": True, "reset_mechanism": reset, "reset_delay": reset_delay}
    net = torch.nn.Sequential(
        torch.nn.Linear(64, 100),
        snntorch.Leaky(**_per_neuron((100,), beta=0.9), **options),
        torch.nn.Linear(100, CLASSES),
        snntorch.Leaky(**_per_neuron((CLASSES,), beta=0.8, threshold=1.5), **options),
    )
    timing = "next_step" if reset_delay else "same_step"
    suffix = "" if reset_delay else "_no_delay"
    return _snntorch_record(
        f"snntorch_dense_{reset}{suffix}", net, coding, reset=f"{reset}, {timing}", before_reset=reset_delay
    )


def snntorch_heterogeneous() -> FrameworkRecord:
    """64-100-10, Leaky with another decay and threshold for every neuron."""
    import snntorch

    seed()
    spread = np.random.default_rng(3)

    def leaky(count: int) -> torch.nn.Module:
        beta = torch.from_numpy(spread.uniform(0.6, 0.97, count).astype(np.float32))
        threshold = torch.from_numpy(spread.uniform(0.7, 1.4, count).astype(np.float32))
        return snntorch.Leaky(beta=beta, threshold=threshold, init_hidden=True)

    net = torch.nn.Sequential(torch.nn.Linear(64, 100, bias=False), leaky(100), torch.nn.Linear(100, 10), leaky(10))
    return _snntorch_record("snntorch_heterogeneous", net, "rate", reset="subtract, next_step")


def snntorch_conv(pool_first: bool = False) -> FrameworkRecord:
    """Conv2d, AvgPool2d, Leaky, Flatten, Linear, Leaky; the pooling before or after the first Leaky."""
    import snntorch

    seed()
    pool = torch.nn.AvgPool2d(2)
    if pool_first:
        features = [
            torch.nn.Conv2d(1, 8, 3, padding=1),
            pool,
            snntorch.Leaky(**_per_neuron((8, 4, 4), beta=0.9), init_hidden=True),
        ]
    else:
        features = [
            torch.nn.Conv2d(1, 8, 3, padding="same", bias=False),
            snntorch.Leaky(**_per_neuron((8, 8, 8), beta=0.9), init_hidden=True),
            pool,
        ]
    net = torch.nn.Sequential(
        *features,
        torch.nn.Flatten(),
        torch.nn.Linear(128, CLASSES),
        snntorch.Leaky(**_per_neuron((CLASSES,), beta=0.9), init_hidden=True),
    )
    name = "snntorch_conv_pool_first" if pool_first else "snntorch_conv"
    return _snntorch_record(name, net, "direct", reset="subtract, next_step", image=True, rate=1e-2)


def snntorch_recurrent(one_to_one: bool = False, reset: str = "subtract") -> FrameworkRecord:
    """64-50-10 with RLeaky: every neuron to every neuron (a Linear with a bias), or each to itself."""
    import snntorch

    seed()
    if one_to_one:
        recurrence: dict[str, Any] = {"all_to_all": False, "V": torch.linspace(-0.4, 0.4, 50)}
    else:
        recurrence = {"all_to_all": True, "linear_features": 50}
    net = torch.nn.Sequential(
        torch.nn.Linear(64, 50),
        snntorch.RLeaky(beta=0.9, init_hidden=True, reset_mechanism=reset, **recurrence),
        torch.nn.Linear(50, CLASSES),
        snntorch.Leaky(**_per_neuron((CLASSES,), beta=0.9), init_hidden=True, reset_mechanism=reset),
    )
    kind = "one_to_one" if one_to_one else "all_to_all"
    return _snntorch_record(f"snntorch_rleaky_{kind}_{reset}", net, "rate", reset=f"{reset}, next_step")


def snntorch_rsynaptic() -> FrameworkRecord:
    """64-50-10 with RSynaptic, every neuron to every neuron."""
    import snntorch

    seed()
    net = torch.nn.Sequential(
        torch.nn.Linear(64, 50),
        snntorch.RSynaptic(alpha=0.6, beta=0.8, all_to_all=True, linear_features=50, init_hidden=True),
        torch.nn.Linear(50, CLASSES),
        snntorch.Leaky(**_per_neuron((CLASSES,), beta=0.9), init_hidden=True),
    )
    return _snntorch_record("snntorch_rsynaptic", net, "rate", reset="subtract, next_step")


def snntorch_synaptic(reset: str = "subtract") -> FrameworkRecord:
    """64-80-10 with Synaptic (CubaLIF)."""
    import snntorch

    seed()
    options: dict[str, Any] = {"init_hidden": True, "reset_mechanism": reset}
    net = torch.nn.Sequential(
        torch.nn.Linear(64, 80),
        snntorch.Synaptic(**_per_neuron((80,), alpha=0.5, beta=0.7), **options),
        torch.nn.Linear(80, CLASSES),
        snntorch.Synaptic(**_per_neuron((CLASSES,), alpha=0.6, beta=0.7), **options),
    )
    return _snntorch_record(f"snntorch_synaptic_{reset}", net, "rate", reset=f"{reset}, next_step", epochs=12)
