"""The fidelity ladder: the same input through every stage of a network, from float to the hardware."""

from neurodeploy.verification.ladder import RUNGS, Ladder, Rung, climb

__all__ = ["RUNGS", "Ladder", "Rung", "climb"]
