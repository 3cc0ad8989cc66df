"""Many chips: as single runs, the same on one process, on two and on dask, after kill -9, and what is refused."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from chips import SAMPLES, varied
from networks import two_layer

import neurodeploy as nd
from neurodeploy.compiler import Program, compile_network
from neurodeploy.errors import NeurodeployError
from neurodeploy.files import dump_json
from neurodeploy.targets.crossbar.monte_carlo import MonteCarlo
from neurodeploy.targets.crossbar.monte_carlo.dask_cluster import distributed
from neurodeploy.targets.crossbar.monte_carlo.job import attempt
from neurodeploy.targets.crossbar.program import CrossbarProgram

CHIPS = 4


@pytest.fixture(scope="module")
def program() -> Program:
    return varied().program


@pytest.fixture(scope="module")
def alone(program: Program) -> MonteCarlo:
    return nd.monte_carlo(program, limit=SAMPLES, chips=CHIPS, workers=1, yield_at=0.1)


def test_a_chip_is_the_run_of_its_device_seed(alone: MonteCarlo) -> None:
    assert [chip.number for chip in alone.chips] == list(range(CHIPS)) and not alone.alike
    for chip in alone.chips:
        single = varied(device_seed=chip.number).program
        found = nd.run(single, limit=SAMPLES)
        assert (chip.correct, chip.silent, chip.samples) == (found.correct, found.silent, SAMPLES)
        assert chip.spikes == {"excitatory": found.events.spikes["excitatory"]}
        assert chip.joules == {cost.method: cost.joules for cost in single.costs(found.events, found.correct)}


def test_digital_partial_sums_count_clipped_conversions() -> None:
    clipping = varied(partial_sums="digital", converter_bits=4).program
    assert isinstance(clipping, CrossbarProgram)
    narrow = {name: replace(c, highest=c.highest / 20) for name, c in clipping.mapping.converters.items()}
    clipping = CrossbarProgram(replace(clipping.mapping, converters=narrow), clipping.network)
    found = nd.monte_carlo(clipping, limit=3, chips=2, workers=1)
    assert all(chip.saturations["excitatory"] > 0 for chip in found.chips)


def test_two_processes_give_the_same(program: Program, alone: MonteCarlo) -> None:
    heard: list[tuple[int, float]] = []
    found = nd.monte_carlo(
        program, limit=SAMPLES, chips=CHIPS, workers=2, yield_at=0.1, progress=lambda *state: heard.append(state)
    )
    assert found == alone and dump_json(found.as_dict()) == dump_json(alone.as_dict())
    assert [done for done, _ in heard] == [1, 2, 3, 4] and heard[-1][1] == pytest.approx(alone.accuracy.mean)


def test_a_dask_cluster_gives_the_same(program: Program, alone: MonteCarlo) -> None:
    dask = pytest.importorskip("distributed", reason="needs the extra 'cluster'")
    assert nd.monte_carlo(program, limit=SAMPLES, chips=CHIPS, workers=2, dask="local", yield_at=0.1) == alone
    with dask.LocalCluster(
        n_workers=1, threads_per_worker=2, dashboard_address=None
    ) as cluster:  # two at once in a process
        address = cluster.scheduler_address
        assert nd.monte_carlo(program, limit=SAMPLES, chips=CHIPS, dask=address, yield_at=0.1) == alone


def test_more_chips_go_on_after_those_that_are_finished(program: Program, alone: MonteCarlo, tmp_path: Path) -> None:
    kept = tmp_path / "chips.jsonl"
    nd.monte_carlo(program, limit=SAMPLES, chips=2, workers=1, checkpoint=kept)
    with patch("neurodeploy.targets.crossbar.monte_carlo.local_processes.attempt", wraps=attempt) as attempts:
        found = nd.monte_carlo(program, limit=SAMPLES, chips=CHIPS, workers=1, yield_at=0.1, checkpoint=kept)
        again = nd.monte_carlo(program, limit=SAMPLES, chips=1, workers=1, checkpoint=kept)
    assert [call.args[1] for call in attempts.call_args_list] == [2, 3]
    assert found.resumed == 2 and replace(found, resumed=0) == alone
    assert again.chips == alone.chips[:1] and again.resumed == 1


def test_after_kill_9_the_rest_is_run(program: Program, alone: MonteCarlo, tmp_path: Path) -> None:
    """The script is killed between two chips that it runs; what it had finished stays."""
    from neurodeploy.compiler import Compilation, Context, save_bundle

    bundle = save_bundle(Compilation(program, Context()), tmp_path / "net.bundle")
    kept = tmp_path / "chips.jsonl"
    script = f"""
