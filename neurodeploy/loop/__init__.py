"""Calibration in the loop: thresholds adjusted from the spike counts of the hardware itself."""

from neurodeploy.loop.calibrate import LoopCalibration, calibrate

__all__ = ["LoopCalibration", "calibrate"]
