"""The keys that a NOR-flash device file has besides those of every device: the cell, its pulses, what it loses."""

from __future__ import annotations

from neurodeploy.targets.crossbar.device_keys import Key

_KEYS = (
    Key("threshold_low", "V", "threshold voltage of an erased cell, the highest conductance", "finite"),
    Key("threshold_high", "V", "threshold voltage of a programmed cell, the lowest conductance", "finite"),
    Key("read_gate", "V", "on the gates of active rows", "finite"),
    Key("idle_gate", "V", "on the gates of other rows", "finite", 0.0),
    Key("transconductance", "A/V²", "µ C_ox W / L"),
    Key("slope", "1", "n of the subthreshold slope"),
    Key("off_current", "A", "what flows whatever the gate", "not negative", 0.0),
    Key("ltp_pulses", "pulses", "erase pulses from g_min to g_max"),
    Key("ltd_pulses", "pulses", "program pulses from g_max to g_min"),
    Key("ltp_nonlinearity", "1", "label of the LTP curve, as MLP+NeuroSim's", "finite"),
    Key("ltd_nonlinearity", "1", "label of the LTD curve; one that saturates is negative", "finite"),
    Key("pulse_noise", "1", "standard deviation of what a pulse does, share of g_max - g_min", "not negative", 0.0),
    Key("transfer_tolerance", "1", "how near a transfer comes, share of g_max - g_min", default=0.01),
    Key("charge_loss", "1", "share of its charge that a cell loses in a decade of time", "share", 0.0),
    Key("charge_loss_sigma", "1", "standard deviation of it from device to device", "share", 0.0),
    Key("disturb_row", "1", "what a pulse does to the other cells of its row, share of a pulse", "share", 0.0),
    Key("disturb_column", "1", "what it does to those of its column", "share", 0.0),
)  # fmt: skip
FLASH_NUMBERS = {key.name: key for key in _KEYS}
"""By name, in the order in which files are written."""
