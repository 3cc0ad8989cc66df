"""Dense layers with rectified units: activations, the loss and its gradient, in matrix products.

With ``a_0`` the pixels, ``z_k = a_(k-1) W_k + b_k`` and ``a_k = f(z_k)``; the last layer has no ``f`` (or one in
the loss alone), its softmax is compared with the labels by cross-entropy. Then ``dL/dz = (softmax - one_hot) / samples`` at the end,
``dL/dz_k = (dL/dz_(k+1) W_(k+1)^T) f'(z_k)`` before it, and ``dL/dW_k = a_(k-1)^T dL/dz_k`` (Rumelhart, Hinton & Williams
1986). Weights are ``(inputs, neurons)``. Everything follows the dtype of the weights.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from neurodeploy.network.arrays import Array, IntArray
from neurodeploy.training.backpropagation.convolutions import ConvolutionShape, features, kernel_gradients
from neurodeploy.training.backpropagation.layers import WeightedLayer, rectify, slopes, weighted_sums


def activations(layers: Sequence[WeightedLayer], inputs: Array, clipped: bool) -> list[Array]:
    """``inputs`` ``(samples, pixels)``, and what each layer makes of them; the last are not rectified."""
    result = [inputs]
    for index, layer in enumerate(layers):
        values = weighted_sums(result[-1], layer)
        if index + 1 < len(layers):
            rectify(values, clipped)
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


def outputs_of(
    layers: Sequence[WeightedLayer], inputs: Array, clipped: bool, convolutions: Sequence[ConvolutionShape] = ()
) -> Array:
    """The last layer's values ``(samples, classes)``; ``convolutions``: the shapes of the first layers that are such."""
    front = len(convolutions)
    return activations(layers[front:], features(layers[:front], convolutions, inputs, clipped)[0], clipped)[-1]


def gradients(
    layers: Sequence[WeightedLayer], into: Sequence[WeightedLayer], inputs: Array, labels: IntArray, clipped: bool,
    rectified_output: bool = False, convolutions: Sequence[ConvolutionShape] = (),
) -> tuple[float, int]:  # fmt: skip
    """Write the gradient of the mean loss over a mini-batch ``into`` views like ``layers``; the loss, and samples right.

    ``rectified_output``: the loss sees :func:`rectified_but_labels`. ``convolutions`` as in :func:`outputs_of`.
    """
    front = len(convolutions)
    found, kept = features(layers[:front], convolutions, inputs, clipped)
    values = activations(layers[front:], found, clipped)
    right = int(np.sum(values[-1].argmax(axis=1) == labels))
    seen = rectified_but_labels(values[-1], labels) if rectified_output else values[-1]
    loss, error = loss_and_gradient(seen, labels)
    if rectified_output:
        error *= seen == values[-1]
    for index in range(len(layers) - 1, front - 1, -1):
        before = values[index - front]
        np.matmul(before.T, error, out=into[index].weights)
        bias = into[index].bias
        if bias is not None:
            error.sum(axis=0, out=bias)
        if index:
            error = error @ layers[index].weights.T
        if index > front:
            error *= slopes(before, clipped)
    kernel_gradients(layers[:front], into[:front], convolutions, kept, error, clipped)
    return loss, right
