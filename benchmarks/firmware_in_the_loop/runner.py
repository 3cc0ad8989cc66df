"""Run one exported case on the emulated core and read back what the binary recorded."""

from __future__ import annotations

import struct
from dataclasses import dataclass

import numpy as np
from cases import TARGET, Case
from core import RUNNING, Core
from network import KEYS_OF_SOURCE, KEYS_OF_TARGET, Export
from numpy.typing import NDArray

PROVENANCE, RECORDING = 10, 15  # regions of sPyNNaker's PopulationMachineVertex
VOLTAGE_CHANNEL, SPIKE_CHANNEL = 0, 3
SYNAPTIC_EVENTS, SATURATED_ADDITIONS = 10, 11  # words of the provenance region
CHANNEL_BYTES = 8 << 20
TIMESTAMP_BITS = 4  # low bits of each key that carry the time step


@dataclass(frozen=True)
class Recording:
    """What the binary did: s16.15 voltages and spikes, both (steps, neurons), and two of its own counters."""

    voltages: NDArray[np.int32]
    spikes: NDArray[np.bool_]
    synaptic_events: int
    saturated_additions: int


def limit_recording(content: bytes) -> bytes:
    """Give each used recording channel ``CHANNEL_BYTES``, because the virtual board reserves all SDRAM for them."""
    patched = bytearray(content)
    for channel in range(struct.unpack_from("<I", patched)[0]):
        at = 4 + 12 * channel
        if struct.unpack_from("<I", patched, at)[0]:
            struct.pack_into("<I", patched, at, CHANNEL_BYTES)
    return bytes(patched)


def source_keys(case: Case, keys: dict[str, tuple[int, int]]) -> NDArray[np.int64]:
    """Multicast key of every source neuron."""
    found = np.full(case.n_sources, -1, np.int64)
    for label, (key, _) in keys.items():
        if label.startswith(KEYS_OF_SOURCE):
            first, last = (int(x) for x in label[len(KEYS_OF_SOURCE) : -1].split(":"))
            found[first : last + 1] = key + (np.arange(last + 1 - first) << TIMESTAMP_BITS)
    if (found < 0).any():
        raise RuntimeError(f"source neurons without a key; keys are those of {sorted(keys)}")
    return found


def read_channel(core: Core, channel: int) -> NDArray[np.uint32]:
    """All words recorded on a channel."""
    at = core.region_address[RECORDING] + 4 + 12 * channel
    size, pointer = core.read_word(at + 4) & 0x7FFFFFFF, core.read_word(at + 8)
    return np.frombuffer(core.read(pointer, size), "<u4") if size else np.zeros(0, np.uint32)


def read_recording(core: Core, case: Case) -> Recording:
    """Voltages, spikes and counters after the last tick."""
    steps, n = case.steps, case.n_neurons
    rows = read_channel(core, VOLTAGE_CHANNEL).reshape(-1, n + 1)
    if not np.array_equal(rows[:, 0], np.arange(steps)):
        raise RuntimeError(f"recorded the voltages of {len(rows)} steps, not of steps 0 to {steps - 1}\n{core.log()}")
    spikes = np.zeros((steps, n), np.bool_)
    for row in read_channel(core, SPIKE_CHANNEL).reshape(-1, 1 + (n + 31) // 32):
        spikes[row[0]] = np.unpackbits(row[1:].view(np.uint8), bitorder="little")[:n].astype(np.bool_)
    counters = core.region_address[PROVENANCE]
    return Recording(
        rows[:, 1:].astype(np.uint32).view(np.int32).copy(),
        spikes,
        core.read_word(counters + 4 * SYNAPTIC_EVENTS),
        core.read_word(counters + 4 * SATURATED_ADDITIONS),
    )


def run(case: Case, export: Export) -> Recording:
    """Start the binary, feed it each step's source spikes and its own spikes, and read what it recorded.

    A packet arrives right after the tick of its time step.

    Raises:
        RuntimeError: the core left the running state; the message ends with its log.
    """
    regions = dict(export.regions)
    size, content = regions[RECORDING]
    regions[RECORDING] = (size, limit_recording(content))
    core = Core(export.executable, regions)
    core.start()
    core.run_command(case.steps)
    keys = source_keys(case, export.keys)
    own_key, own_mask = export.keys.get(KEYS_OF_TARGET, (-1, -1))
    recurrent = any(projection.source == TARGET for projection in case.projections)
    for step in range(case.steps):
        sent = core.tick()
        packets = [(int(key) | step & 15, None) for key in keys[case.input_neuron[case.input_step == step]]]
        own = [packet for packet in sent if packet[0] & own_mask == own_key] if recurrent else []
        core.inject([*packets, *own])
        if core.state != RUNNING:
            raise RuntimeError(f"the core is in state {core.state} at step {step}\n{core.log()}")
    core.tick()
    return read_recording(core, case)
