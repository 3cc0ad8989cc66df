"""What the resistance of lines takes of the currents, told before a chip is made."""

from __future__ import annotations

import numpy as np

from neurodeploy.targets.crossbar.bundle_files import conductances_of
from neurodeploy.targets.crossbar.gated_lines import gated_currents
from neurodeploy.targets.crossbar.line_resistance import transfer_matrix
from neurodeploy.targets.crossbar.mapping import ArrayMapping, CrossbarMapping


def segments(mapping: CrossbarMapping) -> tuple[float, float]:
    """Resistance of rows and columns from cell to cell, in ohm: the option's, or the device's wires; 0 of current sources."""
    device, chosen = mapping.device, mapping.options.segment_ohms
    if not device.ohmic:
        return 0.0, 0.0
    return (device.row_segment_ohm, device.column_segment_ohm) if chosen is None else (chosen, chosen)


def share_lost_in_lines(mapping: CrossbarMapping, array: ArrayMapping) -> float:
    """Share of the ideal current that is missing when all rows of the tile with the largest conductance are on, 0 to 1.

    Exact for the conductances wanted. With inputs on rows it is the same share on the average over rows whatever is on.
    """
    rows, columns = segments(mapping)
    blocks = [conductances_of(array, tile) for tile in array.tiling.tiles]
    if not blocks or rows == columns == 0:
        return 0.0
    fullest = max(blocks, key=lambda block: float(block.sum()))
    if mapping.device.inputs == "rows":
        passed = float(transfer_matrix(fullest, rows, columns).sum())
    else:
        passed = float(gated_currents(np.ones((1, len(fullest)), bool), fullest, columns).sum())
    return 1.0 - passed / float(fullest.sum())
