"""What an input spike costs with dense weight rows and with two ways of leaving out the removed synapses.

python benchmarks/sparse_rows.py

The trainer adds dense rows, sixteen weights at a time, four rows at a time.  Beside them, in one run:

* single: the row's synapses one after the other from lists of neurons and weights (any order of rows);
* packed: the weights that exist packed, a 16-bit mask for each block of sixteen neurons, expanded by AVX-512's VEXPANDPS.

All add the same numbers.  Random connectivity, 300 of 784 inputs in use, elapsed time, least of nine interleaved runs.
"""

from __future__ import annotations

import time
from typing import Any

import numba
import numpy as np
from llvmlite import ir
from numba.extending import intrinsic
from numpy.typing import NDArray
from tables import print_markdown

from neurodeploy.vectors import LANES, address_of, float32x16, load, store

INPUTS, USED, SPIKES, RUNS = 784, 300, 2_000, 9
_VECTOR = ir.VectorType(ir.FloatType(), LANES)


@intrinsic
def expand(typing_context: Any, base: Any, index: Any, mask: Any) -> Any:
    """Return consecutive float32 from ``index`` on in the lanes whose bit of ``mask`` is set, 0 in the others."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        place = builder.gep(builder.inttoptr(arguments[0], ir.FloatType().as_pointer()), [arguments[1]])
        bits = ir.VectorType(ir.IntType(1), LANES)
        lanes = builder.bitcast(builder.trunc(arguments[2], ir.IntType(LANES)), bits)
        name = f"llvm.masked.expandload.v{LANES}f32"
        kind = ir.FunctionType(_VECTOR, [place.type, bits, _VECTOR])
        function = builder.module.globals.get(name) or ir.Function(builder.module, kind, name)
        return builder.call(function, [place, lanes, ir.Constant(_VECTOR, [0.0] * LANES)])

    return float32x16(numba.uint64, numba.uint64, numba.uint64), generate


@numba.njit(error_model="numpy")
def add_dense(weights: NDArray[np.float32], inputs: NDArray[np.int32], g: NDArray[np.float32]) -> None:
    """Add rows as the trainer does."""
    w, at, lanes, width = address_of(weights), address_of(g), np.uint64(LANES), np.uint64(g.size)
    for event in range(0, inputs.size, 4):
        r0, r1 = np.uint64(inputs[event]) * width, np.uint64(inputs[event + 1]) * width
        r2, r3 = np.uint64(inputs[event + 2]) * width, np.uint64(inputs[event + 3]) * width
        for block in range(width // lanes):
            j = block * lanes
            total = (load(w, r0 + j) + load(w, r1 + j)) + (load(w, r2 + j) + load(w, r3 + j))
            store(at, j, load(at, j) + total)


@numba.njit(error_model="numpy")
def add_packed(
    values: NDArray[np.float32], masks: NDArray[np.uint16], starts: NDArray[np.uint32], inputs: NDArray[np.int32],
    g: NDArray[np.float32],
) -> None:  # fmt: skip
    """Expand packed rows; ``masks`` and ``starts`` are [inputs, blocks]."""
    w, at, lanes = address_of(values), address_of(g), np.uint64(LANES)
    for event in range(0, inputs.size, 4):
        i0, i1, i2, i3 = inputs[event], inputs[event + 1], inputs[event + 2], inputs[event + 3]
        m0, m1, m2, m3 = masks[i0], masks[i1], masks[i2], masks[i3]
        s0, s1, s2, s3 = starts[i0], starts[i1], starts[i2], starts[i3]
        for block in range(np.uint64(masks.shape[1])):
            one = expand(w, np.uint64(s0[block]), np.uint64(m0[block])) + expand(
                w, np.uint64(s1[block]), np.uint64(m1[block])
            )
            other = expand(w, np.uint64(s2[block]), np.uint64(m2[block])) + expand(
                w, np.uint64(s3[block]), np.uint64(m3[block])
            )
            store(at, block * lanes, load(at, block * lanes) + (one + other))


@numba.njit(error_model="numpy")
def add_single(
    start: NDArray[np.int64], neuron: NDArray[np.uint16], weight: NDArray[np.float32], inputs: NDArray[np.int32],
    g: NDArray[np.float32],
) -> None:  # fmt: skip
    """Add synapse by synapse."""
    for event in range(inputs.size):
        row = np.uint64(inputs[event])
        for place in range(np.uint64(start[row]), np.uint64(start[row + np.uint64(1)])):
            g[np.uint64(neuron[place])] += weight[place]


def nanoseconds_per_row(neurons: int, connectivity: float) -> tuple[float, float, float]:
    """Return the time of a row: dense, single, packed."""
    random = np.random.default_rng(0)
    exists = random.random((INPUTS, neurons)) < connectivity
    weights = (random.random(exists.shape) * exists).astype(np.float32)
    inputs = random.integers(0, USED, SPIKES).astype(np.int32)
    blocks = exists.reshape(INPUTS, neurons // LANES, LANES)
    masks = (blocks << np.arange(LANES)).sum(axis=2).astype(np.uint16)
    filled = blocks.sum(axis=2)
    starts = (np.cumsum(filled) - filled.ravel()).reshape(filled.shape).astype(np.uint32)
    values = np.concatenate([weights[exists], np.zeros(LANES, np.float32)])
    rows = np.concatenate([[0], np.cumsum(exists.sum(axis=1))]).astype(np.int64)
    listed = np.nonzero(exists)[1].astype(np.uint16)
    sums = [np.zeros(neurons, np.float32) for _ in range(3)]
    calls = (
        lambda: add_dense(weights, inputs, sums[0]),
        lambda: add_single(rows, listed, values, inputs, sums[1]),
        lambda: add_packed(values, masks, starts, inputs, sums[2]),
    )
    for call in calls:
        call()
    if not np.array_equal(sums[0], sums[2]) or not np.allclose(sums[0], sums[1], rtol=1e-3):
        raise AssertionError("the three ways disagree")
    best = [np.inf] * 3
    for _ in range(RUNS):
        for k, call in enumerate(calls):
            started = time.perf_counter()
            call()
            best[k] = min(best[k], time.perf_counter() - started)
    dense, single, packed = (1e9 * seconds / SPIKES for seconds in best)
    return dense, single, packed


def main() -> None:
    """Print the table."""
    rows = []
    for neurons in (400, 1_600, 6_400):
        for connectivity in (0.2, 0.1, 0.05, 0.02):
            times = nanoseconds_per_row(neurons, connectivity)
            rows.append([f"{neurons:,}", f"{connectivity:.0%}", *(f"{t:,.0f}" for t in times)])
    print_markdown(["neurons", "connectivity", "dense, ns per row", "single", "packed"], rows)


if __name__ == "__main__":
    main()
