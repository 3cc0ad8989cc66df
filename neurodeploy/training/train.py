"""From a recipe to a labelled network: train in chunks, checkpoint, label, measure."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numba
import numpy as np

from neurodeploy.datasets import Dataset, load_images
from neurodeploy.errors import NeurodeployError
from neurodeploy.files import dump_json
from neurodeploy.network import (
    DIEHL_COOK,
    ConductanceLIF,
    Dense,
    Encoder,
    Network,
    Population,
    Projection,
    Readout,
    SpikeSource,
    Weights,
    validate,
)
from neurodeploy.readout import assign_labels, fit_linear
from neurodeploy.training.checkpoint import load_checkpoint, remove_leftovers, save_checkpoint
from neurodeploy.training.learning_rules import learning_rule
from neurodeploy.training.progress import Progress, Timed, Watch
from neurodeploy.training.recipe import Recipe
from neurodeploy.training.record import training_record
from neurodeploy.training.two_layer.frozen_responses import frozen_responses
from neurodeploy.training.two_layer.network_inhibition import LEAK_CONDUCTANCE_US, lateral_inhibition
from neurodeploy.training.two_layer.parameters import TrainingParameters
from neurodeploy.training.two_layer.scheduled_rule import scheduled_rules
from neurodeploy.training.two_layer.synapse_states import FROZEN, REMOVED
from neurodeploy.training.two_layer.trained_weights import codes_and_levels, restored_weights
from neurodeploy.training.two_layer.trainer import intensity_tables, train_chunk
from neurodeploy.training.two_layer.trainer_state import TrainerState, initial_state

CHUNK = 500
CHECKPOINT_IMAGES = 10_000


def train(
    recipe: Recipe,
    *,
    data_dir: str | Path | None = None,
    progress: Callable[[Progress], None] = lambda state: None,
    checkpoint: Path | None = None,
    checkpoint_every: int = CHECKPOINT_IMAGES,
    resume: bool = False,
    held_out: int = 0,
    data: Dataset | None = None,
) -> Network:
    """Train the two-layer network of a recipe, label its neurons, and return it as a network; or, for a recipe with
    ``[backpropagation]``, a dense network, converted to spiking neurons (``backpropagation/from_recipe.py``).

    With ``checkpoint``, the state is saved there after every ``checkpoint_every`` images and before labelling, and removed
    by the caller at the end; ``resume`` continues from it, bit for bit as if it had never stopped.

    ``held_out``: the last so many images of the training set are not trained on (where the recipe leaves some out anyway,
    those after its own); at every checkpoint a frozen copy classifies them. That costs their inference, and changes no
    bit of what the other images teach. ``data``: the recipe's training images where they are loaded already.

    ``progress`` is called after every chunk of images; a resumed training also calls it before its first.

    Raises:
        NeurodeployError: ND302/ND303 for the data, ND306 for the recipe, ND307 when the checkpoint is another's.
    """
    images = load_images(recipe.data, "train", data_dir) if data is None else data
    data, slice_held_out, recipe = split_held_out(recipe, images, held_out)
    if recipe.backpropagation is not None:
        from neurodeploy.training.backpropagation.from_recipe import train_recipe

        return train_recipe(
            recipe, data, data_dir=data_dir, held_out=slice_held_out, progress=progress, checkpoint=checkpoint,
            checkpoint_every=checkpoint_every, resume=resume,
        )  # fmt: skip
    parameters, rule = training_parameters(recipe, data), stdp_rule(recipe)
    total = len(data) * recipe.epochs
    interventions = scheduled_rules(recipe.pruning, recipe.quantization, parameters, total)
    key = hashlib.sha256((dump_json(recipe.as_dict()) + data.digest()).encode()).hexdigest()
    state = initial_state(parameters)
    if resume and checkpoint is not None:
        remove_leftovers(checkpoint)
        state = load_checkpoint(checkpoint, key, state) if checkpoint.exists() else state
    for change in interventions:
        change.begin(state)
    watch = Watch(
        parameters, total, slice_held_out, [Timed(change) for change in interventions], resumed_at=state.images_seen
    )
    first = whole = state.images_seen
    if first:
        progress(watch.progress(state, 0.0))
    while state.images_seen < total:
        seen = state.images_seen
        epoch, start = divmod(seen, len(data))
        alone = seen == first  # the first image compiles the kernels; the rest of its chunk follows
        if seen in (first, whole):
            whole = _chunk_end(seen, len(data), checkpoint_every, parameters.batch_images)
        end = min(whole, first + parameters.batch_images - first % parameters.batch_images) if alone else whole
        chosen = _order(recipe.seed, epoch, len(data))[start : start + end - seen]
        counts = train_chunk(
            state, parameters, rule, data.images[chosen], data.indices[chosen],
            pass_number=epoch, interventions=watch.rules, threads=numba.get_num_threads(),
        )  # fmt: skip
        if not state.layer_weights.any():
            raise NeurodeployError(
                "ND203",
                f"After {state.images_seen:,} images pruning has removed every synapse.",
                "Use a lower threshold.",
            )
        watch.saw(counts, data.labels[chosen])
        if seen // checkpoint_every < state.images_seen // checkpoint_every or state.images_seen == total:
            watch.measure(state)
            if checkpoint is not None:
                save_checkpoint(checkpoint, key, state)
        if alone and state.images_seen < total:
            watch.start_clock()
        else:
            progress(watch.progress(state, float(counts.sum(axis=1).mean())))
    network = build_network(recipe, parameters, state, data)
    return validate(_labelled(network, parameters, data, recipe))


def split_held_out(recipe: Recipe, data: Dataset, images: int) -> tuple[Dataset, Dataset | None, Recipe]:
    """The images to train on, the held-out ones, and the recipe of exactly that training.

    Raises:
        NeurodeployError: ND306 when nothing would be left to train on.
    """
    own = len(data.limit(recipe.train_images))
    own = min(own, len(data) - images)
    if images == 0:
        return data.limit(own), None, recipe
    if own < 1:
        raise NeurodeployError(
            "ND306", f"{images:,} of {len(data):,} training images are to be held out.", "Hold out fewer."
        )
    return data.limit(own), data.subset(slice(own, own + images)), replace(recipe, train_images=own)


def training_parameters(recipe: Recipe, data: Dataset) -> TrainingParameters:
    """The trainer's parameters for a recipe on a data set.

    Raises:
        NeurodeployError: ND306 when the recipe's numbers do not make a network.
    """
    entries: dict[str, Any] = dict(recipe.network)
    try:
        parameters = TrainingParameters(
            **{"inputs": data.images.shape[1], "image_maximum": data.maximum, "seed": recipe.seed, **entries}
        )
        intensity_tables(parameters)  # what the rate code itself refuses, at the highest intensity of a repeat
    except (TypeError, ValueError) as error:
        raise NeurodeployError("ND306", f"Recipe '{recipe.name}': {error}.") from None
    return parameters


def stdp_rule(recipe: Recipe) -> Any:
    """The STDP rule of a recipe with its parameters (ND306 for one that it does not have)."""
    return learning_rule(recipe.name, recipe.stdp_rule, dict(recipe.stdp))


def build_network(recipe: Recipe, parameters: TrainingParameters, state: TrainerState, data: Dataset) -> Network:
    """The trained weights and thresholds as a network: weights in units of the leak conductance, hence µS.

    The inhibition is between the excitatory neurons, or by a population of its own, as the recipe says; the excitatory
    spikes are the same.
    """
    neuron = parameters.neuron
    excitatory = ConductanceLIF(
        tau_m=neuron.tau_membrane, cm=neuron.tau_membrane * LEAK_CONDUCTANCE_US, v_rest=neuron.v_rest, v_reset=neuron.v_reset,
        v_thresh=neuron.threshold_offset, v_init=neuron.v_rest, tau_refrac=neuron.refractory,
        tau_syn_E=neuron.tau_excitatory, tau_syn_I=neuron.tau_inhibitory, e_rev_E=neuron.e_excitatory,
        e_rev_I=neuron.e_inhibitory, theta=state.theta[: state.neurons].astype(np.float64), semantics=DIEHL_COOK,
    )  # fmt: skip
    weights = _weights(recipe, parameters, state)
    encoder = Encoder(
        parameters.encoder, parameters.steps, {"maximum_rate_hz": parameters.maximum_rate_hz, "maximum_pixel": data.maximum},
        seed=recipe.seed, rest_steps=round(parameters.rest / parameters.dt), minimum_spikes=parameters.minimum_spikes,
    )  # fmt: skip
    inhibitory, lateral = lateral_inhibition(parameters)
    return Network(
        (
            Population("input", data.image_shape, SpikeSource()),
            Population("excitatory", (state.neurons,), excitatory),
            *inhibitory,
        ),
        (Projection("input_to_excitatory", "input", "excitatory", Dense(), weights, delay=0), *lateral),
        parameters.dt,
        encoder,
        metadata={"data": recipe.data, "recipe": recipe.as_dict(), "training": training_record(recipe, state, weights)},
        stage="quantized" if weights.quantized else "float",
    )


def _weights(recipe: Recipe, parameters: TrainingParameters, state: TrainerState) -> Weights:
    """Input weights with their column sums restored; codes and levels where the recipe quantizes all of them.

    Frozen weights other than 0 are not quantized.
    """
    mask, frozen = state.synapses.T != REMOVED, state.synapses.T == FROZEN
    learned = np.where(mask, state.layer_weights, np.float32(0))
    scaled = restored_weights(state, parameters)
    if recipe.quantization is None or learned[frozen].any():
        return Weights(values=scaled, mask=mask)
    return codes_and_levels(learned, scaled, mask, recipe.quantization.options().get("per", "projection"))


def _labelled(network: Network, parameters: TrainingParameters, data: Dataset, recipe: Recipe) -> Network:
    """Label each neuron by the frozen network's responses to the last training images; the linear read-out learns them."""
    images = len(data) if recipe.label_images == 0 else min(recipe.label_images, len(data))
    chosen = data.subset(slice(len(data) - images, len(data)))
    responses, _ = frozen_responses(network, parameters, chosen, threads=numba.get_num_threads())
    labels = assign_labels(responses, chosen.labels, data.classes)
    fitted = fit_linear(responses, chosen.labels) if recipe.readout == "linear" else {}
    return replace(network, readout=Readout("excitatory", labels, data.classes, recipe.readout, fitted))


def _chunk_end(seen: int, images: int, checkpoint_every: int, batch: int) -> int:
    """Where the chunk after ``seen`` images ends: at most CHUNK later, where a checkpoint is due, with its batch or epoch."""
    end = min(seen + CHUNK, (seen // checkpoint_every + 1) * checkpoint_every)
    return min(-(-end // batch) * batch, (seen // images + 1) * images)


def _order(seed: int, epoch: int, images: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Order of the images in an epoch: as stored in the first, shuffled by seed and epoch in later ones."""
    if epoch == 0:
        return np.arange(images)
    return np.random.default_rng([seed, epoch]).permutation(images)
