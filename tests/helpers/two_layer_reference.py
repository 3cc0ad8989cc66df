"""Plain implementation of one training presentation: dense arrays, no shortcuts."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurodeploy.encoding.poisson import encode_poisson
from neurodeploy.encoding.regular import encode_regular
from neurodeploy.training.two_layer.image_loop import TRAINING_STREAM
from neurodeploy.training.two_layer.parameters import TrainingParameters
from neurodeploy.training.two_layer.stdp.power_law import PowerLaw
from neurodeploy.training.two_layer.stdp.simplified import Simplified
from neurodeploy.training.two_layer.stdp.triplet import Triplet

f32 = np.float32
NEVER = -(10**6)


class Reference:
    """The network of ``parameters`` in numpy, float32, updated step by step."""

    def __init__(self, parameters: TrainingParameters, rule: Any, weights: NDArray[np.float32]) -> None:
        self.p, self.rule = parameters, rule
        self.w = weights.copy()
        self.plastic = np.ones(weights.shape, bool)
        self.frozen = np.zeros(weights.shape, bool)
        self.theta = np.full(weights.shape[1], parameters.neuron.theta_start, f32)
        self.v = np.full(weights.shape[1], parameters.neuron.v_rest, f32)

    def _trace(self, age: NDArray[np.int64], tau: float) -> NDArray[np.float32]:
        value = np.exp(-age * (self.p.dt / tau)).astype(f32)
        return np.where(age * self.p.dt <= 10 * tau, value, f32(0.0))

    def _on_inputs(self, t: int, spiking: NDArray[np.int32]) -> None:
        if isinstance(self.rule, Triplet):
            y1 = f32(self.rule.mu_pre) * self._trace(t - self.last_out, self.rule.tau_y1)
            lower = np.maximum(self.w[spiking] - y1, f32(0))
            self.w[spiking] = np.where(self.plastic[spiking], lower, self.w[spiking])

    def _on_output(self, t: int, j: int) -> None:
        rule, column, age = self.rule, self.w[:, j].copy(), t - self.last_in
        w_max = f32(self.p.weight_maximum)
        if isinstance(rule, Triplet):
            y2 = self._trace(t - self.last_out[j : j + 1], rule.tau_y2)[0]
            gain = f32(rule.mu_post) * self._trace(age, rule.tau_x)
            changed = (gain > 0) & (y2 > 0) & self.plastic[:, j]
            new = np.minimum(column + gain * y2, w_max)
        elif isinstance(rule, PowerLaw):
            change = f32(rule.eta) * (self._trace(age, rule.tau) - f32(rule.offset))
            room = np.maximum(w_max - column, f32(0))
            new = np.clip(column + change * (room ** f32(rule.mu)).astype(f32), f32(0), w_max)
            changed = self.plastic[:, j] & ((change > 0) | (column > 0))
        else:
            assert isinstance(rule, Simplified)
            inside = age * self.p.dt <= rule.window
            up = np.minimum(column + f32(rule.potentiation), w_max)
            new = np.where(inside, up, np.maximum(column - f32(rule.depression), f32(0)))
            changed = self.plastic[:, j]
        self.w[:, j] = np.where(changed, new, column)

    def normalise(self) -> None:
        """Scale every column's plastic weights so that it sums to the target."""
        values = self.w.astype(np.float64)
        sums = np.cumsum(np.where(self.frozen, 0.0, values), axis=0)[-1]
        target = np.minimum(self.p.effective_column_sum, self.p.weight_maximum * (values > 0).sum(axis=0))
        room = target - np.cumsum(np.where(self.frozen, values, 0.0), axis=0)[-1]
        possible = (sums > 0.0) & (room > 0.0)
        scale = np.where(possible, room / np.where(possible, sums, 1.0), 1.0).astype(f32)
        self.w *= np.where(self.frozen, f32(1), scale)

    def _input_spikes(self, image: NDArray[np.uint8], index: int, intensity: int) -> tuple[Any, NDArray[np.int32]]:
        p = self.p
        key: dict[str, Any] = {
            "steps": p.steps, "seed": p.seed, "stream": TRAINING_STREAM, "sample_indices": np.array([index]),
            "presentation": intensity - p.start_intensity,
        }  # fmt: skip
        if p.encoder == "regular":
            rates = image[None] / p.image_maximum * p.maximum_rate_hz * (intensity / p.start_intensity)
            return encode_regular(rates * p.dt * 1e-3, **key)
        scale = p.maximum_rate_hz * intensity / p.start_intensity
        return encode_poisson((image[None] / p.image_maximum * scale).astype(f32), dt=p.dt, **key)

    def present(self, image: NDArray[np.uint8], index: int, intensity: int) -> NDArray[np.int64]:
        """Run one presentation and its rest; return output spikes per neuron."""
        p, n = self.p, self.p.neuron
        indptr, events = self._input_spikes(image, index, intensity)
        size = self.w.shape[1]
        a, one = f32(p.dt / n.tau_membrane), f32(1)
        keep_e, keep_i = f32(1 - p.dt / n.tau_excitatory), f32(1 - p.dt / n.tau_inhibitory)
        g_e, g_i = np.zeros(size, f32), np.zeros(size, f32)
        self.last_in = np.full(len(self.w), NEVER)
        self.last_out = np.full(size, NEVER)
        refractory_until = np.full(size, -1)
        raster = np.zeros((p.steps + p.rest_steps, size), bool)
        for t in range(p.steps + p.rest_steps):
            spiking = events[indptr[t] : indptr[t + 1]] if t < p.steps else events[:0]
            g_e = keep_e * g_e
            rows, full = self.w[spiking], len(spiking) // 4 * 4
            for k in range(0, full, 4):
                g_e = g_e + ((rows[k] + rows[k + 1]) + (rows[k + 2] + rows[k + 3]))
            for row in rows[full:]:
                g_e = g_e + row
            past = raster[t - 2].astype(int) if t >= 2 else np.zeros(size, int)
            g_i = keep_i * g_i + f32(n.lateral_weight) * (past.sum() - past).astype(f32)
            self._on_inputs(t, spiking)
            self.last_in[spiking] = t
            drive = (f32(n.v_rest) + g_e * f32(n.e_excitatory)) + g_i * f32(n.e_inhibitory)
            new_v = (self.v + a * drive) / (one + a * ((one + g_e) + g_i))
            self.v = np.where(t <= refractory_until, f32(n.v_reset), new_v)
            for j in np.flatnonzero(self.v > self.theta + f32(n.threshold_offset)):
                self.v[j] = n.v_reset
                self._on_output(t, int(j))
                self.last_out[j] = t
                refractory_until[j] = t + round(n.refractory / p.dt)
                self.theta[j] += f32(p.effective_theta_plus)
                raster[t, j] = True
        left = round(p.rest / p.dt) - p.rest_steps
        relax = f32((1 + p.dt / n.tau_membrane) ** -left)
        self.v = f32(n.v_rest) + (self.v - f32(n.v_rest)) * relax
        decayed = self.theta * f32(np.exp(-(p.presentation + p.rest) / p.tau_theta))
        self.theta = np.maximum(decayed, f32(n.v_rest + n.threshold_margin - n.threshold_offset))
        counts: NDArray[np.int64] = raster[: p.steps].sum(axis=0)
        return counts


SMALL = TrainingParameters(
    neurons=21, inputs=64, image_maximum=16, maximum_rate_hz=120.0, column_sum=16.0, theta_plus=0.05
)


def images(count: int, seed: int = 0) -> np.ndarray:
    """Return random blobs, uint8 [count, 64], 0 to 16."""
    generator = np.random.default_rng(seed)
    values = generator.integers(0, 17, (count, 64))
    return (values * (generator.random((count, 64)) < 0.5)).astype(np.uint8)
