"""The training-time rule that docs/add_a_pruning_rule.md writes works in a training."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from two_layer_reference import SMALL, images

from neurodeploy.training.two_layer.scheduled_rule import scheduled_rules
from neurodeploy.training.two_layer.stdp.triplet import Triplet
from neurodeploy.training.two_layer.trainer import train_chunk
from neurodeploy.training.two_layer.trainer_state import initial_state

GUIDE = Path(__file__).parents[2] / "docs" / "add_a_pruning_rule.md"


def test_the_guides_rule_prunes() -> None:
    text = GUIDE.read_text("utf-8").split("```python\n")[2].split("```")[0]
    made: dict[str, Any] = {"__name__": "guide"}
    exec(compile(text, str(GUIDE), "exec", dont_inherit=True), made)
    state = initial_state(SMALL)
    rule = made["WeakestHalf"](start_image=4, batch_images=2, least=20)
    train_chunk(state, SMALL, Triplet(), images(6), np.arange(6), interventions=scheduled_rules(rule, None, SMALL, 6))
    assert (state.synapses != 0).sum(axis=1).tolist() == [20] * 21  # 64, 32, 20
