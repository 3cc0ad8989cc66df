"""What goes to workers: the same program there, and a key that follows everything."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from unittest.mock import patch

import numpy as np
from chips import SAMPLES, varied

import neurodeploy as nd
from neurodeploy.compiler import save_bundle
from neurodeploy.encoding import encode, encode_in_chunks
from neurodeploy.targets.crossbar.monte_carlo import Job
from neurodeploy.targets.crossbar.monte_carlo.chip_result import run_chip
from neurodeploy.targets.crossbar.monte_carlo.job import Worker

DATA = nd.load_dataset("digits", "test").limit(SAMPLES)


def test_a_program_and_its_bundle_are_the_same_job(tmp_path: Path) -> None:
    made = varied()
    bundle = save_bundle(made, tmp_path / "net.bundle")
    from_bundle, from_program = Job.of(bundle, DATA), Job.of(made.program, DATA)
    loaded, inputs = from_program.load(), encode(made.program.network, DATA)
    assert (
        loaded.run(inputs, "model").spikes["excitatory"].neurons
        == made.program.run(inputs, "model").spikes["excitatory"].neurons
    ).all()
    assert set(from_bundle.bundle) == {file.name for file in bundle.iterdir()}
    assert Worker(from_bundle).run(1) == Worker(from_program).run(1) == run_chip(made.program, 1, DATA)


def test_the_key_follows_program_samples_and_code() -> None:
    program = varied().program
    base = Job.of(program, DATA)
    others = [Job.of(varied(device_seed=1).program, DATA), Job.of(program, DATA.limit(3)), replace(base, code="other")]
    assert Job.of(program, DATA).key == base.key and len({base.key, *(other.key for other in others)}) == 4


def test_input_too_large_to_keep_is_encoded_again() -> None:
    work = Worker(Job.of(varied().program, DATA))
    with patch("neurodeploy.targets.crossbar.monte_carlo.job.encode_in_chunks", wraps=encode_in_chunks) as encoding:
        kept = [work.run(0), work.run(0)]
        assert kept[0] == kept[1] and encoding.call_count == 1
        work._encoded = None
        with patch("neurodeploy.targets.crossbar.monte_carlo.job.KEPT_BYTES", 100):
            assert [work.run(0), work.run(0)] == kept and encoding.call_count == 3


def test_threads_are_given_back() -> None:
    import numba

    before = numba.get_num_threads()
    Worker(Job.of(varied().program, DATA.subset(np.arange(1)))).run(0)
    assert numba.get_num_threads() == before
