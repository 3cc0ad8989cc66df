"""Bit-exact arithmetic of what runs on the chips."""
