"""Networks trained and exported by other frameworks, imported and compared spike by spike with the framework itself.

python benchmarks/framework_exchange.py [NAME …] [--records FOLDER]

Every network is trained on scikit-learn's digits in its framework (tests/helpers/framework_networks.py), exported by the
framework's own exporter, read by ``import_nir``, and run on 100 held-out samples of 16 steps in float64 and float32.
``--records``: read graphs and records saved before (``NAME.nir``, ``NAME.npz``) instead of training. Needs the test extra;
frameworks that are not installed are left out and named.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from tables import print_markdown

from neurodeploy.network import Activity, Network, SpikeBatch
from neurodeploy.network.nir import import_nir
from neurodeploy.readout import decide, scores
from neurodeploy.simulation import build_plan, simulate

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "helpers"))

COLUMNS = (
    "framework", "network", "said to import_nir", "spikes equal / total, float64", "float32", "accuracy there / here",
)  # fmt: skip


@dataclass(frozen=True)
class Record:
    """What a framework computed: spikes by node (samples, steps, neurons), predictions; and what its file does not say."""

    framework: str
    reset: str
    readout: str
    dt: float
    inputs: np.ndarray
    labels: np.ndarray
    predictions: np.ndarray
    spikes: dict[str, np.ndarray]


def trained(name: str, folder: Path) -> Record:
    """Train, export to ``folder`` and record."""
    import nir
    from framework_networks import framework_record

    record = framework_record(name)
    nir.write(folder / f"{name}.nir", record.graph)
    return Record(
        record.framework, record.reset, record.readout, 1e3 * record.time_step, record.inputs, record.labels,
        record.predictions, record.spikes,
    )  # fmt: skip


def saved(name: str, folder: Path) -> Record:
    """A record saved before."""
    with np.load(folder / f"{name}.npz") as file:
        spikes = {key.split("/")[1]: file[key] for key in file.files if key.startswith("spikes/")}
        facts: Any = {key: file[key].item() for key in ("framework", "reset", "readout", "time_step")}
        return Record(
            facts["framework"], facts["reset"], facts["readout"], 1e3 * facts["time_step"], file["inputs"],
            file["labels"], file["predictions"], spikes,
        )  # fmt: skip


def options_of(record: Record) -> dict[str, Any]:
    """What the user has to say about the graph, since NIR does not: the reset, its timing, spikes per step."""
    rule, timing, *several = record.reset.split(", ")
    options: dict[str, Any] = {"reset": "subtraction" if rule == "subtract" else "value"}
    if record.framework == "snntorch" and timing == "same_step":
        options["reset_timing"] = "same_step"
    if several == ["single_spike"]:
        options["max_spikes_per_step"] = 1
    return options


def run(network: Network, record: Record, dtype: type) -> Activity:
    """The record's inputs through the reference simulator."""
    inputs = record.inputs.reshape(*record.inputs.shape[:2], -1)
    graded = not np.isin(inputs, (0, 1)).all()
    return simulate(network, SpikeBatch.from_dense(inputs, graded=graded), plan=build_plan(network, dtype))


def predictions(network: Network, activity: Activity, record: Record) -> np.ndarray:
    """Classes as the framework's training script reads them: most spikes, or the highest mean potential."""
    readout = network.readout
    assert readout is not None
    if record.readout == "potential_mean":
        readout = replace(readout, parameters={"use": "mean"})
        return decide(scores(activity, readout), readout)
    return activity.spikes[readout.population].dense().sum(1).argmax(1)


def compared(activity: Activity, record: Record) -> tuple[int, int]:
    """Spikes at the same sample, step and neuron there and here; spikes here that are not there."""
    equal = extra = 0
    for name, spikes in record.spikes.items():
        ours = activity.spikes[name].dense().astype(np.float64)
        both = int(np.minimum(ours, spikes).sum())
        equal, extra = equal + both, extra + int(ours.sum()) - both
    return equal, extra


def row(name: str, record: Record, folder: Path) -> list[object]:
    """One line of the table."""
    options = options_of(record)
    network = import_nir(folder / f"{name}.nir", convention=record.framework, dt=record.dt, **options)
    exact, single = run(network, record, np.float64), run(network, record, np.float32)
    total = sum(int(spikes.sum()) for spikes in record.spikes.values())
    there = float((record.predictions == record.labels).mean())
    here = float((predictions(network, exact, record) == record.labels).mean())
    cells = []
    for activity in (exact, single):
        equal, extra = compared(activity, record)
        cells.append(f"{equal:,} / {total:,}" + (f" (and {extra:,} more)" if extra else ""))
    said = ", ".join(f"{key}={value}" for key, value in {"dt": f"{record.dt:g}", **options}.items())
    return [record.framework, name, said, *cells, f"{100 * there:.1f} % / {100 * here:.1f} %"]


def rows(names: list[str], records: Path | None, temporary: Path, missing: set[str]) -> Iterator[list[object]]:
    """One row per network; frameworks that are not installed go to ``missing``."""
    for name in names:
        framework = name.split("_")[0]
        if records is None and find_spec(framework) is None:
            missing.add(framework)
            continue
        yield row(name, saved(name, records) if records else trained(name, temporary), records or temporary)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--records", type=Path)
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    if arguments.records:
        names = sorted(path.stem for path in arguments.records.glob("*.npz"))
    else:
        from framework_networks import NETWORKS

        names = list(NETWORKS)
    missing: set[str] = set()
    with tempfile.TemporaryDirectory() as temporary:
        print_markdown(COLUMNS, rows(arguments.names or names, arguments.records, Path(temporary), missing))
    if missing:
        print(f"\nNot installed, left out: {', '.join(sorted(missing))}.")


if __name__ == "__main__":
    main()
