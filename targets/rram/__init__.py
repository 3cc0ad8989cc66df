"""In-memory computing on arrays of resistive memory (RRAM)."""
