"""How each framework turns the continuous-time parameters of a NIR graph into steps. Data: one entry, one framework.

A NIR file has differential equations' parameters, but neither a time step, nor a way of integrating, nor what a framework
does at a spike beyond ``v_reset`` (which exporters fill with zeros). The equations and the files they were read in stand
in ``docs/nir.md``; ``benchmarks/framework_exchange.py`` measures them spike by spike.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from neurodeploy.errors import NeurodeployError
from neurodeploy.network.neurons import (
    EULER,
    EXACT,
    LAVA,
    LAVA_DL,
    NORSE,
    ROCKPOOL,
    SINABS,
    SNNTORCH,
    Reset,
    StepSemantics,
)

ResetTiming = Literal["same_step", "next_step"]


@dataclass(frozen=True)
class Convention:
    """What a framework assumes that its NIR files do not say.

    - ``dt``: milliseconds per step, in the unit of the file's time constants (taken as seconds); None: must be given.
    - ``semantics``: see :class:`~neurodeploy.network.neurons.StepSemantics`. Its synaptic gain is applied to ``w_in``,
      which snnTorch and Lava write as tau_syn/dt: ``euler`` makes of it the jump of 1 that they add.
    - ``reset`` at a spike: NIR knows only the value ``v_reset``. ``late_value_reset``: node kinds (``recurrent``: a
      neuron that feeds itself) whose reset to a value acts at the next step; elsewhere a reset to a value acts at once.
    - ``leaky_gain``: what an input of 1 adds to v in one step, for nodes with a leak: ``r`` (the equation's: r times the
      share of the leak) or ``one`` (the file's r is ignored; for LI it is r dt/tau).
    - ``leakless_gain`` for I and IF: ``r_dt`` (the equation's) or ``r`` (input counts once per step, whatever dt is).
    - ``initial``: whether v starts at ``zero`` or at ``v_leak``.
    - ``forward_delay``: steps from a spike to its arrival; 0: layers are evaluated in order within the step.
    - ``max_spikes_per_step``: how often a neuron may spike in one step, by the framework's default.
    """

    name: str
    semantics: StepSemantics
    source: str
    dt: float | None = None
    reset: Reset = "value"
    late_value_reset: tuple[str, ...] = ()
    leaky_gain: Literal["r", "one"] = "r"
    leakless_gain: Literal["r_dt", "r"] = "r_dt"
    initial: Literal["zero", "v_leak"] = "zero"
    forward_delay: int = 0
    max_spikes_per_step: int = 1


CONVENTIONS: dict[str, Convention] = {
    convention.name: convention
    for convention in (
        Convention(
            "snntorch", replace(SNNTORCH, synaptic_gain="euler"),
            "snntorch/export_nir.py (dt = 1e-4), snntorch/_neurons/leaky.py, synaptic.py",
            dt=0.1, reset="subtraction", late_value_reset=("CubaLIF", "recurrent"),
        ),
        Convention(
            "norse", NORSE, "norse/torch/utils/export_nir.py (tau = dt / tau_inverse), functional/lif_box.py, lif.py",
            dt=0.001, leakless_gain="r", initial="v_leak",
        ),
        Convention(
            "sinabs", SINABS, "sinabs/nir.py (time constants in steps), sinabs/layers/functional/lif.py",
            dt=1000.0, reset="subtraction", leakless_gain="r", max_spikes_per_step=1 << 24,
        ),
        Convention(
            "rockpool", ROCKPOOL, "rockpool/nn/modules/torch/nir.py, lif_torch.py",
            dt=1.0, reset="subtraction", leaky_gain="one", leakless_gain="r", max_spikes_per_step=1 << 16,
        ),
        Convention(
            "lava", replace(LAVA, synaptic_gain="euler"),
            "NIR paper/nir_to_lava.py (dt = 1e-4), lava/proc/lif/models.py, lava/proc/dense/models.py",
            dt=0.1, leakless_gain="r", forward_delay=1,
        ),
        Convention(
            "lava_dl", replace(LAVA_DL, synaptic_gain="euler"),
            "NIR paper/nir_to_lava.py (dt = 1e-4), lava/lib/dl/slayer/neuron/cuba.py",
            dt=0.1, leakless_gain="r",
        ),
        Convention(
            "nengo", EXACT, "NIR paper/03_rnn/nir_to_nengo.py (dt = 1e-3), nengo/neurons.py", dt=1.0, leakless_gain="r"
        ),
        Convention("euler", EULER, "the equations of nir/ir/neuron.py by forward Euler", initial="v_leak"),
        Convention("exact", EXACT, "the equations of nir/ir/neuron.py in closed form", initial="v_leak"),
    )
}  # fmt: skip
"""By name."""


def convention_named(name: str | None) -> Convention:
    """The convention of that name (ND231 when there is none, or no name)."""
    if name in CONVENTIONS:
        return CONVENTIONS[name]
    what = (
        "The NIR graph does not say which framework's step it follows."
        if name is None
        else f"There is no convention '{name}'."
    )
    raise NeurodeployError("ND231", what, f"Name one with --convention (convention=…): {', '.join(CONVENTIONS)}.")
