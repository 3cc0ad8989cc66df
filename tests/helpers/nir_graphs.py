"""NIR graphs for tests, and a plain numpy interpreter of them: NIR's equations by forward Euler, layer after layer."""

from __future__ import annotations

from itertools import pairwise, product
from typing import Any

import nir
import numpy as np


def graph(nodes: dict[str, Any], edges: list[tuple[str, str]]) -> nir.NIRGraph:
    """A graph as exporters write it: unchecked."""
    return nir.NIRGraph(nodes=nodes, edges=edges, metadata={}, type_check=False)


def chain(*nodes: Any, shape: Any) -> nir.NIRGraph:
    """Input, the nodes one after the other (named n0, n1, …), Output."""
    named = {f"n{i}": node for i, node in enumerate(nodes)}
    names = ["input", *named, "output"]
    ends = {"input": nir.Input(np.array(shape)), "output": nir.Output(np.array(shape))}
    return graph({**ends, **named}, list(pairwise(names)))


def lif(shape: Any = (), *, tau: float = 0.01, r: float = 1.0, threshold: float = 1.0, v_leak: float = 0.0) -> nir.LIF:
    """A LIF node with the same parameters everywhere."""
    full = {"tau": tau, "r": r, "v_leak": v_leak, "v_threshold": threshold, "v_reset": 0.0}
    return nir.LIF(**{name: np.full(shape, value) for name, value in full.items()})


def interpret(of: nir.NIRGraph, inputs: np.ndarray, dt: float, order: list[str]) -> dict[str, np.ndarray]:
    """What each node of ``order`` sends, (steps, …): inputs (steps, …) in seconds' steps ``dt``; later nodes' values
    of the step before stand in for those that are not computed yet."""
    sent: dict[str, list[Any]] = {name: [] for name in order}
    states: dict[str, dict[str, Any]] = {name: {} for name in order}
    potentials: dict[str, list[Any]] = {name: [] for name in order}
    for step, frame in enumerate(inputs):
        for name in order:
            node = of.nodes[name]
            if isinstance(node, nir.Input):
                sent[name].append(np.asarray(frame, float))
                continue
            total: Any = 0.0
            for before, after in of.edges:
                if after == name:
                    history = sent[before]
                    known = len(history) > step or step > 0
                    value = (
                        history[step] if len(history) > step else history[step - 1] if known else _silence(of, before)
                    )
                    total = total + np.asarray(value)
            sent[name].append(_apply(node, total, states[name], dt, step))
            potentials[name].append(states[name].get("v", 0.0))
    result = {name: np.stack(values) for name, values in sent.items()}
    return result | {f"{name}.v": np.stack(values) for name, values in potentials.items() if "v" in states[name]}


def _silence(of: nir.NIRGraph, name: str) -> Any:
    node = of.nodes[name]
    if isinstance(node, nir.Affine):
        return np.asarray(node.bias, float)
    return np.zeros(len(node.weight)) if isinstance(node, nir.Linear) else 0.0


def _apply(node: Any, x: Any, state: dict[str, Any], dt: float, step: int) -> Any:
    if isinstance(node, nir.Linear | nir.Affine):
        return np.asarray(node.weight, float) @ x + (node.bias if isinstance(node, nir.Affine) else 0.0)
    if isinstance(node, nir.Conv1d | nir.Conv2d):
        return _convolve(node, x)
    if isinstance(node, nir.SumPool2d | nir.AvgPool2d):
        return _pool(node, x)
    if isinstance(node, nir.Scale):
        return node.scale * x
    if isinstance(node, nir.Flatten):
        return x.ravel()
    if isinstance(node, nir.Output):
        return x
    if isinstance(node, nir.Threshold):
        return (x > node.threshold) * 1.0
    if isinstance(node, nir.Delay):
        state.setdefault("line", []).append(np.broadcast_to(x, np.shape(x)))
        delays = np.broadcast_to(np.round(np.asarray(node.delay) / dt).astype(int), np.shape(x))
        out = np.zeros(np.shape(x))
        for at in np.ndindex(np.shape(x)):
            if step >= delays[at]:
                out[at] = state["line"][step - delays[at]][at]
        return out
    return _neuron(node, x, state, dt)


def _neuron(node: Any, x: Any, state: dict[str, Any], dt: float) -> Any:
    v = state.get("v", np.zeros_like(x) + np.broadcast_to(getattr(node, "v_leak", 0.0), np.shape(x)))
    if isinstance(node, nir.CubaLIF | nir.CubaLI):
        current = state.get("i", np.zeros_like(x))
        current = current + dt / node.tau_syn * (-current + node.w_in * x)
        state["i"] = current
        v = v + dt / node.tau_mem * (node.v_leak - v + node.r * current)
    elif isinstance(node, nir.LIF | nir.LI):
        v = v + dt / node.tau * (node.v_leak - v + node.r * x)
    else:
        v = v + dt * node.r * x
    if isinstance(node, nir.LI | nir.CubaLI | nir.I):
        state["v"] = v
        return v
    z = (v > node.v_threshold) * 1.0
    state["v"] = np.where(z > 0, node.v_reset, v)
    return z


def _pairs(value: Any, count: int) -> list[int]:
    return [int(v) for v in np.broadcast_to(np.asarray(value), (count,))]


def _convolve(node: Any, x: np.ndarray) -> np.ndarray:
    weight = np.asarray(node.weight, float)
    axes = weight.ndim - 2
    kernel, stride, dilation = weight.shape[2:], _pairs(node.stride, axes), _pairs(node.dilation, axes)
    if isinstance(node.padding, str):
        totals = [d * (k - 1) if node.padding == "same" else 0 for d, k in zip(dilation, kernel, strict=True)]
        padding = [(t // 2, t - t // 2) for t in totals]
    else:
        padding = [(p, p) for p in _pairs(node.padding, axes)]
    padded = np.pad(x, [(0, 0), *padding])
    out = [(padded.shape[1 + a] - dilation[a] * (kernel[a] - 1) - 1) // stride[a] + 1 for a in range(axes)]
    groups, per = int(node.groups), len(weight) // int(node.groups)
    result = np.zeros((len(weight), *out))
    for c in range(len(weight)):
        first = c // per * (x.shape[0] // groups)
        for at in product(*map(range, out)):
            window = tuple(
                slice(at[a] * stride[a], at[a] * stride[a] + dilation[a] * (kernel[a] - 1) + 1, dilation[a])
                for a in range(axes)
            )
            result[(c, *at)] = (padded[(slice(first, first + weight.shape[1]), *window)] * weight[c]).sum() + node.bias[
                c
            ]
    return result


def _pool(node: Any, x: np.ndarray) -> np.ndarray:
    kernel, stride, padding = (_pairs(value, 2) for value in (node.kernel_size, node.stride, node.padding))
    padded = np.pad(x, [(0, 0), *((p, p) for p in padding)])
    out = [(padded.shape[1 + a] - kernel[a]) // stride[a] + 1 for a in range(2)]
    result = np.zeros((x.shape[0], *out))
    for i, j in product(range(out[0]), range(out[1])):
        window = padded[:, i * stride[0] : i * stride[0] + kernel[0], j * stride[1] : j * stride[1] + kernel[1]]
        result[:, i, j] = window.sum((1, 2)) / (1 if isinstance(node, nir.SumPool2d) else kernel[0] * kernel[1])
    return result
