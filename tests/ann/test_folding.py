"""Folding keeps the function, at the borders too."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from neurodeploy.ann.arithmetic import forward
from neurodeploy.ann.folding import fold, normalised_input
from neurodeploy.ann.layers import (
    Ann,
    AveragePool,
    BatchNormalization,
    Convolution,
    Dense,
    Flatten,
    Layer,
    MaxPool,
    ReLU,
)
from neurodeploy.errors import NeurodeployError

PADDED = ((1, 1), (2, 0))


def norm(channels: int, seed: int = 9) -> BatchNormalization:
    rng = np.random.default_rng(seed)
    return BatchNormalization.from_statistics(
        f"bn{seed}", rng.normal(size=channels), rng.normal(size=channels), rng.normal(size=channels), rng.random(channels), 1e-5
    )  # fmt: skip


def conv(inputs: int, outputs: int, groups: int = 1, padding: tuple[tuple[int, int], tuple[int, int]] = PADDED) -> Convolution:  # fmt: skip
    rng = np.random.default_rng(inputs + outputs)
    weights = rng.normal(size=(outputs, inputs // groups, 3, 3))
    return Convolution("conv", weights, rng.normal(size=outputs), padding=padding, groups=groups)


def dense(inputs: int, outputs: int) -> Dense:
    rng = np.random.default_rng(inputs)
    return Dense("dense", rng.normal(size=(outputs, inputs)), rng.normal(size=outputs))


POOL = AveragePool("pool", (2, 2), (2, 2))
PADDED_POOL = AveragePool("pool", (3, 3), (2, 2), ((1, 1), (1, 1)))
R, F = ReLU("relu"), Flatten("flatten")


@pytest.mark.parametrize(
    ("layers", "left"),
    [
        ([conv(2, 4), norm(4), R], 2),
        ([conv(2, 4), norm(4), norm(4, 5), R], 2),
        ([norm(2), conv(2, 4), R], 2),
        ([norm(2), norm(2, 5), conv(2, 4, groups=2), R], 2),
        ([norm(2), conv(2, 4), norm(4), R], 2),
        ([conv(2, 4), R, norm(4), conv(4, 2)], 3),
        ([conv(2, 4), R, norm(4), POOL, conv(4, 2)], 4),
        ([conv(2, 4), R, norm(4), PADDED_POOL, norm(4, 5), conv(4, 4, groups=2), R], 5),
        ([conv(2, 4), R, norm(4), POOL, F, dense(4 * 9, 3)], 5),
        ([norm(2), F, norm(2 * 36), dense(2 * 36, 3), norm(3)], 2),
        ([conv(2, 4), POOL, norm(4), R], 4),
        ([conv(2, 4), R, norm(4), MaxPool("max", (2, 2), (2, 2)), conv(4, 2)], 5),
        ([F, dense(72, 5), R, norm(5), R, dense(5, 3)], 6),
        ([conv(2, 4), norm(4), MaxPool("max", (2, 2), (2, 2)), R, R], 3),
        ([conv(2, 4), F, R, dense(4 * 36, 3)], 4),
        ([conv(2, 4), norm(4)], 1),
        ([conv(2, 4), R, norm(4)], 3),
        ([norm(2), conv(2, 4, padding=((0, 0), (0, 0)))], 1),
    ],
    ids=lambda value: "-".join(layer.name for layer in value) if isinstance(value, list) else None,
)
def test_folding_keeps_the_function(layers: Sequence[Layer], left: int) -> None:
    ann = Ann(tuple(layers), (2, 6, 6))
    folded = fold(ann)
    images = np.random.default_rng(3).normal(size=(5, 2, 6, 6))
    expected, found = forward(ann, images)[-1], forward(folded, images)[-1]
    np.testing.assert_allclose(found, expected, atol=2e-5 * np.abs(expected).max())
    assert not any(isinstance(layer, BatchNormalization) for layer in folded.layers)
    assert len(folded.layers) == left


def test_the_bias_stays_one_per_channel_without_padding() -> None:
    folded = fold(Ann((norm(2), conv(2, 4, padding=((0, 0), (0, 0)))), (2, 6, 6)))
    assert isinstance(folded.layers[0], Convolution) and folded.layers[0].bias.shape == (4,)


def test_the_bias_differs_at_a_padded_border() -> None:
    layer = fold(Ann((norm(2), conv(2, 4)), (2, 6, 6))).layers[0]
    assert isinstance(layer, Convolution) and layer.bias.shape == (4, 6, 6)
    assert len(np.unique(layer.bias[0].round(5))) > 1


def test_input_normalisation() -> None:
    ann = Ann((conv(2, 4),), (2, 6, 6))
    images = np.random.default_rng(0).random((3, 2, 6, 6))
    mean, std = np.array([0.2, 0.5]), np.array([0.3, 0.6])
    expected = forward(ann, (images - mean[:, None, None]) / std[:, None, None])[-1]
    found = forward(fold(normalised_input(ann, tuple(mean), tuple(std))), images)[-1]
    np.testing.assert_allclose(found, expected, atol=1e-5)
    assert normalised_input(ann) is ann
    for bad_mean, bad_std in [((0.1,) * 3, (1.0,)), ((0.1,), (0.0,)), ((float("nan"),), (1.0,))]:
        with pytest.raises(NeurodeployError, match="ND240"):
            normalised_input(ann, bad_mean, bad_std)


def test_negative_variances_are_refused() -> None:
    with pytest.raises(NeurodeployError, match="ND142"):
        BatchNormalization.from_statistics("bn", np.ones(1), np.ones(1), np.ones(1), -np.ones(1), 1e-5)


def test_two_rectifiers_become_one_with_the_lower_ceiling() -> None:
    """A ceiling moves before max pooling and flattening, as rectifying does."""
    rng = np.random.default_rng(3)
    images = rng.normal(size=(5, 2, 4, 4)).astype(np.float32)
    layers = (Dense("d", rng.normal(size=(6, 8)), np.zeros(6)), ReLU("a"), ReLU("b", 0.5), ReLU("c", 0.7))
    chain = Ann((MaxPool("m", (2, 2), (2, 2)), ReLU("r", 0.4), Flatten("f"), *layers), (2, 4, 4))
    folded = fold(chain)
    assert [layer.ceiling for layer in folded.layers if isinstance(layer, ReLU)] == [0.4, 0.5]
    found = forward(folded, images)[-1]
    np.testing.assert_array_equal(found, forward(chain, images)[-1])
    assert found.max() == 0.5 and found.min() == 0
