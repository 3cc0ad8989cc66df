"""What an STDP rule is: parameters, and two kernels that the presentation kernel calls.

A rule is one file in this folder.  It defines

* a frozen dataclass of parameters with ``constants(dt) -> NamedTuple``: the numbers and decay
  tables its kernels read.  The *class* of that NamedTuple selects the kernels at compile time;
* ``@implements(on_input_spikes, Constants)``, called in each step for all input spikes of the step
  while some neuron spiked within ``output_memory`` steps;
* ``@implements(on_output_spike, Constants)``, called for each output spike.

Files of the folder are found by themselves (``stdp/__init__.py``), rules of other packages by their entry point
(``training/learning_rules.py``).  Spike times are steps within the presentation and -1 means "not in this
presentation": traces do not outlive the rest.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, NamedTuple, Protocol, TypeVar

import numpy as np
from numba.extending import overload
from numpy.typing import NDArray

Function = TypeVar("Function", bound=Callable[..., Any])


class Traces(NamedTuple):
    """Spike times of the running presentation, kept by the presentation kernel."""

    last_input_step: NDArray[np.int32]  # [inputs]; -1: none
    active_inputs: NDArray[np.int32]  # [inputs]; inputs that have spiked, in order of first spike
    last_output_step: NDArray[np.int32]  # [neurons]; -1: none
    recent_neurons: NDArray[np.int32]  # [neurons]; spiked within output_memory, oldest first
    amounts: NDArray[np.float32]  # [neurons]; scratch of on_input_spikes
    keys: NDArray[np.uint64]  # [2]; of the training and of this presentation, for rules that draw random numbers
    applied: NDArray[np.int64]  # [2]; potentiations and depressions, added up by rules that count them


class StdpRule(Protocol):
    """Parameters of a rule."""

    def constants(self, dt: float) -> NamedTuple:
        """Return what the kernels read; the first field is ``output_memory`` in steps."""
        ...


def on_input_spikes(
    rule: Any,
    weights: NDArray[np.float32],
    traces: Traces,
    step: int,
    inputs: NDArray[np.int32],
    begin: int,
    end: int,
    recent: int,
    frozen: NDArray[np.uint8],
) -> int:
    """Update weights of ``inputs[begin:end]``, which spike in ``step``; return weights updated.

    Called after the spikes were delivered with their old weights, for the ``recent`` first entries
    of ``traces.recent_neurons``.  Output spikes of the same step come later.  ``frozen``
    [inputs, neurons] is 1 where a weight must not change; its size is 0 when nothing is frozen.  The
    weight of a removed synapse is 0 and must stay so.
    """
    raise NotImplementedError("compiled code only")


def on_output_spike(
    rule: Any,
    weights: NDArray[np.float32],
    synapses: NDArray[np.uint8],
    weight_maximum: np.float32,
    traces: Traces,
    step: int,
    neuron: int,
    active: int,
    existing: NDArray[np.int32],
) -> int:
    """Update the weights of ``neuron``, which spikes in ``step``; return weights updated.

    ``synapses`` [inputs] is the state of each synapse of this neuron: only PLASTIC ones may change; the ``active`` first
    entries of ``traces.active_inputs`` have spiked in this presentation, possibly in this step.
    ``traces.last_output_step[neuron]`` still is the previous spike.  ``existing`` lists the inputs whose
    synapse with this neuron exists, ascending; it is empty when hardly any of the network is removed.
    """
    raise NotImplementedError("compiled code only")


def implements(generic: Callable[..., Any], constants: type) -> Callable[[Function], Function]:
    """Register a function as ``generic`` for rules whose constants are of class ``constants``."""

    def register(function: Function) -> Function:
        def choose(rule: Any, *_: Any) -> Function | None:
            return function if getattr(rule, "instance_class", None) is constants else None

        choose.__signature__ = inspect.signature(function)  # type: ignore[attr-defined]
        overload(generic, strict=False, jit_options={"nogil": True, "error_model": "numpy"})(choose)
        return function

    return register


def decay_table(tau: float, dt: float, memory: float) -> NDArray[np.float32]:
    """Return exp(-k dt / tau) for k = 0 .. memory / dt (ms): a trace k steps after its spike."""
    steps = round(memory / dt)
    table: NDArray[np.float32] = np.exp(-np.arange(steps + 1) * (dt / tau)).astype(np.float32)
    return table
