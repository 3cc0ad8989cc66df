"""The fidelity ladder: the same input through every stage of a network, from float to the hardware."""

from neurodeploy.verification.ladder import Ladder, Rung, climb

__all__ = ["Ladder", "Rung", "climb"]
