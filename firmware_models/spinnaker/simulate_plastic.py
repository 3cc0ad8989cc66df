"""Entry point: run a network with plastic synapses on the firmware model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from neurodeploy.firmware_models.spinnaker.arrays import Int32Array, Int64Array, UInt16Array
from neurodeploy.firmware_models.spinnaker.kernel_plastic_network import run_plastic
from neurodeploy.firmware_models.spinnaker.network import (
    SOURCE_MODEL,
    AnyProjection,
    FirmwarePopulation,
    FirmwareProjection,
    FirmwareResult,
    check_network,
)
from neurodeploy.firmware_models.spinnaker.plasticity import PlasticityRule, PlasticProjection, rule_row, rule_tables
from neurodeploy.firmware_models.spinnaker.prepare import prepare
from neurodeploy.firmware_models.spinnaker.simulate import check_sources


@dataclass(frozen=True)
class PlasticResult:
    """What one run with plastic synapses produced.

    Attributes:
        activity: spikes, potentials and counts, as of a run of one sample.
        weights: per projection, the stored 16-bit weights at the end, in the order of its synapses; None for static ones.
    """

    activity: FirmwareResult
    weights: tuple[UInt16Array | None, ...]


def run_plastic_firmware(
    populations: Sequence[FirmwarePopulation],
    projections: Sequence[AnyProjection | PlasticProjection],
    *,
    time_step_ms: float,
    steps: int,
    source_indptr: Int64Array,
    source_neurons: Int32Array,
    record_voltages: tuple[int, ...] = (),
) -> PlasticResult:
    """Simulate one continuous run in which STDP changes the weights of the plastic projections.

    Arguments as of :func:`run_firmware`, for one sample.

    Raises:
        ValueError: the description is inconsistent, or plastic projections onto one population differ in their rule.
    """
    populations = tuple(populations)
    static = tuple(p.synapses if isinstance(p, PlasticProjection) else p for p in projections)
    check_network(populations, static)
    source = next(i for i, p in enumerate(populations) if p.model == SOURCE_MODEL)
    indptr, neurons = check_sources(populations[source], steps, 1, source_indptr, source_neurons)
    rules = _rules(populations, projections)
    rule_of = np.array([list(rules).index(p) if p in rules else -1 for p in range(len(populations))], dtype=np.int64)
    rows = [rule_row(rule, populations[p].model == "IF_cond_exp") for p, rule in rules.items()]
    tables = _padded([rule_tables(rule, time_step_ms) for rule in rules.values()])
    t = prepare(populations, static, time_step_ms)
    total = int(t.offset[-1])
    plastic = np.array([isinstance(p, PlasticProjection) for p in projections], dtype=np.uint8)
    weights, raster = t.weights.copy(), np.zeros((steps, total), dtype=np.uint8)
    voltages = np.empty((steps, total), dtype=np.int32)
    saturations, events = np.zeros((len(populations), 2), np.int64), np.zeros(len(static), np.int64)
    run_plastic(
        steps, t.neuron_table, t.model, t.offset, t.shifts, t.projection, t.indptr, t.indices, weights, t.delays, t.slots,
        indptr, neurons, plastic, rule_of, np.array(rows, dtype=np.int64).reshape(-1, 9), tables,
        _delay_slots(populations, projections), raster, voltages,
        saturations, events,
    )  # fmt: skip
    spans = [slice(int(a), int(b)) for a, b in zip(t.offset[:-1], t.offset[1:], strict=True)]
    pointers = [np.concatenate([[0], np.cumsum(raster[:, span].sum(axis=1, dtype=np.int64))]) for span in spans]
    found = [np.nonzero(raster[:, span])[1].astype(np.int32) for span in spans]
    pointers[source], found[source] = indptr, neurons
    counts = [np.bincount(f, minlength=p.size)[None].astype(np.int64) for f, p in zip(found, populations, strict=True)]
    recorded = {p: voltages[None, :, spans[p]] for p in record_voltages}
    activity = FirmwareResult(tuple(counts), tuple(pointers), tuple(found), recorded, saturations, events)
    starts = t.projection[:, 7].tolist()
    return PlasticResult(activity, tuple(
        weights[start : start + p.synapses.indices.size] if isinstance(p, PlasticProjection) else None
        for start, p in zip(starts, projections, strict=True)
    ))  # fmt: skip


def _rules(
    populations: tuple[FirmwarePopulation, ...], projections: Sequence[AnyProjection | PlasticProjection]
) -> dict[int, PlasticityRule]:
    """The rule of each population with plastic synapses."""
    found: dict[int, PlasticityRule] = {}
    for number, projection in enumerate(projections):
        if isinstance(projection, PlasticProjection):
            target = projection.synapses.target
            if found.setdefault(target, projection.rule) != projection.rule:
                raise ValueError(
                    f"projection {number}: population {populations[target].label!r} has plastic synapses with another rule"
                )
    return found


def _delay_slots(
    populations: tuple[FirmwarePopulation, ...], projections: Sequence[AnyProjection | PlasticProjection]
) -> Int64Array:
    """Slots of each population's ring buffer: those given, else the next power of two from its longest delay."""
    longest, given = np.ones(len(populations), dtype=np.int64), np.zeros(len(populations), dtype=np.int64)
    for projection in projections:
        synapses = projection.synapses if isinstance(projection, PlasticProjection) else projection
        delay = synapses.delays.max(initial=1) if isinstance(synapses, FirmwareProjection) else synapses.delay
        longest[synapses.target] = max(longest[synapses.target], int(delay))
        if isinstance(projection, PlasticProjection):
            given[synapses.target] = max(given[synapses.target], projection.delay_slots)
    slots = np.where(given > 0, given, np.maximum(2, 1 << np.ceil(np.log2(longest)).astype(np.int64)))
    for number, projection in enumerate(projections):
        if isinstance(projection, PlasticProjection):
            size, delay = int(slots[projection.synapses.target]), int(projection.synapses.delays.max(initial=1))
            if delay > size or size & (size - 1):
                raise ValueError(
                    f"projection {number}: delays to {delay} steps of plastic synapses need a ring buffer of a power of two "
                    f"of slots that is as large, not {size}"
                )
    return slots


def _padded(tables: list[Int64Array]) -> Int64Array:
    """Tables of equal length, shape (rules, 4, steps)."""
    made = np.zeros((len(tables), 4, max((table.shape[1] for table in tables), default=1)), dtype=np.int64)
    for row, table in zip(made, tables, strict=True):
        row[:, : table.shape[1]] = table
    return made
