"""Training of spiking networks."""
