"""Physics that in-memory targets share: arrays of conductances, their lines, devices and periphery."""
