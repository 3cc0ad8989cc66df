"""guo2020's networks and pruning methods, and sweeps of their initial threshold, which many figures share.

Networks: this package's recipes ``mnist-100`` and ``fashion-mnist-100`` (Diehl & Cook's equations as in the paper), with 800
neurons where the paper has them. Factors are the paper's best: APT 1.3, APN 1.15, APTN 1.3 and 1.15 (800 neurons: 1.2 and
1.15), all with f1 and SI = 30. Moments are the paper's: from image 30,000 on, every 5,000.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from neurodeploy.reproduction.item import Case, Plan, with_seeds
from neurodeploy.reproduction.rules import pruned
from neurodeploy.training.recipe import Recipe, load_recipe


@dataclass(frozen=True)
class Panel:
    """A data set and a size, and the paper's accuracy in percent without pruning."""

    title: str
    recipe: str
    neurons: int
    paper: float

    def base(self) -> Recipe:
        """The unpruned training."""
        return load_recipe(self.recipe).with_network(neurons=self.neurons)


PANELS = {
    "mnist-100": Panel("MNIST, 100 neurons", "mnist-100", 100, 85.78),
    "mnist-800": Panel("MNIST, 800 neurons", "mnist-100", 800, 90.40),
    "fashion-100": Panel("Fashion-MNIST, 100 neurons", "fashion-mnist-100", 100, 64.57),
    "fashion-800": Panel("Fashion-MNIST, 800 neurons", "fashion-mnist-100", 800, 69.21),
}


@dataclass(frozen=True)
class Method:
    """A way to prune: its name in the figures, the recipe for a threshold, and the thresholds that are swept."""

    label: str
    apply: Callable[[Recipe, float], Recipe]
    thresholds: Sequence[float]
    of_800: Sequence[float] = ()

    def swept(self, neurons: int) -> Sequence[float]:
        """The thresholds for a size; 800 neurons have some of their own where the factors differ."""
        return self.of_800 or self.thresholds if neurons == 800 else self.thresholds


def _time_factor(recipe: Recipe) -> float:
    return 1.2 if recipe.network["neurons"] == 800 else 1.3


def _aptn(recipe: Recipe, threshold: float, neuron_factor: float) -> Recipe:
    options = {"growth": "f1", "neuron_factor": neuron_factor, "spike_interval": 30.0}
    return pruned(recipe, "adaptive_time_neurons", threshold=threshold, time_factor=_time_factor(recipe), **options)


OWN_FACTOR = 1.03
"""Neuron factor that suits this network. With the paper's 1.15 the most active of our 13 or so groups has five times the
threshold of the least active one; what is left of such a neuron is scaled up to its column sum, makes it fire yet more, and
the next step prunes it again."""
METHODS = {
    "constant": Method(
        "constant", lambda r, x: pruned(r, "constant", threshold=x), (0.02, 0.08, 0.15, 0.22, 0.3, 0.35, 0.4)
    ),
    "apt": Method(
        "APT (time)", lambda r, x: pruned(r, "adaptive_time", threshold=x, growth="f1", time_factor=_time_factor(r)),
        (0.01, 0.02, 0.035, 0.05, 0.07, 0.1, 0.15),
    ),
    "apn": Method(
        "APN (neurons)",
        lambda r, x: pruned(r, "adaptive_neurons", threshold=x, growth="f1", neuron_factor=1.15, spike_interval=30.0),
        (0.005, 0.01, 0.02, 0.03, 0.045, 0.06, 0.08),
    ),
    "aptn": Method(
        "APTN (time and neurons)", lambda r, x: _aptn(r, x, 1.15), (0.003, 0.01, 0.02, 0.03, 0.035, 0.04, 0.05),
        (0.003, 0.01, 0.03, 0.05, 0.08, 0.1, 0.12),
    ),
    "aptn_own": Method(
        f"APTN, neuron factor {OWN_FACTOR:g}", lambda r, x: _aptn(r, x, OWN_FACTOR),
        (0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.14), (0.02, 0.05, 0.08, 0.11, 0.14, 0.17, 0.22),
    ),
    "post": Method(
        "post-training", lambda r, x: pruned(r, "post_training", threshold=x), (0.02, 0.1, 0.2, 0.25, 0.3, 0.35, 0.4)
    ),
    "soft": Method(
        "soft (Shi et al.)", lambda r, x: pruned(r, "soft", threshold=x), (0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4)
    ),
    "neurons": Method(
        "neuron pruning (ANP)", lambda r, x: pruned(r, "neurons", share_of_mean=x),
        (0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8),
    ),
}  # fmt: skip


def unpruned(plan: Plan, panel: str) -> list[Case]:
    """The panel's baseline."""
    return with_seeds(plan, f"{panel}/unpruned", 0.0, PANELS[panel].base())


def sweep(plan: Plan, panel: str, methods: Sequence[str]) -> list[Case]:
    """The baseline of a panel and each method at each of its thresholds."""
    base = PANELS[panel].base()
    cases = unpruned(plan, panel)
    for name in methods:
        method = METHODS[name]
        for threshold in method.swept(PANELS[panel].neurons):
            cases += with_seeds(plan, f"{panel}/{name}", threshold, method.apply(base, threshold))
    return cases
