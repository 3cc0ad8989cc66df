"""Run this network on a SpiNNaker board with sPyNNaker. Needs sPyNNaker, numpy and the two files beside it; nothing else.

    python run_on_board.py --images images.npy --labels labels.npy
    python run_on_board.py --spikes spikes.npz

sPyNNaker finds the board through your own ~/.spynnaker.cfg (machine_name = ADDRESS, version = 5).
``--images``: uint8 (samples, inputs), presented as spike trains in the rate code that the network was trained with;
``--spikes``: an .npz with ``indptr`` (samples * steps + 1) and ``neurons``, as ``neurodeploy run --save-spikes`` writes.
Samples follow each other with the rest period between them; the potential left from the sample before is at most
exp(-rest / tau_m) of what it was.
"""

import argparse
import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

HERE = Path(__file__).resolve().parent


def load() -> tuple[dict[str, Any], Any]:
    """The network: a description and its arrays."""
    return json.loads((HERE / "spinnaker.json").read_text()), np.load(HERE / "spinnaker.npz", allow_pickle=False)


def build(
    sim: Any, description: dict[str, Any], arrays: Any, spike_times: list[list[float]], source: Any = None
) -> tuple[list[Any], list[Any]]:
    """Build the populations and projections in PyNN; ``spike_times``: one list of ms for each input neuron.

    ``source``: a function of ``sim`` that gives a model for the input instead, such as an injector of live spikes.
    Convolutions without synaptic rows are built too, but not among the projections returned.
    """
    dt = description["time_step_ms"]
    sim.setup(
        timestep=dt,
        min_delay=dt,
        time_scale_factor=description["time_scale_factor"],
        n_boards_required=description["boards"],
    )
    populations = []
    for p, population in enumerate(description["populations"]):
        layout = {} if "grid" not in population else {"structure": grid(*population["grid"])}
        if population["model"] == "SpikeSourceArray":
            times = spike_times[population["first"] : population["first"] + population["size"]]
            model = sim.SpikeSourceArray(times) if source is None else source(sim)
            populations.append(sim.Population(population["size"], model, label=population["label"], **layout))
            if layout:
                populations[-1].set_max_atoms_per_core(tuple(population["core"]))
            continue
        values = {n: arrays[f"p{p}_{n}"] if v is None else v for n, v in population["parameters"].items()}
        initial_v = values.pop("initial_v")
        extra = {"max_expected_summed_weight": population["max_expected_summed_weight"], "n_synapse_cores": 0}
        made = sim.Population(
            population["size"],
            getattr(sim, population["model"])(**values),
            label=population["label"],
            neurons_per_core=tuple(population["core"]) if layout else population["neurons_per_core"],
            additional_parameters=extra,
            **layout,
        )
        made.initialize(v=initial_v)  # sPyNNaker's default is -65 mV whatever v_rest is
        populations.append(made)
    projections = []
    for p, projection in enumerate(description["projections"]):
        source, target = populations[projection["source"]], populations[projection["target"]]
        steps = arrays[f"delays{p}"] if projection["delay_steps"] is None else projection["delay_steps"]
        delay = steps * dt
        weights = arrays[f"w{p}"]
        if projection["all_but_self"]:
            synapse = sim.StaticSynapse(weight=float(weights[0]), delay=delay)
            one_core = target.size <= description["populations"][projection["target"]]["neurons_per_core"]
            if one_core and source is target:
                connector = sim.AllToAllConnector(allow_self_connections=False)
            else:  # sPyNNaker 7.4.1's connector fails on several cores, and leaves i to i between two populations
                connector = sim.FromListConnector(np.argwhere(~np.eye(target.size, dtype=bool)), column_names=[])
        else:
            sources = np.repeat(np.arange(source.size), np.diff(arrays[f"indptr{p}"]))
            columns, names = [sources, arrays[f"indices{p}"], weights], ["weight"]
            if projection["delay_steps"] is None:
                columns, names = [*columns, delay], ["weight", "delay"]
            connector = sim.FromListConnector(np.column_stack(columns), column_names=names)
            synapse = sim.StaticSynapse(delay=float(np.max(delay)))
        projections.append(
            sim.Projection(
                source,
                target,
                connector,
                synapse_type=synapse,
                receptor_type=projection["receptor"],
                label=projection["label"],
            )
        )
    for c, convolution in enumerate(description["convolutions"]):
        convolve(sim, populations, convolution, arrays[f"kernels{c}"], arrays[f"joined{c}"], dt)
    for p in description["recorded"]:
        populations[p].record("spikes")
    return populations, projections


def grid(width: int, height: int) -> Any:
    """The layout of a plane: neuron (x, y) is number y * width + x."""
    from pyNN.space import Grid2D

    return Grid2D(width / height)


def convolve(
    sim: Any, populations: list[Any], convolution: dict[str, Any], kernels: Any, joined: Any, dt: float
) -> None:
    """A kernel, kept in the cores' own memory, from every channel to every channel that it joins."""
    for after, before in np.argwhere(joined):
        turned = kernels[after, before, ::-1, ::-1]  # the chip spreads the kernel around each spike
        # sPyNNaker takes the first side of this array for x, and writes its numbers row by row.
        connector = sim.ConvolutionConnector(turned.reshape(turned.shape[::-1]), padding=tuple(convolution["padding"]))
        sim.Projection(
            populations[convolution["sources"][before]],
            populations[convolution["targets"][after]],
            connector,
            sim.Convolution(delay=convolution["delay_steps"] * dt),
            label=f"{convolution['label']}[{before}-{after}]",
        )


