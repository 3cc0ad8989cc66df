"""NOR flash as a synapse: oh2019's TFT-type cell, whose threshold voltage is the weight and whose gate is the input."""
