"""Small networks trained and simulated by PyTorch frameworks, exported to NIR by the frameworks' own exporters.

Each builder trains a network on scikit-learn's digits in a few seconds, exports it with the framework's exporter, and
records what the framework itself computes on held-out samples: a test imports the graph and compares.

Quirks of the exporters that the builders have to respect (snnTorch 1.0.0, Norse 1.1.0, Sinabs 3.1.3, Rockpool 3.1.0,
nir 1.0.8, nirtorch 2.6; details in NOTES.md):

* neuron parameters are one value per neuron: with scalars, snnTorch's export raises and Norse's and Sinabs's cannot be
  written (h5py refuses to compress scalar data sets).
* the sample passed to Norse's ``to_nir`` has no batch axis; snnTorch needs ``ignore_dims=[0]``; otherwise the batch axis
  ends up in the shape of the Input node. Rockpool always adds batch and time axes to the Output node: read its
  files with ``type_check=False``.
* a Conv2d exported by Norse or Sinabs has no input shape and cannot be written before ``graph.infer_types()``.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import nir
import numpy as np
import torch

CLASSES = 10
TRAIN_SAMPLES = 500
TEST_SAMPLES = 100
STEPS = 16
BATCH = 50

Recording = dict[str, list[torch.Tensor]]
Forward = Callable[[torch.Tensor, "Recording | None", "Recording | None"], torch.Tensor]


@dataclass(frozen=True)
class FrameworkRecord:
    """An exported graph and what the framework that exported it computes.

    ``spikes`` and ``potentials`` are keyed by the name of the neuron's node in the graph and have shape
    (samples, steps, neurons), neurons in C order of the layer's shape. Potentials are what the framework
    keeps as state at the end of the step (see ``potentials_before_reset``). Spikes may exceed 1
    (Sinabs and Rockpool emit several per step).
    """

    name: str
    framework: str
    graph: nir.NIRGraph
    inputs: np.ndarray  # (samples, steps, *input shape)
    spikes: dict[str, np.ndarray]
    potentials: dict[str, np.ndarray]
    labels: np.ndarray
    predictions: np.ndarray
    time_step: float  # seconds per step, in the time unit of the graph's time constants
    reset: str  # what the framework does at a spike and the graph does not say
    potentials_before_reset: bool
    readout: str  # "spike_count" or "potential_mean"
    notes: str = ""
    versions: dict[str, str] = field(default_factory=dict)

    @property
    def accuracy(self) -> float:
        """Fraction of the samples that the framework classifies correctly."""
        return float((self.predictions == self.labels).mean())


# --- data and training ------------------------------------------------------------------------------------------------


def digit_samples(coding: str, steps: int = STEPS, image: bool = False) -> tuple[np.ndarray, ...]:
    """Train and test inputs (samples, steps, 64 or 1 x 8 x 8) and labels; coding "rate" (Bernoulli) or "direct"."""
    from sklearn.datasets import load_digits

    pixels, labels = load_digits(return_X_y=True)
    order = np.random.default_rng(7).permutation(len(labels))[: TRAIN_SAMPLES + TEST_SAMPLES]
    pixels, labels = (pixels[order] / 16).astype(np.float32), labels[order].astype(np.int64)
    frames = np.repeat(pixels[:, None, :], steps, axis=1)
    if coding == "rate":
        frames = (np.random.default_rng(11).random(frames.shape) < frames).astype(np.float32)
    if image:
        frames = frames.reshape(*frames.shape[:2], 1, 8, 8)
    train = slice(0, TRAIN_SAMPLES)
    test = slice(TRAIN_SAMPLES, None)
    return frames[train], labels[train], frames[test], labels[test]


def _seed() -> None:
    torch.set_num_threads(1)
    torch.manual_seed(0)


def _train(
    forward: Forward,
    parameters: Sequence[torch.Tensor],
    frames: np.ndarray,
    labels: np.ndarray,
    epochs: int,
    rate: float,
) -> None:
    optimizer = torch.optim.Adam(parameters, lr=rate)
    for epoch in range(epochs):
        order = np.random.default_rng(epoch).permutation(len(labels))
        for start in range(0, len(order), BATCH):
            batch = order[start : start + BATCH]
            scores = forward(torch.from_numpy(frames[batch]), None, None)
            loss = torch.nn.functional.cross_entropy(scores, torch.from_numpy(labels[batch]))
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()


def _stacked(recording: Recording, samples: int) -> dict[str, np.ndarray]:
    """Per-step (samples, ...) tensors as float32 (samples, steps, neurons)."""
    arrays = {}
    for name, tensors in recording.items():
        joined = torch.stack(tensors, dim=1) if len(tensors) > 1 else tensors[0]
        arrays[name] = joined.detach().numpy().reshape(samples, joined.shape[1], -1).astype(np.float32).copy()
    return arrays


def _build(
    name: str,
    framework: str,
    forward: Forward,
    parameters: Sequence[torch.Tensor],
    export: Callable[[], nir.NIRGraph],
    data: tuple[np.ndarray, ...],
    epochs: int,
    rate: float,
    **facts: Any,
) -> FrameworkRecord:
    frames, labels, test_frames, test_labels = data
    _train(forward, parameters, frames, labels, epochs, rate)
    spikes: Recording = {}
    potentials: Recording = {}
    with torch.no_grad():
        scores = forward(torch.from_numpy(test_frames), spikes, potentials)
    return FrameworkRecord(
        name=name,
        framework=framework,
        graph=export(),
        inputs=test_frames,
        spikes=_stacked(spikes, len(test_labels)),
        potentials=_stacked(potentials, len(test_labels)),
        labels=test_labels,
        predictions=scores.argmax(1).numpy(),
        versions={package: version(package) for package in (framework, "nir", "nirtorch", "torch")},
        **facts,
    )


def _weights(module: torch.nn.Module) -> list[torch.Tensor]:
    return [p for n, p in module.named_parameters() if n.rsplit(".", 1)[-1] in ("weight", "bias")]


# --- snnTorch ---------------------------------------------------------------------------------------------------------


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
    return _build(
        name,
        "snntorch",
        _snntorch_forward(net),
        _weights(net),
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

    _seed()
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

    _seed()
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

    _seed()
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

    _seed()
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

    _seed()
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

    _seed()
    options: dict[str, Any] = {"init_hidden": True, "reset_mechanism": reset}
    net = torch.nn.Sequential(
        torch.nn.Linear(64, 80),
        snntorch.Synaptic(**_per_neuron((80,), alpha=0.5, beta=0.7), **options),
        torch.nn.Linear(80, CLASSES),
        snntorch.Synaptic(**_per_neuron((CLASSES,), alpha=0.6, beta=0.7), **options),
    )
    return _snntorch_record(f"snntorch_synaptic_{reset}", net, "rate", reset=f"{reset}, next_step", epochs=12)


# --- Norse ------------------------------------------------------------------------------------------------------------


def _norse_forward(net: torch.nn.Module, readout: str) -> Forward:
    from norse.torch import LIBoxCell
    from norse.torch.module.snn import SNNCell

    layers = dict(net.named_children())

    def forward(x: torch.Tensor, spikes: Recording | None, potentials: Recording | None) -> torch.Tensor:
        states: dict[str, Any] = dict.fromkeys(layers)
        total = torch.zeros(len(x), CLASSES)
        for step in range(x.shape[1]):
            signal = x[:, step]
            for name, layer in layers.items():
                if not isinstance(layer, SNNCell):
                    signal = layer(signal)
                    continue
                signal, states[name] = layer(signal, states[name])
                if spikes is not None and potentials is not None:
                    potentials.setdefault(name, []).append(states[name].v)
                    if not isinstance(layer, LIBoxCell):
                        spikes.setdefault(name, []).append(signal)
            total = total + signal.flatten(1)
        return total / x.shape[1] if readout == "potential_mean" else total

    return forward


def _norse_record(
    name: str,
    net: torch.nn.Module,
    coding: str,
    *,
    image: bool = False,
    export_dt: float = 1e-3,
    reset: str = "zero",
    readout: str = "spike_count",
    notes: str = "",
    epochs: int = 8,
    rate: float = 5e-3,
) -> FrameworkRecord:
    import norse.torch

    data = digit_samples(coding, image=image)
    sample = torch.from_numpy(data[2][0, 0])  # no batch axis: it would become part of the Input node's shape

    def export() -> nir.NIRGraph:
        graph = norse.torch.to_nir(net, sample, dt=export_dt)
        if image:
            graph.infer_types()  # gives Conv2d its input_shape: without, nir.write fails
        return graph

    # to_nir writes tau = dt / tau_inverse, i.e. dt times the time constant in seconds: a step lasts dt**2 of that unit
    return _build(
        name,
        "norse",
        _norse_forward(net, readout),
        _weights(net),
        export,
        data,
        epochs,
        rate,
        time_step=1e-3 * export_dt,
        reset=f"{reset}, same_step",
        potentials_before_reset=False,
        readout=readout,
        notes=notes,
    )


def _box(shape: tuple[int, ...], threshold: float = 0.5, subtract: bool = False) -> torch.nn.Module:
    import norse.torch
    from norse.torch.functional.reset import reset_subtract, reset_value

    return norse.torch.LIFBoxCell(
        norse.torch.LIFBoxParameters(
            tau_mem_inv=torch.full(shape, 200.0),
            v_leak=torch.zeros(shape),
            v_th=torch.full(shape, threshold),
            v_reset=torch.zeros(shape),
            reset_method=reset_subtract if subtract else reset_value,
        )
    )


def norse_lif_box(subtract: bool = False, export_dt: float = 1e-3) -> FrameworkRecord:
    """64-100-10 of LIFBoxCell; reset to zero (default) or reset_subtract, which the graph does not tell apart."""
    import norse.torch

    _seed()
    net = norse.torch.SequentialState(
        torch.nn.Linear(64, 100),
        _box((100,), subtract=subtract),
        torch.nn.Linear(100, CLASSES),
        _box((CLASSES,), 0.4, subtract),
    )
    name = "norse_lif_box" + ("_subtract" if subtract else "") + ("_seconds" if export_dt == 1.0 else "")
    return _norse_record(name, net, "rate", export_dt=export_dt, reset="subtract" if subtract else "zero")


def norse_li_readout() -> FrameworkRecord:
    """64-100-10, LIFBoxCell and a leaky integrator (LIBoxCell) as the output."""
    import norse.torch

    _seed()
    readout = norse.torch.LIBoxCell(
        norse.torch.LIBoxParameters(tau_mem_inv=torch.full((CLASSES,), 100.0), v_leak=torch.zeros(CLASSES))
    )
    net = norse.torch.SequentialState(
        torch.nn.Linear(64, 100, bias=False), _box((100,)), torch.nn.Linear(100, CLASSES), readout
    )
    return _norse_record("norse_li_readout", net, "rate", export_dt=1.0, readout="potential_mean")


def norse_lif() -> FrameworkRecord:
    """64-80-10 of LIFCell, exported as CubaLIF (with w_in 1, which is not what LIFCell does: see NOTES.md)."""
    import norse.torch

    def cell(count: int, threshold: float) -> torch.nn.Module:
        return norse.torch.LIFCell(
            norse.torch.LIFParameters(
                tau_syn_inv=torch.full((count,), 300.0),
                tau_mem_inv=torch.full((count,), 200.0),
                v_leak=torch.zeros(count),
                v_th=torch.full((count,), threshold),
                v_reset=torch.zeros(count),
            )
        )

    _seed()
    net = norse.torch.SequentialState(
        torch.nn.Linear(64, 80), cell(80, 0.8), torch.nn.Linear(80, CLASSES), cell(CLASSES, 0.8)
    )
    notes = "graph says w_in=1; LIFCell adds the whole input to the current, i.e. w_in=tau_syn/dt"
    return _norse_record("norse_lif", net, "rate", export_dt=1.0, notes=notes)


def norse_iaf() -> FrameworkRecord:
    """64-100-10 of IAFCell: exported as IF, whose input counts once per step whatever the time step."""
    import norse.torch

    def cell(count: int, threshold: float) -> torch.nn.Module:
        return norse.torch.IAFCell(
            norse.torch.IAFParameters(v_th=torch.full((count,), threshold), v_reset=torch.zeros(count))
        )

    _seed()
    net = norse.torch.SequentialState(
        torch.nn.Linear(64, 100), cell(100, 1.0), torch.nn.Linear(100, CLASSES), cell(CLASSES, 1.0)
    )
    record = _norse_record("norse_iaf", net, "direct", export_dt=1.0)
    return replace(record, time_step=1.0)


def norse_conv() -> FrameworkRecord:
    """Conv2d (stride 2), LIFBoxCell, Conv2d over the whole image, LIFBoxCell: no pooling, Norse exports none."""
    import norse.torch

    _seed()
    net = norse.torch.SequentialState(
        torch.nn.Conv2d(1, 8, 3, stride=2, padding=1),
        _box((8, 4, 4), 0.2),
        torch.nn.Conv2d(8, CLASSES, 4),
        _box((CLASSES, 1, 1), 0.4),
    )
    return _norse_record("norse_conv", net, "direct", image=True, export_dt=1.0, rate=1e-2)


# --- Sinabs -----------------------------------------------------------------------------------------------------------


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

    return _build(
        name,
        "sinabs",
        _sinabs_forward(net, readout),
        _weights(net),
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

    _seed()
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

    _seed()
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

    _seed()
    net = torch.nn.Sequential(
        torch.nn.Conv2d(1, 8, 3, padding=1, bias=False),
        sinabs.layers.IAFSqueeze(num_timesteps=STEPS),
        sinabs.layers.SumPool2d(2),
        torch.nn.Flatten(),
        torch.nn.Linear(128, CLASSES),
        sinabs.layers.IAFSqueeze(num_timesteps=STEPS),
    )
    return _sinabs_record("sinabs_conv", net, "direct", reset="subtract, same_step, multi_spike", image=True)


# --- Rockpool ---------------------------------------------------------------------------------------------------------


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

    _seed()
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
    return _build(
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


# --- all of them ------------------------------------------------------------------------------------------------------

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


def save_record(record: FrameworkRecord, graphs: Path, records: Path) -> None:
    """Write NAME.nir and NAME.npz (inputs, labels, predictions, spikes/NODE, potentials/NODE, facts)."""
    nir.write(graphs / f"{record.name}.nir", record.graph)
    arrays = {f"spikes/{node}": values for node, values in record.spikes.items()}
    arrays |= {f"potentials/{node}": values for node, values in record.potentials.items()}
    facts = {key: getattr(record, key) for key in ("framework", "time_step", "reset", "readout", "notes")}
    np.savez_compressed(
        records / f"{record.name}.npz",
        inputs=record.inputs,
        labels=record.labels,
        predictions=record.predictions,
        potentials_before_reset=record.potentials_before_reset,
        **facts,
        **arrays,
    )