def encode(images: Any, description: dict[str, Any], seed: int) -> tuple[Any, Any]:
    """Spike trains of pixel / maximum x maximum rate: indptr and neurons.

    "poisson": Bernoulli, independent at every step; "regular": periodic, from a random phase.
    """
    encoder = description["encoder"]
    if encoder["name"] not in ("poisson", "regular"):
        raise SystemExit(f"The network's encoder is '{encoder['name']}': give its spikes with --spikes.")
    rate = images.astype(float) / encoder["maximum_pixel"] * encoder["maximum_rate_hz"]
    per_step = rate * description["time_step_ms"] / 1000
    random = np.random.default_rng(seed)
    if encoder["name"] == "regular":
        ends = np.arange(encoder["steps"] + 1)[:, None]
        trains = [np.diff(np.floor(random.random(len(row)) + row * ends), axis=0) > 0 for row in per_step]
    else:
        trains = [random.random((encoder["steps"], len(row))) < row for row in per_step]
    steps, neurons = np.nonzero(np.concatenate(trains))
    return np.searchsorted(steps, np.arange(len(images) * encoder["steps"] + 1)), neurons


def read(path: str, *names: str) -> Any:
    """The array of an .npy file, or those so named of an .npz; ends with one line where they are not there."""
    try:
        found = np.load(path, allow_pickle=False)
        return [found[name] for name in names] if names else np.asarray(found[...])
    except (OSError, ValueError, KeyError, IndexError, EOFError, zipfile.BadZipFile) as error:
        wanted = " with the arrays " + " and ".join(names) if names else ""
        raise SystemExit(f"Cannot read '{path}': {error}. Give a file of numpy{wanted}.") from None


def main() -> None:
    """Run the samples, print and save the spike counts (and the accuracy when labels are given)."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", help=".npy, uint8 (samples, inputs)")
    parser.add_argument("--labels", help=".npy, one class for each sample")
    parser.add_argument("--spikes", help=".npz with indptr and neurons")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--output", default="spike_counts.npy")
    arguments = parser.parse_args()
    if (arguments.images is None) == (arguments.spikes is None):
        parser.error("give either --images or --spikes")
    if not Path(arguments.output).resolve().parent.is_dir():
        raise SystemExit(f"Cannot write '{arguments.output}': its folder does not exist.")
    description, arrays = load()
    steps, dt = description["encoder"]["steps"], description["time_step_ms"]
    if arguments.spikes:
        indptr, neurons = read(arguments.spikes, "indptr", "neurons")
    else:
        indptr, neurons = encode(read(arguments.images), description, arguments.seed)
    labels = read(arguments.labels) if arguments.labels else None
    samples = (len(indptr) - 1) // steps
    size = sum(description["populations"][p]["size"] for p in description["inputs"])
    if (len(indptr) - 1) % steps or not np.all((neurons >= 0) & (neurons < size)):
        raise SystemExit(
            f"The spikes do not fit this network: it takes {steps} steps a sample of neurons 0 to {size - 1}."
        )
    if labels is not None and len(labels) != samples:
        raise SystemExit(f"There are {len(labels)} labels for {samples} samples.")
    period = steps + description["encoder"]["rest_steps"]
    at = np.repeat(np.arange(samples * steps), np.diff(indptr))
    times = ((at // steps) * period + at % steps) * dt
    order = np.argsort(neurons, kind="stable")
    spike_times = [list(part) for part in np.split(times[order], np.searchsorted(neurons[order], np.arange(1, size)))]

    import pyNN.spiNNaker as sim
    from spinn_utilities.config_holder import get_config_bool

    populations, _ = build(sim, description, arrays, spike_times)
    if get_config_bool("Machine", "virtual_board"):
        raise SystemExit(
            "The configuration says virtual_board = True: nothing would be computed and every spike train be empty."
        )
    sim.run(samples * period * dt)
    trains = [t for p in description["outputs"] for t in populations[p].get_data("spikes").segments[0].spiketrains]
    sim.end()
    counts = np.zeros((samples, len(trains)), int)
    for neuron, train in enumerate(trains):
        np.add.at(counts[:, neuron], (np.asarray(train) / (period * dt)).astype(int), 1)
    np.save(arguments.output, counts)
    print(f"{samples} samples, {counts.sum()} output spikes; counts are in {arguments.output}")
    labels_of_neurons = np.array(description["readout_labels"])
    if len(labels_of_neurons):
        classes = max(labels_of_neurons) + 1
        groups = np.equal.outer(labels_of_neurons, np.arange(classes)).astype(float)
        mean = counts @ groups / np.maximum(groups.sum(axis=0), 1)
        predicted = np.where(mean.max(axis=1) > 0, mean.argmax(axis=1), -1)
        print("predicted classes:", predicted.tolist())
        if labels is not None:
            print(f"accuracy: {np.mean(predicted == labels):.4f}")


if __name__ == "__main__":
    main()
