"""Dense layers with rectified units: activations, the loss and its gradient, in matrix products.

With ``a_0`` the pixels, ``z_k = a_(k-1) W_k + b_k`` and ``a_k = f(z_k)``; the last layer has no ``f`` (or one in
the loss alone), its softmax is compared with the labels by cross-entropy. Then ``dL/dz = (softmax - one_hot) / samples`` at the end,
``dL/dz_k = (dL/dz_(k+1) W_(k+1)^T) f'(z_k)`` before it, and ``dL/dW_k = a_(k-1)^T dL/dz_k`` (Rumelhart, Hinton & Williams
1986). Weights are ``(inputs, neurons)``. Everything follows the dtype of the weights.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from neurodeploy.network.arrays import Array, IntArray


class DenseLayer(NamedTuple):
    """Weights ``(inputs, neurons)`` and bias ``(neurons,)`` (None: has none)."""

    weights: Array
    bias: Array | None


def layer_views(flat: Array, sizes: Sequence[int], biases: bool) -> list[DenseLayer]:
    """Views into a flat array that holds every layer's weights, then its bias."""
    layers, at = [], 0
    for inputs, neurons in pairwise(sizes):
        weights = flat[at : at + inputs * neurons].reshape(inputs, neurons)
        at += inputs * neurons
        layers.append(DenseLayer(weights, flat[at : at + neurons] if biases else None))
        at += neurons * biases
    return layers


def parameter_count(sizes: Sequence[int], biases: bool) -> int:
    """Length of that array."""
    return sum((inputs + biases) * neurons for inputs, neurons in pairwise(sizes))


def activations(layers: Sequence[DenseLayer], inputs: Array, clipped: bool) -> list[Array]:
    """``inputs`` ``(samples, pixels)``, and what each layer makes of them; the last are not rectified."""
    result = [inputs]
    for index, (weights, bias) in enumerate(layers):
        values = result[-1] @ weights
        if bias is not None:
            values += bias
        if index + 1 < len(layers):
            np.maximum(values, 0, out=values)
            if clipped:
                np.minimum(values, 1, out=values)
        result.append(values)
    return result


def loss_and_gradient(outputs: Array, labels: IntArray) -> tuple[float, Array]:
    """Mean cross-entropy of the softmax of ``outputs`` ``(samples, classes)``, and its gradient by the outputs."""
    samples = np.arange(len(labels))
    shifted = outputs - outputs.max(axis=1, keepdims=True)
    exponentials = np.exp(shifted)
    sums = exponentials.sum(axis=1, keepdims=True)
    loss = float(np.mean(np.log(sums[:, 0]) - shifted[samples, labels]))
    gradient = exponentials / sums
    gradient[samples, labels] -= 1
    gradient /= len(labels)
    return loss, gradient


def rectified_but_labels(outputs: Array, labels: IntArray) -> Array:
    """Outputs rectified but for the label's: to be found, its neuron has to spike, not only to be less silent than others.

    Were it rectified too, a class that no image makes positive would have no gradient, and never come back.
    """
    seen, samples = np.maximum(outputs, 0), np.arange(len(labels))
    seen[samples, labels] = outputs[samples, labels]
    return seen


def gradients(
    layers: Sequence[DenseLayer], into: Sequence[DenseLayer], inputs: Array, labels: IntArray, clipped: bool,
    rectified_output: bool = False,
) -> tuple[float, int]:  # fmt: skip
    """Write the gradient of the mean loss over a mini-batch ``into`` views like ``layers``; the loss, and samples right.

    ``rectified_output``: the loss sees :func:`rectified_but_labels`.
    """
    values = activations(layers, inputs, clipped)
    right = int(np.sum(values[-1].argmax(axis=1) == labels))
    seen = rectified_but_labels(values[-1], labels) if rectified_output else values[-1]
    loss, error = loss_and_gradient(seen, labels)
    if rectified_output:
        error *= seen == values[-1]
    for index in range(len(layers) - 1, -1, -1):
        np.matmul(values[index].T, error, out=into[index].weights)
        bias = into[index].bias
        if bias is not None:
            error.sum(axis=0, out=bias)
        if index:
            error = error @ layers[index].weights.T
            error *= (values[index] > 0) & (values[index] < 1) if clipped else values[index] > 0
    return loss, right
