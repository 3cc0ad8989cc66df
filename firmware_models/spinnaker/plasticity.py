"""STDP as sPyNNaker's plastic binaries compute it: the parameters that the host writes.

Timing: ``pair`` (G. Bi and M. Poo, J. Neurosci. 18, 1998: all pairs, exponential traces), ``nearest_pair`` and ``triplet``
(J.-P. Pfister and W. Gerstner, J. Neurosci. 26, 2006).  Weights: ``additive`` and ``multiplicative``.  Traces and decays are
s4.11 numbers; decays are tables written by the host; a weight is kept as s16.15 while a row is processed and as the 16 bits of
the ring buffer's scale in between.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from neurodeploy.firmware_models.spinnaker.arrays import Int64Array
from neurodeploy.firmware_models.spinnaker.fixed_point import encode_s1615
from neurodeploy.firmware_models.spinnaker.network import FirmwareProjection

TIMINGS, WEIGHTS = ("pair", "nearest_pair", "triplet"), ("additive", "multiplicative")
STDP_ONE = 1 << 11  # s4.11
SLOW_SHIFT = 2  # the tables of tau_x and tau_y have every fourth step
EVENTS = 16  # events of a neuron that its core remembers, a placeholder among them


@dataclass(frozen=True)
class PlasticityRule:
    """One STDP rule; a population has one for all its plastic synapses.

    Attributes:
        timing: one of ``TIMINGS``.
        weight: one of ``WEIGHTS``; ``triplet`` has additive weights.
        tau_plus, tau_minus: ms, of potentiation and of depression.
        a_plus, a_minus: change of one pair; in the unit of the weights (additive), a share of the way to the limit
            (multiplicative), or a share of ``w_max`` (triplet).
        w_min, w_max: limits of the weights, nA or µS.
        tau_x, tau_y, a3_plus, a3_minus: slow time constants in ms and triplet terms, of ``triplet``.
        backprop_delay: whether a neuron's spike takes the synapse's delay to be seen by the synapse.
    """

    timing: str = "pair"
    weight: str = "additive"
    tau_plus: float = 20.0
    tau_minus: float = 20.0
    a_plus: float = 0.01
    a_minus: float = 0.01
    w_min: float = 0.0
    w_max: float = 1.0
    tau_x: float = 101.0
    tau_y: float = 125.0
    a3_plus: float = 0.0
    a3_minus: float = 0.0
    backprop_delay: bool = True

    def __post_init__(self) -> None:
        if self.timing not in TIMINGS or self.weight not in WEIGHTS:
            raise ValueError(
                f"no rule {self.timing!r} with {self.weight!r} weights: timing {TIMINGS}, weight {WEIGHTS}"
            )
        if self.timing == "triplet" and self.weight != "additive":
            raise ValueError("the triplet rule has additive weights")
        if min(self.tau_plus, self.tau_minus, self.tau_x, self.tau_y) <= 0:
            raise ValueError("time constants of STDP must be positive")


@dataclass(frozen=True)
class PlasticProjection:
    """Plastic synapses, and the rule that changes their weights.

    A delay that is the number of slots of the target's ring buffer is stored as 0.  A static synapse still acts after that many
    steps; a plastic one **sends nothing** and its rule takes the delay for 0.

    Attributes:
        synapses: as they are stored at the start, with delays of ``delay_slots`` steps at most (beyond those a delay
            extension would come before the rule sees the spike).
        delay_slots: slots of the target's ring buffer; 0: the next power of two from its longest delay, as the host chooses.
    """

    synapses: FirmwareProjection
    rule: PlasticityRule
    delay_slots: int = 0


def decay_table(time_step_ms: float, tau_ms: float, shift: int = 0) -> Int64Array:
    """exp(-t / tau) as s4.11, floored, for every 2^shift steps until it is 0; an even number of entries."""
    decay = time_step_ms / float(tau_ms)
    size, odd = divmod(math.log(STDP_ONE) / decay / (1 << shift), 2)
    entries = (int(size) + (odd > 0)) * 2
    table: Int64Array = np.floor(np.exp((np.arange(entries) << shift) * -decay) * STDP_ONE).astype(np.int64)
    return table


def rule_row(rule: PlasticityRule, conductance: bool) -> list[int]:
    """The numbers of a rule: timing, weight, limits, A2+, A2-, A3+, A3- (s16.15) and the use of the delay."""
    scale = 1024.0 if conductance else 1.0
    limits = [encode_s1615(limit * scale) for limit in (rule.w_min, rule.w_max)]
    changes = [_change(value, rule, scale) for value in (rule.a_plus, rule.a_minus, rule.a3_plus, rule.a3_minus)]
    return [TIMINGS.index(rule.timing), WEIGHTS.index(rule.weight), *limits, *changes, int(rule.backprop_delay)]


def _change(value: float, rule: PlasticityRule, scale: float) -> int:
    """A change of the weight as the host multiplies and rounds it."""
    if rule.timing == "triplet":
        return encode_s1615(value * rule.w_max * scale)
    return encode_s1615(value * scale if rule.weight == "additive" else value)


def rule_tables(rule: PlasticityRule, time_step_ms: float) -> Int64Array:
    """Decays of tau_plus, tau_minus, tau_x and tau_y, shape (4, steps), 0 where a table has ended."""
    tables = [decay_table(time_step_ms, tau) for tau in (rule.tau_plus, rule.tau_minus)]
    tables += [decay_table(time_step_ms, tau, SLOW_SHIFT) for tau in (rule.tau_x, rule.tau_y)]
    made = np.zeros((4, max(table.size for table in tables)), dtype=np.int64)
    for row, table in zip(made, tables, strict=True):
        row[: table.size] = table
    return made
