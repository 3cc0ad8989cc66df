"""Spike encodings: images to spike trains."""
