"""MNIST through sPyNNaker on the software SpiNN-5: whole, with lost packets and a reboot, with lost multicast packets.

    python benchmarks/board_in_the_loop.py [--images 1000] [--lossy-images 200]

mnist-100 (one pass), 20 % of the synapses, 3 levels; every image is presented for 100 ms and 50 ms of rest follow, in
steps of 0.5 ms, at a rate that gives as many input spikes as in the 350 ms of the training.  Each run is compared with
the firmware model run the same way.
"""

from __future__ import annotations

import argparse
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import numpy as np
from tables import print_markdown

import neurodeploy as nd
from neurodeploy.board import probe
from neurodeploy.compiler import Program
from neurodeploy.datasets import AnyDataset, load_dataset
from neurodeploy.encoding import encode
from neurodeploy.errors import NeurodeployError
from neurodeploy.network import Network
from neurodeploy.readout import classify
from neurodeploy.verification.ladder import first_difference

ADDRESS = "127.0.0.20"
COMMAND = "from neurodeploy.cli import main; main()"
STEPS, REST_STEPS, TRAINED_STEPS = 200, 100, 700


@contextmanager
def software_board(*faults: str) -> Iterator[None]:
    """A board in a process of its own."""
    process = subprocess.Popen(
        [sys.executable, "-c", COMMAND, "board", "emulate", "--address", ADDRESS, *faults], stdout=subprocess.DEVNULL
    )
    try:
        for _ in range(100):
            try:
                probe(ADDRESS)
                break
            except NeurodeployError:
                time.sleep(0.1)
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait()


def network() -> Network:
    """The network, with the shorter presentation."""
    trained = nd.quantize(nd.prune(nd.train("mnist-100"), to_sparsity=0.8), levels=3)
    encoder = trained.encoder
    assert encoder is not None
    rate = encoder.parameters["maximum_rate_hz"] * TRAINED_STEPS / STEPS
    parameters = {**encoder.parameters, "maximum_rate_hz": rate}
    return replace(trained, encoder=replace(encoder, steps=STEPS, rest_steps=REST_STEPS, parameters=parameters))


def run(program: Program, data: AnyDataset, *faults: str) -> dict[str, Any]:
    """Run on a board with these faults."""
    readout = program.network.readout
    assert readout is not None
    started, equal, predicted, counted = time.perf_counter(), True, [], 0
    with software_board(*faults), program.on_board(ADDRESS) as board:
        for first in range(0, len(data), board.samples_at_once):
            part = data.subset(slice(first, first + board.samples_at_once))
            inputs = encode(program.network, part)
            found, expected = board.run(inputs), board.expected(inputs)
            equal &= all(first_difference(batch, found.spikes[name]) is None for name, batch in expected.spikes.items())
            counts = found.spikes[readout.population].counts()
            predicted.append(classify(counts, readout))
            counted += len(counts)
        restarts = board.restarts
    classes = np.concatenate(predicted)
    return {
        "predicted": classes, "accuracy": float(np.mean(classes == data.labels)), "equal": equal, "images": counted,
        "restarts": restarts, "seconds": time.perf_counter() - started,
    }  # fmt: skip


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", type=int, default=1000)
    parser.add_argument("--lossy-images", type=int, default=200)
    arguments = parser.parse_args()
    data = load_dataset("mnist", "test")
    program = nd.compile(network(), "spinnaker", mapping="estimate")
    many, few = data.limit(arguments.images), data.limit(arguments.lossy_images)

    def host_faults() -> Iterator[list[object]]:
        whole = run(program, many)
        for name, found in (
            ("none", whole),
            ("1 % of the UDP packets lost, a reboot", run(program, many, "--drop-packets", "0.01", "--reboot-at", "6000")),
        ):  # fmt: skip
            yield [
                name, found["images"], f"{found['accuracy']:.2%}", int(np.sum(found["predicted"] == whole["predicted"])),
                "yes" if found["equal"] else "no", found["restarts"], f"{found['seconds']:,.0f}",
            ]  # fmt: skip

    print_markdown(
        ["faults", "images", "accuracy", "same class as without", "every spike equal to the model's", "runs made again", "s"],
        host_faults(),
    )  # fmt: skip

    def multicast_faults() -> Iterator[list[object]]:
        for share in (0.0, 0.01, 0.05, 0.1, 0.2, 0.4):
            found = run(program, few, "--drop-multicast", str(share))
            yield [f"{share:.0%}", found["images"], f"{found['accuracy']:.1%}"]

    print_markdown(["multicast packets lost", "images", "accuracy"], multicast_faults())


if __name__ == "__main__":
    main()
