"""Run one exported network on the emulated core and read back voltages and spikes."""

from __future__ import annotations

import json
import struct
from pathlib import Path

import numpy as np
from core import Core

RECORDING, SPACE = 15, 8 << 20


def load(path: Path) -> tuple[dict, dict[int, tuple[int, bytes]]]:
    archive = np.load(path)
    info = json.loads(bytes(archive["info"]))
    regions = {}
    for number, label, size, _ in info["regions"]:
        content = bytearray(bytes(archive[f"region_{number}"]))
        if number == RECORDING:
            for channel in range(struct.unpack_from("<I", content)[0]):
                if struct.unpack_from("<I", content, 4 + 12 * channel)[0]:
                    struct.pack_into("<I", content, 4 + 12 * channel, SPACE)
        regions[number] = (size, bytes(content))
    return info, regions


def read_channel(core: Core, channel: int) -> np.ndarray:
    at = core.region_address[RECORDING] + 4 + 12 * channel
    size, pointer = core.word(at + 4) & 0x7FFFFFFF, core.word(at + 8)
    return np.frombuffer(bytes(core.engine.mem_read(pointer, size)), np.uint32) if size else np.zeros(0, np.uint32)


def log(core: Core) -> str:
    out, at = [], core.word(core.vcpu + 88)
    while at:
        following, _, _, used = struct.unpack("<4I", bytes(core.engine.mem_read(at, 16)))
        out.append(bytes(core.engine.mem_read(at + 16, min(used, 16384))).decode("latin1"))
        at = following
    return "".join(out)


def run(info: dict, regions: dict[int, tuple[int, bytes]]) -> tuple[np.ndarray, np.ndarray, Core]:
    """Returns int32 voltages (steps, neurons), bool spikes (steps, neurons), and the core."""
    case = info["case"]
    steps, n = case["steps"], case["n_neurons"]
    core = Core(Path(info["executable"]), regions)
    core.start()
    core.run_command(steps)
    key_of = np.zeros(case["n_sources"], np.int64)
    for label, (key, _) in info["keys"].items():
        if label.startswith("source("):
            first, last = (int(x) for x in label[7:-1].split(":"))
            key_of[first : last + 1] = key + (np.arange(last + 1 - first) << 4)
    own, own_mask = info["keys"].get("target", [-1, -1])
    inputs: list[list[int]] = [[] for _ in range(steps)]
    for at, which in zip(case["input_step"], case["input_neuron"]):
        inputs[at].append(which)
    recurrent = any(p["source"] == 1 for p in case["projections"])
    for step in range(steps):
        sent = core.tick()
        packets = [(int(key_of[which]) | step & 15, None) for which in inputs[step]]
        if recurrent:
            packets += [packet for packet in sent if packet[0] & own_mask == own]
        core.inject(packets)
        if core.state != 7:
            raise RuntimeError(f"core state {core.state} at step {step}\n{log(core)}")
    core.tick()
    voltages = read_channel(core, 0).reshape(-1, n + 1)
    spikes = np.zeros((steps, n), bool)
    words = read_channel(core, 3).reshape(-1, 1 + (n + 31) // 32)
    for row in words:
        bits = np.unpackbits(row[1:].astype("<u4").view(np.uint8), bitorder="little")[:n]
        spikes[row[0]] = bits.astype(bool)
    assert voltages.shape[0] == steps and (voltages[:, 0] == np.arange(steps)).all()
    return voltages[:, 1:].astype(np.uint32).view(np.int32).copy(), spikes, core


if __name__ == "__main__":
    import sys
    import time

    info, regions = load(Path(sys.argv[1]))
    start = time.time()
    v, s, core = run(info, regions)
    print(time.time() - start, "s", v.shape, s.sum(), v[:3, :5] / 32768, core.state)
    np.savez_compressed(sys.argv[2], voltages=v, spikes=s)
    print(log(core)[:3000])