import time, neurodeploy as nd
from pathlib import Path
def slowly(chips, accuracy): time.sleep(30 if chips == 2 else 0)
nd.monte_carlo({str(bundle)!r}, limit={SAMPLES}, chips={CHIPS}, workers=1, checkpoint=Path({str(kept)!r}), progress=slowly)
"""
    root = Path(nd.__file__).parents[1]
    with subprocess.Popen([sys.executable, "-c", script], cwd=root) as process:
        deadline = time.monotonic() + 60
        while not (kept.exists() and kept.read_bytes().count(b"\n") == 2):
            assert process.poll() is None and time.monotonic() < deadline
            time.sleep(0.05)
        os.kill(process.pid, signal.SIGKILL)
    assert [json.loads(line)["chip"]["number"] for line in kept.read_text().splitlines()] == [0, 1]
    found = nd.monte_carlo(bundle, limit=SAMPLES, chips=CHIPS, workers=1, yield_at=0.1, checkpoint=kept)
    assert found.resumed == 2 and replace(found, resumed=0) == alone


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"chips": 0}, "ND441.*chips is 0"),
        ({"yield_at": 2.0}, "ND441.*yield_at is 2.0"),
        ({"confidence": 1.0}, "ND441.*confidence is 1.0"),
        ({"workers": 0}, "ND441.*workers is 0"),
        ({"limit": 0}, "ND441.*digits with 0 samples"),
        ({"data": "nothing"}, "ND302.*nothing"),
        ({"yield_at": float("nan")}, "ND441"),
    ],
)
def test_bad_arguments_are_one_error(program: Program, arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(NeurodeployError, match=message):
        nd.monte_carlo(program, **{"limit": 2, "chips": 2, **arguments})


def test_data_that_do_not_fit_are_named_by_one_error_from_two_processes(program: Program) -> None:
    unnamed = compile_network(two_layer(12, 5), "rram", {}).program
    with pytest.raises(NeurodeployError, match="ND305.*which data set"):
        nd.monte_carlo(unnamed)
    with pytest.raises(NeurodeployError, match="ND305"):
        nd.monte_carlo(unnamed, "digits", chips=2, workers=2)


def test_a_target_without_chips_is_refused() -> None:
    board = compile_network(two_layer(64, 5), "spinnaker", {"mapping": "estimate"}).program
    with pytest.raises(NeurodeployError, match="ND440.*spinnaker"):
        nd.monte_carlo(board, "digits", limit=2)


def test_dask_that_is_absent_or_does_not_answer(program: Program) -> None:
    with absent("distributed"), pytest.raises(NeurodeployError, match=r"ND601.*neurodeploy\[cluster\]"):
        nd.monte_carlo(program, limit=2, chips=2, dask="local")
    pytest.importorskip("distributed", reason="needs the extra 'cluster'")
    assert distributed().__name__ == "distributed"
    for address in ("nonsense://", "tcp://127.0.0.1:1"):
        with (
            patch("neurodeploy.targets.crossbar.monte_carlo.dask_cluster.TIMEOUT_SECONDS", 1),
            pytest.raises(NeurodeployError, match="ND442"),
        ):
            nd.monte_carlo(program, limit=2, chips=2, dask=address)


@contextmanager
def absent(module: str) -> Iterator[None]:
    """As if it were not installed."""
    with patch.dict(sys.modules, {module: None}):
        yield
