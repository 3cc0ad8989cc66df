"""Decoders: from output spikes to classes."""

from neurodeploy.readout.class_labels import accuracy, assign_labels, classify

__all__ = ["accuracy", "assign_labels", "classify"]
