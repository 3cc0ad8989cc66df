"""Samples joined into one run and parted again."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from networks import random_spikes, two_layer

from neurodeploy.compiler import compile_network
from neurodeploy.network import SpikeBatch
from neurodeploy.targets.spinnaker.continuous import joined, parted, run_continuously
from neurodeploy.targets.spinnaker.program import SpinnakerProgram


@given(st.integers(1, 5), st.integers(1, 6), st.integers(0, 4), st.integers(1, 4), st.integers(0, 2**32 - 1))
def test_joined_lies_where_the_board_presents_it(samples: int, steps: int, rest: int, size: int, seed: int) -> None:
    dense = np.random.default_rng(seed).random((samples, steps, size)) < 0.4
    batch = SpikeBatch.from_dense(dense)
    run = joined(batch, rest)
    assert run.problem() is None
    expected = np.concatenate([dense, np.zeros((samples, rest, size), bool)], axis=1).reshape(1, -1, size)
    np.testing.assert_array_equal(run.dense(), expected)
    back = parted(run, samples, steps)
    np.testing.assert_array_equal(back.dense(), dense)


def test_model_run_continuously_keeps_its_state() -> None:
    """The first sample is as with resets; later ones are what one long run of the model says, rests left out."""
    program = compile_network(two_layer(12, 5), "spinnaker", {"mapping": "estimate"}).program
    assert isinstance(program, SpinnakerProgram)
    encoder = program.lowered.encoder
    assert encoder is not None and encoder.rest_steps == 20
    inputs = random_spikes(4, 100, 12, 0.1)
    found, reset = run_continuously(program.mapping, inputs), program.run(inputs, "model")
    long = program.run(joined(inputs, 20), "model").spikes["excitatory"].dense()[0].reshape(4, 120, 5)[:, :100]
    np.testing.assert_array_equal(found.spikes["excitatory"].dense(), long)
    one, other = found.spikes["excitatory"], reset.spikes["excitatory"]
    np.testing.assert_array_equal(one.sample(0).dense(), other.sample(0).dense())
    assert (one.dense() != other.dense()).any()
    assert found.synaptic_events["input_to_excitatory"].sum() == inputs.total * 5
