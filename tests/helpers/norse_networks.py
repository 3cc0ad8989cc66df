"""Networks of Norse: built, trained and exported by it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import nir
import torch
from framework_training import CLASSES, Forward, FrameworkRecord, Recording, build, digit_samples, seed, weights_of


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
    return build(
        name,
        "norse",
        _norse_forward(net, readout),
        weights_of(net),
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

    seed()
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

    seed()
    readout = norse.torch.LIBoxCell(
        norse.torch.LIBoxParameters(tau_mem_inv=torch.full((CLASSES,), 100.0), v_leak=torch.zeros(CLASSES))
    )
    net = norse.torch.SequentialState(
        torch.nn.Linear(64, 100, bias=False), _box((100,)), torch.nn.Linear(100, CLASSES), readout
    )
    return _norse_record("norse_li_readout", net, "rate", export_dt=1.0, readout="potential_mean")


def norse_lif() -> FrameworkRecord:
    """64-80-10 of LIFCell, exported as CubaLIF (with w_in 1, which is not what LIFCell does)."""
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

    seed()
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

    seed()
    net = norse.torch.SequentialState(
        torch.nn.Linear(64, 100), cell(100, 1.0), torch.nn.Linear(100, CLASSES), cell(CLASSES, 1.0)
    )
    record = _norse_record("norse_iaf", net, "direct", export_dt=1.0)
    return replace(record, time_step=1.0)


def norse_conv() -> FrameworkRecord:
    """Conv2d (stride 2), LIFBoxCell, Conv2d over the whole image, LIFBoxCell: no pooling, Norse exports none."""
    import norse.torch

    seed()
    net = norse.torch.SequentialState(
        torch.nn.Conv2d(1, 8, 3, stride=2, padding=1),
        _box((8, 4, 4), 0.2),
        torch.nn.Conv2d(8, CLASSES, 4),
        _box((CLASSES, 1, 1), 0.4),
    )
    return _norse_record("norse_conv", net, "direct", image=True, export_dt=1.0, rate=1e-2)
